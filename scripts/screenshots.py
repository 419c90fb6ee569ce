"""Makes the pictures in `screenshots/`: runs the demo at a person's pace and takes them while four polecats are at work."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from gastown_tui.core.errors import GastownError
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.states import RunState
from gastown_tui.ledger import connection, events, runs

ROOT = Path(__file__).resolve().parent.parent
PACE = "1"
WORKERS = 3
PATIENCE = 240.0
"""Seconds until the demo must have got that far."""


def is_at_work(layout: TownLayout) -> bool:
    """Whether something has landed and several polecats work."""
    try:
        conn = connection.connect(layout.ledger, read_only=True)
    except GastownError:
        return False
    try:
        working = [run for run in runs.active(conn) if run.bead and run.state is RunState.WORKING]
        return len(working) >= WORKERS and any(event.kind == "merge.merged" for event in events.newest(conn, 500))
    finally:
        conn.close()


def main() -> int:
    """Returns the exit code of the first part that failed, else 0."""
    with tempfile.TemporaryDirectory(prefix="gts-") as name:
        layout = TownLayout(Path(name).resolve() / "gt")
        command = [sys.executable, "-m", "gastown_tui.cli", "demo", "--headless", "--pace", PACE, "--town", str(layout.root)]
        demo = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            end, tick = time.monotonic() + PATIENCE, threading.Event()
            while not is_at_work(layout):
                if demo.poll() is not None or time.monotonic() > end:
                    sys.stderr.write("the demo did not get to work\n")
                    return 1
                tick.wait(0.25)
            taken = subprocess.run([sys.executable, ROOT / "screenshots" / "make.py", "--town", layout.root], check=False)
            return taken.returncode or demo.wait(600)
        finally:
            if demo.poll() is None:
                demo.terminate()  # it stops its town itself
                demo.wait(60)


if __name__ == "__main__":
    raise SystemExit(main())
