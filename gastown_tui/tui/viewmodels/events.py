"""What happened, one row for each event, and the filter that all lists share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from gastown_tui.core.rows import Event
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, clean
from gastown_tui.tui.viewmodels.common import BLANK, clock, short, title

_SHAPES: tuple[tuple[str, Span], ...] = (
    ("merge.merged", ("✓", "working")),
    ("merge.landed", ("✓", "working")),
    ("bead.closed", ("✓", "working")),
    ("convoy.landed", ("✓", "working")),
    ("bead.created", ("+", "soft")),
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


def shape(kind: str) -> Span:
    """An event's glyph and colour."""
    if kind in _QUIET:
        return "✓", "soft"
    return next((span for prefix, span in _SHAPES if kind.startswith(prefix)), ("·", "soft"))


def said(event: Event) -> str:
    """The event in a few words: what, about whom, and the telling part of its data."""
    what = event.kind.replace(".", " ").replace("_", " ")
    about = [short(event.subject) if "/" in event.subject else clean(event.subject)]
    if event.bead and event.bead != event.subject:
        about.append(clean(event.bead))
    return f"{what}  {' '.join(part for part in about if part)}"


def data_words(event: Event) -> str:
    """The telling part of an event's data, "" when there is none."""
    try:
        data = json.loads(event.data or "{}")
    except ValueError:
        return ""
    if not isinstance(data, dict):
        return ""
    return "  ".join(clean(str(data[name])) for name in _NAMES if isinstance(data.get(name), str | int) and str(data[name]))


def event_row(event: Event, *, with_key: bool = True, narrow: bool = False) -> Row:
    """`14:06 ✓ merge merged  gt-4e9`."""
    more = "" if narrow else data_words(event)
    left: list[Span] = [(f"{clock(event.at)} ", "faint"), shape(event.kind), (f" {said(event)}", "ink")]
    if more:
        left.append((f"  {more}", "soft"))
    right: tuple[Span, ...] = () if narrow else ((short(event.actor), "faint"),)
    return Row(tuple(left), right, key=f"e:{event.seq}" if with_key else "")


def rail_feed(snapshot: TownSnapshot, room: int) -> list[Row]:
    """The newest events, newest first, as many as fit."""
    rows = [title("FEED", "6 all")]
    rows += (
        [event_row(event, narrow=True, with_key=False) for event in reversed(snapshot.events[-max(room - 1, 0) :])]
        if room > 1
        else []
    )
    return rows if len(rows) > 1 else [*rows, Row((("nothing has happened yet", "soft"),))]


def feed_rows(events: Iterable[Event]) -> list[Row]:
    """The feed, newest first."""
    rows = [event_row(event) for event in events]
    rows.reverse()
    return (
        [title("FEED · what happened", "newest first"), *rows]
        if rows
        else [title("FEED · what happened"), BLANK, Row((("nothing has happened yet", "soft"),))]
    )


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
    return kept or [Row(((f"nothing matches {clean(words)}", "soft"), ("  · / then ⏎ shows all again", "faint")))]
