"""Which rows of a pane a tile shows: the last rows win; banners, rules, empty composers and hints go.

Patterns are from captured screens of the agent CLIs. A dialog that does not fit gives up blank rows first, then the
small print under its options, then the ends of long options: the question and its first answer stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size

from gastown_tui.tui.panes.lines import EMPTY, PLAIN, Line, line_of

_BANNER = re.compile(r"[▐▛▜▝▘▙▟▗▄▀█⣀-⣿]{2}|^[╭╰│]|^ *>_ |Gemini CLI|True color|visual experience")
_CHROME = re.compile(
    r"^\s*([─━╌▀╹┃]+▀*|[❯›>]|┃)\s*$|\? for shortcuts|shift\+tab to cycle\)( ·|$)|Ask Codex to do|gpt-5-codex default"
    r"|^\s+~/|^ *Tip:|Press up to edit|Esc to cancel|permissions: YOLO|/effort|ctrl\+p commands|to navigate"
    r"|· \d+% context ·|Authenticated with|workspace \(/dir|YOLO Ctrl|Bash command$|Create file$"
)
_FIRST = re.compile(r"[\s❯›]*1\. ")
_OPTION = re.compile(r"[\s❯›]*\d\. ")
_HANG = re.compile(r"[\s❯›●•✻⎿■┃$]*(\d\. )?")
_FRAME = re.compile(r"\s*[─╌▀╭╰│╹]")
_SIDE = re.compile(r"\s*┃ ?")
_CORNER = re.compile(r"\S {8,}")


def view(lines: Sequence[Line], width: int, height: int, *, is_whole: bool = False, is_asking: bool = False) -> list[Line]:
    """At most `height` lines of at most `width` cells, the pane's end at the bottom.

    Args:
        is_whole: keep the agent's own chrome and only wrap (Focus).
        is_asking: a dialog is open, so that it comes first when room is short.
    """
    if width <= 0 or height <= 0:
        return []
    rows = [part for line in _kept(lines, is_whole=is_whole, is_tight=False) for part in wrap_line(line, width, False)]
    if is_asking and len(rows) > height and not is_whole:
        rows = [part for line in _kept(lines, is_whole=False, is_tight=True) for part in wrap_line(line, width, True)]
    rows = rows[_first_shown(rows, height) if is_asking and not is_whole else max(len(rows) - height, 0) :][:height]
    while rows and not is_whole and not rows[0].plain.strip():
        rows.pop(0)
    return rows


def _first_shown(rows: Sequence[Line], height: int) -> int:
    """Where a dialog begins that is higher than its room: at its end, but not below its question and first answer."""
    end = max(len(rows) - height, 0)
    first = next((index for index in range(len(rows) - 1, -1, -1) if _FIRST.match(rows[index].plain)), end + 1)
    return min(end, max(first - 1, 0))


def end_view(lines: Sequence[Line], width: int, height: int) -> tuple[list[Line], int]:
    """What `view` gives for a tile without a dialog, read from the end.

    Returns:
        The rows, and how many of the last lines they came from; 0 when all of them did not fill the height.
    """
    if width <= 0 or height <= 0:
        return [], 0
    parts: list[tuple[Line, ...]] = []
    filled = 0
    is_gap = False
    used = 0
    for read, line in enumerate(reversed(lines), 1):
        trimmed = _trimmed(line)
        if trimmed is None:
            continue
        if not trimmed.plain.strip():
            is_gap = bool(parts)
            continue
        if is_gap:
            parts.append((EMPTY,))
            filled += 1
            is_gap = False
        wrapped = wrap_line(trimmed, width, False)
        parts.append(wrapped)
        filled += len(wrapped)
        if filled >= height:
            used = read
            break
    rows = [row for part in reversed(parts) for row in part][-height:]
    while rows and not rows[0].plain.strip():
        rows.pop(0)
    return rows, used


def _kept(lines: Sequence[Line], *, is_whole: bool, is_tight: bool) -> list[Line]:
    if is_whole:
        kept = list(lines)
    else:
        kept = []
        option = 99
        for line in lines:
            trimmed = _trimmed(line)
            text = line.plain
            indent = len(text) - len(text.lstrip())
            if found := _OPTION.match(text):
                option = found.end() - 1
            elif is_tight and text and indent >= option:
                continue  # the small print under an option
            if trimmed is None:
                continue
            if trimmed.plain.strip():
                kept.append(trimmed)
            elif not is_tight and kept and kept[-1].plain.strip():
                kept.append(EMPTY)
    while kept and not kept[-1].plain.strip():
        kept.pop()
    return kept


@lru_cache(4096)
def _trimmed(line: Line) -> Line | None:
    """The line without side bars and right-hand corners, or None when it is only chrome."""
    text = line.plain
    if _BANNER.search(text) or _CHROME.search(text):
        return None
    side, corner = _SIDE.match(text), _CORNER.search(text)
    if side is None and corner is None:
        return line
    cells = line.cells()
    start = side.end() if side else 0
    corner = _CORNER.search(text[start:])
    return line_of(cells[start : start + corner.start() + 1] if corner else cells[start:])


@lru_cache(4096)
def wrap_line(line: Line, width: int, is_tight: bool) -> tuple[Line, ...]:
    """Soft-wraps at words, continuation under the first letter. Rules, boxes and (tight) options are cut instead."""
    text = line.plain
    if cell_len(text) <= width:
        return (line,)
    cells = line.cells()
    if _FRAME.match(text):
        return (line_of(cells[: _fitting(cells, width)]),)
    if is_tight and _OPTION.match(text):
        return (line_of([*cells[: _fitting(cells, width - 1)], ("…", cells[0][1])]),)
    found = _HANG.match(text)
    hang = min(len(found.group()) if found else 0, width // 3)
    rows: list[Line] = []
    while cells:
        end = _fitting(cells, width)
        if end >= len(cells):
            rows.append(line_of(cells))
            break
        space = next((index for index in range(end, hang, -1) if cells[index][0] == " "), end)
        rows.append(line_of(cells[: max(space, 1)]))
        cells = cells[max(space, 1) :]
        while cells and cells[0][0] == " ":
            cells.pop(0)
        if cells:
            cells = [(" ", PLAIN)] * hang + cells
    return tuple(rows)


def _fitting(cells: Sequence[tuple[str, object]], width: int) -> int:
    """How many characters fit into `width` cells."""
    used = 0
    for index, (char, _) in enumerate(cells):
        used += get_character_cell_size(char)
        if used > width:
            return index
    return len(cells)
