"""Tokens that runs use."""

from __future__ import annotations

from gastown_tui.core.rows import Usage
from gastown_tui.ledger import usage
from gastown_tui.services.context import TownContext


def record(ctx: TownContext, model: str, input_tokens: int, output_tokens: int, cache_read: int = 0, cache_write: int = 0) -> None:
    """Counts one model answer of the calling run."""
    usage.add(ctx.ledger, Usage(ctx.run, model, input_tokens, output_tokens, cache_read, cache_write, 1), now=ctx.now())
