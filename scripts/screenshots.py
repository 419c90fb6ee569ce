"""Makes the pictures in `screenshots/`: a demo as a person sees it, taken while polecats work and one waits for an answer."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gastown_tui.core.ids import MAYOR
from gastown_tui.core.states import RunState
from gastown_tui.ledger import events, requests, runs
from gastown_tui.services import demo, messages
from gastown_tui.services.context import TownContext

ROOT = Path(__file__).resolve().parent.parent
PACE = 1.0
WORKERS = 3
PATIENCE = 180.0
"""Seconds that a stage of the demo may take."""


def wait_for(stage: str, is_true: Callable[[], bool]) -> bool:
    """Polls the ledger; says which stage was not reached."""
    end, tick = time.monotonic() + PATIENCE, threading.Event()
    while not is_true():
        if time.monotonic() > end:
            sys.stderr.write(f"the demo did not come to this: {stage}\n")
            return False
        tick.wait(0.2)
    return True


def has_happened(ctx: TownContext, kind: str) -> bool:
    """Whether the town's newest events hold one of that kind."""
    return any(event.kind == kind for event in events.newest(ctx.ledger, 500))


def is_at_work(ctx: TownContext) -> bool:
    """Whether something has landed, several polecats work, and one of them asks."""
    working = [run for run in runs.active(ctx.ledger) if run.bead and run.state is RunState.WORKING]
    return len(working) >= WORKERS and has_happened(ctx, "merge.merged") and bool(requests.open_ones(ctx.ledger))


def main() -> int:
    """Returns 0 when all pictures were taken."""
    with tempfile.TemporaryDirectory(prefix="gts-") as name:
        ctx = demo.prepare(Path(name).resolve() / "gt", "builtin", PACE)
        try:
            demo.start_with_mayor(ctx)
            if not wait_for("the mayor greets", lambda: any(run.ready_at for run in runs.active(ctx.ledger))):
                return 1
            messages.say(ctx, MAYOR, "build minesweeper")
            if not wait_for("polecats work and one asks", lambda: is_at_work(ctx)):
                return 1
            make = [sys.executable, ROOT / "screenshots" / "make.py", "--town", ctx.layout.root, *sys.argv[1:]]
            return subprocess.run(make, check=False).returncode
        finally:
            demo.discard(ctx)
            ctx.close()


if __name__ == "__main__":
    raise SystemExit(main())
