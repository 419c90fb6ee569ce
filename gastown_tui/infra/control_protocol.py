"""tmux's control protocol as text: what is sent, and which lines that come back belong to which command.

A pane's content travels between `%begin T N F` and `%end T N F` and may hold anything, such lines too; only the line
with exactly the numbers of its beginning ends a block.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

FLOOD_BYTES = 4096
"""More than this since the last capture means that the pane is not worth reading as it comes (live panes §4.3)."""


def quote(argument: str) -> str:
    """One argument for tmux's parser. Raises ValueError for what would end the line."""
    if any(character in argument for character in "\n\r\0"):
        raise ValueError("a control line holds no line ends")
    return "'" + argument.replace("'", "'\\''") + "'"


@dataclass(slots=True)
class Pending:
    """One sent line: how many commands it has, and what came back."""

    commands: int
    done: Callable[[list[list[bytes]], str], None]
    """Called once with a block per command, and tmux's complaint ("" when all went well)."""
    blocks: list[list[bytes]] = field(default_factory=list)


@dataclass(slots=True)
class Reader:
    """Splits the stream and calls back. Knows nothing of pipes, so it is tested with bytes.

    Args:
        on_output: pane id and number of bytes of what it wrote.
        on_notice: every other notification, split at blanks.
    """

    on_output: Callable[[str, int], None]
    on_notice: Callable[[list[str]], None]
    queue: deque[Pending] = field(default_factory=deque)
    _tail: bytes = b""
    _block: list[bytes] | None = None
    _end: bytes = b""
    _error: bytes = b""
    _is_ours: bool = False

    def feed(self, data: bytes) -> None:
        """Takes the next bytes, cut anywhere."""
        lines = (self._tail + data).split(b"\n")
        self._tail = lines.pop()
        for line in lines:
            if self._block is not None:
                self._inside(line)
            elif line.startswith(b"%output "):
                end = line.find(b" ", 8)
                self.on_output(line[8:end].decode(), len(line) - end - 1)
            elif line.startswith(b"%extended-output "):
                end = line.find(b" ", 17)
                self.on_output(line[17:end].decode(), len(line) - line.find(b" : ", end) - 3)
            elif line.startswith(b"%begin "):
                numbers = line[7:]
                self._block, self._end, self._error = [], b"%end " + numbers, b"%error " + numbers
                # Flag 1: asked for over this connection, and not by its command line.
                self._is_ours = numbers.endswith(b" 1")
            elif line.startswith(b"%"):
                self.on_notice(line.decode("utf-8", "replace").split(" "))

    def fail_all(self, complaint: str) -> None:
        """The connection is gone: everything that waits is told."""
        self._tail, self._block = b"", None
        while self.queue:
            pending = self.queue.popleft()
            pending.done(pending.blocks, complaint)

    def _inside(self, line: bytes) -> None:
        block = self._block
        assert block is not None
        if line not in (self._end, self._error):
            block.append(line)
            return
        self._block = None
        if not self._is_ours or not self.queue:
            return
        pending = self.queue[0]
        if line == self._error:
            # tmux drops the rest of a line after an error, so nothing more comes for it.
            self.queue.popleft()
            pending.done(pending.blocks, b" ".join(block).decode("utf-8", "replace") or "tmux refused")
            return
        pending.blocks.append(block)
        if len(pending.blocks) == pending.commands:
            self.queue.popleft()
            pending.done(pending.blocks, "")
