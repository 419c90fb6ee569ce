"""The conversation with the mayor as rows: your words raised, receipts under the sentence that caused them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Spans, clean, clean_lines, wrap
from gastown_tui.tui.viewmodels.common import BLANK, age, keys, mark
from gastown_tui.tui.viewmodels.prose import prose_rows

_LONG_PATH = re.compile(r"(?<![\w.~])/(?:[^/\s]+/){2,}([^/\s]+)")
"""A receipt says which file, not where the town lies."""
ONE_LINE = 1000
"""Cells: as good as no end."""
WHO = 7
"""Cells of the column that says who speaks."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the conversation."""

    who: str
    """you | mayor | receipt | note"""
    text: str
    at: float
    note: str = ""
    """What became of it: `seen 14:05`, `refused`, `waits · it is working`."""
    is_good: bool = True
    is_live: bool = False
    """Still being written."""


def merged(spoken: Iterable[Said], receipts: Iterable[Said]) -> list[Said]:
    """The transcript and the console's own receipts in the order of time; equal times keep the transcript first."""
    return sorted([*spoken, *receipts], key=lambda said: said.at)


def chat_rows(said: Sequence[Said], width: int, *, is_roomy: bool) -> list[Row]:
    """The conversation, wrapped to `width`."""
    rows: list[Row] = []
    for line in said:
        if is_roomy and line.who in ("you", "mayor") and rows:
            rows.append(BLANK)
        rows += _said_rows(line, width)
    return rows


def _said_rows(line: Said, width: int) -> list[Row]:
    room = max(width - WHO, 8)
    if line.who == "receipt":
        glyph = ("✓ ", "working") if line.is_good else ("× ", "broken")
        texts = [part for text in clean_lines(_LONG_PATH.sub(r"…/\1", line.text)) for part in wrap(text, room - 2)]
        note = clean(line.note)
        is_beside = bool(note) and len(texts) == 1 and len(texts[0]) + len(note) + 3 <= room - 2
        rows = [Row((glyph, (texts[0], "ink"), (f" · {note}" if is_beside else "", "faint")), indent=WHO)]
        rows += [Row(((text, "ink"),), indent=WHO + 2) for text in texts[1:]]
        below = wrap(note, room - 2) if note and not is_beside else []
        return rows + [Row(((text, "faint" if line.is_good else "broken"),), indent=WHO + 2) for text in below]
    tone, ground = ("b ink", "raised") if line.who == "you" else ("soft", "")
    rows = [
        Row((((line.who if index == 0 else "").ljust(WHO), tone), *words), ground=ground)
        for index, words in enumerate(_words(line, room))
    ]
    if line.note:
        notes = wrap(clean(line.note), room)
        rows += [Row(((" " * WHO, ""), (text, "faint" if line.is_good else "broken")), ground=ground) for text in notes]
    return rows


def _words(line: Said, room: int) -> list[Spans]:
    if line.who == "mayor":
        rows = list(prose_rows(line.text, room))
    else:
        word = "ink" if line.who == "you" else "soft"
        rows = [((part, word),) for text in clean_lines(line.text) for part in wrap(text, room)]
    return [*rows[:-1], (*rows[-1], (" …", "soft"))] if line.is_live else rows


def last_sentence(said: Sequence[Said]) -> Row:
    """The small dock: the mayor's newest words on one line."""
    newest = next((line for line in reversed(said) if line.who in ("mayor", "receipt", "note") and line.text.strip()), None)
    if newest is None:
        return Row((("mayor".ljust(WHO), "soft"), ("says nothing yet", "faint")))
    if newest.who == "receipt":
        return Row(
            (
                ("✓ ".ljust(WHO) if newest.is_good else "× ".ljust(WHO), "working" if newest.is_good else "broken"),
                (clean(newest.text), "ink"),
            )
        )
    row = next((row for row in reversed(prose_rows(newest.text, ONE_LINE)) if row), ())
    return Row((("mayor".ljust(WHO), "soft"), *row))


def mayor_bar(snapshot: TownSnapshot, now: float, *, is_full: bool = False) -> Row:
    """Who the mayor is now, and the keys to it."""
    mayor = mayor_of(snapshot)
    right = keys(("app.back", "back")) if is_full else keys(("mayor.talk", "talk"), ("mayor.full", "full"))
    if mayor is None:
        return Row((("MAYOR", "b brand"), ("  none in this town · / commands work without it", "soft")), right)
    verdict = mayor.verdict
    words = verdict.state.value
    if verdict.state is AgentState.STOPPED:
        words = "not running"
    held = f" {age(now - verdict.since)}" if verdict.since and verdict.state is not AgentState.STOPPED else ""
    kind = "scripted model" if snapshot.is_rehearsal else clean(mayor.driver)
    return Row((("MAYOR", "b brand"), ("  ", ""), mark(verdict.light), (f" {words}{held} · {kind}", "soft")), right)


def mayor_of(snapshot: TownSnapshot) -> AgentView | None:
    """The town's mayor."""
    return next((agent for agent in snapshot.agents if agent.role == "mayor"), None)
