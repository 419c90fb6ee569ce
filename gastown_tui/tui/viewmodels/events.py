"""What happened, one row for each event, and the filter that all lists share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from gastown_tui.core.rows import Event
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, clean, clean_lines, wrap
from gastown_tui.tui.viewmodels.common import BLANK, age, clock, keys, short, title
from gastown_tui.tui.viewmodels.phrases import PHRASES, STEPS

_SHAPES: tuple[tuple[str, Span], ...] = (
    ("merge.merged", ("✓", "working")),
    ("merge.landed", ("✓", "working")),
    ("bead.closed", ("✓", "working")),
    ("convoy.landed", ("✓", "working")),
    ("convoy.created", ("+", "soft")),
    ("bead.created", ("+", "soft")),
    ("bead.released", ("×", "broken")),
    ("bead.needs_help", ("▲", "needs")),
    ("request.", ("▲", "needs")),
    ("merge.gate_failed", ("×", "broken")),
    ("merge.conflict", ("×", "broken")),
    ("run.failed", ("×", "broken")),
    ("run.lost", ("×", "broken")),
    ("incident.", ("×", "broken")),
    ("merge.", ("⚙", "ink")),
    ("message.", ("»", "soft")),
    ("run.", ("●", "working")),
    ("bead.", ("●", "soft")),
)
_QUIET = ("request.answered", "request.settled", "request.expired")
_NAMES = ("title", "reason", "detail", "to", "state", "target", "kind", "text", "key")
_NAME, _MOST_LINES = 9, 12
"""Columns of a fact's name, and lines of a long one."""


def shape(kind: str) -> Span:
    """An event's glyph and colour."""
    if kind in _QUIET:
        return "✓", "soft"
    return next((span for prefix, span in _SHAPES if kind.startswith(prefix)), ("·", "soft"))


def said(event: Event) -> str:
    """The event in a few words."""
    phrase = PHRASES["merge.again"] if _is_replaced(event) else PHRASES.get(event.kind)
    subject = short(event.subject) if "/" in event.subject else clean(event.subject)
    if phrase is not None:
        words = phrase.format(subject=subject, actor=short(event.actor), bead=clean(event.bead) or "no bead")
        return words.removesuffix(" no bead").removesuffix(" on").removesuffix(" with")
    about = [subject]
    if event.bead and event.bead != event.subject:
        about.append(clean(event.bead))
    return f"{event.kind.replace('.', ' ').replace('_', ' ')} {' '.join(part for part in about if part)}"


def data_words(event: Event) -> str:
    """The telling part of an event's data, "" when there is none."""
    data = _data(event)
    return "  ".join(clean(data[name]) for name in _NAMES if data.get(name) and data[name][:1] not in "[{")


@lru_cache(maxsize=4096)
def event_row(event: Event, *, with_key: bool = True, narrow: bool = False) -> Row:
    """`14:06 ✓ merge merged  gt-4e9`."""
    more = "" if narrow else data_words(event)
    left: list[Span] = [
        (f"{clock(event.at)} ", "faint"),
        shape(event.kind),
        (f" {said(event)}", "ink" if narrow or _is_telling(event) else "soft"),
    ]
    if more:
        left.append((f"  {more}", "soft"))
    right: tuple[Span, ...] = () if narrow else ((short(event.actor), "faint"),)
    return Row(tuple(left), right, key=f"e:{event.seq}" if with_key else "")


def _is_telling(event: Event) -> bool:
    """Steps are told by what they lead to; a bead closed as merged by its merge."""
    if event.kind == "bead.closed":
        return '"merged"' not in event.data
    return event.kind not in STEPS and not _is_replaced(event)


def _is_replaced(event: Event) -> bool:
    """A merge that ended because its bead was handed in once more (services/done.py), not because a person sent it back."""
    return event.kind == "merge.rejected" and '"handed in anew"' in event.data


def rail_feed(snapshot: TownSnapshot, room: int) -> list[Row]:
    """The newest events, newest first, as many as fit."""
    rows = [title("FEED", f"{key_of('screen.feed')} all")]
    telling = [event for event in snapshot.events if _is_telling(event)]
    rows += [event_row(event, narrow=True, with_key=False) for event in reversed(telling[-max(room - 1, 1) :])] if room > 1 else []
    return rows if len(rows) > 1 else [*rows, Row((("nothing has happened yet", "soft"),))]


_MEANWHILE = (
    ("merge.merged", "landed"),
    ("request.opened", "asked"),
    ("merge.awaiting_approval", "waiting for you"),
    ("merge.gate_failed", "with red gates"),
    ("bead.needs_help", "in need of help"),
    ("run.lost", "lost"),
)


def meanwhile(happened: Sequence[Event], seen: int) -> str:
    """What came after the event `seen`, in a few words; "" when nothing did or nothing was seen before."""
    fresh = [event.kind for event in happened if event.seq > seen > 0]
    parts = [f"{fresh.count(kind)} {words}" for kind, words in _MEANWHILE if kind in fresh]
    return f"since you left: {', '.join(parts)}" if parts else ""


def feed_rows(events: Iterable[Event]) -> list[Row]:
    """The feed, newest first."""
    return [event_row(event) for event in reversed(list(events))]


def event_detail(event: Event, snapshot: TownSnapshot, now: float, width: int) -> list[Row]:
    """One event with everything that was written down of it."""
    bead = next((bead for bead in snapshot.beads if bead.id == event.bead), None)
    rows = [
        Row((shape(event.kind), (f" {said(event)}", "b ink")), ((f"{age(now - event.at)} ago", "soft"),)),
        Row(((clean(event.kind), "soft"),), ((f"event {event.seq}", "faint"),)),
        BLANK,
    ]
    facts = [
        ("at", datetime.fromtimestamp(event.at, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        ("by", event.actor),
        ("about", event.subject),
        ("bead", f"{event.bead} {bead.title if bead else ''}".strip()),
        ("rig", event.rig),
        ("run", event.run),
    ]
    facts += [(name, text) for name, text in _data(event).items() if name not in ("bead", "rig", "run")]
    for name, text in facts:
        parts = [part for line in clean_lines(text) for part in wrap(line, max(width - _NAME, 10))][:_MOST_LINES] if text else []
        for index, part in enumerate(parts):
            rows.append(Row(((f"{clean(name)[: _NAME - 1]:<{_NAME}}" if not index else " " * _NAME, "soft"), (part, "ink"))))
    offered = [("feed.open", "open")] if event.bead or any(one.address == event.subject for one in snapshot.agents) else []
    return [*rows, BLANK, Row(keys(*offered))] if offered else rows


def _data(event: Event) -> dict[str, str]:
    """An event's own data as words, nothing when it cannot be read."""
    try:
        data = json.loads(event.data or "{}")
    except ValueError:
        return {}
    if not isinstance(data, dict):
        return {}
    return {str(name): value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in data.items()}


def filtered(rows: Sequence[Row], words: str) -> list[Row]:
    """Rows that hold all words (`!word` must not occur); headings stay where something follows them."""
    if not words.strip():
        return list(rows)
    wanted = words.lower().split()

    def holds(row: Row) -> bool:
        text = row.plain().lower()
        return all((word[1:] not in text) if word.startswith("!") and len(word) > 1 else (word in text) for word in wanted)

    kept: list[Row] = []
    heading: list[Row] = []
    for row in rows:
        if not row.key:
            heading = [row] if row.left else heading
        elif holds(row):
            kept += [*([BLANK] if heading and kept else []), *heading, row]
            heading = []
    return kept or [Row(((f"nothing matches {clean(words)}", "soft"), (f"  · {key_of('app.back')} shows all again", "faint")))]
