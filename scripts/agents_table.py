"""Tries every agent CLI that can be found, each version, and prints a table. Called by `make test-agents`.

Directories with more of them are named by GASTOWN_TEST_CLIS, so that two versions of one CLI can be tried. Every cell comes from
this very run: yes, no, none (the CLI has nothing of the kind) or unknown (it was not tried, or not reached).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gastown_tui.drivers.base import Availability
from gastown_tui.drivers.registry import SHIPPED, get
from gastown_tui.services.probe import COLUMNS, NO, REHEARSABLE, try_one

HEAD = ("CLI", "version", *(heading for _, heading in COLUMNS), "s", "")
LOCAL = Path(__file__).resolve().parents[1] / ".setup" / "npm" / "node_modules" / ".bin"
AT_ONCE = 2
LIMIT = 420.0
"""Seconds for one CLI; one that works takes about 60."""


def main(arguments: list[str]) -> int:
    """Prints the table; 1 when something that was tried failed. `--one NAME PROGRAM VERSION` tries one and prints JSON."""
    if arguments[:1] == ["--one"]:
        name, path, version = arguments[1:]
        done = try_one(name, Availability("ready", path, version))
        sys.stdout.write(json.dumps({"answers": done.answers(), "detail": done.detail}))
        return 0
    wanted = arguments or [*SHIPPED]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = [*pool.map(row, [one for name in wanted for one in found(name)])]
    for cells in (HEAD, *rows):
        widths = [max(len(one[column]) for one in (HEAD, *rows)) for column in range(len(HEAD) - 1)]
        sys.stdout.write(
            "  ".join([cell.ljust(width) for cell, width in zip(cells, widths, strict=False)] + [cells[-1]]).rstrip() + "\n"
        )
    return 1 if any(NO in cells for cells in rows) else 0


def found(name: str) -> list[tuple[str, Availability]]:
    """Every version of a CLI that is here; one that is not stands for itself."""
    places = [place for place in (*os.environ.get("GASTOWN_TEST_CLIS", "").split(os.pathsep), str(LOCAL)) if place]
    here: dict[str, Availability] = {}
    looked = [
        get(name).availability({"PATH": path, "HOME": "/nonexistent"}, {"rehearsal": "yes"})
        for path in (*places, os.environ["PATH"])
    ]
    for one in looked:
        if one.state != "absent":
            here.setdefault(one.version or one.path, one)
    return [(name, one) for one in here.values()] or [(name, looked[-1])]


def row(tried: tuple[str, Availability]) -> tuple[str, ...]:
    """One CLI's row, in a process of its own: whatever happens to it, the others have theirs."""
    name, there = tried
    if there.state != "ready" or name not in REHEARSABLE:
        why = there.detail if there.state != "ready" else "it cannot be pointed at a scripted model"
        return (name, there.version or "-", *("unknown" for _ in COLUMNS), "-", f"{there.state.replace('_', ' ')}: {why}"[:100])
    sys.stderr.write(f"trying {name} {there.version} …\n")
    began = time.monotonic()
    argv = [sys.executable, __file__, "--one", name, there.path, there.version]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            output, complaint = child.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)  # it still takes its town away
            output, complaint = "", f"not over within {LIMIT:g} s"
            child.communicate()
    try:
        told = json.loads(output)
        answers, detail = told["answers"], told["detail"]
    except (ValueError, KeyError):
        answers, detail = [NO, *("unknown" for _ in COLUMNS[1:])], (complaint.strip().splitlines() or ["it said nothing"])[-1]
    return (name, there.version, *answers, f"{time.monotonic() - began:.0f}", " ".join(detail.split())[:160])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
