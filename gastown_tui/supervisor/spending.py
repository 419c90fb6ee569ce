"""Budgets as the supervisor keeps them: what they forbid now, the cards that say so, and the word to agents at work."""

from __future__ import annotations

from collections.abc import Sequence

from gastown_tui.core import budget
from gastown_tui.core.budget import Ruling, RunSpending
from gastown_tui.core.config import TownConfig
from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.rows import Run
from gastown_tui.core.usage import find_price
from gastown_tui.ledger import beads, incidents, runs, usage
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import messages
from gastown_tui.services.context import TownContext
from gastown_tui.services.prices import prices_of, spent_of

_KINDS = (budget.NEAR, budget.OVER, budget.UNPRICED)


def rule(ctx: TownContext, config: TownConfig) -> Ruling:
    """What the budgets forbid now. Without budgets nothing is looked up."""
    limits = config.budget.budget()
    if not limits.is_set:
        return budget.FREE
    conn, table = ctx.ledger, prices_of(config)
    today = usage.of_day(conn, ctx.now())
    active = runs.active(conn)
    used = usage.by_run(conn, (run.id for run in active))
    spending = [RunSpending(run.id, run.agent, run.bead, spent_of(used.get(run.id, ()), table)) for run in active]
    looked_at = {run.bead for run in active if run.bead} | {bead.id for bead in beads.slung(conn)}
    on_beads = {bead: spent_of(rows, table) for bead in looked_at if (rows := usage.rows(conn, bead=bead))} if limits.bead else {}
    unpriced = sorted({row.model for row in today if find_price(row.model, table) is None})
    return budget.rule(limits, spent_of(today, table), spending, on_beads, unpriced)


def tell(ctx: TownContext, ruling: Ruling, active: Sequence[Run]) -> None:
    """One card per budget that is near its end or spent, gone when it is not any more. Writes only what has changed."""
    wanted = {(card.kind, card.subject): card for card in ruling.cards}
    known = {(card.kind, card.subject): card for card in incidents.open_ones(ctx.ledger) if card.kind in _KINDS}
    for key, card in wanted.items():
        if key not in known or known[key].detail != card.detail:
            with transaction(ctx.ledger):
                incidents.raise_one(
                    ctx.ledger, card.kind, card.subject, card.detail, severity=card.severity, actor=SUPERVISOR, now=ctx.now()
                )
                if card.kind == budget.OVER and not ruling.pauses and key not in known:
                    _tell_agents(ctx, card, ruling, active)
    for kind, subject in known.keys() - wanted.keys():
        incidents.resolve(ctx.ledger, kind, subject, actor=SUPERVISOR, now=ctx.now())


def _tell_agents(ctx: TownContext, card: budget.Card, ruling: Ruling, active: Sequence[Run]) -> None:
    """The agents at work that the card is about, once."""
    for run in active:
        if run.bead and run.id in ruling.over_runs and card.subject in (budget.TODAY, run.agent, run.bead):
            words = f"{ruling.over_runs[run.id]}. Come to an end: commit what you have, and hand it in with `$GT done` or leave a note with `$GT handoff`."
            messages.nudge(ctx, run.agent, words)
