"""The journal: an act on the world is committed here before it is done, and settled after it was proven."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from gastown_tui.core.errors import Conflict
from gastown_tui.core.rows import Intent
from gastown_tui.core.states import IntentState
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

INTENTS = Table("intents", Intent, {"state": IntentState})


def begin(conn: sqlite3.Connection, kind: str, key: str, intended: Mapping[str, object], *, expected: str = "", now: float) -> int:
    """Commits what is about to be done and returns its number; raises Conflict while the same key is open.

    Args:
        key: names the thing acted on, so that one thing is acted on once at a time.
        expected: the old value that the act replaces (for compare-and-swap acts).
        intended: what a probe needs in order to tell after a crash whether it happened.
    """
    with transaction(conn):
        try:
            cursor = conn.execute(
                "INSERT INTO intents (kind, key, expected, intended, state, result, created_at, settled_at)"
                " VALUES (?, ?, ?, ?, 'open', '', ?, NULL)",
                (kind, key, expected, json.dumps(intended, ensure_ascii=False), now),
            )
        except sqlite3.IntegrityError as error:
            raise Conflict(f"{key} is being acted on already") from error
        return int(cursor.lastrowid or 0)


def settle(conn: sqlite3.Connection, intent: int, state: IntentState, result: str = "", *, now: float) -> None:
    """Closes an open intent as done or abandoned; a second call changes nothing."""
    with transaction(conn):
        statement = "UPDATE intents SET state = ?, result = ?, settled_at = ? WHERE id = ? AND state = 'open'"
        conn.execute(statement, (state, result, now, intent))


def settle_key(conn: sqlite3.Connection, key: str, state: IntentState, result: str, *, now: float) -> None:
    """Closes the open intent of a key, if there is one."""
    for left in INTENTS.all(conn, "key = ? AND state = 'open'", key):
        settle(conn, left.id, state, result, now=now)


def open_ones(conn: sqlite3.Connection) -> list[Intent]:
    """Intents that recovery has to ask about, oldest first."""
    return INTENTS.all(conn, "state = 'open' ORDER BY id")


def forget_before(conn: sqlite3.Connection, moment: float) -> int:
    """Deletes settled intents older than `moment`; returns how many."""
    with transaction(conn):
        return conn.execute("DELETE FROM intents WHERE state <> 'open' AND settled_at < ?", (moment,)).rowcount
