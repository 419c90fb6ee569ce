"""A conversation as rows: who said what, every tool call folded to one line that can be opened, changes as diffs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gastown_tui.core.ids import OVERSEER
from gastown_tui.core.snapshot import AgentView
from gastown_tui.core.transcript import Entry, What
from gastown_tui.services.conversation import Heard, addressed, is_a_brief
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, Spans, clean, clean_lines, cut, wrap
from gastown_tui.tui.viewmodels.common import BLANK, age, clock, count, fill, money, short
from gastown_tui.tui.viewmodels.prose import prose_rows

MOST_LINES = 400
"""Lines of one opened input or output that are shown; more is said to be missing."""
WHO = 7
"""Cells of the column that says who speaks."""
_FOLDED, _OPEN = "▸ ", "▾ "


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry, with its result when it is a tool call."""

    key: str
    entry: Entry
    result: Entry | None = None
    is_brief: bool = False

    @property
    def can_open(self) -> bool:
        """Whether there is more of it than its one line."""
        if self.entry.what is What.TOOL:
            return bool(self.entry.detail.strip() or (self.result and self.result.text.strip()))
        return self.is_brief or bool(self.entry.what is What.NOTE and self.entry.detail)

    def holds(self, words: str) -> bool:
        """Whether the words stand in it; capitals count when there are some."""
        parts = (self.entry.name, self.entry.text, self.entry.detail, self.result.text if self.result else "")
        return holds("\n".join(parts), words)


def pieces(heard: Heard) -> list[Piece]:
    """The entries in order, results with their calls."""
    results = {entry.id: entry for entry in heard.entries if entry.what is What.RESULT and entry.id}
    called = {entry.id for entry in heard.entries if entry.what is What.TOOL and entry.id}
    found: list[Piece] = []
    is_first = True
    for number, entry in enumerate(heard.entries, heard.first):
        if entry.what is What.RESULT and entry.id in called:
            continue
        is_brief = entry.what is What.USER and is_a_brief(entry, is_first=is_first)
        is_first = is_first and entry.what is not What.USER
        found.append(Piece(f"e:{number}", entry, results.get(entry.id) if entry.what is What.TOOL else None, is_brief))
    return found


def conversation_rows(found: Sequence[Piece], heard: Heard, opened: frozenset[str], words: str, width: int) -> list[Row]:
    """All pieces, those in `opened` in full; what holds `words` is marked."""
    if not heard.run:
        return [Row((("it has had no run yet", "soft"),))]
    if not heard.is_readable:
        return [
            Row(((f"its CLI writes no transcript that can be read here; {key_of('conversation.pane')} shows its pane", "soft"),))
        ]
    rows: list[Row] = []
    if heard.is_cut:
        rows.append(Row((("older parts of the conversation are not shown", "faint"),)))
    if heard.skipped:
        rows.append(Row(((f"{heard.skipped} records could not be read", "stalled"),)))
    if not found:
        return [*rows, Row((("nothing has been said yet", "soft"),))]
    for piece in found:
        if rows and piece.entry.what in (What.USER, What.AGENT):
            rows.append(BLANK)
        here = _piece_rows(piece, is_open=piece.key in opened, width=width)
        # Every row can be selected, so that the keys walk through a long answer like through a page.
        here = [replace(row, key=f"{piece.key}:{index}" if index else piece.key) for index, row in enumerate(here)]
        rows += _marked(here, words) if words and piece.holds(words) else here
    return rows


def piece_key(row_key: str) -> str:
    """The piece that a row belongs to."""
    return ":".join(row_key.split(":")[:2])


def holds(text: str, words: str) -> bool:
    """Whether the words stand in the text; capitals count when there are some."""
    return words in (text if words != words.casefold() else text.casefold())


def _marked(rows: Sequence[Row], words: str) -> list[Row]:
    """With an edge where the words stand; at the head when that is folded away."""
    found = [holds(row.plain(), words) for row in rows]
    if not any(found):
        found[0] = True
    return [replace(row, edge="focus") if is_here else row for row, is_here in zip(rows, found, strict=True)]


def conversation_bar(agent: AgentView | None, address: str, heard: Heard | None, matches: tuple[int, int, str], now: float) -> Row:
    """Whose conversation it is and how full; while words are searched, which of how many places this is."""
    left: list[Span] = [(short(address), "b ink"), ("  conversation", "soft")]
    if heard is not None and heard.run:
        left.append((f" of run {clean(heard.run)}", "soft"))
    at, total, words = matches
    if words:
        tone = "ink" if total else "stalled"
        return Row(
            tuple(left), ((f"“{clean(words)}” ", "soft"), (f"{at} of {total}" if total else "nowhere", tone)), ground="raised"
        )
    right: list[Span] = []
    if agent is not None and agent.digest is not None and agent.digest.fill is not None:
        right.append(
            (f"context {fill(agent.digest)} of {count(agent.digest.window)}, {age(now - agent.digest.context_at)} ago", "soft")
        )
    if agent is not None and (spent := money(agent.spent)):
        right.append((f"  {spent}", "ink"))
    return Row(tuple(left), tuple(right), ground="raised")


def copied(piece: Piece) -> tuple[str, str]:
    """(what is copied, what to call it)."""
    if piece.entry.what is What.TOOL:
        return (piece.entry.detail or piece.entry.text, "the change" if piece.entry.is_diff else "the input")
    return piece.entry.text, "the words"


def _piece_rows(piece: Piece, *, is_open: bool, width: int) -> list[Row]:
    entry = piece.entry
    if entry.what is What.TOOL:
        return _tool_rows(piece, is_open=is_open, width=width)
    if piece.is_brief:
        lines = clean_lines(entry.text)
        head = Row(((_OPEN if is_open else _FOLDED, "faint"), (f"its brief, {len(lines)} lines", "soft")), _when(entry))
        return [head, *(_lines(lines, "soft", width) if is_open else [])]
    if entry.what in (What.NOTE, What.ERROR):
        tone = "broken" if entry.what is What.ERROR else "soft"
        folded = _OPEN if is_open else _FOLDED if piece.can_open else "× " if entry.what is What.ERROR else "· "
        parts = [part for line in clean_lines(entry.text.strip()) for part in wrap(line, max(width - 10, 8))]
        rows = [
            Row(((folded if index == 0 else "  ", tone), (part, tone)), _when(entry) if index == 0 else ())
            for index, part in enumerate(parts)
        ]
        return [*rows, *(_lines(clean_lines(entry.detail), "soft", width) if is_open else [])]
    if entry.what is What.RESULT:
        return [Row((("  ↳ ", "faint"), (cut(clean(entry.text.strip().partition("\n")[0]), max(width - 12, 8)), "soft")))]
    return _said_rows(piece, width=width)


def _said_rows(piece: Piece, *, width: int) -> list[Row]:
    entry = piece.entry
    text, who, tone, ground = entry.text.strip(), "agent", "soft", ""
    if entry.what is What.USER:
        who, tone, ground = "to it", "b ink", "raised"
        if message := addressed(text):
            who, text = "you" if message[0] == OVERSEER else message[0].rsplit("/", 1)[-1], message[1]
        elif entry.name:
            who = entry.name.rsplit("/", 1)[-1]
    if entry.is_side:
        who, tone = "helper", "faint"
    room = max(width - WHO - 8, 8)
    word = "soft" if entry.is_side else "ink"
    parts: Sequence[Spans] = [((part, word),) for line in clean_lines(text) for part in wrap(line, room)] or [((("", word)),)]
    if entry.what is What.AGENT and not entry.is_side:
        parts = prose_rows(text, room)
    who = cut(clean(who), WHO - 1)
    return [
        Row((((who if index == 0 else "").ljust(WHO), tone), *part), _when(entry) if index == 0 else (), ground=ground)
        for index, part in enumerate(parts)
    ]


def _tool_rows(piece: Piece, *, is_open: bool, width: int) -> list[Row]:
    entry, result = piece.entry, piece.result
    indent = 4 if entry.is_side else 2
    end: Spans
    if result is None:
        end = (("no result yet", "faint"),)
    elif result.is_failed:
        end = (("× ", "broken"), (_size(result.text), "broken"))
    else:
        end = (("✓ ", "working"), (_size(result.text), "faint"))
    change = _changed(entry) if entry.is_diff else ()
    folded = "· " if not piece.can_open else _OPEN if is_open else _FOLDED
    room = max(width - indent - len(entry.name) - sum(len(text) for text, _ in (*end, *change)) - 8, 8)
    left = ((folded, "faint"), (f"{clean(entry.name)} ", "b soft"), (cut(clean(entry.text), room), "ink"))
    rows = [Row(left, (*change, *end), indent=indent)]
    if not is_open:
        return rows
    if entry.is_diff:
        rows += _diff(clean_lines(entry.detail), width)
    elif entry.detail.strip() != entry.text.strip():
        rows += _lines(clean_lines(entry.detail), "ink", width)
    if result is not None and result.text.strip():
        rows += _lines(clean_lines(result.text), "broken" if result.is_failed else "soft", width)
    return rows


def _size(text: str) -> str:
    lines = len(text.splitlines())
    return "" if not text.strip() else f"{lines} line{'s' if lines != 1 else ''}"


def _is_added(line: str) -> bool:
    return line.startswith("+") and not line.startswith("+++ ")


def _is_removed(line: str) -> bool:
    return line.startswith("-") and not line.startswith("--- ")


def _changed(entry: Entry) -> Spans:
    lines = entry.detail.splitlines()
    return ((f"+{sum(map(_is_added, lines))}", "working"), (f" −{sum(map(_is_removed, lines))}  ", "broken"))


def _diff(lines: Sequence[str], width: int) -> list[Row]:
    rows: list[Row] = []
    for line in lines[:MOST_LINES]:
        if line.startswith(("--- ", "+++ ")) or (line == "@@ @@" and not rows):
            continue  # the head names the file
        ground = "add" if _is_added(line) else "del" if _is_removed(line) else ""
        tone = "faint" if line.startswith(("@@", "*** ")) else "ink"
        rows += [
            Row(((part, tone),), indent=4, ground=ground) for part in wrap("⋯" if line == "@@ @@" else line, max(width - 6, 8))
        ]
    return rows + _missing(lines)


def _lines(lines: Sequence[str], tone: str, width: int) -> list[Row]:
    rows = [Row(((part, tone),), indent=4) for line in lines[:MOST_LINES] for part in wrap(line, max(width - 6, 8))]
    return rows + _missing(lines)


def _missing(lines: Sequence[str]) -> list[Row]:
    return [Row(((f"{len(lines) - MOST_LINES} more lines", "faint"),), indent=4)] if len(lines) > MOST_LINES else []


def _when(entry: Entry) -> Spans:
    return ((clock(entry.at), "faint"),) if entry.at else ()
