"""The agent CLIs of a town: those that we know, and its own from town.toml; and the conversation that a run had with one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.rows import Run
from gastown_tui.drivers import registry
from gastown_tui.drivers.base import Driver
from gastown_tui.drivers.facts import CAPABILITIES
from gastown_tui.ledger import telemetry
from gastown_tui.services.config import town_config
from gastown_tui.services.context import TownContext
from gastown_tui.services.probe import last

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


@dataclass(frozen=True, slots=True)
class Known:
    """One agent CLI: what this machine has of it, and what is known of it."""

    name: str
    display: str
    state: str
    """ready | absent | too_old | no_login | unknown"""
    version: str
    path: str
    detail: str
    tried: str
    """`probed yes 1.2.3`, `probed no 1.2.3`, or how its start is known: verified with a version, or assumed."""
    standings: dict[str, str]
    """Capability → verified with a version, or assumed."""
    hooks: str
    resume: str
    transcript: str
    dialogs: tuple[str, ...]


def listing(ctx: TownContext, names: Sequence[str] = ()) -> list[Known]:
    """Every CLI in order of preference, or those named.

    Raises:
        NotFound: one of the names is none.
        ConfigError: town.toml is wrong.
    """
    flat = {name: one.settings() for name, one in town_config(ctx).drivers.items()}
    for name in names:
        registry.get(name)
    found = []
    for name, seen in registry.available(os.environ, flat):
        if names and name not in names:
            continue
        facts = registry.get(name).facts
        found.append(
            Known(
                name=name,
                display=facts.display,
                state=seen.state,
                version=seen.version,
                path=seen.path,
                detail=seen.detail,
                tried=_tried(ctx, name) or facts.standing("start"),
                standings={one: facts.standing(one) for one in CAPABILITIES},
                hooks=facts.hooks.value,
                resume=" ".join(facts.resume),
                transcript=facts.transcript,
                dialogs=facts.dialogs,
            )
        )
    return found


def _tried(ctx: TownContext, name: str) -> str:
    known = last(ctx, name)
    return f"probed {'yes' if known.is_good else 'no'} {known.version}".rstrip() if known is not None else ""


def described(one: Known) -> list[str]:
    """A CLI in lines for people."""
    lines = [f"{one.name}: {one.display}", f"  here        {one.state.replace('_', ' ')} {one.version} {one.path}".rstrip()]
    lines += [f"              {one.detail}"] if one.detail else []
    lines += [f"  {capability:11} {standing}" for capability, standing in one.standings.items()]
    lines += [
        f"  events by   {one.hooks}",
        f"  goes on     {one.resume or 'not known'}",
        f"  writes      {one.transcript or 'not known'}",
    ]
    return lines + [f"  may ask     {dialog}" for dialog in one.dialogs]


def conversation_of(ctx: TownContext, run: Run) -> str:
    """The CLI's own id of the run's conversation: as it was chosen, else as its hooks told it; "" when nobody knows."""
    if run.conversation:
        return run.conversation
    for _, _, data in reversed(telemetry.events_of(ctx.telemetry, run.id, _LOOKED_AT)):
        session = data.get("session")
        if isinstance(session, str) and session:
            return session
    return ""
