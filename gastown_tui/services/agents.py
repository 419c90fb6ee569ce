"""Which CLI an agent is started with, and which of them this machine has."""

from __future__ import annotations

from gastown_tui.core.ids import parse_address
from gastown_tui.core.rows import Agent
from gastown_tui.ledger import agents
from gastown_tui.services.config import rig_config, town_config
from gastown_tui.services.context import TownContext

FALLBACK_DRIVER = "builtin"


def driver_for(ctx: TownContext, rig: str = "") -> str:
    """The driver of new agents of a rig, or of the mayor when `rig` is ""."""
    town = town_config(ctx)
    own = rig_config(ctx, rig).agent if rig else town.mayor_agent
    return own or town.default_agent or FALLBACK_DRIVER


def every(ctx: TownContext, rig: str = "") -> list[Agent]:
    """All agents by address."""
    return agents.every(ctx.ledger, rig)


def set_driver(ctx: TownContext, address: str, driver: str) -> Agent:
    """Changes the CLI that an agent's next run starts; polecats take their rig's."""
    ctx.require_overseer("change an agent's CLI")
    parse_address(address)
    agents.set_driver(ctx.ledger, address, driver, actor=ctx.actor, now=ctx.now())
    return agents.get(ctx.ledger, address)
