"""A rig at the dial `ask`: work waits for a person, lands when it is approved, and reaches the checkout on order only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from towns import git

from gastown_tui.core.errors import GastownError
from gastown_tui.core.states import BeadOutcome, BeadState, Dial, MergeState
from gastown_tui.ledger import beads, merges, notes, runs
from gastown_tui.services import demo, estop, removal, rigs, shutdown
from gastown_tui.services.boot import wait_until
from gastown_tui.services.context import TownContext

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.xdist_group("e2e")]


@pytest.fixture
def living() -> Iterator[TownContext]:
    """The demo's town, but at the dial `ask` and with a fast model."""
    with tempfile.TemporaryDirectory(prefix="gta-") as name:
        ctx = demo.prepare(Path(name).resolve() / "town", "builtin", 0.0)
        rigs.set_dial(ctx, demo.RIG, Dial.ASK)
        yield ctx
        try:
            if ctx.layout.ledger.exists():
                shutdown.stop_town(ctx)
        finally:
            ctx.close()


@pytest.fixture
def gt(living: TownContext, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Calls the real `gt` as a person would."""
    monkeypatch.delenv("GT_BOOT")

    def call(*words: str, code: int = 0) -> str:
        argv = [living.layout.bin / "gt", "--town", str(living.layout.root), *words]
        done = subprocess.run(argv, check=False, env={**os.environ}, capture_output=True, text=True, timeout=90)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout

    return call


def until(is_true: Callable[[], bool], seconds: float = 90.0) -> None:
    assert wait_until(is_true, seconds, 0.1), "not in time"


def test_work_waits_for_approval_and_the_checkout_for_an_order(living: TownContext, gt: Callable[..., str]) -> None:
    origin = living.layout.root / "origin" / demo.RIG
    before = git(origin, "rev-parse", "main")
    bead = json.loads(gt("create", "Lay the mines", "--sling", "--json"))["id"]
    until(lambda: any(merge.state is MergeState.AWAITING_APPROVAL for merge in merges.of_bead(living.ledger, bead)))
    repository = living.layout.rig(demo.RIG).repository
    assert git(repository, "rev-parse", "main") == before, "nothing lands without a person"
    gt("rig", "remove", demo.RIG, "--yes", code=4)
    assert "random" in gt("mq", "show", bead, "--diff")
    assert json.loads(gt("approve", bead, "--wait", "60", "--json"))[0]["outcome"] == BeadOutcome.MERGED
    landed = git(repository, "rev-parse", "main")
    assert landed == beads.get(living.ledger, bead).close_reason != before
    assert git(origin, "rev-parse", "main") == before, "your checkout is not changed under your hands"
    gt("rig", "pull", demo.RIG)
    assert git(origin, "rev-parse", "main") == landed
    until(lambda: not runs.active(living.ledger) and not runs.with_worktree(living.ledger))
    gone = removal.remove_town(living)
    assert gone.remains == (str(living.layout.root / "origin"),)


def test_sent_back_work_is_told_why(living: TownContext, gt: Callable[..., str]) -> None:
    bead = json.loads(gt("create", "Lay the mines", "--sling", "--json"))["id"]
    until(lambda: any(merge.state is MergeState.AWAITING_APPROVAL for merge in merges.of_bead(living.ledger, bead)))
    gt("pause")
    gt("approve", bead, "--send-back", "name the function better")
    assert merges.of_bead(living.ledger, bead)[-1].state is MergeState.REJECTED
    assert beads.get(living.ledger, bead).state is BeadState.OPEN
    assert "name the function better" in notes.of_scope(living.ledger, bead, "fix", 1)[0].text
    gt("resume")
    until(lambda: len(runs.of_bead(living.ledger, bead)) == 2)
    agent = runs.of_bead(living.ledger, bead)[-1].agent
    assert "name the function better" in gt("prime", "--agent", agent)


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_estop_freezes_a_living_town_within_a_second_and_lets_it_go_on(living: TownContext, gt: Callable[..., str]) -> None:
    gt("agents", "start", "mayor", "--wait", "60")
    begun = time.monotonic()
    stopped = estop.stop(living)
    assert (stopped.by, stopped.is_proven) == ("supervisor", True)
    assert time.monotonic() - begun < 2.0
    assert [halt.agent for halt in stopped.runs] == ["mayor"]
    with pytest.raises(GastownError):
        shutdown.stop_tmux(living)
    gt("estop", "--release")
    assert json.loads(gt("status", "--json"))["supervisor"]["state"] == "up"
