"""Reading another program's SQLite database: read-only, never waited for, never written."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_WAIT = 0.2
"""Seconds: its owner comes first."""


def read(path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    """The rows of one query; none when the database is missing, busy, or has another shape."""
    if not path.exists():
        return []
    try:
        conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT)
    except sqlite3.Error:
        return []
    try:
        conn.execute("PRAGMA query_only=ON")
        return [tuple(row) for row in conn.execute(query, values)]
    except sqlite3.Error:
        return []
    finally:
        conn.close()
