"""The end of a town's processes, with proof: runs, supervisor, tmux server, and whatever else carries its name."""

from __future__ import annotations

import os
from dataclasses import dataclass

from gastown_tui.core.errors import Conflict, GastownError, TmuxUnavailable
from gastown_tui.infra.act import kill
from gastown_tui.infra.processes import ancestors, processes_in, with_environment
from gastown_tui.infra.tmux import ServerState, TmuxServer
from gastown_tui.ledger import runs
from gastown_tui.services import control, rehearsal
from gastown_tui.services.boot import wait_until
from gastown_tui.services.context import TOWN_VARIABLE, TownContext

DOWN_LIMIT = 60.0
EXIT_LIMIT = 5.0
"""Seconds for the last processes to be gone after they said that they end."""


@dataclass(frozen=True, slots=True)
class Left:
    """What of a town still lives or stands, one line each."""

    runs: tuple[str, ...]
    processes: tuple[str, ...]
    sessions: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        return not (self.runs or self.processes or self.sessions)

    def lines(self) -> list[str]:
        return [*self.runs, *self.sessions, *self.processes]


def stop_town(ctx: TownContext, wait: float = DOWN_LIMIT) -> Left:
    """Takes the town down, ends its tmux server and its scripted model, and says what is left.

    Raises:
        Unavailable: agents or supervisor do not end in time.
    """
    control.down(ctx, wait)
    stop_tmux(ctx)
    rehearsal.stop_server(ctx.layout)
    wait_until(lambda: what_is_left(ctx).is_nothing, EXIT_LIMIT)  # the supervisor gives its lock back just before it exits
    return what_is_left(ctx)


def stop_tmux(ctx: TownContext) -> None:
    """Ends the town's tmux server when no agent's session is on it.

    Raises:
        Conflict: an agent's session is still there.
        TmuxUnavailable: it does not answer.
    """
    server = TmuxServer(ctx.layout)
    state = server.state()
    if state is ServerState.DOWN:
        return
    if state is ServerState.HUNG:
        server.ensure()  # its socket was taken away: it makes a new one, or says that it does not answer
    panes = server.snapshot()
    active = {run.id for run in runs.active(ctx.ledger)}
    living = [pane.agent or pane.session for pane in panes if pane.run in active or (pane.run and not pane.dead)]
    if living:
        raise Conflict(f"{living[0]} still has a session", hint="gt down --wait")
    key = server.process()
    try:
        server.command("kill-server")
    except TmuxUnavailable:
        pass  # it goes away while it answers; the process table tells
    wait_until(lambda: server.state() is ServerState.DOWN, 5.0)
    if key is not None and server.state() is not ServerState.DOWN:
        kill.kill_tree(key.pid, key.started)


def what_is_left(ctx: TownContext) -> Left:
    """Active runs, sessions, and processes that were started for the town or sit in it; the caller and its parents not."""
    active = tuple(f"run {run.id} of {run.agent} is {run.state.value}" for run in runs.active(ctx.ledger))
    try:
        server = TmuxServer(ctx.layout)
        panes = () if server.state() is ServerState.DOWN else server.snapshot()
        sessions = tuple(f"session {pane.session}" for pane in panes)
    except GastownError as error:
        sessions = (f"tmux: {error.line()}",)
    spared = {os.getpid(), *(key.pid for key in ancestors(os.getpid()))}
    found = {key.pid: key for key in (*with_environment({TOWN_VARIABLE: str(ctx.layout.root)}), *processes_in(ctx.layout.root))}
    processes = tuple(f"process {pid}" for pid in sorted(found) if pid not in spared)
    return Left(active, processes, sessions)
