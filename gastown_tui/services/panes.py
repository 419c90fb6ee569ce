"""Agents' terminals as front ends see them: the listing of panes, what one shows, and how a person attaches."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from gastown_tui.core.errors import Conflict, NotFound, TmuxUnavailable
from gastown_tui.core.rows import Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.infra.terminal import has_true_colour, speaks_utf8
from gastown_tui.infra.tmux import ServerState, TmuxServer
from gastown_tui.ledger import agents, runs
from gastown_tui.services.context import TownContext

HINT = "F12 or Ctrl+Q comes back#{?#{==:#{session_attached},1},,#, somebody else is attached too}"
"""For tmux's status line: told once the session is on the screen."""
HINT_MS = 4000
LAST_SCREEN = "last-screen.txt"
"""In a run's directory: what a run that has ended showed last."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What an agent's terminal shows, or showed. Foreign text."""

    agent: str
    run: str
    lines: tuple[str, ...]
    is_live: bool
    """False: the run has ended, and this is what was kept of it."""


def listing(ctx: TownContext) -> tuple[PaneFact, ...] | None:
    """All panes of the town; an empty listing only when there is proven to be no server, None when tmux does not answer."""
    try:
        server = TmuxServer(ctx.layout)
        return () if server.state() is ServerState.DOWN else server.snapshot()
    except TmuxUnavailable:
        return None


def peek(ctx: TownContext, address: str, lines: int = 0) -> Screen:
    """What the agent's terminal shows now with `lines` of history above, else what its last run showed last.

    Raises:
        NotFound: no such agent, or it never had a terminal.
        TmuxUnavailable: tmux does not answer.
    """
    agents.get(ctx.ledger, address)
    run = runs.active_of_agent(ctx.ledger, address)
    pane = _pane_of(ctx, run) if run is not None else None
    if run is not None and pane is not None:
        shown = TmuxServer(ctx.layout).capture(pane.pane, lines=lines)
        return Screen(address, run.id, tuple(_trim(shown)), True)
    for ended in runs.of_agent(ctx.ledger, address, 5):
        try:
            text = (ctx.layout.run_directory(ended.id) / LAST_SCREEN).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        return Screen(address, ended.id, tuple(_trim(text.splitlines())), False)
    raise NotFound(f"{address} has no terminal", hint=f"see gt why {address}")


def attach_command(ctx: TownContext, address: str, *, read_only: bool = False) -> list[str]:
    """The argument list that attaches a person's terminal to the agent's session; F12 or Ctrl+Q comes back.

    Raises:
        NotFound: no such agent.
        Conflict: it has no session now.
        TmuxUnavailable: tmux does not answer.
    """
    agents.get(ctx.ledger, address)
    run = runs.active_of_agent(ctx.ledger, address)
    pane = _pane_of(ctx, run) if run is not None else None
    if pane is None:
        raise Conflict(f"{address} has no session now", hint=f"see gt why {address}")
    return attach_argv(TmuxServer(ctx.layout), pane.session, read_only=read_only)


def attach_argv(
    server: TmuxServer, session: str, environment: Mapping[str, str] = os.environ, *, read_only: bool = False
) -> list[str]:
    """The argument list that makes a terminal the view of exactly this session, beside others that have it too.

    Args:
        environment: the terminal's own, which says what it can show.

    Raises:
        TmuxUnavailable: tmux is missing.
    """
    shows = [*(["-u"] if speaks_utf8(environment) else []), *(["-T", "RGB"] if has_true_colour(environment) else [])]
    flags = ["-r"] if read_only else []
    tell = ["display-message", "-d", str(HINT_MS), HINT]
    return [str(server.program), *shows, "-S", str(server.socket), "attach-session", *flags, "-t", f"={session}:", ";", *tell]


def _pane_of(ctx: TownContext, run: Run) -> PaneFact | None:
    server = TmuxServer(ctx.layout)
    if server.state() is ServerState.DOWN:
        return None
    return next((pane for pane in server.snapshot() if pane.run == run.id and pane.token == run.token), None)


def _trim(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines
