"""The one door for foreign text: agent output, titles, mail, file names, git config.

What comes through here holds no control characters, escape sequences or direction overrides, and is never read as
markup: rows are painted from spans, and Textual's own widgets get `plain()` or `labelled()`.
"""

from __future__ import annotations

import re
from string import Template

from rich.cells import cell_len, get_character_cell_size
from textual.content import Content

Span = tuple[str, str]
"""(text, style words): tokens of the palette and `b` for bold, such as `b soft`."""
Spans = tuple[Span, ...]

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;:?<>=!]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|.)?", re.DOTALL)
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
# Direction overrides and invisible formatters could make a command read as another one; U+FE0F makes widths differ.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]|[\U000e0000-\U000e0fff]"
)


def clean(text: str) -> str:
    """One line of harmless text: no escapes, no control or hidden characters, breaks become a space."""
    return _HIDDEN.sub("", _SPACES.sub(" ", _ESCAPES.sub("", text)))


def clean_lines(text: str) -> list[str]:
    """The same for text of several lines."""
    return [clean(line.expandtabs(4)) for line in text.splitlines()] or [""]


_UNPASTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def pasted(text: str) -> str:
    """What a person pastes in order to send it on: whole, tabs, joiners and combining marks too, but without escapes, control
    characters and direction overrides."""
    return _UNPASTED.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def plain(text: str) -> Content:
    """Foreign text as content that Textual draws literally."""
    return Content(clean(text))


def labelled(template: str, **values: str) -> Content:
    """Our own words with foreign values at `$name`, all of it literal."""
    return Content(Template(template).substitute({name: clean(value) for name, value in values.items()}))


def cut(text: str, width: int) -> str:
    """At most `width` cells of `text`, the last one an ellipsis when something was lost."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text
    kept, used = [], 0
    for char in text:
        size = get_character_cell_size(char)
        if used + size > width - 1:
            break
        kept.append(char)
        used += size
    return "".join(kept) + "…"


def wrap(text: str, width: int, *, hang: int = 0) -> list[str]:
    """Soft-wraps one cleaned line at words into rows of at most `width` cells; later rows are indented by `hang`."""
    width = max(width, 4)
    hang = min(hang, width // 3)
    rows: list[str] = []
    rest = text
    while cell_len(rest) > width:
        at, used, space = 0, 0, -1
        for index, char in enumerate(rest):
            used += get_character_cell_size(char)
            if char == " " and index > hang:
                space = index
            if used > width:
                break
            at = index + 1
        # A space right after the last fitting cell is the best place of all.
        end = at if at < len(rest) and rest[at] == " " else (space if space > hang else max(at, 1))
        rows.append(rest[:end].rstrip())
        rest = " " * hang + rest[end:].lstrip()
    return [*rows, rest] if rest.strip() or not rows else rows
