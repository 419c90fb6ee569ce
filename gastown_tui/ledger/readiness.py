"""What the readiness rules need: every bead that is not closed, and what those depend on."""

from __future__ import annotations

import sqlite3

from gastown_tui.core.readiness import explain_all
from gastown_tui.core.rows import Bead, Dependency
from gastown_tui.core.states import BeadState
from gastown_tui.ledger import rigs
from gastown_tui.ledger.beads import BEADS
from gastown_tui.ledger.deps import DEPS

_OPEN = "SELECT id FROM beads WHERE state <> 'closed'"


def load(conn: sqlite3.Connection) -> tuple[list[Bead], list[Dependency]]:
    """Open beads with their closed targets and those targets' children, and the edges among them."""
    needed = (
        f"state <> 'closed' OR id IN (SELECT target FROM deps WHERE bead IN ({_OPEN})) OR id IN (SELECT bead FROM deps"
        f" WHERE kind = 'parent-child' AND target IN (SELECT target FROM deps WHERE kind = 'waits-for' AND bead IN ({_OPEN})))"
    )
    edges = (
        f"bead IN ({_OPEN}) OR (kind = 'parent-child' AND target IN"
        f" (SELECT target FROM deps WHERE kind = 'waits-for' AND bead IN ({_OPEN})))"
    )
    return BEADS.all(conn, needed), DEPS.all(conn, edges)


def reasons(conn: sqlite3.Connection, now: float) -> tuple[list[Bead], dict[str, str]]:
    """Open beads by priority and age, and why each of them that is not ready is not."""
    found, edges = load(conn)
    parked = frozenset(rig.name for rig in rigs.every(conn) if rig.state != "active")
    explained = explain_all(found, edges, now, parked)
    open_beads = [bead for bead in found if bead.state is not BeadState.CLOSED]
    open_beads.sort(key=lambda bead: (bead.priority, bead.created_at, bead.id))
    return open_beads, explained


def ready(conn: sqlite3.Connection, now: float, rig: str = "") -> list[Bead]:
    """Beads that could be begun now, most urgent and oldest first."""
    open_beads, explained = reasons(conn, now)
    return [bead for bead in open_beads if bead.id not in explained and rig in ("", bead.rig)]
