"""tmux's `capture-pane -e` rows as lines of styled runs.

SGR state (and, on old tmux, the shift into line-drawing characters) carries over line ends, so a row's look follows
from (state at its start, bytes): that pair is the cache's key. Equal rows give the very same `Line`, so that readers
can compare by identity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from gastown_tui.tui.text import clean

Colour = int | tuple[int, int, int] | None
"""A palette index, true colour, or None for the terminal's own."""

BOLD, DIM, ITALIC, UNDERLINE, REVERSE, CONCEAL, STRIKE = 1, 2, 4, 8, 32, 64, 128
_LINE_DRAWING = 256
_BITS = {1: BOLD, 2: DIM, 3: ITALIC, 4: UNDERLINE, 7: REVERSE, 8: CONCEAL, 9: STRIKE}
_CLEARS = {22: BOLD | DIM, 23: ITALIC, 24: UNDERLINE, 27: REVERSE, 28: CONCEAL, 29: STRIKE}
_TOKEN = re.compile(r"\x1b\[([0-9;:]*)m|([\x0e\x0f])|\x1b\]8;[^\x07\x1b]*(?:\x1b\\|\x07)")
_DRAWN = {ord(key): value for key, value in zip("`afgijklmnopqrstuvwxyz{|}~", "◆▒°±␤┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·", strict=True)}


@lru_cache(8192)
def look(fore: Colour, back: Colour, attributes: int) -> Look:
    """The one `Look` of these parts."""
    return Look(fore, back, attributes)


class Look:
    """Colours and attributes of a run; one object for each combination, compared by identity."""

    __slots__ = ("attributes", "back", "fore")

    def __init__(self, fore: Colour, back: Colour, attributes: int) -> None:
        self.fore, self.back, self.attributes = fore, back, attributes


PLAIN = look(None, None, 0)
Runs = tuple[tuple[str, Look], ...]


class Line:
    """One row of a pane, without its trailing blanks. Compared by identity."""

    __slots__ = ("plain", "runs")

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.plain = "".join(text for text, _ in runs)

    def cells(self) -> list[tuple[str, Look]]:
        """Character by character."""
        return [(char, style) for text, style in self.runs for char in text]


EMPTY = Line(())


def line_of(cells: Iterable[tuple[str, Look]]) -> Line:
    """Joins characters of one look into runs."""
    runs: list[tuple[str, Look]] = []
    for char, style in cells:
        if runs and runs[-1][1] is style:
            runs[-1] = (runs[-1][0] + char, style)
        else:
            runs.append((char, style))
    return Line(tuple(runs)) if runs else EMPTY


def parse(rows: Sequence[bytes]) -> list[Line]:
    """A whole capture, top to bottom."""
    state = PLAIN
    lines: list[Line] = []
    for row in rows:
        line, state = _parse_row(row, state)
        lines.append(line)
    return lines


def parse_once(rows: Sequence[bytes]) -> list[Line]:
    """The same for rows that will not be seen again, so that they push nothing out of the cache: a history."""
    state = PLAIN
    lines: list[Line] = []
    for row in rows:
        line, state = _parse_row.__wrapped__(row, state)
        lines.append(line)
    return lines


@lru_cache(8192)
def _parse_row(row: bytes, state: Look) -> tuple[Line, Look]:
    text = row.decode("utf-8", "replace").replace("\xa0", " ")
    runs: list[tuple[str, Look]] = []
    at = 0

    def add(part: str) -> None:
        if state.attributes & _LINE_DRAWING:
            part = part.translate(_DRAWN)
        part = clean(part)
        if part:
            runs.append((part, _visible(state)))

    for found in _TOKEN.finditer(text):
        if found.start() > at:
            add(text[at : found.start()])
        at = found.end()
        if found.group(1) is not None:
            state = _apply(state, found.group(1))
        elif found.group(2):
            bits = state.attributes | _LINE_DRAWING if found.group(2) == "\x0e" else state.attributes & ~_LINE_DRAWING
            state = look(state.fore, state.back, bits)
    if at < len(text):
        add(text[at:])
    while runs and runs[-1][1].back is None and not runs[-1][1].attributes & (REVERSE | UNDERLINE):
        words = runs[-1][0].rstrip(" ")
        if words:
            runs[-1] = (words, runs[-1][1])
            break
        runs.pop()
    return (Line(tuple(runs)) if runs else EMPTY), state


def _visible(state: Look) -> Look:
    return look(state.fore, state.back, state.attributes & ~_LINE_DRAWING)


@lru_cache(4096)
def _apply(state: Look, parameters: str) -> Look:
    fore, back, bits = state.fore, state.back, state.attributes
    words = iter(parameters.split(";"))
    for word in words:
        if ":" in word:
            parts = word.split(":")
            if parts[0] == "4":
                bits = bits & ~UNDERLINE if parts[1] == "0" else bits | UNDERLINE
            elif parts[0] in ("38", "48"):
                colour = _colon_colour(parts)
                fore, back = (colour, back) if parts[0] == "38" else (fore, colour)
            continue
        code = int(word or 0)
        if code == 0:
            fore, back, bits = None, None, bits & _LINE_DRAWING
        elif code in _BITS:
            bits |= _BITS[code]
        elif code in _CLEARS:
            bits &= ~_CLEARS[code]
        elif 30 <= code <= 37 or 90 <= code <= 97:
            fore = code - 30 if code < 40 else code - 82
        elif 40 <= code <= 47 or 100 <= code <= 107:
            back = code - 40 if code < 50 else code - 92
        elif code in (39, 49):
            fore, back = (None, back) if code == 39 else (fore, None)
        elif code in (38, 48, 58):
            colour = _long_colour([next(words, ""), next(words, "")], words)
            fore, back = (colour, back) if code == 38 else (fore, colour) if code == 48 else (fore, back)
    return look(fore, back, bits)


def _long_colour(head: list[str], words: Iterable[str]) -> Colour:
    """`5;N` or `2;R;G;B`, of which two words have been read."""
    if head[0] == "5":
        return _byte(head[1])
    rest = iter(words)
    return (_byte(head[1]), _byte(next(rest, "")), _byte(next(rest, ""))) if head[0] == "2" else None


def _colon_colour(parts: list[str]) -> Colour:
    """`38:5:N`, `38:2::R:G:B` or `38:2:R:G:B`."""
    if len(parts) >= 3 and parts[1] == "5":
        return _byte(parts[2])
    if len(parts) >= 5 and parts[1] == "2":
        red, green, blue = parts[-3:]
        return _byte(red), _byte(green), _byte(blue)
    return None


def _byte(text: str) -> int:
    return min(int(text), 255) if text.isdigit() else 0
