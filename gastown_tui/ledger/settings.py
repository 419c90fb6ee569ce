"""Small named values of the town: wanted state, schema-free switches, cursors."""

from __future__ import annotations

import sqlite3

WANTED = "town.wanted"
"""up | paused | down: what a person asked of the whole town."""
REHEARSAL = "town.rehearsal"
"""Base URL of the scripted model when the town is a rehearsal, else absent."""
TOWN_NAME = "town.name"
HOST = "town.host"


def get(conn: sqlite3.Connection, key: str, default: str = "") -> str:
    """The value, or `default` when it was never set."""
    row = conn.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
    return default if row is None else str(row[0])


def put(conn: sqlite3.Connection, key: str, value: str) -> None:
    """Sets a value inside the caller's transaction."""
    conn.execute(
        "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )
