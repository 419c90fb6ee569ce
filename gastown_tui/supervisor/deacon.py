"""Acts of the deacon: cards, convoys that have landed, backups, housekeeping. Plain code, no model."""

from __future__ import annotations

from gastown_tui.core.ids import MAYOR, SUPERVISOR
from gastown_tui.core.observation import ClearCard, RaiseCard
from gastown_tui.ledger import agents, beads, convoys, incidents, intents
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import messages
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.branches import sweep_branches

BACKUP_EVERY = 900.0
"""Seconds between backups of a ledger that has changed (reference: gastown-work §31.3)."""
INTENTS_KEPT = 7 * 86_400.0
LANDED_TITLES = 12
"""Titles that a report of a landed convoy names; the rest is counted."""


def raise_card(ctx: TownContext, action: RaiseCard) -> None:
    """Tells the person through the needs-you queue."""
    incidents.raise_one(
        ctx.ledger, action.kind, action.subject, action.detail, severity=action.severity, actor=SUPERVISOR, now=ctx.now()
    )


def clear_card(ctx: TownContext, action: ClearCard) -> None:
    """Its cause is gone."""
    incidents.resolve(ctx.ledger, action.kind, action.subject, actor=SUPERVISOR, now=ctx.now())


def land_convoys(ctx: TownContext) -> None:
    """Ends complete convoys and tells their owner, when that is an agent, and the mayor."""
    with transaction(ctx.ledger):
        for convoy_id in convoys.land_complete(ctx.ledger, actor=SUPERVISOR, now=ctx.now()):
            convoy = convoys.get(ctx.ledger, convoy_id)
            members = [beads.get(ctx.ledger, bead) for bead in convoys.members(ctx.ledger, convoy_id)]
            lines = [f"- {bead.id} {bead.title} ({bead.outcome.value if bead.outcome else 'open'})" for bead in members]
            if len(lines) > LANDED_TITLES:
                lines = [*lines[:LANDED_TITLES], f"- and {len(lines) - LANDED_TITLES} more"]
            text = f"Convoy {convoy.id} has landed: {convoy.title}\n" + "\n".join(lines)
            receivers = [address for address in dict.fromkeys((convoy.owner, MAYOR)) if agents.find(ctx.ledger, address)]
            if receivers:
                messages.send(ctx, receivers, text, subject=f"{convoy.id} landed", kind="nudge")


def keep_house(ctx: TownContext) -> None:
    """Cleans branches of landed work that a crash has left, and forgets journal entries that are settled and old."""
    sweep_branches(ctx)
    intents.forget_before(ctx.ledger, ctx.now() - INTENTS_KEPT)
