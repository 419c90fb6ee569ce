"""Incidents: what went wrong, one open row per (kind, subject)."""

from __future__ import annotations

import sqlite3

from gastown_tui.core.errors import NotFound
from gastown_tui.core.rows import Incident
from gastown_tui.core.states import IncidentState
from gastown_tui.ledger import events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

INCIDENTS = Table("incidents", Incident, {"state": IncidentState})


def raise_one(
    conn: sqlite3.Connection,
    kind: str,
    subject: str,
    detail: str,
    *,
    severity: str = "medium",
    bead: str = "",
    actor: str,
    now: float,
) -> Incident:
    """Opens an incident, or counts it once more when it is open already (then without a new event)."""
    with transaction(conn):
        known = INCIDENTS.one(conn, "kind = ? AND subject = ? AND state <> 'resolved'", kind, subject)
        if known is not None:
            statement = "UPDATE incidents SET count = count + 1, last_at = ?, detail = ? WHERE id = ?"
            conn.execute(statement, (now, detail, known.id))
            return get(conn, known.id)
        cursor = conn.execute(
            "INSERT INTO incidents (kind, subject, severity, state, detail, count, first_at, last_at, acknowledged_by)"
            " VALUES (?, ?, ?, 'open', ?, 1, ?, ?, '')",
            (kind, subject, severity, detail, now, now),
        )
        data = {"kind": kind, "detail": detail, "severity": severity}
        events.record(conn, now=now, kind="incident.opened", actor=actor, subject=subject, bead=bead, data=data)
        return get(conn, int(cursor.lastrowid or 0))


def get(conn: sqlite3.Connection, incident: int) -> Incident:
    """The incident, or NotFound."""
    found = INCIDENTS.one(conn, "id = ?", incident)
    if found is None:
        raise NotFound.of("incident", str(incident))
    return found


def open_ones(conn: sqlite3.Connection) -> list[Incident]:
    """Open and acknowledged incidents, oldest first."""
    return INCIDENTS.all(conn, "state <> 'resolved' ORDER BY first_at")


def acknowledge(conn: sqlite3.Connection, incident: int, *, actor: str, now: float) -> None:
    """A person has seen it; it stays until it is resolved."""
    _end(conn, incident, IncidentState.ACKNOWLEDGED, actor=actor, now=now)


def resolve(conn: sqlite3.Connection, kind: str, subject: str, *, actor: str, now: float) -> bool:
    """The cause is gone. Returns whether there was an open incident of that kind."""
    with transaction(conn):
        known = INCIDENTS.one(conn, "kind = ? AND subject = ? AND state <> 'resolved'", kind, subject)
        if known is not None:
            _end(conn, known.id, IncidentState.RESOLVED, actor=actor, now=now)
        return known is not None


def _end(conn: sqlite3.Connection, incident: int, state: IncidentState, *, actor: str, now: float) -> None:
    with transaction(conn):
        old = get(conn, incident)
        by = actor if state is IncidentState.ACKNOWLEDGED else old.acknowledged_by
        conn.execute("UPDATE incidents SET state = ?, acknowledged_by = ?, last_at = ? WHERE id = ?", (state, by, now, incident))
        events.record(conn, now=now, kind=f"incident.{state.value}", actor=actor, subject=old.subject, data={"kind": old.kind})
