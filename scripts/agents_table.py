"""Tries every agent CLI that can be found, each version, and prints a table. Called by `make test-agents`.

Directories with more of them are named by GASTOWN_TEST_CLIS, so that two versions of one CLI can be tried.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gastown_tui.drivers.registry import get
from gastown_tui.services.probe import NO, REHEARSABLE, Probe, try_one

HEAD = ("CLI", "version", "ready", "prompt whole", "hook events", "asks nobody", "bead merged", "")
LOCAL = Path(__file__).resolve().parents[1] / ".setup" / "npm" / "node_modules" / ".bin"


def main() -> int:
    """Prints the table; 1 when something that was tried failed."""
    places = [place for place in (*os.environ.get("GASTOWN_TEST_CLIS", "").split(os.pathsep), str(LOCAL)) if place]
    searched = [*places, os.environ.get("PATH", "")]
    done: list[Probe] = []
    for name in REHEARSABLE:
        seen: set[str] = set()
        for path in searched:
            found = get(name).availability({"PATH": path, "HOME": "/nonexistent"}, {"rehearsal": "yes"})
            if found.state == "ready" and found.version not in seen:
                seen.add(found.version)
                sys.stderr.write(f"trying {name} {found.version} …\n")
                done.append(try_one(name, found))
    rows = [HEAD, *((p.driver, p.version, p.ready, p.prompt, p.hooks, p.unasked, p.merged, p.detail[:60]) for p in done)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    for row in rows:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")
    return 1 if any(NO in (p.ready, p.prompt, p.hooks, p.unasked, p.merged) for p in done) else 0


if __name__ == "__main__":
    raise SystemExit(main())
