"""A terminal screen cut into the parts by which an agent CLI is read: dialog, composer, footer, status, last words.

Everything is anchored at the bottom, because only there a CLI draws what is true now; what stands above is history and
may quote anything, dialogs and errors included. Pure, and defined for any text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|[ -/]*[0-~])|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\ufeff]"
)
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2019": "'", "\u2018": "'", "\t": " "})
_RULER = re.compile(r"^ {0,2}[─━▔]{20,}(?:[^─━▔]{1,60}[─━▔]{1,}|[─━▔]*)$")
_RULER_REST = re.compile(r"^ {0,2}[─━▔]+$")
_BORDER = re.compile(r"^\s*[╭╰┌└╔╚╹╻▀▄─━═╌┄▔╯╮┘┐│┃║\s]+$")
_EDGES = re.compile(r"^\s*[│┃║]|[│┃║]\s*$")
_OPTION = re.compile(r"^(?P<indent>\s*)(?P<mark>[❯›>●▶▸→»]\s*)?(?P<number>\d)[.)]\s+(?P<label>\S.*)$")
_KEY = r"(?:esc|escape|enter|return|tab|space|⏎|↵|↑/?↓|⇆|ctrl[+-]\w|shift[+-]\w+)"
_HINT = re.compile(rf"(?i)(?:^|[\s·•(\[,]){_KEY}(?=[\s·•)\],:]|$)")
_DECISION = re.compile(r"(?i)\b(?:esc|escape|enter|return|⏎|↵)\b(?! to interrupt)|[⏎↵]|\bctrl[+-]\w to (?:edit|amend)")
_TABS = re.compile(r"^ *← .*[☐☒✔].* →$")
_DIALOG_LINES = 45
_LABEL_LINES = 4
_SAID_LINES = 12
_UNDER_LINES = 12
_WIDTH, _ROWS = 1000, 2000
"""No terminal is wider, no screen with its history needs more; it bounds the time that any text can cost."""
_MODE_LINES = 4


class Composer(StrEnum):
    """How a CLI draws the place where its user types."""

    RULED = "ruled"
    """Between two horizontal rules, or inside a box."""
    OPEN = "open"
    """A line that begins with the prompt glyph at the left edge, only indented lines below."""
    UNDER = "under"
    """Below one horizontal rule or inside a box, perhaps with a line about the mode between."""
    BARRED = "barred"
    """Behind a bar at the left, closed by a lower edge."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What differs from CLI to CLI in cutting a screen."""

    composer: Composer
    prompt: str
    """Regular expression for the beginning of the composer's first line."""
    user: str
    """… of a line with the user's words in the conversation."""
    said: str
    """… of a line that begins something that the agent or the CLI says."""
    chrome: str = r"(?!)"
    """… of a line between the last words and the composer that is neither."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """Numbered options with a selector, and what stands around them."""

    head: tuple[str, ...]
    """Above the options, up to the dialog's frame; without frames and blank lines."""
    options: tuple[str, ...]
    hints: tuple[str, ...]
    selected: int = 0
    """Index of the option with the selector."""
    below: tuple[tuple[str, ...], ...] = ()
    """For each option the lines between it and the next one: the rest of a long label, or what is said about it."""

    @property
    def question(self) -> str:
        """The line above the options."""
        ends = [line for line in self.head if line.endswith(("?", "？"))]
        holds = [line for line in self.head if "? " in line]
        colons = [line for line in self.head if line.endswith(":")]
        return (ends or holds or colons or [*self.head] or [""])[-1]


@dataclass(frozen=True, slots=True)
class View:
    """A screen in parts. Lines have no escapes, no trailing blanks and plain blanks and apostrophes."""

    lines: tuple[str, ...]
    """All lines that are not blank."""
    dialog: Dialog | None = None
    composer: str | None = None
    """What stands in the composer without its glyph, or None when there is no composer."""
    footer: tuple[str, ...] = ()
    """Below the composer."""
    above: tuple[str, ...] = ()
    """Above the composer, or all lines without one; blank ones included, trailing ones not."""
    said: tuple[str, ...] = ()
    """The last thing said since the user's last words, its first line first; () when it is a tool's output."""
    chrome: tuple[str, ...] = ()
    """Lines between the last words and the composer that the shape calls chrome."""


def clean(text: str) -> list[str]:
    """The lines of a captured screen without escapes and control characters."""
    plain = _ESCAPES.sub("", text.replace("\r\n", "\n")).translate(_BLANKS)
    lines = [line[:_WIDTH].rstrip() for line in plain.split("\n")[-_ROWS:]]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def view(text: str, shape: Shape) -> View:
    """Cuts `text` into parts by `shape`. Never raises."""
    lines = clean(text)
    filled = tuple(line for line in lines if line.strip())
    place = _FINDERS[shape.composer](lines, shape)
    if place is None:
        return View(filled, _dialog(lines), above=tuple(lines))
    first, _, typed, below = place
    footer = tuple(line for line in lines[below:] if line.strip())
    if shape.composer is Composer.OPEN:
        dialog = _dialog(lines)
        is_half = bool(_OPTION.match(lines[first])) and not any("·" in line for line in footer)
        if dialog is not None or is_half:
            return View(filled, dialog, above=tuple(lines))
    above = lines[:first]
    while above and not above[-1].strip():
        above.pop()
    said, chrome = _said(above, shape)
    return View(filled, None, typed, footer, tuple(above), said, chrome)


_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_GLYPH = re.compile(r"^ {0,2}[❯›>](?=[ \u00a0])")


def without_ghosts(text: str) -> str:
    """A screen that was captured with its colours, without the grey words that a CLI draws into an empty composer.

    They are dim, and the cursor stands in reverse on their first letter (Claude Code 2.1.330, Codex 0.169).
    """
    style = [False, False]
    return "\n".join(_solid(line, style) for line in text.split("\n"))


def _solid(line: str, style: list[bool]) -> str:
    """`style` is (dim, reverse), which go on from line to line."""
    cells: list[tuple[str, bool, bool]] = []
    at = 0
    for found in _SGR.finditer(line):
        cells += [(character, style[0], style[1]) for character in _ESCAPES.sub("", line[at : found.start()])]
        _set_style(style, re.split("[;:]", found[1]))
        at = found.end()
    cells += [(character, style[0], style[1]) for character in _ESCAPES.sub("", line[at:])]
    plain = "".join(character for character, _, _ in cells)
    glyph = _GLYPH.match(plain)
    if glyph is None:
        return plain
    kept = plain[: glyph.end()]
    for (character, is_dim, is_reverse), (_, is_next_dim, _) in zip(
        cells[glyph.end() :], [*cells[glyph.end() + 1 :], ("", False, False)], strict=True
    ):
        kept += " " if is_dim or (is_reverse and is_next_dim) else character
    return kept


def _set_style(style: list[bool], codes: Sequence[str]) -> None:
    rest = list(codes)
    while rest:
        match rest.pop(0):
            case "" | "0":
                style[:] = False, False
            case "2":
                style[0] = True
            case "22":
                style[0] = False
            case "7":
                style[1] = True
            case "27":
                style[1] = False
            case "38" | "48" | "58":
                del rest[: 2 if rest[:1] == ["5"] else 4]


def inner(line: str) -> str:
    """A line without the edges of boxes around it."""
    while (cut := _EDGES.sub("", line, count=1)) != line:
        line = cut
    return line.rstrip()


def is_ruler(line: str) -> bool:
    """Whether a line is a horizontal rule, perhaps with a label in it."""
    return bool(_RULER.match(line))


_Place = tuple[int, int, str, int]
"""(line above which the conversation ends, last line, what is typed, first line of the footer)."""


def _rulers(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Rules as (first, last) line: one that was wrapped goes on in the next lines."""
    found: list[tuple[int, int]] = []
    for index, line in enumerate(lines):
        if found and found[-1][1] == index - 1 and _RULER_REST.match(line):
            found[-1] = (found[-1][0], index)
        elif is_ruler(line) or re.match(r"^ {0,2}[╭╰┌└].*[─━]{8,}", line):
            found.append((index, index))
    return found


def _ruled(lines: Sequence[str], shape: Shape) -> _Place | None:
    rulers = _rulers(lines)
    if len(rulers) < 2:
        return None
    (above_first, above_last), (below_first, below_last) = rulers[-2:]
    is_edge_wrong = re.match(r"^ *[╰└]", lines[above_first]) or re.match(r"^ *[╭┌]", lines[below_first])
    if is_edge_wrong or any(_is_said(line, shape) for line in lines[below_last + 1 :]):
        return None
    body = [inner(line) for line in lines[above_last + 1 : below_first]]
    if not body or not re.match(shape.prompt, body[0]):
        return None
    typed = "\n".join([re.sub(shape.prompt, "", body[0], count=1), *body[1:]])
    return above_first, below_last, typed.strip(), below_last + 1


def _is_said(line: str, shape: Shape) -> bool:
    return bool(re.match(shape.said, line) or re.match(shape.user, line))


def _open(lines: Sequence[str], shape: Shape) -> _Place | None:
    for first in range(len(lines) - 1, -1, -1):
        line = lines[first]
        if not re.match(shape.prompt, line):
            is_wrapped = first > 0 and "·" in lines[first - 1] and not _is_said(line, shape)
            if line and not line[0].isspace() and not is_wrapped:
                return None
            continue
        rest = lines[first + 1 :]
        blank = next((index for index, below in enumerate(rest) if not below.strip()), 0)
        typed = "\n".join([re.sub(shape.prompt, "", line, count=1), *(below.strip() for below in rest[:blank])])
        return first, first, typed.strip(), first + 1 + blank
    return None


def _barred(lines: Sequence[str], shape: Shape) -> _Place | None:
    edges = [index for index, line in enumerate(lines) if re.match(r"^\s*╹▀{8,}", line)]
    if not edges or any(re.match(r"^\s*┃", line) for line in lines[edges[-1] + 1 :]):
        return None
    first = edges[-1]
    while first and re.match(r"^\s*┃", lines[first - 1]):
        first -= 1
    body = [inner(line).strip() for line in lines[first : edges[-1]]]
    filled = [line for line in body if line]
    return first, edges[-1], "\n".join(filled[:-1]), edges[-1] + 1


def _under(lines: Sequence[str], shape: Shape) -> _Place | None:
    for first in range(len(lines) - 1, max(-1, len(lines) - _UNDER_LINES), -1):
        if not re.match(shape.prompt, inner(lines[first])):
            continue
        for edge in range(first - 1, max(-1, first - _MODE_LINES), -1):
            if is_ruler(lines[edge]) or re.match(r"^ {0,2}(?:[╭┌]|▄{8,})", lines[edge]):
                if any(_is_said(below, shape) or re.match(r"^ {0,2}[╭┌]", below) for below in lines[first + 1 :]):
                    return None  # the user's words, drawn like the composer: something follows them
                last = _last_typed(lines, first)
                typed = "\n".join(
                    [
                        re.sub(shape.prompt, "", inner(lines[first]), count=1),
                        *(inner(line).strip() for line in lines[first + 1 : last + 1]),
                    ]
                )
                return edge, last, typed.strip(), last + 1
        return None
    return None


def _last_typed(lines: Sequence[str], first: int) -> int:
    """The last line of a draft of several lines: they hang below its first one."""
    last = first
    while last + 1 < len(lines) and re.match(r"^ {3,}\S", inner(lines[last + 1])) and not _BORDER.match(lines[last + 1]):
        last += 1
    return last


_FINDERS = {Composer.RULED: _ruled, Composer.OPEN: _open, Composer.BARRED: _barred, Composer.UNDER: _under}


def _said(above: Sequence[str], shape: Shape) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(last block said since the user's last words, chrome below it)."""
    end = len(above)
    chrome: list[str] = []
    while end and (not above[end - 1].strip() or re.match(shape.chrome, above[end - 1])):
        end -= 1
        if above[end].strip():
            chrome.insert(0, above[end])
    for index in range(end - 1, -1, -1):
        line = above[index]
        if re.match(shape.user, line):
            return (), tuple(chrome)
        if re.match(shape.said, line):
            return _block(above[index:end], follows=above[index - 1] if index else ""), tuple(chrome)
    return (), tuple(chrome)


def _block(block: Sequence[str], follows: str) -> tuple[str, ...]:
    """A block, or () when it is what a tool printed: that hangs on the line of the tool without a blank one between."""
    hangs = re.match(r"^\s*[⎿└]", block[0])
    if hangs and follows.strip() and not re.match(r"^[❯›>] ", follows) and not re.match(r"^ {2}\S", follows):
        return ()
    return tuple(line for line in block if line.strip())[:_SAID_LINES]


def _dialog(lines: Sequence[str]) -> Dialog | None:
    """The dialog at the bottom: options 1, 2 … with one selector, below them labels and a line that names keys."""
    start = max(0, len(lines) - _DIALOG_LINES)
    rows = [(index, inner(lines[index])) for index in range(start, len(lines))]
    matches = [(index, match) for index, text in rows if (match := _OPTION.match(text))]
    ones = [place for place, (_, match) in enumerate(matches) if match["number"] == "1"]
    if not ones:
        return None
    options = matches[ones[-1] :]
    numbers = [int(match["number"]) for _, match in options]
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) < 2 or sum(bool(m["mark"]) for _, m in options) != 1:
        return None
    below = [text for index, text in rows if index > options[-1][0] and text.strip() and not _is_frame(text)]
    hints = [text.strip() for text in below if _HINT.search(text)]
    labels = [text for text in below if not _HINT.search(text)]
    is_boxed = not below and any(_EDGES.search(lines[index]) for index, _ in options)
    keyed = [*hints, *(match["label"] for _, match in options if "(esc)" in match["label"].lower())]
    if not is_boxed and not _is_modal(lines, options[0][0], below) and not any(_DECISION.search(text) for text in keyed):
        return None
    if len(labels) > _LABEL_LINES or any(not text.startswith("  ") for text in labels):
        return None
    selected = next(index for index, (_, match) in enumerate(options) if match["mark"])
    return Dialog(
        _head(lines, options[0][0]),
        tuple(match["label"].strip() for _, match in options),
        tuple(hints),
        selected,
        tuple(_hanging(rows, options, index) for index in range(len(options))),
    )


def _hanging(rows: Sequence[tuple[int, str]], options: Sequence[tuple[int, re.Match[str]]], index: int) -> tuple[str, ...]:
    """The lines below an option and above the next; below the last one only what is indented like a label."""
    first, match = options[index]
    last = options[index + 1][0] if index + 1 < len(options) else first + _LABEL_LINES
    found: list[str] = []
    for place, text in rows:
        if first < place < last:
            is_label = len(text) - len(text.lstrip()) >= match.start("label") and not _HINT.search(text)
            if not text.strip() or _BORDER.match(text) or (index + 1 == len(options) and not is_label):
                break
            found.append(text.strip())
    return tuple(found)


def _is_frame(text: str) -> bool:
    """Part of a dialog's frame, or its remark on what does not fit in it."""
    return bool(_BORDER.match(text) or re.match(r"^ *[↑↓] \d+ \S", text))


def _is_modal(lines: Sequence[str], first_option: int, below: Sequence[str]) -> bool:
    """Whether an overlay's upper edge stands above the options and nothing below them: such dialogs name no keys. Nor does the
    last page of questions, which shows its tabs instead."""
    above = lines[max(0, first_option - _DIALOG_LINES) : first_option]
    is_overlay = any(re.match(r"^▔{20,}", line) for line in above[-_LABEL_LINES * 2 :])
    return not below and (is_overlay or any(_TABS.match(line) for line in above))


def _head(lines: Sequence[str], first_option: int) -> tuple[str, ...]:
    head: list[str] = []
    for index in range(first_option - 1, max(-1, first_option - _DIALOG_LINES), -1):
        line = lines[index]
        if is_ruler(line) or re.match(r"^ {0,2}[╭┌]", line) or re.match(r"^[•◦●■⏺] ", line) or re.match(r"^[❯›] \D", line):
            break
        text = inner(line).strip()
        if text and not _BORDER.match(text):
            head.insert(0, text)
    return tuple(head)
