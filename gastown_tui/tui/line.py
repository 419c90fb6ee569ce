"""How far the terminal is behind: a narrow line keeps seconds of output in buffers that no write ever waits for.

ssh takes a megabyte before the console's own terminal is full, and what is in there cannot be taken back: keys would
answer seconds late. So the terminal is asked for its cursor now and then, which it answers when all before it is drawn.
While an answer is late nothing new is captured, and the frame rate falls to what the line carries.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

from textual import events
from textual.driver import Driver
from textual.message import Message

PROBE_BYTES = 4096
"""Written since the last question."""
PROBE_SECONDS = 0.1
"""Least time between two questions."""
SLACK = 0.15
"""Seconds that an answer may take beyond the quickest one."""
FAR = 1.0
"""The quickest answer counts as this at most."""
MOST = 64
ASK_AGAIN = 5.0
"""Seconds; a question can be lost with what was in between."""
SILENT = 4.0
"""A terminal that has not answered its first question within this is taken for one that never does."""
LAST_WAIT = 2.0
"""How long after its question an answer is waited for before the terminal is given away."""
_ROW, _COLUMN, _COLUMNS = 1, 2, 24
"""Where the cursor is asked for: the column numbers the question. In the first row the answer would be a key's, F3."""
_ANSWER = re.compile(r"\x1b\[2;\d{1,2}R")


class Line:
    """The line to the terminal. A terminal that never answers is never late."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_open = False
        self._is_silent = False
        self._quickest: float | None = None
        self._asked_at: float | None = None
        self.room = MOST
        """Panes that may be drawn at once. Halved by a late answer and doubled by a timely one, so that it finds what the line carries."""
        self._last = 0.0
        self._number = 0
        self._bytes = 0
        self._answered = asyncio.Event()

    def open(self) -> None:
        """Questions may be asked from now on: the answers come to this program."""
        self._is_open = True
        self._asked_at = None
        # The first question soon: until its answer nothing is known of the line.
        self._bytes = PROBE_BYTES

    async def close(self) -> None:
        """No question from now on. Waits for an answer that is on its way: the terminal's next program would take it for keys."""
        self._is_open = False
        if self._asked_at is not None and not self._is_silent:
            try:
                await asyncio.wait_for(self._answered.wait(), self._asked_at + LAST_WAIT - self._clock())
            except TimeoutError:
                pass  # nobody waits for ever

    @property
    def is_late(self) -> bool:
        """Whether what was written has not arrived for too long."""
        if self._asked_at is None:
            return False
        took = self._clock() - self._asked_at
        if self._quickest is None:
            return FAR + SLACK < took < SILENT
        return took > min(self._quickest, FAR) + SLACK

    def question(self, size: int) -> str:
        """After `size` more bytes: what is to be written behind them, "" mostly."""
        self._bytes += size
        now = self._clock()
        if not self._is_open or self._is_silent or self._bytes < PROBE_BYTES or now - self._last < PROBE_SECONDS:
            return ""
        if self._asked_at is not None:
            if self._quickest is None and now - self._asked_at > SILENT:
                self._is_silent = True
                return ""
            if now - self._asked_at < ASK_AGAIN:
                return ""
        self._bytes = 0
        self._asked_at = self._last = now
        self._answered.clear()
        self._number = (self._number + 1) % _COLUMNS
        return f"\x1b7\x1b[{_ROW + 1};{_COLUMN + self._number + 1}H\x1b[6n\x1b8"

    def take(self, event: events.CursorPosition) -> None:
        """An answer; one to a question before the last says nothing."""
        if self._asked_at is None or (event.y, event.x) != (_ROW, _COLUMN + self._number):
            return
        took = self._clock() - self._asked_at
        self._quickest = min(took, self._quickest) if self._quickest is not None else took
        is_timely = took < min(self._quickest, FAR) + SLACK
        self.room = min(self.room * 2, MOST) if is_timely else max(self.room // 2, 1)
        self._asked_at = None
        self._is_silent = False
        self._answered.set()


def without_answers(text: str) -> str:
    """Pasted text without an answer that came in the middle of it."""
    return _ANSWER.sub("", text)


def metered(driver: type[Driver], line: Line) -> type[Driver]:
    """The driver, with the questions behind what it writes, and pastes without the answers."""

    class Metered(driver):  # type: ignore[misc, valid-type]
        def write(self, data: str) -> None:
            super().write(data + line.question(len(data)))

        def process_message(self, message: Message) -> None:
            if isinstance(message, events.Paste):
                message.text = without_answers(message.text)
            super().process_message(message)

    return Metered
