"""Notes: text that the next run, or the same agent later, shall read (handoff, fix, memory)."""

from __future__ import annotations

import sqlite3

from gastown_tui.core.rows import Note
from gastown_tui.ledger import events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

NOTES = Table("notes", Note)


def add(conn: sqlite3.Connection, scope: str, kind: str, text: str, *, author: str, bead: str = "", now: float) -> int:
    """Keeps a note under `scope` (a bead, an address or a rig) and returns its number."""
    with transaction(conn):
        statement = "INSERT INTO notes (scope, kind, text, author, created_at) VALUES (?, ?, ?, ?, ?)"
        cursor = conn.execute(statement, (scope, kind, text, author, now))
        events.record(conn, now=now, kind="note.added", actor=author, subject=scope, bead=bead, data={"kind": kind})
        assert cursor.lastrowid is not None
        return cursor.lastrowid


def of_scope(conn: sqlite3.Connection, scope: str, kind: str = "", limit: int = 20) -> list[Note]:
    """The newest notes of a scope, newest first; of every kind when `kind` is ""."""
    return NOTES.all(conn, "scope = ? AND (? = '' OR kind = ?) ORDER BY id DESC LIMIT ?", scope, kind, kind, limit)
