"""The agent CLIs of a town: those that we know, and its own from town.toml; and the conversation that a run had with one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.rows import Run
from gastown_tui.drivers import registry
from gastown_tui.drivers.base import Driver
from gastown_tui.drivers.facts import CAPABILITIES, DriverFacts
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
    facts: dict[str, tuple[str, ...]]
    """Capability → what is known of it, in words."""


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
                facts=_facts(facts),
            )
        )
    return found


def _tried(ctx: TownContext, name: str) -> str:
    known = last(ctx, name)
    return f"probed {'yes' if known.is_good else 'no'} {known.version}".rstrip() if known is not None else ""


def _facts(facts: DriverFacts) -> dict[str, tuple[str, ...]]:
    """What a driver says of its CLI, by the capability whose standing covers it."""
    prompt = f"{facts.prompt.value} {facts.prompt_flag}".rstrip()
    told = {
        "start": (
            f"command: {' '.join((facts.program, *facts.arguments))}",
            f"processes: {', '.join(facts.process_names)}",
            *(f"sets: {name}={value}" for name, value in facts.environment.items()),
            *_listed("unsets", facts.unset),
            *_listed("passes on", facts.passed_on),
            *(f"may ask: {dialog}" for dialog in facts.dialogs),
            *_worded("one question without a screen", facts.one_shot),
        ),
        "autonomy": tuple(f"{level}: {' '.join(words) or 'no argument'}" for level, words in facts.autonomy.items()),
        "prompt": (f"first words: {prompt}",),
        "hooks": (f"by: {facts.hooks.value}", *_listed("events", facts.events)),
        "permission": (_answered(facts),),
        "input": (f"keys: {facts.submit_key} sends, {facts.interrupt_key} interrupts",),
        "resume": (
            *_worded("goes on", facts.resume),
            *_worded("with the newest", facts.continue_last),
            *_worded("with a copy", facts.fork),
        ),
        "transcript": (
            facts.transcript or "place: not known",
            *_listed("counts", facts.usage),
            f"context: {facts.context} tokens" if facts.context else "context: not known beforehand",
        ),
        "login": (*_listed("variables", facts.login.variables), *_listed("files", facts.login.files)),
    }
    return {name: lines for name, lines in told.items() if lines}


def _answered(facts: DriverFacts) -> str:
    if not facts.asks:
        return "asks nothing: it has no approvals of its own"
    return "answered by: its hook, beside its dialog" if facts.answers_requests else "answered by: keys in its pane"


def _listed(label: str, words: Sequence[str]) -> tuple[str, ...]:
    return (f"{label}: {', '.join(words)}",) if words else ()


def _worded(label: str, words: Sequence[str]) -> tuple[str, ...]:
    return (f"{label}: {' '.join(words)}",) if words else ()


def described(one: Known) -> list[str]:
    """A CLI in lines for people: what is known of it below how that is known."""
    lines = [f"{one.name}: {one.display}", f"  here        {one.state.replace('_', ' ')} {one.version} {one.path}".rstrip()]
    lines += [f"              {one.detail}"] if one.detail else []
    for capability, standing in one.standings.items():
        lines.append(f"  {capability:11} {standing}")
        lines += [f"              {fact}" for fact in one.facts.get(capability, ())]
    return lines


def conversation_of(ctx: TownContext, run: Run) -> str:
    """The CLI's own id of the run's conversation: as it was chosen, else as its hooks told it; "" when nobody knows."""
    if run.conversation:
        return run.conversation
    for _, _, data in reversed(telemetry.events_of(ctx.telemetry, run.id, _LOOKED_AT)):
        session = data.get("session")
        if isinstance(session, str) and session:
            return session
    return ""
