"""Rows of spans become strips: the left part gives way with an ellipsis, the right part never does.

Nothing here reads markup; a style is a few words (`b needs`), each a token of the theme.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from gastown_tui.tui.text import Spans, cut
from gastown_tui.tui.tokens import TOKENS

KEY = "key"
"""In a span's style: its text names a key, and a click on it or on the word behind it presses that key."""
LABEL = "b on-focus on:focus"
"""How a jump label looks."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. `key` names the thing that it is about; rows with one key are one block."""

    left: Spans = ()
    right: Spans = ()
    key: str = ""
    """"" for rows that cannot be selected."""
    edge: str = ""
    """Token of the half block at the left, "" for none. Only what needs a person has one."""
    ground: str = ""
    """Token of the ground when it is not the widget's own."""
    indent: int = 0
    is_card: bool = False
    """Selected cards are raised with an edge; other rows are filled."""

    def plain(self) -> str:
        """What it says, without style."""
        words = "".join(text for text, _ in self.left)
        return f"{words}  {''.join(text for text, _ in self.right)}".rstrip() if self.right else words


@dataclass(frozen=True, slots=True)
class Palette:
    """The tokens of the present theme, as hex."""

    colours: tuple[str, ...]
    floor: float

    def __hash__(self) -> int:
        # Palettes are part of the key of every cache of strips: hashing all colours each time is what would cost most.
        return hash(self.colours[0])

    @classmethod
    def of(cls, variables: dict[str, str]) -> Palette:
        """From an app's `theme_variables`."""
        return cls(tuple(variables[name] for name in TOKENS), float(variables["contrast-floor"]))

    def colour(self, token: str) -> Color:
        return _colour(self.colours[TOKENS.index(token)])

    def style(self, words: str, ground: str) -> Style:
        """The style that `words` mean on the token `ground`."""
        return _style(self, words, ground)


@lru_cache(256)
def _colour(text: str) -> Color:
    return Color.parse(text)


@lru_cache(2048)
def _style(palette: Palette, words: str, ground: str) -> Style:
    fore, back, bold, italic = "ink", ground, False, False
    for word in words.split():
        if word == "b":
            bold = True
        elif word == "i":
            italic = True
        elif word.startswith("on:"):
            back = word[3:]
        elif word == KEY:
            pass
        else:
            fore = word
    return Style(
        color=palette.colour(fore).rich_color,
        bgcolor=palette.colour(back).rich_color,
        bold=bold or None,
        italic=italic or None,
    )


def cells(spans: Spans) -> int:
    """Width of spans."""
    return sum(cell_len(text) for text, _ in spans)


def fit(spans: Spans, width: int) -> Spans:
    """Exactly `width` cells: cut with an ellipsis or padded."""
    out: list[tuple[str, str]] = []
    room = width
    for index, (text, style) in enumerate(spans):
        size = cell_len(text)
        more = any(following for following, _ in spans[index + 1 :])
        if size > room or (size == room and more):
            out.append((cut(text, room) if size > room else cut(text + "…", room), style))
            room -= cell_len(out[-1][0])
            break
        out.append((text, style))
        room -= size
    return (*out, (" " * room, "")) if room > 0 else tuple(out)


@lru_cache(8192)
def paint(row: Row, width: int, palette: Palette, ground: str, *, pad: int = 0) -> Strip:
    """One row as a strip of `width` cells; `pad` empty cells at either side."""
    ground = row.ground or ground
    segments: list[Segment] = []
    room = width
    if row.edge:
        segments.append(Segment("▌", palette.style(row.edge, ground)))
        room -= 1
    before = min(max(pad - bool(row.edge), 0) + row.indent, max(room, 0))
    right = row.right if cells(row.right) + before + pad < room else ()
    gap = 1 if right else 0
    left = fit(row.left, max(room - before - pad - cells(right) - gap, 0))
    spans = ((" " * before, ""), *left, (" " * gap, ""), *right)
    segments += [Segment(text, palette.style(style, ground)) for text, style in spans if text]
    return Strip(segments).adjust_cell_length(width, palette.style("", ground))


def key_at(row: Row, width: int, x: int, *, pad: int = 0) -> str:
    """The key that is named at column `x` of the painted row, "" for none."""
    at = min(max(pad - bool(row.edge), 0) + row.indent, max(width, 0)) + bool(row.edge)
    ends = width - pad
    right = ends - cells(row.right)
    for start, spans in ((at, row.left), (right, row.right)):
        end, key = start, ""
        for text, style in spans:
            if KEY in style.split():
                key = text.strip()
            elif not text.strip():
                key = ""
            end += cell_len(text)
            if x < end:
                if key and start <= x < ends:
                    return key
                break
    return ""


def filled(row: Row) -> Row:
    """A selected row: one fill, and all other colours go; shapes stay."""
    style = "on-focus on:focus"
    left = tuple((text, f"{style} b" if "b" in words.split() else style) for text, words in row.left)
    return replace(row, left=left, right=tuple((text, style) for text, _ in row.right), ground="focus", edge="")


def rested(row: Row) -> Row:
    """A selected row in a region that does not have the keys: raised and bold."""
    return replace(row, left=tuple((text, f"{words} b") for text, words in row.left), ground="raised")
