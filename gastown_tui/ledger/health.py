"""Whether the ledger's file is whole."""

from __future__ import annotations

import sqlite3


def complaints(conn: sqlite3.Connection) -> list[str]:
    """What SQLite finds wrong with the file and its references, one line each; empty when it is whole."""
    found = [str(row[0]) for row in conn.execute("PRAGMA quick_check(10)") if row[0] != "ok"]
    found += [
        f"row {row[1]} of {row[0]} refers to nothing in {row[2]}" for row in conn.execute("PRAGMA foreign_key_check").fetchmany(10)
    ]
    return found
