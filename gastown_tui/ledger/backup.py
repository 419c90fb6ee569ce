"""Copies of the ledger, consistent while others write."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from gastown_tui.ledger.connection import unavailable

KEPT = 24


def back_up(conn: sqlite3.Connection, directory: Path, *, now: float) -> Path:
    """Copies the database into `directory` (made when missing) and drops all but the newest copies; returns the copy.

    Raises:
        LedgerUnavailable: the copy cannot be written.
    """
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = directory / f"ledger-{stamp}.db"
    unfinished = target.with_suffix(".part")
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with closing(sqlite3.connect(unfinished)) as copy:
            conn.backup(copy)
        unfinished.chmod(0o600)
        unfinished.replace(target)
        for old in sorted(directory.glob("ledger-*.db"))[:-KEPT]:
            old.unlink()
    except (OSError, sqlite3.Error) as error:
        raise unavailable(target, error) from error
    return target
