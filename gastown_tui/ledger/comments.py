"""Comments on beads, oldest first."""

from __future__ import annotations

import sqlite3

from gastown_tui.core.errors import UsageError
from gastown_tui.core.rows import Comment
from gastown_tui.ledger import beads, events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

COMMENTS = Table("comments", Comment)


def add(conn: sqlite3.Connection, bead: str, text: str, *, author: str, now: float) -> int:
    """Adds a comment and returns its number."""
    if not text.strip() or len(text) > beads.TEXT_LIMIT:
        raise UsageError(f"a comment has 1 to {beads.TEXT_LIMIT} characters")
    with transaction(conn):
        owner = beads.get(conn, bead)
        cursor = conn.execute(
            "INSERT INTO comments (bead, author, text, created_at) VALUES (?, ?, ?, ?)", (bead, author, text, now)
        )
        events.record(conn, now=now, kind="bead.commented", actor=author, subject=bead, rig=owner.rig, bead=bead)
        assert cursor.lastrowid is not None
        return cursor.lastrowid


def restore(conn: sqlite3.Connection, comment: Comment) -> None:
    """Writes a comment as an import has it, inside the caller's transaction; its number is given anew."""
    values = (comment.bead, comment.author, comment.text, comment.created_at)
    conn.execute("INSERT INTO comments (bead, author, text, created_at) VALUES (?, ?, ?, ?)", values)


def of_bead(conn: sqlite3.Connection, bead: str) -> list[Comment]:
    return COMMENTS.all(conn, "bead = ? ORDER BY id", bead)
