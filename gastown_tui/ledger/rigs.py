"""Rigs: the projects of a town."""

from __future__ import annotations

import sqlite3

from gastown_tui.core.errors import Conflict, NotFound
from gastown_tui.core.rows import Rig
from gastown_tui.core.states import Dial
from gastown_tui.ledger import events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

RIGS = Table("rigs", Rig, {"dial": Dial})


def add(conn: sqlite3.Connection, rig: Rig, *, actor: str) -> None:
    """Adds a rig; raises Conflict when its name or prefix is taken."""
    with transaction(conn):
        if find(conn, rig.name) is not None:
            raise Conflict(f'there is a rig called "{rig.name}" already', hint="choose another name, or gt rig list")
        other = RIGS.one(conn, "prefix = ?", rig.prefix)
        if other is not None:
            raise Conflict(f'the bead prefix "{rig.prefix}" belongs to rig {other.name}', hint="choose another with --prefix")
        RIGS.insert(conn, rig)
        events.record(
            conn, now=rig.created_at, kind="rig.added", actor=actor, subject=rig.name, rig=rig.name, data={"origin": rig.origin}
        )


def find(conn: sqlite3.Connection, name: str) -> Rig | None:
    return RIGS.one(conn, "name = ?", name)


def get(conn: sqlite3.Connection, name: str) -> Rig:
    """The rig, or NotFound."""
    rig = find(conn, name)
    if rig is None:
        raise NotFound.of("rig", name, hint="see gt rig list")
    return rig


def every(conn: sqlite3.Connection) -> list[Rig]:
    """All rigs by name."""
    return RIGS.all(conn, "1 ORDER BY name")


def set_dial(conn: sqlite3.Connection, name: str, dial: Dial, *, actor: str, now: float) -> None:
    """How far this rig's work goes without a person."""
    with transaction(conn):
        old = get(conn, name)
        conn.execute("UPDATE rigs SET dial = ? WHERE name = ?", (dial, name))
        data = {"from": old.dial, "to": dial}
        events.record(conn, now=now, kind="rig.dial", actor=actor, subject=name, rig=name, data=data)


def set_limits(conn: sqlite3.Connection, name: str, *, state: str | None, max_polecats: int | None, actor: str, now: float) -> None:
    """Parks or unparks a rig (`state` active | parked), or changes how many polecats it may have at once."""
    with transaction(conn):
        old = get(conn, name)
        values = (state or old.state, old.max_polecats if max_polecats is None else max_polecats, name)
        conn.execute("UPDATE rigs SET state = ?, max_polecats = ? WHERE name = ?", values)
        data = {"state": values[0], "max_polecats": values[1]}
        events.record(conn, now=now, kind="rig.changed", actor=actor, subject=name, rig=name, data=data)


def remove(conn: sqlite3.Connection, name: str, *, actor: str, now: float) -> None:
    """Forgets a rig. The caller has proven that nothing of it would be lost; its beads stay as history."""
    with transaction(conn):
        get(conn, name)
        conn.execute("DELETE FROM rigs WHERE name = ?", (name,))
        events.record(conn, now=now, kind="rig.removed", actor=actor, subject=name, rig=name)
