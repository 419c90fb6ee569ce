"""Tokens per run, model and day."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from gastown_tui.core.rows import Usage
from gastown_tui.ledger.connection import transaction

_COLUMNS = "run, model, sum(input), sum(output), sum(cache_read), sum(cache_write), sum(calls)"


def add(conn: sqlite3.Connection, usage: Usage, *, now: float) -> None:
    """Adds to the sums of the run, the model and the (UTC) day of `now`."""
    day = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
    with transaction(conn):
        conn.execute(
            "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, model, day) DO UPDATE SET"
            " input = input + excluded.input, output = output + excluded.output, cache_read = cache_read + excluded.cache_read,"
            " cache_write = cache_write + excluded.cache_write, calls = calls + excluded.calls",
            (usage.run, usage.model, usage.input, usage.output, usage.cache_read, usage.cache_write, usage.calls, day),
        )


def by_run(conn: sqlite3.Connection) -> dict[str, list[Usage]]:
    """Run → its sums per model, over all days."""
    found: dict[str, list[Usage]] = {}
    for row in conn.execute(f"SELECT {_COLUMNS} FROM usage GROUP BY run, model"):
        found.setdefault(row[0], []).append(Usage(*row))
    return found


def of_day(conn: sqlite3.Connection, now: float) -> list[Usage]:
    """Sums per run and model of the (UTC) day of `now`."""
    day = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
    return [Usage(*row) for row in conn.execute(f"SELECT {_COLUMNS} FROM usage WHERE day = ? GROUP BY run, model", (day,))]


def totals(conn: sqlite3.Connection) -> Usage:
    """Everything ever used, as one row."""
    row = conn.execute(
        "SELECT '', '', coalesce(sum(input), 0), coalesce(sum(output), 0), coalesce(sum(cache_read), 0),"
        " coalesce(sum(cache_write), 0), coalesce(sum(calls), 0) FROM usage"
    ).fetchone()
    return Usage(*row)
