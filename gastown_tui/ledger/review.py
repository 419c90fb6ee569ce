"""Remarks on lines of a diff, under the bead whose work it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from gastown_tui.core.errors import Conflict, NotFound
from gastown_tui.core.rows import ReviewComment
from gastown_tui.core.states import ReviewState
from gastown_tui.ledger import beads, events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

COMMENTS = Table("review_comments", ReviewComment, {"state": ReviewState})


def add(
    conn: sqlite3.Connection,
    bead: str,
    *,
    merge: int,
    path: str,
    line: int,
    side: str,
    quoted: str,
    body: str,
    actor: str,
    now: float,
) -> ReviewComment:
    """Files a draft."""
    with transaction(conn):
        cursor = conn.execute(
            "INSERT INTO review_comments (bead, merge, path, line, side, quoted, body, author, state, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'draft', ?)",
            (bead, merge, path, line, side, quoted, body, actor, now),
        )
        found = get(conn, cursor.lastrowid or 0)
        _tell(conn, found, "review.drafted", actor, now)
        return found


def get(conn: sqlite3.Connection, comment: int) -> ReviewComment:
    """The remark, or NotFound."""
    found = COMMENTS.one(conn, "id = ?", comment)
    if found is None:
        raise NotFound.of("comment", str(comment))
    return found


def of_bead(conn: sqlite3.Connection, bead: str) -> list[ReviewComment]:
    """All remarks on a bead's work, oldest first."""
    return COMMENTS.all(conn, "bead = ? ORDER BY id", bead)


def drop(conn: sqlite3.Connection, comment: int, *, actor: str, now: float) -> None:
    """Forgets a draft; what was sent stays on record and can only be resolved."""
    with transaction(conn):
        found = get(conn, comment)
        if found.state is not ReviewState.DRAFT:
            raise Conflict(f"comment {comment} was sent already", hint=f"resolve it: gt review resolve {comment}")
        conn.execute("DELETE FROM review_comments WHERE id = ?", (comment,))
        _tell(conn, found, "review.dropped", actor, now)


def move(conn: sqlite3.Connection, comments: Sequence[int], state: ReviewState, *, actor: str, now: float) -> None:
    """Marks remarks as sent or resolved."""
    with transaction(conn):
        for comment in comments:
            found = get(conn, comment)
            conn.execute("UPDATE review_comments SET state = ? WHERE id = ?", (state, comment))
            _tell(conn, found, f"review.{state.value}", actor, now)


def _tell(conn: sqlite3.Connection, comment: ReviewComment, kind: str, actor: str, now: float) -> None:
    rig = beads.get(conn, comment.bead).rig
    data = {"comment": comment.id, "path": comment.path, "line": comment.line}
    events.record(conn, now=now, kind=kind, actor=actor, subject=comment.bead, rig=rig, bead=comment.bead, data=data)
