"""Screens that were judged wrong, kept by a person as cases: the material from which screen rules are mended.

A case is a pair of files like the rules' own fixtures (`NAME.ansi`, `NAME.txt`), so that `gt agents classify` takes it,
and `NAME.json` with what it really was. Secrets are taken out before anything is written.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from gastown_tui.core.errors import Conflict, GastownError, NotFound, UsageError
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.redact import redact, secret_values
from gastown_tui.drivers import registry
from gastown_tui.drivers.rules.catalogue import classify_screen
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import runs
from gastown_tui.services import panes
from gastown_tui.services.config import town_config
from gastown_tui.services.context import TownContext
from gastown_tui.services.explain import explain

STATES = (
    AgentState.STARTING,
    AgentState.WORKING,
    AgentState.PERMISSION,
    AgentState.QUESTION,
    AgentState.PLAN,
    AgentState.TRUST,
    AgentState.LOGIN,
    AgentState.LIMIT,
    AgentState.RETRYING,
    AgentState.ERROR,
    AgentState.IDLE,
    AgentState.DEAD,
    AgentState.UNKNOWN,
)
"""What a screen can say."""


@dataclass(frozen=True, slots=True)
class Case:
    """A screen with what it really was. Strings but `really` are foreign text."""

    name: str
    driver: str
    version: str
    """Of the CLI, "" when it did not say."""
    title: str
    """Of the terminal."""
    shown: str
    """The state that was shown."""
    source: str
    rule: str
    really: str
    agent: str
    at: float


def keep(ctx: TownContext, address: str, really: str) -> Case:
    """Keeps the agent's present screen as a case, and returns it.

    Raises:
        UsageError: a screen cannot say such a state.
        Conflict: the agent has no terminal now.
        NotFound: no such agent.
    """
    if really not in STATES:
        raise UsageError(f'a screen cannot say "{really}"', hint=f"one of: {', '.join(STATES)}")
    found = explain(ctx, address)
    run = runs.active_of_agent(ctx.ledger, address)
    pane = next((pane for pane in panes.listing(ctx) or () if run and pane.run == run.id and pane.token == run.token), None)
    if run is None or pane is None:
        raise Conflict(f"{address} has no terminal now", hint=f"see gt why {address}")
    secrets = secret_values(os.environ)
    drawn = TmuxServer(ctx.layout).capture(pane.pane, escapes=True)
    plain = TmuxServer(ctx.layout).capture(pane.pane)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(ctx.now()))
    case = Case(
        name=f"{_word(run.driver)}-{really}-{stamp}",
        driver=run.driver,
        version=_version(ctx, run.driver),
        title=redact(pane.title, secrets),
        shown=found.verdict.state.value,
        source=found.verdict.source.name.lower(),
        rule=redact(found.verdict.rule, secrets),
        really=really,
        agent=address,
        at=ctx.now(),
    )
    directory = ctx.layout.cases
    directory.mkdir(mode=0o700, exist_ok=True)
    _write(directory / f"{case.name}.ansi", redact("\n".join(drawn) + "\n", secrets))
    _write(directory / f"{case.name}.txt", redact("\n".join(plain) + "\n", secrets))
    _write(directory / f"{case.name}.json", json.dumps(asdict(case), ensure_ascii=False, indent=1) + "\n")
    return case


def kept(ctx: TownContext) -> Iterator[tuple[Case, str]]:
    """Every case, oldest first, with what the rules of today say of its screen ("" when it cannot be read)."""
    for path in sorted(ctx.layout.cases.glob("*.json")):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            case = Case(**{name: told[name] for name in Case.__dataclass_fields__})
        except (OSError, ValueError, KeyError, TypeError):
            continue
        yield case, _today(path.with_suffix(".txt"), str(case.driver))


def _today(screen: Path, driver: str) -> str:
    try:
        found = classify_screen(driver, screen.read_text(encoding="utf-8", errors="replace"), 0.0)
    except (OSError, NotFound):
        return ""
    return found.state.value if found else AgentState.UNKNOWN.value


def _version(ctx: TownContext, driver: str) -> str:
    try:
        flat = {name: one.settings() for name, one in town_config(ctx).drivers.items()}
        return registry.get(driver).availability(os.environ, flat.get(driver, {})).version
    except GastownError:
        return ""


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "agent"


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", errors="replace") as stream:
        stream.write(text)
