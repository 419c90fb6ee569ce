"""Each process of a town is killed while agents work; the town converges, every bead lands once, nothing is left."""

from __future__ import annotations

import os
import signal
import time

import killer
import pytest
import small_town
from audit import audit, audit_end

from gastown_tui.core.states import BeadState, RunState
from gastown_tui.ledger import beads, events, runs
from gastown_tui.services import boot
from gastown_tui.services.context import TownContext

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def are_working(ctx: TownContext) -> bool:
    return any(run.state is RunState.WORKING for run in runs.active(ctx.ledger))


@pytest.mark.parametrize("victim", sorted(killer.VICTIMS))
def test_one_of_each_is_killed(victim: str, small: TownContext) -> None:
    killed: list[str] = []

    def strike() -> None:
        is_time = victim == "git" or are_working(small)
        if not killed and is_time and killer.VICTIMS[victim](small):
            killed.append(victim)

    small_town.start(small)
    watcher = small_town.converge(small, each=strike)
    if victim != "git":  # a git lives for milliseconds; the random days meet it
        assert killed, "nothing was killed"
    assert watcher.faults == []
    assert audit(small) == []
    assert audit_end(small) == []


@pytest.mark.parametrize("victim", ["launcher", "supervisor"])
def test_killed_right_after_it_handed_in(victim: str, small: TownContext) -> None:
    """`gt done` is one transaction: what is handed in lands, whoever dies before the run has ended."""
    killed: list[str] = []

    def strike() -> None:
        # All of them: the victim may be any run's, and one that is killed before it handed in works twice by right.
        states = {run.state for run in runs.active(small.ledger) if run.bead}
        handed_in = states == {RunState.FINISHING}
        if not killed and handed_in and killer.VICTIMS[victim](small):
            killed.append(victim)

    small_town.start(small)
    watcher = small_town.converge(small, each=strike)
    assert killed, "nothing was killed"
    assert [len(runs.of_bead(small.ledger, bead.id)) for bead in beads.every(small.ledger)] == [1, 1], "nobody works twice"
    assert watcher.faults == []
    assert audit(small) == []
    assert audit_end(small) == []


def test_work_that_was_killed_for_the_third_time_is_for_a_person(small: TownContext) -> None:
    small_town.start(small)
    deadline = time.monotonic() + 120
    while not [bead for bead in beads.every(small.ledger) if bead.state is BeadState.NEEDS_HELP]:
        assert time.monotonic() < deadline
        boot.ensure_supervisor(small)
        killer.launcher(small)
        boot.wait_until(lambda: False, 0.05)
    stuck = next(bead for bead in beads.every(small.ledger) if bead.state is BeadState.NEEDS_HELP)
    ended = runs.of_bead(small.ledger, stuck.id)
    assert len(ended) >= 3
    assert all(run.state in (RunState.LOST, RunState.FAILED) for run in ended)
    assert "bead.needs_help" in [event.kind for event in events.of_bead(small.ledger, stuck.id)]


def test_a_hung_supervisor_is_replaced(small: TownContext) -> None:
    small_town.start(small)
    assert boot.wait_until(lambda: boot.supervisor_state(small.layout, time.time()).state == "up", 20)
    first = boot.supervisor_state(small.layout, time.time()).pid
    assert killer.supervisor(small, signal.SIGSTOP)
    old = time.time() - 10 * boot.HUNG_AFTER
    os.utime(small.layout.heartbeat, (old, old))
    assert boot.supervisor_state(small.layout, time.time()).state == "hung"
    watcher = small_town.converge(small)
    assert boot.supervisor_state(small.layout, time.time()).pid != first
    assert "supervisor.hung" in [event.kind for event in events.of_subject(small.ledger, "supervisor")]
    assert watcher.faults == []
    assert audit(small) == []
    assert audit_end(small) == []
