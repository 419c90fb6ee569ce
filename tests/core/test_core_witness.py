"""No run is ended on a guess; each real end is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gastown_tui.core import witness
from gastown_tui.core.observation import ClearCard, EndRun, MarkWorking, RaiseCard, ReturnWorktree
from gastown_tui.core.states import RunState, RunWish
from worlds import PANE, RUN, agent, facts, run, seen

DEAD = replace(PANE, dead=True)
FRESH = {"run1": 1000.0}


def ends(**changes: object) -> list[tuple[str, bool]]:
    actions = witness.decide(seen(**changes))
    return [(one.state, one.failed) for one in actions if isinstance(one, EndRun)]


@pytest.mark.parametrize(
    ("name", "fact", "world", "expected"),
    [
        ("alive", facts(), {}, []),
        ("exited", facts(has_exited=True, exit_status=1), {}, [("lost", True)]),
        ("dead pane", facts(pane=DEAD), {}, [("lost", True)]),
        ("missing once", facts(pane=None, missing_rounds=1), {}, []),
        ("missing twice", facts(pane=None, missing_rounds=2), {}, [("lost", True)]),
        ("tmux silent", facts(pane=None, missing_rounds=9), {"panes_known": False}, []),
        ("first round after a gap", facts(pane=DEAD), {"may_judge": False}, []),
        ("exit is proof without tmux", facts(pane=None, has_exited=True), {"panes_known": False}, [("lost", True)]),
        ("an act is under way", facts(pane=DEAD), {"busy": frozenset({"run1"})}, []),
        ("estopped but exited", facts(has_exited=True), {"is_estopped": True}, [("lost", True)]),
        ("town down", facts(), {"wanted": "down"}, [("paused", False)]),
        ("town down but stopped by emergency", facts(), {"wanted": "down", "is_estopped": True}, []),
    ],
)
def test_ends_of_a_working_run(name: str, fact: object, world: dict[str, object], expected: list[tuple[str, bool]]) -> None:
    assert ends(runs=(run(),), facts={"run1": fact}, watched_since=FRESH, **world) == expected, name


@pytest.mark.parametrize(
    ("name", "fact", "since", "expected"),
    [
        ("not ready yet", facts("starting"), 990.0, []),
        ("not ready in time", facts("starting"), 900.0, [("failed", True)]),
        ("ready", facts("working"), 900.0, []),
    ],
)
def test_start_up(name: str, fact: object, since: float, expected: list[tuple[str, bool]]) -> None:
    world = {"runs": (run(state=RunState.STARTING),), "facts": {"run1": fact}, "watched_since": {"run1": since}}
    assert ends(**world) == expected, name


def test_a_report_makes_a_starting_run_working() -> None:
    actions = witness.decide(seen(runs=(run(state=RunState.STARTING),), facts={"run1": facts("idle")}))
    assert [type(one) for one in actions] == [MarkWorking]


@pytest.mark.parametrize(
    ("name", "fact", "since", "expected"),
    [
        ("still talking", facts("working"), 995.0, []),
        ("rests", facts("idle"), 999.0, [("succeeded", False)]),
        ("talks too long", facts("working"), 970.0, [("succeeded", False)]),
        ("dies after it had submitted", facts(pane=DEAD), 999.0, [("succeeded", False)]),
    ],
)
def test_finishing(name: str, fact: object, since: float, expected: list[tuple[str, bool]]) -> None:
    world = {"runs": (run(state=RunState.FINISHING),), "facts": {"run1": fact}, "watched_since": {"run1": since}}
    assert ends(**world) == expected, name


def test_rest_with_work_is_a_card_and_not_a_kill() -> None:
    actions = witness.decide(seen(runs=(run(),), facts={"run1": facts("idle", since=800.0)}, watched_since={"run1": 500.0}))
    assert [(type(one), one.kind) for one in actions if isinstance(one, RaiseCard)] == [(RaiseCard, "idle_with_work")]
    assert not [one for one in actions if isinstance(one, EndRun)]


def test_silence_while_working_is_a_card() -> None:
    quiet = replace(PANE, last_activity=10.0)
    actions = witness.decide(
        seen(runs=(run(),), facts={"run1": facts("working", at=20.0, pane=quiet)}, watched_since={"run1": 0.0})
    )
    assert [one.kind for one in actions if isinstance(one, RaiseCard)] == ["stalled"]


def test_movement_clears_the_cards_that_are_there() -> None:
    moving = {"runs": (run(),), "facts": {"run1": facts("working", at=999.0)}, "watched_since": FRESH}
    cards = {("idle_with_work", RUN.agent): "x", ("stalled", RUN.agent): "x", ("start_up", RUN.agent): "x"}
    actions = witness.decide(seen(**moving, cards=cards))
    assert {one.kind for one in actions if isinstance(one, ClearCard)} == {"idle_with_work", "stalled"}
    assert witness.decide(seen(**moving)) == []


def test_a_card_is_raised_once() -> None:
    resting = {"runs": (run(),), "facts": {"run1": facts("idle", since=800.0)}, "watched_since": {"run1": 500.0}}
    [card] = [one for one in witness.decide(seen(**resting)) if isinstance(one, RaiseCard)]
    assert witness.decide(seen(**resting, cards={(card.kind, card.subject): card.detail})) == []
    other = witness.decide(seen(**resting, cards={(card.kind, card.subject): "about another bead"}))
    assert [one.kind for one in other if isinstance(one, RaiseCard)] == ["idle_with_work"]


@pytest.mark.parametrize(
    ("wish", "state", "report", "expected"),
    [
        ("stop", "working", "working", [("cancelled", True)]),
        ("stop", "queued", "working", [("cancelled", True)]),
        ("stop", "finishing", "working", []),
        ("restart", "working", "working", [("paused", False)]),
        ("restart", "preparing", "working", []),
        ("handoff", "working", "working", []),
        ("handoff", "working", "idle", [("paused", False)]),
        ("", "working", "idle", []),
    ],
)
def test_wishes_about_a_run(wish: str, state: str, report: str, expected: list[tuple[str, bool]]) -> None:
    one = run(state=RunState(state), wish=RunWish(wish))
    actions = witness.decide(seen(runs=(one,), facts={"run1": facts(report)}, watched_since=FRESH))
    assert [(end.state, end.unsling) for end in actions if isinstance(end, EndRun)] == expected


def test_an_emergency_stop_holds_wishes_back() -> None:
    assert ends(runs=(run(wish=RunWish.STOP),), facts={"run1": facts()}, watched_since=FRESH, is_estopped=True) == []


def test_an_unwanted_crew_member_is_stopped_but_not_failed() -> None:
    crew = run(agent="ms/crew/max", bead="")
    stopped = (agent("ms/crew/max", "crew", "stopped"),)
    assert ends(runs=(crew,), agents=stopped, facts={"run1": facts()}, watched_since=FRESH) == [("paused", False)]


def test_ended_runs_give_their_worktrees_back() -> None:
    actions = witness.decide(seen(retired=(run(state=RunState.SUCCEEDED),)))
    assert [type(one) for one in actions] == [ReturnWorktree]


def test_the_same_picture_twice_gives_the_same_decisions() -> None:
    world = seen(runs=(run(),), facts={"run1": facts(pane=DEAD)}, watched_since=FRESH)
    assert witness.decide(world) == witness.decide(world)
