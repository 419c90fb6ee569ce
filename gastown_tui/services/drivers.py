"""The agent CLIs of a town: those that we know, and its own from town.toml; and the conversation that a run had with one."""

from __future__ import annotations

from gastown_tui.core.rows import Run
from gastown_tui.drivers import registry
from gastown_tui.drivers.base import Driver
from gastown_tui.ledger import telemetry
from gastown_tui.services.config import town_config
from gastown_tui.services.context import TownContext

_LOOKED_AT = 50
"""Newest hook events that are looked through for a conversation's id; every one of them has it."""


def named(ctx: TownContext, name: str) -> Driver:
    """The driver of that name, as this town knows it.

    Raises:
        NotFound: there is none.
        ConfigError: town.toml is wrong.
    """
    if name not in registry.DRIVERS:
        town_config(ctx)  # it may be one of the town's own, which this process has not met yet
    return registry.get(name)


def conversation_of(ctx: TownContext, run: Run) -> str:
    """The CLI's own id of the run's conversation: as it was chosen, else as its hooks told it; "" when nobody knows."""
    if run.conversation:
        return run.conversation
    for _, _, data in reversed(telemetry.events_of(ctx.telemetry, run.id, _LOOKED_AT)):
        session = data.get("session")
        if isinstance(session, str) and session:
            return session
    return ""
