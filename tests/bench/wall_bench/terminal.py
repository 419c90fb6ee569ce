"""The outer terminal: a pty in which a program runs, read as fast as it comes or as slowly as a bad line would."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence

COLUMNS, ROWS = 200, 60
_STAMP = re.compile(rb"(\d\d)#([0-9a-f]{6})")
_ECHO = re.compile(rb"K=(\d+)\.")
_QUESTION = re.compile(rb"\x1b\[(\d+);(\d+)H\x1b\[6n")
_OVERLAP = 16
"""Bytes of the last chunk that are looked at again: a stamp may be cut in two."""


class Terminal:
    """A program in a pty, what it wrote, and when which stamp was first seen.

    Args:
        slow: bytes a second that are read, 0 for all.
    """

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], *, slow: float = 0.0) -> None:
        self.slow = slow
        self.bytes = self.reads = 0
        self.seen: list[tuple[int, int, int]] = []
        """(pane, count, monotonic nanoseconds), as they came."""
        self.echo = 0
        """Number of the newest key whose echo was seen."""
        self._tail = b""
        self._all = b""
        self._asked = b""
        self._paid = time.monotonic()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                os.execvpe(argv[0], list(argv), dict(environment))
            finally:
                os._exit(127)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def forget(self) -> None:
        """Begins a new measurement."""
        self.bytes = self.reads = 0
        self.seen = []

    def write(self, data: bytes) -> None:
        """Keys from the person."""
        os.write(self.master, data)

    def read(self, seconds: float, until: Callable[[], object] = lambda: False) -> bool:
        """Reads for so long, or until the condition holds; whether it does."""
        end = time.monotonic() + seconds
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return bool(until())
            self._read_once(left)
        return True

    def read_until(self, words: bytes, seconds: float) -> float:
        """Seconds until these bytes were written; raises TimeoutError."""
        begin = time.monotonic()
        if not self.read(seconds, lambda: words in self._all):
            raise TimeoutError(f"{words!r} was not shown in {seconds:.0f} s; the end was {self._all[-2000:]!r}")
        return time.monotonic() - begin

    def forget_text(self) -> None:
        """`read_until` looks only at what comes from now on."""
        self._all = b""

    def _read_once(self, seconds: float) -> None:
        size = 65536
        if self.slow:
            size = 1024
            wait = self._paid - time.monotonic()
            if wait > 0:
                time.sleep(min(wait, seconds))
                return
        if not select.select([self.master], [], [], min(seconds, 0.1))[0]:
            return
        try:
            data = os.read(self.master, size)
        except OSError as error:
            raise EOFError("the program has ended") from error
        now = time.monotonic_ns()
        if self.slow:
            self._paid = max(self._paid, time.monotonic() - 0.05) + len(data) / self.slow
        self.bytes += len(data)
        self.reads += 1
        self._answer(data)
        self.take(data)
        self._all = (self._all + data)[-262_144:] if self.bytes < 4_000_000 else data
        text = self._tail + data
        for found in _STAMP.finditer(text):
            self.seen.append((int(found[1]), int(found[2], 16), now))
        for found in _ECHO.finditer(text):
            self.echo = max(self.echo, int(found[1]))
        self._tail = text[-_OVERLAP:]

    def _answer(self, data: bytes) -> None:
        """Says where the cursor is, as terminals do."""
        text = self._asked + data
        for found in _QUESTION.finditer(text):
            os.write(self.master, b"\x1b[%s;%sR" % found.groups())
            text = text[found.end() :]
        self._asked = text[-_OVERLAP:]

    def take(self, data: bytes) -> None:
        """For terminals that draw what they read."""

    def close(self) -> None:
        """Ends the program; it is our child and nobody else's."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                break
            end = time.monotonic() + 3
            while time.monotonic() < end:
                try:
                    if select.select([self.master], [], [], 0.05)[0]:
                        os.read(self.master, 65536)
                except OSError:
                    pass  # its end of the line is closed
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    os.close(self.master)
                    return
        os.close(self.master)
