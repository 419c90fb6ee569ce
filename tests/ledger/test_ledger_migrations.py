"""Schema steps keep what is there, and SQLite's own checks find nothing wrong with it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gastown_tui.core.rows import Usage
from gastown_tui.ledger import health, migrations, usage
from gastown_tui.ledger.connection import connect, create, transaction


def opened(path: Path) -> sqlite3.Connection:
    create(path)
    return connect(path)


def test_tokens_counted_before_a_step_are_there_after_it(tmp_path: Path) -> None:
    conn = opened(tmp_path / "ledger.db")
    newest = migrations.MIGRATIONS
    try:
        migrations.MIGRATIONS = newest[:1]
        migrations.migrate(conn)
        with transaction(conn):
            conn.execute("INSERT INTO usage VALUES ('r1', 'm', 1, 2, 3, 4, 5, '2026-11-24')")
    finally:
        migrations.MIGRATIONS = newest
    migrations.migrate(conn)
    usage.add(conn, Usage("r1", "m", 10, 20, 30, 40, 50, 7), day="2026-11-24")
    (row,) = conn.execute("SELECT input, output, cache_read, cache_write, calls, cache_hour, day FROM usage").fetchall()
    assert tuple(row) == (11, 22, 33, 44, 55, 7, "2026-11-24")
    assert health.complaints(conn) == []


def test_keys_are_the_first_columns_of_tables_without_rowid(tmp_path: Path) -> None:
    """SQLite 3.40 checks other ones wrongly."""
    conn = opened(tmp_path / "ledger.db")
    migrations.migrate(conn)
    names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%WITHOUT ROWID'")]
    assert "usage" in names
    for name in names:
        columns = conn.execute(f"PRAGMA table_info({name})").fetchall()
        keys = [column[5] for column in columns]
        length = max(keys)
        assert keys[:length] == list(range(1, length + 1)), name
