"""What budgets forbid, from what was spent. Pure; a budget stops new work first, and agents at work only when it is set to.

Spending without a price is unknown and can only be told: a budget holds for what is known, as a lower bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gastown_tui.core.usage import Spent

NEAR, OVER, UNPRICED = "budget_near", "budget_spent", "budget_unpriced"
"""Kinds of cards."""
TODAY = "today"
"""Subject of the cards about the day's budget."""


@dataclass(frozen=True, slots=True)
class Budget:
    """US dollars that may be spent; None for no limit."""

    day: float | None = None
    run: float | None = None
    bead: float | None = None
    warn_at: float = 0.8
    pauses: bool = False
    """Agents at work are stopped when a budget is spent; otherwise they are told."""

    @property
    def is_set(self) -> bool:
        return self.day is not None or self.run is not None or self.bead is not None


@dataclass(frozen=True, slots=True)
class RunSpending:
    """An active run and what was spent by it and on its bead."""

    run: str
    agent: str
    bead: str
    spent: Spent


@dataclass(frozen=True, slots=True)
class Card:
    """Something to tell a person. Its words change only with the budgets, not with every cent."""

    kind: str
    subject: str
    detail: str
    severity: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What follows from the budgets."""

    cards: tuple[Card, ...] = ()
    stops_dispatch: bool = False
    held_beads: frozenset[str] = frozenset()
    """Beads that are not dispatched: all that may be spent on them is spent."""
    over_runs: Mapping[str, str] = field(default_factory=dict)
    """Run → why it shall come to an end."""
    pauses: bool = False


FREE = Ruling()
"""Nothing is forbidden."""


def rule(
    budget: Budget, today: Spent, active: Sequence[RunSpending], beads: Mapping[str, Spent], unpriced: Sequence[str]
) -> Ruling:
    """What the budgets forbid now.

    Args:
        today: what the town has spent since the (UTC) day began.
        beads: bead → what all its runs have spent, for the beads of active runs and those that could be dispatched.
        unpriced: models of today's answers that have no price.
    """
    if not budget.is_set:
        return FREE
    cards: list[Card] = []
    over: dict[str, str] = {}
    held: set[str] = set()
    if unpriced:
        words = f"no price is known for {', '.join(sorted(unpriced))}: budgets count too little; name one in town.toml, [prices]"
        cards.append(Card(UNPRICED, TODAY, words, "medium"))
    stops = _judge(cards, budget, budget.day, today, TODAY, "today's budget", "nothing new is dispatched")
    if stops:
        over |= {one.run: f"today's budget of ${budget.day:.2f} is spent" for one in active}
    for bead, spent in beads.items():
        if _judge(cards, budget, budget.bead, spent, bead, "its budget", "it is not dispatched again"):
            held.add(bead)
            over |= {one.run: f"the budget of {bead} (${budget.bead:.2f}) is spent" for one in active if one.bead == bead}
    for one in active:
        if one.bead and _judge(
            cards, budget, budget.run, one.spent, one.agent, f"the budget of its run on {one.bead}", "it is to come to an end"
        ):
            over[one.run] = f"the budget of this run (${budget.run:.2f}) is spent"
            held.add(one.bead)
    return Ruling(tuple(cards), stops, frozenset(held), over, budget.pauses)


def _judge(cards: list[Card], budget: Budget, limit: float | None, spent: Spent, subject: str, what: str, then: str) -> bool:
    """Whether the limit is reached; adds the card that is due."""
    if limit is None or spent.known < limit * budget.warn_at:
        return False
    if spent.known >= limit:
        cards.append(Card(OVER, subject, f"{what} of ${limit:.2f} is spent: {then}", "high"))
        return True
    cards.append(Card(NEAR, subject, f"{budget.warn_at:.0%} of {what} of ${limit:.2f} is spent", "medium"))
    return False
