"""The workload: one process that writes to the terminals of many panes as that many agent CLIs would.

Each redraws a box with a spinner ten times a second and streams coloured text at 30 lines a second for two seconds of
every six. Each redraw carries `PANE#COUNT`, and the time of every one is kept, so that staleness is known per write.

Run as a program: `agents.py LOG TTY…` writes until SIGTERM and then leaves LOG, three 64-bit numbers for each redraw:
pane, count, monotonic nanoseconds; pane -1 holds how many writes the panes' terminals did not take at once.
"""

from __future__ import annotations

import fcntl
import os
import random
import signal
import struct
import subprocess
import sys
import termios
import time
from array import array
from collections.abc import Sequence
from heapq import heapify, heapreplace
from pathlib import Path

TICK = 1 / 30
BOX_EVERY = 3
"""Ticks between two redraws while no text streams."""
CYCLE, STREAMING = 6.0, 2.0
BOX = 80
"""Columns that a box has at most, so that wide panes and plain tmux's narrow ones get nearly the same bytes."""
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
WORDS = (
    "the", "agent", "is", "reading", "files", "src/main.py", "and", "running", "tests", "✓", "error:", "日本語", "café", "→", "fix",
    "patch", "+12", "-3", "│", "─",
)  # fmt: skip


class Agent:
    """One pane's writer."""

    def __init__(self, number: int, tty: str) -> None:
        self.number = number
        self.terminal = os.open(tty, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        rows, columns, *_ = struct.unpack("HHHH", fcntl.ioctl(self.terminal, termios.TIOCGWINSZ, b"\0" * 8))
        self.columns, self.rows = columns or 80, rows or 24
        self.random = random.Random(number)
        self.phase = self.random.random() * CYCLE
        self.count = self.ticks = 0
        self.rest = b""

    def first(self) -> bytes:
        """An empty screen with the box at its end."""
        return b"\x1b[2J\x1b[H" + b"\r\n" * self.rows + self._box()

    def next(self, now: float) -> bytes:
        """What is due at this tick, b"" for nothing."""
        self.ticks += 1
        is_streaming = (now + self.phase) % CYCLE < STREAMING
        if not is_streaming and self.ticks % BOX_EVERY:
            return b""
        self.count += 1
        text = "\r\x1b[3A" + "\x1b[2K\x1b[1B" * 3 + "\x1b[2K\x1b[3A\r"
        if is_streaming:
            one, two, three, four, five = self.random.choices(WORDS, k=5)
            colour = 16 + self.random.randrange(200)
            text += f"\x1b[{31 + self.count % 6}m{one}\x1b[0m \x1b[38;5;{colour}m{two} {three}\x1b[0m \x1b[1m{four}\x1b[22m {five}"
            text += f" {self.count}\r\n"
        return text.encode() + self._box()

    def _box(self) -> bytes:
        stamp = f"{SPINNER[self.count % 10]} {self.number:02d}#{self.count:06x} Thinking…"[: self.columns - 1]
        width = min(self.columns, BOX)
        rule = "─" * (width - 4)
        return (
            f"\x1b[38;2;215;119;87m{stamp}\x1b[39m\r\n\x1b[90m╭{rule}╮\x1b[39m\r\n\x1b[90m│\x1b[39m > \x1b[7m \x1b[27m"
            f"\x1b[{width - 2}G\x1b[90m│\x1b[39m\r\n\x1b[90m╰{rule}╯\x1b[39m"
        ).encode()

    def write(self, data: bytes) -> bool:
        """Writes what was left over and this; False when the terminal did not take all of it."""
        self.rest += data
        try:
            self.rest = self.rest[os.write(self.terminal, self.rest) :]
        except BlockingIOError:
            pass
        return not self.rest


def run(log: Path, ttys: Sequence[str]) -> None:
    """Writes until SIGTERM."""
    agents = [Agent(number, tty) for number, tty in enumerate(ttys) if tty]
    is_ended = False
    written = array("q")
    refused = 0

    def end(*_: object) -> None:
        nonlocal is_ended
        is_ended = True

    signal.signal(signal.SIGTERM, end)
    for agent in agents:
        agent.write(agent.first())
    start = time.monotonic()
    queue = [(start + agent.random.random() * TICK, agent.number, agent) for agent in agents]
    heapify(queue)
    while not is_ended:
        due, number, agent = queue[0]
        now = time.monotonic()
        if due > now:
            time.sleep(due - now)
            continue
        heapreplace(queue, (max(due + TICK, now - 1), number, agent))
        if agent.rest:
            refused += not agent.write(b"")
        elif data := agent.next(now):
            written.extend((number, agent.count, time.monotonic_ns()))
            refused += not agent.write(data)
    written.extend((-1, refused, 0))
    with log.open("wb") as file:
        written.tofile(file)


class Workload:
    """The writing process, from its start to what it wrote.

    Args:
        ttys: the panes' terminals; "" for a pane that has a program of its own.
    """

    def __init__(self, directory: Path, ttys: Sequence[str]) -> None:
        self._log = directory / "writes"
        self._log.unlink(missing_ok=True)
        self._process = subprocess.Popen([sys.executable, __file__, str(self._log), *ttys])
        self.refused = 0
        """Writes that a pane's terminal did not take at once, known after `stop`."""

    def stop(self) -> dict[int, list[tuple[int, int]]]:
        """Ends it; pane → (count, monotonic nanoseconds) of every redraw."""
        self._process.terminate()
        self._process.wait(10)
        numbers = array("q")
        numbers.frombytes(self._log.read_bytes())
        found: dict[int, list[tuple[int, int]]] = {}
        for index in range(0, len(numbers), 3):
            pane, count, at = numbers[index : index + 3]
            if pane < 0:
                self.refused = count
            else:
                found.setdefault(pane, []).append((count, at))
        return found


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2:])
