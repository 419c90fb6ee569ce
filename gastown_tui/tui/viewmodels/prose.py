"""What a model writes, with its Markdown as style instead of signs: headings, lists, code, tables. Links keep their address.

Line breaks stay where they were written: in a terminal they are meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len

from gastown_tui.tui.text import Span, Spans, clean, clean_lines, wrap

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

INK, CODE, STRONG, FAINT = "ink", "done", "b ink", "faint"
_QUOTE = "│ "


@dataclass(slots=True)
class _Line:
    """Pieces of one written line, and what stands before its first and its later rows."""

    pieces: list[Span] = field(default_factory=list)
    first: str = ""
    later: str = ""


@lru_cache(maxsize=256)
def prose_rows(text: str, width: int) -> tuple[Spans, ...]:
    """The rows of a text in Markdown, none wider than `width` cells."""
    lines: list[_Line] = []
    _blocks(_parser().parse("\n".join(clean_lines(text))), lines, width)
    return tuple(row for line in lines for row in _rows(line, width)) or (((("", INK)),),)


@cache
def _parser() -> MarkdownIt:
    # Loaded when somebody has said something: the first picture does without.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _blocks(tokens: Sequence[Token], lines: list[_Line], width: int) -> None:
    before: list[str] = []
    """What stands before each line here: quotation marks and the indentation of lists."""
    marks: list[int] = []
    bullet, style, is_tight = "", INK, False
    table: list[list[list[Span]]] = []
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                if not marks:
                    _gap(lines, is_tight=False)
                marks.append(int(str(token.attrs.get("start", 1))) if token.type.startswith("ordered") else -1)
            case "bullet_list_close" | "ordered_list_close":
                marks.pop()
                is_tight = bool(marks)
            case "list_item_open":
                bullet = "• " if marks[-1] < 0 else f"{marks[-1]}. "
                marks[-1] += marks[-1] >= 0
                before.append(" " * len(bullet))
            case "list_item_close":
                before.pop()
                bullet = ""
            case "blockquote_open":
                before.append(_QUOTE)
            case "blockquote_close":
                before.pop()
            case "heading_open":
                style = STRONG
            case "heading_close":
                style = INK
            case "paragraph_open":
                is_tight = token.hidden
            case "tr_open":
                table.append([])
            case "table_close":
                _gap(lines, is_tight=False)
                lines += _table(table, "".join(before), width)
                table = []
            case "inline" if table:
                table[-1].append([piece for line in _inline(token, style) for piece in line])
            case "inline" | "fence" | "code_block" | "hr":
                _gap(lines, is_tight=is_tight)
                whole = "".join(before)
                first = f"{whole[: len(whole) - len(bullet)]}{bullet}" if bullet else whole
                bullet = ""
                for pieces in _written(token, style):
                    lines.append(_Line(pieces, first, whole))
                    first = whole


def _gap(lines: list[_Line], *, is_tight: bool) -> None:
    if lines and lines[-1].pieces and not is_tight:
        lines.append(_Line())


def _written(token: Token, style: str) -> list[list[Span]]:
    if token.type == "inline":
        return _inline(token, style)
    if token.type == "hr":
        return [[("───", FAINT)]]
    return [[(clean(line), CODE)] for line in token.content.rstrip("\n").split("\n")]


def _inline(token: Token, style: str) -> list[list[Span]]:
    """Its lines, as pieces."""
    lines: list[list[Span]] = [[]]
    bold, address = 0, ""
    for child in token.children or ():
        match child.type:
            case "softbreak" | "hardbreak":
                lines.append([])
            case "strong_open" | "em_open":
                bold += 1
            case "strong_close" | "em_close":
                bold -= 1
            case "link_open":
                address = str(child.attrs.get("href", ""))
            case "link_close":
                said = lines[-1][-1][0] if lines[-1] else ""
                if address and address != said:
                    lines[-1].append((f" ({clean(address)})", FAINT))
                address = ""
            case "code_inline":
                lines[-1].append((clean(child.content), CODE))
            case _ if child.content:
                lines[-1].append((clean(child.content), STRONG if bold else style))
    return lines


def _table(cells: Sequence[Sequence[Sequence[Span]]], before: str, width: int) -> Iterable[_Line]:
    """Columns when they fit; else each row as one line that wraps."""
    columns = max(map(len, cells), default=0)
    sizes = [max((cell_len(_plain(row[at])) for row in cells if at < len(row)), default=0) for at in range(columns)]
    fits = len(before) + sum(sizes) + 2 * (columns - 1) <= width
    for number, row in enumerate(cells):
        pieces: list[Span] = []
        for at, cell in enumerate(row):
            pieces += [(text, STRONG if number == 0 else style) for text, style in cell]
            if at < len(row) - 1:
                pieces.append((" " * (sizes[at] - cell_len(_plain(cell)) + 2), INK) if fits else (" · ", FAINT))
        yield _Line(pieces, before, before)


def _plain(pieces: Iterable[Span]) -> str:
    return "".join(text for text, _ in pieces)


def _rows(line: _Line, width: int) -> Iterable[Spans]:
    """The rows of one written line: its words wrapped, each with its style."""
    text = _plain(line.pieces)
    styles = [style for piece, style in line.pieces for _ in piece]
    room = max(width - max(cell_len(line.first), cell_len(line.later)), 8)
    at, before = 0, line.first
    for row in wrap(text, room):
        spans = [
            ("".join(char for char, _ in run), style)
            for style, run in groupby(zip(row, styles[at : at + len(row)], strict=True), lambda pair: pair[1])
        ]
        yield ((before, FAINT), *spans) if before else tuple(spans)
        at += len(row)
        while at < len(text) and text[at] == " ":
            at += 1
        before = line.later
