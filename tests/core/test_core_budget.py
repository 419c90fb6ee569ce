"""What budgets forbid, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gastown_tui.core.budget import FREE, NEAR, OVER, TODAY, UNPRICED, Budget, Ruling, RunSpending, rule
from gastown_tui.core.decide import decide
from gastown_tui.core.observation import Dispatch, EndRun, LaunchRun, StartAgent
from gastown_tui.core.states import RunState
from gastown_tui.core.usage import Spent, Tokens
from worlds import agent, bead, facts, run, seen

NO_MONEY = Spent()


def dollars(amount: float) -> Spent:
    return Spent(Tokens(1), 1, amount, 0)


def active(spent: float, bead_id: str = "ms-1") -> list[RunSpending]:
    return [RunSpending("run1", "ms/polecats/toast", bead_id, dollars(spent))]


@pytest.mark.parametrize(
    ("budget", "today", "runs", "beads", "cards", "stops", "held", "over"),
    [
        (Budget(), 99, 99, 99, [], False, [], []),
        (Budget(day=10), 7.9, 0, 0, [], False, [], []),
        (Budget(day=10), 8, 0, 0, [(NEAR, TODAY)], False, [], []),
        (Budget(day=10), 10, 0, 0, [(OVER, TODAY)], True, [], ["run1"]),
        (Budget(day=10, warn_at=0.5), 5, 0, 0, [(NEAR, TODAY)], False, [], []),
        (Budget(run=2), 99, 1.5, 99, [], False, [], []),
        (Budget(run=2), 0, 1.6, 0, [(NEAR, "ms/polecats/toast")], False, [], []),
        (Budget(run=2), 0, 2, 0, [(OVER, "ms/polecats/toast")], False, ["ms-1"], ["run1"]),
        (Budget(bead=5), 99, 99, 4.5, [(NEAR, "ms-1")], False, [], []),
        (Budget(bead=5), 0, 0, 5, [(OVER, "ms-1")], False, ["ms-1"], ["run1"]),
        (Budget(day=10, bead=5), 10, 0, 5, [(OVER, TODAY), (OVER, "ms-1")], True, ["ms-1"], ["run1"]),
    ],
)
def test_what_is_forbidden(
    budget: Budget,
    today: float,
    runs: float,
    beads: float,
    cards: list[tuple[str, str]],
    stops: bool,
    held: list[str],
    over: list[str],
) -> None:
    ruling = rule(budget, dollars(today), active(runs), {"ms-1": dollars(beads)}, [])
    assert [(card.kind, card.subject) for card in ruling.cards] == cards
    assert (ruling.stops_dispatch, sorted(ruling.held_beads), sorted(ruling.over_runs)) == (stops, held, over)


def test_a_card_does_not_change_with_every_cent() -> None:
    first, second = (rule(Budget(day=10), dollars(amount), [], {}, []).cards for amount in (8.1, 9.9))
    assert first == second


def test_what_has_no_price_is_told_and_does_not_count() -> None:
    ruling = rule(Budget(day=10), Spent(Tokens(10**9), 50, 0.0, 50), [], {}, ["other"])
    assert [card.kind for card in ruling.cards] == [UNPRICED]
    assert "other" in ruling.cards[0].detail
    assert not ruling.stops_dispatch
    assert rule(Budget(), NO_MONEY, [], {}, ["other"]) == FREE


def test_a_run_without_a_bead_has_no_budget_of_its_own() -> None:
    assert rule(Budget(run=1), NO_MONEY, active(9, bead_id=""), {}, []).cards == ()


WAITING = seen(
    ready=(bead(),),
    agents=(agent("mayor", "mayor"),),
    runs=(run(id="run2", agent="ms/crew/max", bead="ms-9", state=RunState.QUEUED),),
)


@pytest.mark.parametrize(
    ("ruling", "kinds"),
    [
        (FREE, {LaunchRun, StartAgent, Dispatch}),
        (Ruling(stops_dispatch=True), {LaunchRun, StartAgent}),
        (Ruling(stops_dispatch=True, pauses=True), {LaunchRun}),
        (Ruling(held_beads=frozenset({"ms-1"})), {LaunchRun, StartAgent}),
        (Ruling(held_beads=frozenset({"ms-2"})), {LaunchRun, StartAgent, Dispatch}),
    ],
)
def test_a_spent_budget_stops_dispatch(ruling: Ruling, kinds: set[type]) -> None:
    assert {type(action) for action in decide(replace(WAITING, ruling=ruling))} == kinds


@pytest.mark.parametrize(
    ("ruling", "ends"),
    [
        (Ruling(over_runs={"run1": "spent"}), None),
        (Ruling(over_runs={"run1": "spent"}, pauses=True), False),
        (Ruling(over_runs={"run1": "spent"}, held_beads=frozenset({"ms-1"}), pauses=True), True),
        (Ruling(over_runs={"other": "spent"}, pauses=True), None),
    ],
)
def test_agents_at_work_are_stopped_only_when_that_is_wished(ruling: Ruling, ends: bool | None) -> None:
    """A day passes by itself; a bead that has spent all that it may waits for a person."""
    town = seen(runs=(run(),), facts={"run1": facts()}, beads={"ms-1": bead(assignee="ms/polecats/toast")}, ruling=ruling)
    found = [action for action in decide(town) if isinstance(action, EndRun)]
    assert [(one.state, one.needs_help) for one in found] == ([] if ends is None else [("paused", ends)])
