"""What a run says about itself."""

from __future__ import annotations

from gastown_tui.core.evidence import AgentState
from gastown_tui.ledger import telemetry
from gastown_tui.services.context import TownContext


def report(ctx: TownContext, state: AgentState, detail: str = "", rule: str = "report") -> None:
    """States what the calling run does now. Costs no ledger write."""
    if ctx.run:
        telemetry.report(ctx.telemetry, ctx.run, ctx.actor, state.value, detail[:500], rule, now=ctx.now(), event=rule)
