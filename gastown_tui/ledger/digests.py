"""What each run's transcript says now: context fill, last words, state. Kept in the telemetry: it may be lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import astuple

from gastown_tui.core.snapshot import Digest
from gastown_tui.ledger.connection import transaction

_SCHEMA = """
CREATE TABLE IF NOT EXISTS digests (
  run TEXT PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, context INTEGER NOT NULL, window INTEGER NOT NULL,
  context_at REAL NOT NULL, said TEXT NOT NULL, said_at REAL NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL,
  rule TEXT NOT NULL, state_at REAL NOT NULL, skipped INTEGER NOT NULL) STRICT, WITHOUT ROWID
"""


def prepare(conn: sqlite3.Connection) -> None:
    """Makes the table in a telemetry of an older version."""
    with transaction(conn):
        conn.execute(_SCHEMA)


def put(conn: sqlite3.Connection, digests: Iterable[Digest]) -> None:
    """Replaces the digests of these runs, all in one transaction."""
    with transaction(conn):
        conn.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", map(astuple, digests))


def every(conn: sqlite3.Connection) -> dict[str, Digest]:
    """Run → its digest; empty in a telemetry that no supervisor of this version has prepared."""
    if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'digests'").fetchone():
        return {}
    return {row[0]: Digest(*row) for row in conn.execute("SELECT * FROM digests")}


def forget_but(conn: sqlite3.Connection, runs: Iterable[str]) -> None:
    """Drops the digests of all other runs."""
    kept = list(runs)
    with transaction(conn):
        marks = ", ".join("?" * len(kept))
        conn.execute(f"DELETE FROM digests WHERE run NOT IN ({marks})", kept)
