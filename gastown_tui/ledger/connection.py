"""Connections to our SQLite databases, and transactions that nest.

One connection per thread. Writes are short and never span a subprocess. `ledger.db` is WAL with synchronous=FULL,
because a lost transaction would be lost work; telemetry may lose its last second and uses NORMAL.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gastown_tui.core.errors import LedgerUnavailable

Connection = sqlite3.Connection
"""What other rooms name, so that only this one knows the library."""
DatabaseError = sqlite3.Error
"""What reading may raise on a broken disk; writing raises LedgerUnavailable (`transaction`)."""
BUSY_TIMEOUT_MS = 10_000
"""Longest wait for another writer. Measured worst wait with 8 processes racing for 400 claims: 55 ms."""


def connect(path: Path, *, synchronous: str = "FULL", read_only: bool = False) -> sqlite3.Connection:
    """Opens a database that exists; create one with `create`.

    Raises:
        LedgerUnavailable: when it is missing, unreadable or not a database.
    """
    if not path.exists():
        raise LedgerUnavailable(f"no ledger at {path}", hint="is this a town? make one with: gt init")
    try:
        conn = sqlite3.connect(f"{path.as_uri()}?mode={'ro' if read_only else 'rw'}", uri=True, timeout=BUSY_TIMEOUT_MS / 1000)
        conn.isolation_level = None
        conn.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        conn.execute("PRAGMA foreign_keys=ON")
        if not read_only:
            conn.execute(f"PRAGMA synchronous={synchronous}")
    except sqlite3.Error as error:
        raise unavailable(path, error) from error
    return conn


def create(path: Path) -> None:
    """Makes an empty WAL database readable by its owner alone. An existing one is left as it is."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        conn = sqlite3.connect(path)
        try:
            conn.execute("PRAGMA journal_mode=WAL")
        finally:
            conn.close()
    except (sqlite3.Error, OSError) as error:
        raise unavailable(path, error) from error


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing: BEGIN IMMEDIATE outside, a savepoint inside another transaction.

    Raises:
        LedgerUnavailable: locked for longer than the busy time-out, read-only, or the disk is full.
    """
    nested = conn.in_transaction
    try:
        conn.execute("SAVEPOINT nested" if nested else "BEGIN IMMEDIATE")
        try:
            yield conn
        except BaseException:
            if conn.in_transaction:  # SQLite itself rolls back on a full disk
                conn.execute("ROLLBACK TO nested" if nested else "ROLLBACK")
                if nested:
                    conn.execute("RELEASE nested")
            raise
        conn.execute("RELEASE nested" if nested else "COMMIT")
    except sqlite3.OperationalError as error:
        if not nested and conn.in_transaction:
            conn.execute("ROLLBACK")
        raise unavailable(None, error) from error


def data_version(conn: sqlite3.Connection) -> int:
    """Changes whenever *another* connection commits; costs about 5 µs, so it can be polled."""
    value: int = conn.execute("PRAGMA data_version").fetchone()[0]
    return value


def unavailable(path: Path | None, error: Exception) -> LedgerUnavailable:
    """Our error for a SQLite or OS error, with the next step for the usual causes."""
    text = str(error)
    hints = {
        "locked": "another process holds it; try again",
        "readonly": "check the permissions of the town's .gastown directory",
        "full": "free some space; nothing was changed",
        "not a database": "restore the newest file of .gastown/backups",
        "malformed": "restore the newest file of .gastown/backups",
    }
    hint = next((advice for word, advice in hints.items() if word in text), "")
    return LedgerUnavailable(f"the ledger {path or ''} cannot be used: {text}".replace("  ", " "), hint=hint)
