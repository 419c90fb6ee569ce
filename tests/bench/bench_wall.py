"""The wall against plain tmux: CPU, bytes, staleness, key echo, idle cost, memory, first paint.

A table on stderr, one JSON object on stdout. Run it alone: `make bench-wall`, about five minutes.
`--sizes 12,50` measures fewer panes, `--seconds` sets how long each part is watched, `--only` leaves parts out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from wall_bench.figures import percentile
from wall_bench.runs import Load, console_under_load, idle, plain_under_load, slow_line

PARTS = ("load", "idle", "slow")


def rounded(value: float | None) -> float | None:
    """Two decimals; None stays."""
    return None if value is None else round(value, 2)


def say(*words: object) -> None:
    """A line of the table."""
    print(*words, file=sys.stderr, flush=True)


def load(count: int, seconds: float, scratch: Path) -> tuple[dict[str, float | None], Load]:
    """The figures of one size."""
    plain = plain_under_load(count, seconds, scratch)
    ours = console_under_load(count, seconds)
    keys = (*ours.keys, *ours.flood_keys)
    worst = [part for part in (ours.keys, ours.flood_keys) if part]
    figures = {
        "cpu_ratio": rounded(ours.cpu / plain.cpu) if plain.cpu else None,
        "bytes_ratio": rounded(ours.rate / plain.rate) if plain.rate else None,
        "focus_p95_ms": rounded(ours.focus_p95),
        "tile_p95_ms": rounded(ours.tile_p95),
        "key_p50_ms": rounded(max((percentile(part, 0.5) or 0.0 for part in worst), default=None)),
        "key_p95_ms": rounded(max((percentile(part, 0.95) or 0.0 for part in worst), default=None)),
    }
    say(
        f"{count:>5} {plain.cpu:>7.1f} {ours.cpu:>6.1f} (app {ours.app:>5.1f}) {figures['cpu_ratio']!s:>6} "
        f"{plain.rate / 1024:>8.0f} {ours.rate / 1024:>6.0f} {figures['bytes_ratio']!s:>6} "
        f"{ours.tiles:>5} {ours.tile_fps:>5.1f} {plain.tile_fps:>5.1f} {figures['tile_p95_ms']!s:>8} "
        f"{ours.focus_fps:>5.1f} {figures['focus_p95_ms']!s:>8} "
        f"{_both(ours.keys)} {_both(ours.flood_keys)} {len(keys):>4} {ours.rss:>6.0f} {ours.paint:>6.2f}"
    )
    return figures, ours


def _both(keys: list[float]) -> str:
    return f"{percentile(keys, 0.5) or 0:>6.1f}/{percentile(keys, 0.95) or 0:<6.1f}"


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="12,50,100", help="numbers of panes")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each part is watched")
    parser.add_argument("--idle-seconds", type=float, default=60.0)
    parser.add_argument("--only", default=",".join(PARTS), help="parts to measure: load, idle, slow")
    options = parser.parse_args()
    parts = options.only.split(",")
    result: dict[str, object] = {}
    if "load" in parts:
        say("terminal 200x60; percent of a core and KB/s; fps and staleness of tiles and of the focused pane; keys p50/p95 in ms")
        say(
            "panes   tmux  ours            ratio  tmux KB   ours  ratio tiles   fps  tmux  p95 ms focus   p95 ms "
            "   keys        +flood     n    rss  paint"
        )
        with tempfile.TemporaryDirectory(prefix="gtb-") as scratch:
            for count in [int(size) for size in options.sizes.split(",")]:
                result[str(count)], ours = load(count, options.seconds, Path(scratch))
                if count == 50:
                    result["first_paint_50_s"] = rounded(ours.paint)
                if count == 100:
                    result["rss_100_mb"] = rounded(ours.rss)
    if "idle" in parts:
        calm = idle(50, options.idle_seconds)
        result["idle_50_cpu_pct"] = rounded(calm.console + calm.tmux)
        say(f"idle, 50 panes, supervisor up: console {calm.console:.2f} %, its share of tmux {calm.tmux:.2f} % of a core")
    if "slow" in parts:
        slow = slow_line(50, options.seconds)
        result["slow_60k"] = {"key_p95_ms": rounded(percentile(slow.keys, 0.95)), "tmux_grown_mb": rounded(slow.grown)}
        say(
            f"terminal that takes 60 KB/s, 50 panes and a flood: keys p50 {percentile(slow.keys, 0.5) or 0:.0f} ms, "
            f"p95 {percentile(slow.keys, 0.95) or 0:.0f} ms; tmux grew by {slow.grown:.1f} MB; "
            f"{slow.refused} writes of agents had to wait"
        )
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
