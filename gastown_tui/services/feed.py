"""What happened, as a stream of events with a cursor."""

from __future__ import annotations

import time
from collections.abc import Iterator

from gastown_tui.core.rows import Event
from gastown_tui.ledger import events
from gastown_tui.ledger.connection import data_version
from gastown_tui.services.context import TownContext

POLL = 0.25
"""Seconds between two looks at the ledger's change counter (5 µs each)."""


def read(ctx: TownContext, after: int, limit: int = 1000) -> list[Event]:
    """Events newer than the cursor (`Event.seq`), oldest first."""
    return events.after(ctx.ledger, after, limit)


def newest(ctx: TownContext, limit: int = 50) -> list[Event]:
    """The newest events, oldest first."""
    return events.newest(ctx.ledger, limit)


def follow(ctx: TownContext, after: int) -> Iterator[Event]:
    """Events as they come, for ever."""
    cursor, version = after, -1
    while True:
        now = data_version(ctx.ledger)
        if now == version:
            time.sleep(POLL)
            continue
        version = now
        for event in events.after(ctx.ledger, cursor):
            cursor = event.seq
            yield event
