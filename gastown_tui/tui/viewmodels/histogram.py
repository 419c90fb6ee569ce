"""How much happened when: a row of bars over the time that a list of events covers."""

from __future__ import annotations

from collections.abc import Sequence

from gastown_tui.core.rows import Event
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span
from gastown_tui.tui.viewmodels.common import age, clock
from gastown_tui.tui.viewmodels.events import shape

LEVELS = "▁▂▃▅▆▇█"
LEAST_SECONDS = 5.0
"""A bar never stands for less time: a single burst would fill the row."""


def bars(events: Sequence[Event], now: float, width: int) -> tuple[float, list[list[Event]]]:
    """Seconds of a bar, and the events of each bar, the oldest first; the last bar ends now."""
    oldest = min((event.at for event in events), default=now)
    seconds = max((now - oldest) / max(width, 1), LEAST_SECONDS)
    found: list[list[Event]] = [[] for _ in range(max(width, 1))]
    for event in events:
        back = int(max(now - event.at, 0.0) / seconds)
        found[max(len(found) - 1 - back, 0)].append(event)
    return seconds, found


def histogram_rows(events: Sequence[Event], selected: Event | None, now: float, width: int) -> list[Row]:
    """Two rows: a bar for each span of time, one with a failure in its colour and that of the selected event marked, and
    the times at both ends. Nothing for no events."""
    if not events:
        return []
    seconds, found = bars(events, now, width)
    most = max(len(bar) for bar in found)
    top = max(most, len(LEVELS) // 2)
    spans: list[Span] = []
    for bar in found:
        glyph = LEVELS[max(round(len(bar) / top * len(LEVELS)) - 1, 0)] if bar else " "
        is_bad = any(shape(event.kind)[1] == "broken" for event in bar)
        is_here = selected is not None and any(event.seq == selected.seq for event in bar)
        spans.append((glyph, "focus" if is_here else "broken" if is_bad else "brand"))
    start = now - seconds * len(found)
    return [
        Row(_joined(spans)),
        Row(((clock(start), "faint"), (f"  each bar {age(seconds)}, at most {most}", "faint")), ((clock(now), "faint"),)),
    ]


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Neighbours of one style as one span."""
    out: list[Span] = []
    for text, style in spans:
        if out and out[-1][1] == style:
            out[-1] = (out[-1][0] + text, style)
        else:
            out.append((text, style))
    return tuple(out)
