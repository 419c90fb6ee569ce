"""Ending, freezing and thawing process trees. Every signal goes to a proven identity: pid and start time, or run and town."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import Conflict
from gastown_tui.infra.identity import ProcessKey, is_alive, read_process
from gastown_tui.infra.launches import LauncherRecord
from gastown_tui.infra.processes import ancestors, descendants, is_stopped, with_environment

_POLL = 0.02
_KILL_WAIT = 3.0
"""Seconds after SIGKILL in which the kernel must have removed a process that is not stuck in a driver."""
_ROUNDS = 5
"""A tree that forks while it is being killed is looked at again, this often."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What freezing found: `stopped` is proven by the process table, `running` is not stopped."""

    stopped: tuple[ProcessKey, ...]
    running: tuple[ProcessKey, ...]

    @property
    def is_proven(self) -> bool:
        return not self.running


def send(key: ProcessKey, number: signal.Signals) -> bool:
    """Sends a signal to exactly that process; False when it is gone."""
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(key.pid)
        except OSError:
            return False
        try:
            # Checked while the descriptor holds the identity: the pid cannot pass to another process in between.
            if is_alive(key.pid, key.started) is not True:
                return False
            signal.pidfd_send_signal(descriptor, number)
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return True
    if is_alive(key.pid, key.started) is not True:
        return False
    try:
        os.kill(key.pid, number)
    except OSError:
        return False
    return True


def kill_tree(pid: int, started: float, grace: float = 2.0) -> list[ProcessKey]:
    """Ends a process and everything below it: TERM deepest first, `grace` seconds, KILL, proof.

    Returns:
        The survivors: empty when all are proven gone.
    """
    root = ProcessKey(pid, started)

    def find() -> list[ProcessKey]:
        return [*descendants(pid), root] if is_alive(pid, started) else []

    return _end(find, grace)


def kill_run(town: Path, run: str, grace: float = 2.0) -> list[ProcessKey]:
    """Ends every process that was started with this town's GT_TOWN and this GT_RUN, and all below them.

    Finds what left its tree too. Returns the survivors.
    """
    return _end(lambda: run_processes(town, run), grace)


def run_processes(town: Path, run: str) -> list[ProcessKey]:
    """The living processes of a run, deepest first; the caller and its parents are never among them."""
    spared = {os.getpid(), *(key.pid for key in ancestors(os.getpid()))}
    marked = [key for key in with_environment({"GT_TOWN": str(town), "GT_RUN": run}) if key.pid not in spared]
    found: dict[ProcessKey, None] = {}
    for key in marked:
        for below in (*descendants(key.pid), key):
            if below.pid not in spared:
                found[below] = None
    # Parents after their children, whatever order the marked ones came in.
    return sorted(found, key=lambda key: -_depth(key.pid))


def _depth(pid: int) -> int:
    return len(ancestors(pid))


def _end(find: Callable[[], list[ProcessKey]], grace: float) -> list[ProcessKey]:
    known = dict.fromkeys(find())
    for key in known:
        send(key, signal.SIGTERM)
    _wait_gone(known, grace)
    for _ in range(_ROUNDS):
        known |= dict.fromkeys(find())
        alive = _alive(known)
        if not alive:
            return []
        for key in alive:
            send(key, signal.SIGKILL)
        _wait_gone(alive, _KILL_WAIT)
    return _alive(known)


def _alive(keys: Iterable[ProcessKey]) -> list[ProcessKey]:
    # Unknown counts as alive: nothing is called gone on a guess.
    return [key for key in keys if is_alive(key.pid, key.started) is not False]


def _wait_gone(keys: Iterable[ProcessKey], seconds: float) -> None:
    end = time.monotonic() + seconds
    while _alive(keys) and time.monotonic() < end:
        time.sleep(_POLL)


def freeze_run(record: LauncherRecord, token: str, *, wait: float = 2.0) -> Frozen:
    """Stops everything below a launcher, never the launcher: tmux would continue its own stopped child.

    Args:
        record: the launcher's own record.
        token: the run's token; must be the record's.
        wait: seconds in which all must be proven stopped.

    Raises:
        Conflict: the token is not the record's.
    """
    _check(record, token)
    end = time.monotonic() + wait
    while True:
        found = _below(record)
        # Parents first: what is stopped forks no more.
        for key in reversed(found):
            if is_stopped(key.pid, key.started) is False:
                send(key, signal.SIGSTOP)
        states = [(key, is_stopped(key.pid, key.started)) for key in found]
        running = tuple(key for key, state in states if state is False)
        is_settled = not running and set(_below(record)) == {key for key, state in states if state}
        if is_settled or time.monotonic() > end:
            return Frozen(tuple(key for key, state in states if state), running)
        time.sleep(_POLL)


def thaw_run(record: LauncherRecord, token: str) -> list[ProcessKey]:
    """Continues what `freeze_run` stopped, children first. Returns those that are still stopped.

    Raises:
        Conflict: the token is not the record's.
    """
    _check(record, token)
    found = _below(record)
    for key in found:
        send(key, signal.SIGCONT)
    return [key for key in found if is_stopped(key.pid, key.started)]


def _check(record: LauncherRecord, token: str) -> None:
    if not token or record.token != token:
        raise Conflict(f"run {record.run} has another token", hint="the session belongs to another run now")


def _below(record: LauncherRecord) -> list[ProcessKey]:
    """Processes of the run except its launcher, deepest first."""
    if not record.is_of_this_boot():
        return []
    launcher = ProcessKey(record.pid, record.started)
    found = dict.fromkeys(descendants(record.pid) if is_alive(record.pid, record.started) else [])
    if record.town:
        found |= dict.fromkeys(run_processes(Path(record.town), record.run))
    spared = {os.getpid(), *(key.pid for key in ancestors(os.getpid()))}
    return [key for key in found if key != launcher and key.pid not in spared and read_process(key.pid) is not None]
