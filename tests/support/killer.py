"""Kills parts of a town, as a bad day would."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable

import psutil

from gastown_tui.infra.launches import LauncherRecord, read_launcher
from gastown_tui.infra.locks import holder
from gastown_tui.infra.processes import processes_in
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import runs
from gastown_tui.services.context import TownContext


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> bool:
    """Sends a signal; False when nobody was there."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def supervisor(ctx: TownContext, number: signal.Signals = signal.SIGKILL) -> bool:
    found = holder(ctx.layout.supervisor_lock)
    return found is not None and found.is_held and found.pid > 1 and kill(found.pid, number)


def launcher(ctx: TownContext) -> bool:
    """The pane process of a working agent."""
    record = _record(ctx)
    return record is not None and kill(record.pid)


def agent(ctx: TownContext) -> bool:
    """The agent CLI itself, below its launcher."""
    record = _record(ctx)
    return record is not None and kill(record.child)


def tmux_server(ctx: TownContext) -> bool:
    key = TmuxServer(ctx.layout).process()
    return key is not None and kill(key.pid)


def tmux_socket(ctx: TownContext) -> bool:
    """The socket's file; its server lives on."""
    if not ctx.layout.tmux_socket.exists():
        return False
    ctx.layout.tmux_socket.unlink()
    return True


def git(ctx: TownContext) -> bool:
    """A git of the supervisor's that works below the town just now. (An agent whose own git dies sees it and goes on.)"""
    for key in processes_in(ctx.layout.root):
        try:
            process = psutil.Process(key.pid)
            is_ours = process.name() == "git" and "GT_RUN" not in process.environ()
        except psutil.Error:
            continue
        if is_ours:
            return kill(key.pid)
    return False


VICTIMS: dict[str, Callable[[TownContext], bool]] = {
    "supervisor": supervisor,
    "launcher": launcher,
    "agent": agent,
    "git": git,
    "tmux_server": tmux_server,
    "tmux_socket": tmux_socket,
}


COSTLY = frozenset({"launcher", "agent", "tmux_server"})
"""What ends runs. A bead whose run ends three times is for a person, which is right and not what a bad day is about."""


class RandomKiller:
    """Kills at most `kills` times, and at most `costly` times what ends runs; call it often, it chooses when and whom."""

    def __init__(self, ctx: TownContext, seed: int, kills: int, *, costly: int, chance: float = 0.08) -> None:
        self.ctx, self.kills, self.costly, self.chance = ctx, kills, costly, chance
        self.random = random.Random(seed)
        self.done: list[str] = []

    def __call__(self) -> None:
        if len(self.done) >= self.kills or self.random.random() >= self.chance:
            return
        name = self.random.choice(list(VICTIMS))
        is_spent = name in COSTLY and sum(victim in COSTLY for victim in self.done) >= self.costly
        if not is_spent and VICTIMS[name](self.ctx):
            self.done.append(name)


def _record(ctx: TownContext) -> LauncherRecord | None:
    for run in runs.active(ctx.ledger):
        record = read_launcher(ctx.layout.run_directory(run.id))
        if record is not None and record.is_alive():
            return record
    return None
