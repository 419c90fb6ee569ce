"""Processes: running one with a bound on its time, and finding those that belong to a run or sit in a worktree."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from gastown_tui.core.errors import Unavailable
from gastown_tui.infra.identity import ProcessFacts, ProcessKey, all_pids, boot_id, is_alive, read_process, start_time

__all__ = [
    "Completed",
    "ProcessKey",
    "ancestors",
    "boot_id",
    "descendants",
    "is_alive",
    "is_stopped",
    "processes_in",
    "run",
    "start_time",
    "with_environment",
]


@dataclass(frozen=True, slots=True)
class Completed:
    """How a process ended. `code` is negative for a signal, as in subprocess."""

    code: int
    out: bytes
    err: bytes
    is_timed_out: bool = False

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "replace")

    @property
    def tail(self) -> str:
        """Both streams for an error message."""
        return (self.out + self.err).decode("utf-8", "replace")


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str],
    timeout: float,
    input: bytes | None = None,  # noqa: A002  the word that subprocess uses
    output: IO[bytes] | None = None,
    on_start: Callable[[ProcessKey], None] | None = None,
) -> Completed:
    """Runs an argument list in a session of its own; no process of its group outlives the call.

    Args:
        timeout: seconds; after that the whole group is killed and the result is marked.
        output: where both streams go instead of the result, for logs of unknown size.
        on_start: told the process's key at once, so that a journal can name it before it ends.

    Raises:
        Unavailable: when the program cannot be started.
    """
    pipe = subprocess.PIPE if output is None else output
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stdout=pipe,
            stderr=subprocess.PIPE if output is None else subprocess.STDOUT,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise Unavailable(f"cannot start {argv[0]}: {error}") from error
    is_timed_out = False
    try:
        if on_start is not None:
            on_start(ProcessKey(process.pid, start_time(process.pid) or 0.0))
        out, err = process.communicate(input, timeout)
    except subprocess.TimeoutExpired:
        is_timed_out = True
        _kill_group(process.pid)
        out, err = _last_words(process)
    finally:
        _kill_group(process.pid)
        process.wait()
    return Completed(process.returncode, out or b"", err or b"", is_timed_out)


def _last_words(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What a killed process had said. Its pipes may stay open elsewhere: a tmux client hands them to its server."""
    try:
        return process.communicate(timeout=0.2)
    except subprocess.TimeoutExpired as error:
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        return error.output or b"", error.stderr or b""


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # the group is empty; macOS says EPERM for one that holds only zombies


def _table() -> dict[int, ProcessFacts]:
    return {pid: facts for pid in all_pids() if (facts := read_process(pid)) is not None}


def descendants(pid: int) -> list[ProcessKey]:
    """Every living process below `pid`, deepest first, without itself."""
    table = _table()
    children: dict[int, list[ProcessFacts]] = {}
    for facts in table.values():
        children.setdefault(facts.parent, []).append(facts)
    levels: list[ProcessKey] = []
    below = children.get(pid, [])
    while below:
        levels.extend(facts.key for facts in below if facts.state != "Z")
        below = [child for facts in below for child in children.get(facts.pid, [])]
    return levels[::-1]


def ancestors(pid: int) -> list[ProcessKey]:
    """The parents of `pid`, nearest first, without itself."""
    found: list[ProcessKey] = []
    facts = read_process(pid)
    while facts is not None and facts.parent > 0 and len(found) < 256:
        facts = read_process(facts.parent)
        if facts is not None:
            found.append(facts.key)
    return found


def is_stopped(pid: int, started: float) -> bool | None:
    """Whether exactly that process is stopped by a signal; None when it is gone or cannot be read."""
    facts = read_process(pid)
    if facts is None or facts.key != ProcessKey(pid, started):
        return None
    return facts.state in ("T", "t")


def processes_in(directory: Path) -> list[ProcessKey]:
    """Processes of this user whose working directory is `directory` or below it.

    A process whose directory may not be read (a setuid program, an agent that forbids tracing) is not found here.
    """
    root = os.path.realpath(directory)
    return _matching(lambda process: _is_below(process.cwd(), root))


def _is_below(path: str, root: str) -> bool:
    path = path.removesuffix(" (deleted)")
    return path == root or path.startswith(root.rstrip("/") + "/")


def with_environment(values: Mapping[str, str]) -> list[ProcessKey]:
    """Processes of this user that were started with all of these variables, for example GT_TOWN and GT_RUN."""
    wanted = values.items()
    return _matching(lambda process: wanted <= process.environ().items())


def _matching(test: Callable[[psutil.Process], bool]) -> list[ProcessKey]:
    user = os.getuid()
    found: list[ProcessKey] = []
    for pid in all_pids():
        try:
            process = psutil.Process(pid)
            if process.uids().real == user and test(process):
                started = start_time(pid)
                if started is not None:
                    found.append(ProcessKey(pid, started))
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or not ours to read
    return found


def environment_of(pid: int) -> dict[str, str]:
    """The variables that a process was started with; empty when they cannot be read."""
    try:
        return dict(psutil.Process(pid).environ())
    except (psutil.Error, OSError):
        return {}
