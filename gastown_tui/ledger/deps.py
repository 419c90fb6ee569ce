"""Dependencies between beads: any kind is kept, only some block (core.readiness)."""

from __future__ import annotations

import sqlite3

from gastown_tui.core.errors import Conflict, NotFound, UsageError
from gastown_tui.core.readiness import BLOCKING_KINDS, find_cycle
from gastown_tui.core.rows import Dependency
from gastown_tui.ledger import beads, events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

DEPS = Table("deps", Dependency)
KIND_LIMIT = 50
"""Characters of a kind, as beads has it; unknown kinds are kept."""


def add(
    conn: sqlite3.Connection, bead: str, target: str, kind: str = "blocks", *, actor: str, now: float, metadata: str = "{}"
) -> None:
    """`bead` needs `target`. Adding the same edge again changes nothing.

    Raises:
        NotFound: one of the beads is not in this ledger.
        Conflict: a cycle among blocking edges; the message names its beads.
    """
    if not 0 < len(kind) <= KIND_LIMIT:
        raise UsageError(f"a kind of dependency has 1 to {KIND_LIMIT} characters", hint="for example: blocks")
    if bead == target:
        raise UsageError(f"{bead} cannot depend on itself")
    with transaction(conn):
        owner = beads.get(conn, bead)
        beads.get(conn, target)
        if conn.execute("SELECT 1 FROM deps WHERE bead = ? AND target = ? AND kind = ?", (bead, target, kind)).fetchone():
            return
        if kind in BLOCKING_KINDS:
            cycle = find_cycle(blocking_edges(conn), bead, target)
            if cycle:
                raise Conflict(f"that makes a circle: {' → '.join(cycle)}", hint="remove one of these edges first")
        DEPS.insert(conn, Dependency(bead, target, kind, actor, now, metadata))
        data = {"target": target, "kind": kind}
        events.record(conn, now=now, kind="dep.added", actor=actor, subject=bead, rig=owner.rig, bead=bead, data=data)


def restore(conn: sqlite3.Connection, dep: Dependency) -> None:
    """Writes an edge as an import has it, inside the caller's transaction: its target may be missing, it may close a
    circle. Both are explained by readiness, and neither may be lost."""
    conn.execute(
        "INSERT OR IGNORE INTO deps (bead, target, kind, created_by, created_at, metadata) VALUES (?, ?, ?, ?, ?, ?)",
        (dep.bead, dep.target, dep.kind, dep.created_by, dep.created_at, dep.metadata),
    )


def remove(conn: sqlite3.Connection, bead: str, target: str, kind: str = "", *, actor: str, now: float) -> None:
    """Removes the edge of that kind, or of every kind when `kind` is ""."""
    with transaction(conn):
        owner = beads.get(conn, bead)
        where = "DELETE FROM deps WHERE bead = ? AND target = ? AND (? = '' OR kind = ?)"
        if not conn.execute(where, (bead, target, kind, kind)).rowcount:
            raise NotFound(f"{bead} has no such dependency on {target}")
        data = {"target": target, "kind": kind}
        events.record(conn, now=now, kind="dep.removed", actor=actor, subject=bead, rig=owner.rig, bead=bead, data=data)


def of_bead(conn: sqlite3.Connection, bead: str) -> list[Dependency]:
    """What the bead needs."""
    return DEPS.all(conn, "bead = ? ORDER BY created_at, target", bead)


def dependants(conn: sqlite3.Connection, bead: str) -> list[Dependency]:
    """Who needs the bead."""
    return DEPS.all(conn, "target = ? ORDER BY created_at, bead", bead)


def every(conn: sqlite3.Connection) -> list[Dependency]:
    """All edges."""
    return DEPS.all(conn)


def blocking_edges(conn: sqlite3.Connection) -> dict[str, list[str]]:
    """Bead → targets over the edges that may not form a circle."""
    edges: dict[str, list[str]] = {}
    for bead, target, kind in conn.execute("SELECT bead, target, kind FROM deps"):
        if kind in BLOCKING_KINDS:
            edges.setdefault(bead, []).append(target)
    return edges
