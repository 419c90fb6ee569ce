"""What agents' hooks report, in a database of its own: frequent, small, and allowed to lose its last second."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.ledger.connection import connect, create, transaction

_SCHEMA = """
CREATE TABLE IF NOT EXISTS hook_events (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, agent TEXT NOT NULL, run TEXT NOT NULL, event TEXT NOT NULL,
  detail TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS hook_events_by_run ON hook_events (run);
CREATE TABLE IF NOT EXISTS reports (
  run TEXT PRIMARY KEY, agent TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL, rule TEXT NOT NULL,
  at REAL NOT NULL, since REAL NOT NULL) STRICT, WITHOUT ROWID;
"""
KEPT_EVENTS_PER_RUN = 500


@dataclass(frozen=True, slots=True)
class Report:
    """The newest claim of a run's hooks (or of an agent of ours) about its own state."""

    run: str
    agent: str
    state: str
    detail: str
    rule: str
    at: float
    since: float


def prepare(path: Path) -> None:
    """Makes the telemetry database; an existing one is left as it is."""
    create(path)
    conn = connect(path, synchronous="NORMAL")
    try:
        conn.executescript(_SCHEMA)
    finally:
        conn.close()


def open_telemetry(path: Path) -> sqlite3.Connection:
    """A connection for one thread."""
    return connect(path, synchronous="NORMAL")


def report(
    conn: sqlite3.Connection, run: str, agent: str, state: str, detail: str, rule: str, *, now: float, event: str = "",
    data: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """States the run's present state; `since` is kept while the state stays the same. `event` is logged when not ""."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO reports VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run) DO UPDATE SET agent = excluded.agent,"
            " since = CASE WHEN state = excluded.state THEN since ELSE excluded.since END,"
            " state = excluded.state, detail = excluded.detail, rule = excluded.rule, at = excluded.at",
            (run, agent, state, detail, rule, now, now),
        )
        if event:
            log(conn, run, agent, event, data, now=now)


def log(
    conn: sqlite3.Connection, run: str, agent: str, event: str, data: Mapping[str, object] | None = None, *, now: float
) -> None:
    """Keeps a hook event; only the newest `KEPT_EVENTS_PER_RUN` of a run stay."""
    with transaction(conn):
        values = (now, agent, run, event, json.dumps(data or {}, ensure_ascii=False))
        cursor = conn.execute("INSERT INTO hook_events (at, agent, run, event, detail) VALUES (?, ?, ?, ?, ?)", values)
        if int(cursor.lastrowid or 0) % 100 == 0:
            statement = (
                "DELETE FROM hook_events WHERE run = ? AND id <= (SELECT id FROM hook_events WHERE run = ?"
                " ORDER BY id DESC LIMIT 1 OFFSET ?)"
            )
            conn.execute(statement, (run, run, KEPT_EVENTS_PER_RUN))


def reports(conn: sqlite3.Connection) -> dict[str, Report]:
    """Run → its newest report."""
    return {row[0]: Report(*row) for row in conn.execute("SELECT run, agent, state, detail, rule, at, since FROM reports")}


def events_of(conn: sqlite3.Connection, run: str, limit: int = 100) -> list[tuple[float, str, dict[str, object]]]:
    """The newest hook events of a run as (time, event, data), oldest first."""
    rows = conn.execute("SELECT at, event, detail FROM hook_events WHERE run = ? ORDER BY id DESC LIMIT ?", (run, limit))
    return [(at, event, json.loads(detail)) for at, event, detail in rows][::-1]


def forget(conn: sqlite3.Connection, run: str) -> None:
    """Drops everything about a run that has been cleaned up."""
    with transaction(conn):
        conn.execute("DELETE FROM reports WHERE run = ?", (run,))
        conn.execute("DELETE FROM hook_events WHERE run = ?", (run,))
