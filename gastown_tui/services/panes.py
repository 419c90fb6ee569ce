"""Agents' terminals as front ends see them: the listing of panes, what one shows, and how a person attaches."""

from __future__ import annotations

from dataclasses import dataclass

from gastown_tui.core.errors import Conflict, NotFound, TmuxUnavailable
from gastown_tui.core.rows import Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.infra.tmux import ServerState, TmuxServer
from gastown_tui.ledger import agents, runs
from gastown_tui.services.context import TownContext

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
    server = TmuxServer(ctx.layout)
    flags = ["-r"] if read_only else []
    return [str(server.program), "-u", "-S", str(ctx.layout.tmux_socket), "attach-session", *flags, "-t", f"={pane.session}"]


def _pane_of(ctx: TownContext, run: Run) -> PaneFact | None:
    server = TmuxServer(ctx.layout)
    if server.state() is ServerState.DOWN:
        return None
    return next((pane for pane in server.snapshot() if pane.run == run.id and pane.token == run.token), None)


def _trim(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines
