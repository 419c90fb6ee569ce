"""Dispatch within capacity, in order, and only where it is allowed."""

from __future__ import annotations

import pytest

from gastown_tui.core import scheduler
from gastown_tui.core.observation import Dispatch, HookBead, LaunchRun, StartAgent
from gastown_tui.core.states import RunState
from worlds import RIG, agent, bead, merge, run, seen


def dispatched(world: object) -> list[tuple[str, str]]:
    return [(one.bead, one.agent) for one in scheduler.decide(world) if isinstance(one, Dispatch)]  # type: ignore[arg-type]


def test_ready_beads_go_to_free_polecats_up_to_the_rigs_limit() -> None:
    ready = tuple(bead(id=f"ms-{number}") for number in range(4))
    assert dispatched(seen(ready=ready)) == [("ms-0", "ms/polecats/toast"), ("ms-1", "ms/polecats/capable")]


def test_a_running_polecat_takes_a_place_and_its_name() -> None:
    assert dispatched(seen(ready=(bead(id="ms-2"), bead(id="ms-3")), runs=(run(),))) == [("ms-2", "ms/polecats/capable")]


def test_a_name_whose_worktree_is_not_given_back_is_not_used() -> None:
    assert dispatched(seen(ready=(bead(id="ms-2"),), retired=(run(state=RunState.LOST),))) == [("ms-2", "ms/polecats/capable")]


def test_a_fix_run_goes_to_the_hand_that_had_the_bead() -> None:
    world = seen(ready=(bead(),), last_agent={"ms-1": "ms/polecats/nux"})
    assert dispatched(world) == [("ms-1", "ms/polecats/nux")]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("estop", {"is_estopped": True}),
        ("down", {"wanted": "down"}),
        ("paused", {"wanted": "paused"}),
        ("no rig", {"rigs": ()}),
        ("busy", {"busy": frozenset({"ms-1"})}),
        ("town limit", {"max_polecats": 0}),
        ("the run that had it is not over", {"runs": (run(state=RunState.FINISHING),)}),
    ],
)
def test_nothing_is_dispatched(name: str, changes: dict[str, object]) -> None:
    assert dispatched(seen(ready=(bead(),), **changes)) == [], name


def test_a_paused_town_still_launches_what_was_queued() -> None:
    world = seen(wanted="paused", runs=(run(state=RunState.PREPARING),))
    assert [type(one) for one in scheduler.decide(world)] == [LaunchRun]


def test_an_estopped_town_launches_nothing() -> None:
    assert scheduler.decide(seen(is_estopped=True, runs=(run(state=RunState.QUEUED),))) == []


def test_wanted_agents_start_unless_they_rest_after_a_failure() -> None:
    agents = (agent("mayor", "mayor"), agent("ms/crew/max", "crew"), agent("ms/crew/dag", "crew", "stopped"))
    world = seen(agents=agents, resting_since={"ms/crew/max": 2000.0})
    assert [one.agent for one in scheduler.decide(world) if isinstance(one, StartAgent)] == ["mayor"]


def test_a_bead_for_a_running_crew_member_is_hooked_there_once() -> None:
    at_desk = run(id="run2", agent="ms/crew/max", bead="")
    world = seen(ready=(bead(slung_to="ms/crew/max"), bead(id="ms-2", slung_to="ms/crew/max")), runs=(at_desk,))
    assert [(type(one), one.key) for one in scheduler.decide(world)] == [(HookBead, "ms-1")]


def test_urgent_beads_come_first_and_nobody_is_overtaken_for_ever() -> None:
    late_urgent, old, new = bead(id="c", priority=0, slung_at=9.0), bead(id="a", slung_at=1.0), bead(id="b", slung_at=2.0)
    assert [one.id for one in scheduler.order_ready([new, old, late_urgent])] == ["c", "a", "b"]


def test_names_do_not_run_out() -> None:
    taken = {f"ms/polecats/{name}" for name in scheduler.POLECAT_NAMES}
    assert scheduler.choose_polecat(RIG, bead(), taken, "") == "ms/polecats/toast2"


def test_merges_do_not_take_a_polecats_place() -> None:
    assert len(dispatched(seen(ready=(bead(id="ms-2"), bead(id="ms-3")), merges=(merge(),)))) == 2
