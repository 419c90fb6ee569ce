"""The append-only event log: what happened, written in the transaction of the change it tells of."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from gastown_tui.core.rows import Event
from gastown_tui.ledger.mapping import Table

EVENTS = Table("events", Event)


def record(
    conn: sqlite3.Connection,
    *,
    now: float,
    kind: str,
    actor: str,
    subject: str,
    rig: str = "",
    bead: str = "",
    run: str = "",
    data: Mapping[str, object] | None = None,
) -> int:
    """Appends one event inside the caller's transaction and returns its sequence number."""
    if not conn.in_transaction:
        raise RuntimeError("an event is written in the transaction of its change")
    cursor = conn.execute(
        "INSERT INTO events (at, kind, actor, subject, rig, bead, run, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (now, kind, actor, subject, rig, bead, run, json.dumps(data or {}, ensure_ascii=False)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def after(conn: sqlite3.Connection, seq: int, limit: int = 1000) -> list[Event]:
    """Events newer than the cursor `seq`, oldest first."""
    return EVENTS.all(conn, "seq > ? ORDER BY seq LIMIT ?", seq, limit)


def newest(conn: sqlite3.Connection, limit: int = 50) -> list[Event]:
    """The newest events, oldest first."""
    return EVENTS.all(conn, "1 ORDER BY seq DESC LIMIT ?", limit)[::-1]


def of_bead(conn: sqlite3.Connection, bead: str) -> list[Event]:
    """Everything that happened to a bead, oldest first."""
    return EVENTS.all(conn, "bead = ? ORDER BY seq", bead)


def of_subject(conn: sqlite3.Connection, subject: str, limit: int = 50) -> list[Event]:
    """The newest events of one agent, merge, convoy …, oldest first."""
    return EVENTS.all(conn, "subject = ? ORDER BY seq DESC LIMIT ?", subject, limit)[::-1]


def of_message(conn: sqlite3.Connection, message: str, receiver: str) -> list[Event]:
    """What happened to one message on its way to one receiver, oldest first."""
    where = "subject = ? AND kind LIKE 'message.%' AND json_extract(data, '$.message') = ? ORDER BY seq"
    return EVENTS.all(conn, where, receiver, message)
