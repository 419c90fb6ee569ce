"""An agent's earlier output, held still while somebody reads and searches it. Pure: who shows it fetches the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gastown_tui.tui.panes.crop import wrap_line
from gastown_tui.tui.panes.lines import EMPTY, Line, Look, line_of

_ANCHOR = 12
"""Lines that must be found again for a place to be the same after a new capture: more than any repeated banner has."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One row on the screen, and which part of which line it is."""

    line: Line
    number: int
    """Index of the source line."""
    is_continued: bool
    """It goes on from the row above."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where the words were found."""

    number: int
    start: int
    end: int
    """Characters of the line."""


@dataclass(frozen=True, slots=True)
class Scrollback:
    """What stood in the pane at one instant, oldest line first, and where in it somebody reads.

    Args:
        end: index behind the last line that is on the screen.
        history: tmux's count of lines above the pane's first row at that instant.
        is_all: nothing older is left to be fetched.
    """

    lines: Sequence[Line]
    end: int
    history: int
    is_all: bool
    words: str = ""
    hits: tuple[Hit, ...] = ()
    at: int = -1
    """Index of the hit that one stands on, -1 for none."""

    @property
    def back(self) -> int:
        """Lines below the screen."""
        return len(self.lines) - self.end

    def moved(self, step: int, width: int, height: int) -> Scrollback:
        """`step` lines towards the end, negative ones back; the ends hold."""
        return replace(self, end=max(min(self.end + step, len(self.lines)), self._least_end(width, height)))

    def _least_end(self, width: int, height: int) -> int:
        used = 0
        for number, line in enumerate(self.lines):
            used += len(wrap_line(line, width, False))
            if used >= height:
                return number + 1
        return len(self.lines)

    def rows(self, width: int, height: int) -> list[Shown]:
        """What is on the screen."""
        return tail_rows(self.lines, self.end, width, height)

    def top(self, width: int, height: int) -> int:
        """Index of the first line on the screen."""
        rows = self.rows(width, height)
        return rows[0].number if rows else 0

    # Searching

    def searched(self, words: str, width: int, height: int) -> Scrollback:
        """Finds the words (capitals count when there are some) and stands on the last one at or above the screen's end."""
        hits = find(self.lines, words)
        found = replace(self, words=words, hits=hits, at=-1)
        if not hits:
            return found
        at = max((index for index, hit in enumerate(hits) if hit.number < self.end), default=0)
        return found._standing_on(at, width, height)

    def stepped(self, step: int, width: int, height: int) -> Scrollback:
        """The next hit; past the ends it goes on at the other end."""
        return self._standing_on((self.at + step) % len(self.hits), width, height) if self.hits else self

    def _standing_on(self, at: int, width: int, height: int) -> Scrollback:
        number = self.hits[at].number
        found = replace(self, at=at)
        if self.top(width, height) < number < self.end or (number == 0 and self.top(width, height) == 0):
            return found
        return replace(found, end=min(number + max(height // 2, 1), len(self.lines))).moved(0, width, height)

    def renewed(self, lines: Sequence[Line], history: int, is_all: bool, width: int, height: int) -> Scrollback | None:
        """The same place in a newer capture, None when it is not there any more."""
        end = anchor([line.plain for line in self.lines], self.end, [line.plain for line in lines])
        if end is None:
            return None
        found = replace(self, lines=lines, end=end, history=history, is_all=is_all)
        if not self.words:
            return found.moved(0, width, height)
        hits = find(lines, self.words)
        shift = end - self.end
        old = self.hits[self.at] if self.at >= 0 else None
        at = next(
            (index for index, hit in enumerate(hits) if old and (hit.number, hit.start) == (old.number + shift, old.start)), -1
        )
        return replace(found, hits=hits, at=at if at >= 0 or not hits else len(hits) - 1).moved(0, width, height)


@dataclass(frozen=True, slots=True)
class Marks:
    """How hits are painted."""

    plain: Look
    current: Look


def without_blank_end(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines up to the last one with text."""
    end = len(lines)
    while end and not lines[end - 1].plain.strip():
        end -= 1
    return lines[:end]


def tail_rows(lines: Sequence[Line], end: int, width: int, height: int) -> list[Shown]:
    """The last `height` rows of the lines before `end`, wrapped to `width` cells."""
    rows: list[Shown] = []
    number = end
    while number > 0 and len(rows) < height:
        number -= 1
        parts = wrap_line(lines[number], width, False) or (EMPTY,)
        rows[:0] = [Shown(part, number, index > 0) for index, part in enumerate(parts)]
    return rows[-height:] if height > 0 else []


def find(lines: Sequence[Line], words: str) -> tuple[Hit, ...]:
    """All places of the words, top to bottom. Without capitals in them capitals do not count."""
    if not words:
        return ()
    is_exact = words != words.lower()
    hits: list[Hit] = []
    for number, line in enumerate(lines):
        text = line.plain if is_exact else line.plain.lower()
        start = text.find(words)
        while start >= 0:
            hits.append(Hit(number, start, start + len(words)))
            start = text.find(words, start + len(words))
    return tuple(hits)


def marked(scroll: Scrollback, marks: Marks, first: int, last: int) -> Scrollback:
    """The scrollback with the hits of lines `first` to `last` (not included) painted into the lines."""
    here = [(index, hit) for index, hit in enumerate(scroll.hits) if first <= hit.number < last]
    if not here:
        return scroll
    lines = list(scroll.lines)
    for index, hit in here:
        cells = lines[hit.number].cells()
        mark = marks.current if index == scroll.at else marks.plain
        cells[hit.start : hit.end] = [(char, mark) for char, _ in cells[hit.start : hit.end]]
        lines[hit.number] = line_of(cells)
    return replace(scroll, lines=lines)


def anchor(old: Sequence[str], end: int, new: Sequence[str]) -> int | None:
    """Where the lines before `end` of `old` end in `new`, None when they are not there. Of several places the one
    nearest to where output alone would have moved it."""
    block = list(old[max(end - _ANCHOR, 0) : end])
    if not block:
        return 0
    guess = end + len(new) - len(old)
    places = [
        place
        for place in range(len(block), len(new) + 1)
        if new[place - 1] == block[-1] and list(new[place - len(block) : place]) == block
    ]
    return min(places, key=lambda place: abs(place - guess), default=None)


def selected_text(rows: Sequence[Shown], lines: Sequence[Line], spans: Sequence[tuple[int, int] | None]) -> str:
    """The words under a selection: rows that were wrapped for the screen are one line again.

    Args:
        spans: for each row the selected characters, (0, -1) for all of it, None for none.
    """
    parts: list[str] = []
    at = 0
    for row, span in zip(rows, spans, strict=True):
        source = lines[row.number].plain
        words = row.line.plain
        body = words.strip(" ") if row.is_continued else words
        start = source.find(body, at) if row.is_continued else 0
        indent = len(words) - len(words.lstrip(" ")) if row.is_continued else 0
        previous, at = at, max(start, 0) + len(body)
        if span is None:
            continue
        first, last = span[0], len(words) if span[1] < 0 else span[1]
        if row.is_continued and parts and start >= 0:
            # What was between the rows of one line is only blanks.
            parts[-1] += source[previous:start] + words[max(first, indent) : last]
        else:
            parts.append(words[max(first, indent) if row.is_continued else first : last])
    return "\n".join(part.rstrip() for part in parts)
