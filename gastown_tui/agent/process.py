"""Runs one program for the agent: in a process group of its own, with a time limit, its output capped.

Whatever ends the call (time limit, interruption, the agent's end), the whole group is ended with it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEAD_LIMIT = 10_000
TAIL_LIMIT = 20_000
"""Bytes kept from both ends of an output: the beginning tells what ran, the end how it went."""
GRACE = 0.5
"""Seconds between asking a group to end and ending it."""
_SECRETS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended."""

    output: str
    status: int
    """Exit status; negative for a signal."""
    timed_out: bool


async def run(arguments: Sequence[str], *, directory: str, environment: Mapping[str, str], limit: float) -> Outcome:
    """Runs a program without input; output and errors together.

    Raises:
        OSError: it cannot be started.
    """
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    collected = _Capped()
    loop = asyncio.get_running_loop()
    try:
        # A pipe of our own: asyncio's would keep `wait` waiting for whatever the program left in the background.
        process = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=directory,
            env=child_environment(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=write_end,
            stderr=write_end,
            start_new_session=True,
        )
    except BaseException:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
    loop.add_reader(read_end, _drain, read_end, collected)
    timed_out = False
    try:
        async with asyncio.timeout(limit):
            await process.wait()
    except TimeoutError:
        timed_out = True
    finally:
        try:
            await asyncio.shield(_end_group(process))
        finally:
            loop.remove_reader(read_end)
            _drain(read_end, collected, until_empty=True)
            os.close(read_end)
    return Outcome(collected.text(), process.returncode if process.returncode is not None else -9, timed_out)


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of tools: no keys that would end up in a conversation, nothing that waits for a person."""
    kept = {name: value for name, value in environment.items() if name not in _SECRETS}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "PAGER": "cat", "GIT_PAGER": "cat", "TERM": "dumb"}


def _drain(descriptor: int, collected: _Capped, *, until_empty: bool = False) -> None:
    """Takes what is in the pipe; at most a megabyte when it is to be emptied, since a survivor could write for ever."""
    for _ in range(16 if until_empty else 1):
        try:
            chunk = os.read(descriptor, 65_536)
        except (BlockingIOError, OSError):
            return
        if not chunk:
            # At its end a pipe stays readable; without this the loop would spin until the program is gone.
            asyncio.get_running_loop().remove_reader(descriptor)
            return
        collected.add(chunk)


async def _end_group(process: asyncio.subprocess.Process) -> None:
    """Ends what is left of the program's group: it was started with its pid as group."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        async with asyncio.timeout(GRACE):
            await process.wait()
            while True:
                # Until nothing is left of it. Where nobody reaps orphans, this lasts the whole grace.
                os.killpg(process.pid, 0)
                await asyncio.sleep(0.02)
    except TimeoutError:
        _kill_group(process.pid)
    except (ProcessLookupError, PermissionError):
        pass
    if process.returncode is None:
        await process.wait()


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


class _Capped:
    """Keeps the head and the tail of a stream of bytes."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._dropped = 0

    def add(self, chunk: bytes) -> None:
        room = HEAD_LIMIT - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:] if room > 0 else chunk
        surplus = len(self._tail) - TAIL_LIMIT
        if surplus > 0:
            del self._tail[:surplus]
            self._dropped += surplus

    def text(self) -> str:
        middle = f"\n[… {self._dropped} bytes left out …]\n".encode() if self._dropped else b""
        return (bytes(self._head) + middle + bytes(self._tail)).decode("utf-8", "replace")
