"""Tokens per run, model and day, and up to where each run's transcripts have been counted.

Both are written in one transaction, so that an answer counts once whatever is killed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from gastown_tui.core.rows import Usage
from gastown_tui.ledger.connection import transaction

_COLUMNS = "run, model, sum(input), sum(output), sum(cache_read), sum(cache_write), sum(calls), sum(cache_hour)"


@dataclass(frozen=True, slots=True)
class CountedPlace:
    """Up to where one transcript of a run has been counted."""

    run: str
    file: str
    offset: int
    inode: int
    mark: str
    counter: str
    """JSON (core.usage.Counter)."""
    parser: str
    """JSON: what the parser must know to go on."""
    skipped: int
    """Records that could not be read."""
    updated_at: float


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The sums of one run, model and day, with what the run was about."""

    run: str
    model: str
    day: str
    """UTC, YYYY-MM-DD."""
    input: int
    output: int
    cache_read: int
    cache_write: int
    calls: int
    cache_hour: int
    agent: str
    bead: str
    rig: str


def day_of(at: float) -> str:
    """The (UTC) day that a moment belongs to."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def add(conn: sqlite3.Connection, usage: Usage, *, day: str) -> None:
    """Adds to the sums of the run, the model and the day."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO usage (run, model, input, output, cache_read, cache_write, calls, cache_hour, day)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, model, day) DO UPDATE SET"
            " input = input + excluded.input, output = output + excluded.output, cache_read = cache_read + excluded.cache_read,"
            " cache_write = cache_write + excluded.cache_write, calls = calls + excluded.calls, cache_hour = cache_hour + excluded.cache_hour",
            (
                usage.run,
                usage.model,
                usage.input,
                usage.output,
                usage.cache_read,
                usage.cache_write,
                usage.calls,
                usage.cache_hour,
                day,
            ),
        )


def put_place(conn: sqlite3.Connection, place: CountedPlace) -> None:
    """Says up to where a file has been counted, in the transaction that counts it."""
    with transaction(conn):
        conn.execute(
            "INSERT OR REPLACE INTO usage_places VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                place.run, place.file, place.offset, place.inode, place.mark, place.counter, place.parser, place.skipped,
                place.updated_at,
            ),
        )  # fmt: skip


def places_of(conn: sqlite3.Connection, run: str) -> dict[str, CountedPlace]:
    """File → up to where it has been counted for this run."""
    return {row[1]: CountedPlace(*row) for row in conn.execute("SELECT * FROM usage_places WHERE run = ?", (run,))}


def newest_place(conn: sqlite3.Connection, file: str) -> CountedPlace | None:
    """How far any run has counted a file: a conversation that goes on is not read again from its beginning."""
    row = conn.execute("SELECT * FROM usage_places WHERE file = ? ORDER BY updated_at DESC LIMIT 1", (file,)).fetchone()
    return CountedPlace(*row) if row else None


def forget_places(conn: sqlite3.Connection, before: float) -> None:
    """Drops the places of runs that ended before that time."""
    with transaction(conn):
        conn.execute("DELETE FROM usage_places WHERE run IN (SELECT id FROM runs WHERE ended_at < ?)", (before,))


def skipped(conn: sqlite3.Connection) -> int:
    """Records of the newer runs' transcripts that could not be read."""
    return int(conn.execute("SELECT coalesce(sum(skipped), 0) FROM usage_places").fetchone()[0])


def rows(conn: sqlite3.Connection, *, since: str = "", run: str = "", bead: str = "") -> list[UsageRow]:
    """Sums per run, model and day, oldest first; `since` is a day, the others narrow when they are not ""."""
    found = conn.execute(
        "SELECT u.run, u.model, u.day, u.input, u.output, u.cache_read, u.cache_write, u.calls, u.cache_hour, coalesce(r.agent, ''),"
        " coalesce(r.bead, ''), coalesce(a.rig, '') FROM usage u LEFT JOIN runs r ON r.id = u.run"
        " LEFT JOIN agents a ON a.address = r.agent WHERE u.day >= ?1 AND (?2 = '' OR u.run = ?2) AND (?3 = '' OR r.bead = ?3)"
        " ORDER BY u.day, u.run, u.model",
        (since, run, bead),
    )
    return [UsageRow(*row) for row in found]


def by_run(conn: sqlite3.Connection, runs: Iterable[str]) -> dict[str, list[Usage]]:
    """Run → its sums per model, over all days."""
    found: dict[str, list[Usage]] = {}
    for run in runs:
        for row in conn.execute(f"SELECT {_COLUMNS} FROM usage WHERE run = ? GROUP BY run, model", (run,)):
            found.setdefault(row[0], []).append(Usage(*row))
    return found


def by_bead(conn: sqlite3.Connection) -> list[tuple[str, Usage]]:
    """(bead, sums of a model over all its runs), for beads that are open or were closed in the last days."""
    found = conn.execute(
        "SELECT r.bead, u.model, sum(u.input), sum(u.output), sum(u.cache_read), sum(u.cache_write), sum(u.calls), sum(u.cache_hour)"
        " FROM beads b"
        " JOIN runs r ON r.bead = b.id JOIN usage u ON u.run = r.id"
        " WHERE b.state <> 'closed' OR b.closed_at > (SELECT max(closed_at) FROM beads) - 172800 GROUP BY r.bead, u.model"
    )
    return [(row[0], Usage("", *row[1:])) for row in found]


def of_day(conn: sqlite3.Connection, now: float) -> list[Usage]:
    """Sums per run and model of the (UTC) day of `now`."""
    return [Usage(*row) for row in conn.execute(f"SELECT {_COLUMNS} FROM usage WHERE day = ? GROUP BY run, model", (day_of(now),))]
