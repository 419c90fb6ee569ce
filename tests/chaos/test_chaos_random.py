"""Bad days: random kills at random times in headless demos. SEED=N repeats one day."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import killer
import pytest
from audit import Watcher, audit

from gastown_tui.services import demo, shutdown
from gastown_tui.services.context import TownContext

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
SEEDS = (int(os.environ["SEED"]),) if "SEED" in os.environ else (101, 202, 303)
SOAK_SEEDS = tuple(range(1000, 1030))


@pytest.fixture
def town() -> Iterator[TownContext]:
    with tempfile.TemporaryDirectory(prefix="gtr-") as name:
        ctx = demo.prepare(Path(name).resolve() / "t", "builtin", 0.0)
        try:
            yield ctx
        finally:
            try:
                shutdown.stop_town(ctx)
            finally:
                ctx.close()


def live_through(town: TownContext, seed: int) -> None:
    """A whole demo while a second thread kills and watches; the demo's own proof and the auditor must both be content."""
    mine = town.fork()
    strike, watcher, over = killer.RandomKiller(mine, seed, kills=6, costly=1, chance=0.15), Watcher(mine), threading.Event()

    def bad_day() -> None:
        watched = town.fork()
        strike.ctx = watcher.ctx = watched
        while not over.wait(0.2):
            strike()
            watcher.look()
        watched.close()

    thread = threading.Thread(target=bad_day)
    thread.start()
    lines: list[str] = []
    try:
        report = demo.run_headless(town, lines.append, limit=240)
    finally:
        over.set()
        thread.join()
        mine.close()
    story = f"SEED={seed} killed {strike.done}\n" + "\n".join(lines[-60:])
    print(story)
    assert report.problems == (), story
    assert report.lost == 0
    assert strike.done, "nothing was killed"
    assert watcher.faults == [], story
    assert audit(town, commits_per_bead=None) == [], story


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bad_day(town: TownContext, seed: int) -> None:
    live_through(town, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", SOAK_SEEDS)
def test_many_bad_days(town: TownContext, seed: int) -> None:
    live_through(town, seed)
