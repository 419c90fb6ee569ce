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
    process = await asyncio.create_subprocess_exec(
        *arguments,
        cwd=directory,
        env=child_environment(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    collected = _Capped()
    reader = asyncio.create_task(_drain(process, collected))
    timed_out = False
    try:
        async with asyncio.timeout(limit):
            await process.wait()
            # What it left in the background may hold the pipe for ever.
            await asyncio.wait([reader], timeout=0.3)
    except TimeoutError:
        timed_out = True
    finally:
        reader.cancel()
        await asyncio.shield(_end_group(process))
    return Outcome(collected.text(), process.returncode if process.returncode is not None else -9, timed_out)


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of tools: no keys that would end up in a conversation, nothing that waits for a person."""
    kept = {name: value for name, value in environment.items() if name not in _SECRETS}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "PAGER": "cat", "GIT_PAGER": "cat", "TERM": "dumb"}


async def _drain(process: asyncio.subprocess.Process, collected: _Capped) -> None:
    assert process.stdout is not None
    while chunk := await process.stdout.read(65_536):
        collected.add(chunk)


async def _end_group(process: asyncio.subprocess.Process) -> None:
    """Ends what is left of the program's group: it was started with its pid as group."""
    for number, wait in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            break
        try:
            async with asyncio.timeout(wait):
                await process.wait()
                while _group_lives(process.pid):  # noqa: ASYNC110 (its end sends no event)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            continue
    # Reaps it and closes the pipe; without this the event loop complains at its end.
    if process.returncode is None:
        await process.wait()
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


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
