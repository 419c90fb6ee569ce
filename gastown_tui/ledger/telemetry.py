"""What agents' hooks report, in a database of its own: frequent, small, and allowed to lose its last second."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.snapshot import RuleUse
from gastown_tui.ledger.connection import connect, create, transaction
from gastown_tui.ledger.telemetry_sql import (
    KEPT_EVENTS_PER_RUN,
    KEPT_RULE_USES,
    LOG,
    REPORT,
    RULE_COUNT,
    RULE_TRIM,
    RULE_USED,
    SCHEMA,
    TRIM,
    TRIM_EVERY,
)


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
        conn.executescript(SCHEMA)
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
        conn.execute(REPORT, (run, agent, state, detail, rule, now, now))
        if event:
            log(conn, run, agent, event, data, now=now)


def log(
    conn: sqlite3.Connection, run: str, agent: str, event: str, data: Mapping[str, object] | None = None, *, now: float
) -> None:
    """Keeps a hook event; only the newest `KEPT_EVENTS_PER_RUN` of a run stay."""
    with transaction(conn):
        cursor = conn.execute(LOG, (now, agent, run, event, json.dumps(data or {}, ensure_ascii=False)))
        if int(cursor.lastrowid or 0) % TRIM_EVERY == 0:
            conn.execute(TRIM, (run, run, KEPT_EVENTS_PER_RUN))


def reports(conn: sqlite3.Connection) -> dict[str, Report]:
    """Run → its newest report."""
    return {row[0]: Report(*row) for row in conn.execute("SELECT run, agent, state, detail, rule, at, since FROM reports")}


def events_of(conn: sqlite3.Connection, run: str, limit: int = 100) -> list[tuple[float, str, dict[str, object]]]:
    """The newest hook events of a run as (time, event, data), oldest first."""
    rows = conn.execute("SELECT at, event, detail FROM hook_events WHERE run = ? ORDER BY id DESC LIMIT ?", (run, limit))
    return [(at, event, json.loads(detail)) for at, event, detail in rows][::-1]


def has_event(conn: sqlite3.Connection, run: str, event: str, text: str) -> bool:
    """Whether a kept event of that kind holds `text` (plain ASCII: the data is JSON)."""
    statement = "SELECT 1 FROM hook_events WHERE run = ? AND event = ? AND instr(detail, ?) LIMIT 1"
    return conn.execute(statement, (run, event, text)).fetchone() is not None


def forget(conn: sqlite3.Connection, run: str) -> None:
    """Drops everything about a run that has been cleaned up."""
    with transaction(conn):
        conn.execute("DELETE FROM reports WHERE run = ?", (run,))
        conn.execute("DELETE FROM hook_events WHERE run = ?", (run,))


def use_rule(conn: sqlite3.Connection, use: RuleUse) -> None:
    """Logs and counts one application; only the newest `KEPT_RULE_USES` stay in the log."""
    with transaction(conn):
        cursor = conn.execute(RULE_USED, (use.at, use.agent, use.run, use.rule, use.verdict, use.what))
        conn.execute(RULE_COUNT, (use.rule, use.at))
        conn.execute(RULE_TRIM, (int(cursor.lastrowid or 0) - KEPT_RULE_USES,))


def rule_uses(conn: sqlite3.Connection, since: float, limit: int) -> list[RuleUse]:
    """The newest applications, newest first."""
    statement = "SELECT at, agent, run, rule, verdict, what FROM rule_uses WHERE at > ? ORDER BY id DESC LIMIT ?"
    return [RuleUse(*row) for row in conn.execute(statement, (since, limit))]


def rule_counts(conn: sqlite3.Connection) -> dict[str, tuple[int, float]]:
    """Rule → (how often, when last)."""
    return {rule: (uses, last) for rule, uses, last in conn.execute("SELECT rule, uses, last_at FROM rule_counts")}
