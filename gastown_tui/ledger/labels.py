"""Labels of beads: a set of words each."""

from __future__ import annotations

import sqlite3

from gastown_tui.core.errors import NotFound, UsageError
from gastown_tui.ledger import beads, events
from gastown_tui.ledger.connection import transaction


def add(conn: sqlite3.Connection, bead: str, label: str, *, actor: str, now: float) -> None:
    """Adds a label; adding it again changes nothing."""
    if not label.strip() or len(label) > 200:
        raise UsageError("a label has 1 to 200 characters")
    with transaction(conn):
        owner = beads.get(conn, bead)
        if conn.execute("INSERT OR IGNORE INTO labels VALUES (?, ?)", (bead, label)).rowcount:
            data = {"label": label}
            events.record(conn, now=now, kind="label.added", actor=actor, subject=bead, rig=owner.rig, bead=bead, data=data)


def restore(conn: sqlite3.Connection, bead: str, label: str) -> None:
    """Writes a label as an import has it, inside the caller's transaction."""
    conn.execute("INSERT OR IGNORE INTO labels VALUES (?, ?)", (bead, label))


def remove(conn: sqlite3.Connection, bead: str, label: str, *, actor: str, now: float) -> None:
    """Removes a label, or raises NotFound."""
    with transaction(conn):
        owner = beads.get(conn, bead)
        if not conn.execute("DELETE FROM labels WHERE bead = ? AND label = ?", (bead, label)).rowcount:
            raise NotFound(f"{bead} has no label {label!r}")
        data = {"label": label}
        events.record(conn, now=now, kind="label.removed", actor=actor, subject=bead, rig=owner.rig, bead=bead, data=data)


def of_bead(conn: sqlite3.Connection, bead: str) -> list[str]:
    """Sorted labels of one bead."""
    return [row[0] for row in conn.execute("SELECT label FROM labels WHERE bead = ? ORDER BY label", (bead,))]


def every(conn: sqlite3.Connection) -> dict[str, list[str]]:
    """Bead → sorted labels."""
    found: dict[str, list[str]] = {}
    for bead, label in conn.execute("SELECT bead, label FROM labels ORDER BY bead, label"):
        found.setdefault(bead, []).append(label)
    return found
