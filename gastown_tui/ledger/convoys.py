"""Convoys: batches of beads that are watched together."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from gastown_tui.core.errors import Conflict, NotFound, UsageError
from gastown_tui.core.ids import make_bead_id
from gastown_tui.core.rows import Convoy
from gastown_tui.core.states import ConvoyState
from gastown_tui.ledger import beads, events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

CONVOYS = Table("convoys", Convoy, {"state": ConvoyState})
PREFIX = "cv"


def create(conn: sqlite3.Connection, title: str, members: Sequence[str], *, owner: str, now: float) -> Convoy:
    """Makes a convoy of existing beads."""
    beads.check_text(title)
    with transaction(conn):
        existing = conn.execute("SELECT count(*) FROM convoys").fetchone()[0]
        convoy_id = make_bead_id(
            PREFIX, f"{title}|{now!r}|{existing}", existing, lambda candidate: find(conn, candidate) is not None
        )
        convoy = Convoy(convoy_id, title, ConvoyState.OPEN, owner, now, None)
        CONVOYS.insert(conn, convoy)
        events.record(conn, now=now, kind="convoy.created", actor=owner, subject=convoy_id, data={"title": title})
        for bead in members:
            add(conn, convoy_id, bead, actor=owner, now=now)
        return convoy


def add(conn: sqlite3.Connection, convoy: str, bead: str, *, actor: str, now: float) -> None:
    """Adds a bead; adding it again changes nothing."""
    with transaction(conn):
        if get(conn, convoy).state is not ConvoyState.OPEN:
            raise Conflict(f"convoy {convoy} is {get(conn, convoy).state.value}", hint="make a new one: gt convoy create")
        owner = beads.get(conn, bead)
        if conn.execute("INSERT OR IGNORE INTO convoy_beads VALUES (?, ?)", (convoy, bead)).rowcount:
            events.record(conn, now=now, kind="convoy.bead_added", actor=actor, subject=convoy, rig=owner.rig, bead=bead)


def find(conn: sqlite3.Connection, convoy: str) -> Convoy | None:
    return CONVOYS.one(conn, "id = ?", convoy)


def get(conn: sqlite3.Connection, convoy: str) -> Convoy:
    """The convoy, or NotFound."""
    found = find(conn, convoy)
    if found is None:
        raise NotFound.of("convoy", convoy, hint="see gt convoy list")
    return found


def every(conn: sqlite3.Connection, *, all_states: bool = True) -> list[Convoy]:
    """Convoys, oldest first; only open ones when `all_states` is false."""
    return CONVOYS.all(conn, "? OR state = 'open' ORDER BY created_at", all_states)


def members(conn: sqlite3.Connection, convoy: str) -> list[str]:
    """Ids of its beads, oldest first."""
    statement = "SELECT bead FROM convoy_beads JOIN beads ON id = bead WHERE convoy = ? ORDER BY created_at, id"
    return [row[0] for row in conn.execute(statement, (convoy,))]


def of_bead(conn: sqlite3.Connection, bead: str) -> list[str]:
    """Ids of the convoys that a bead is in."""
    return [row[0] for row in conn.execute("SELECT convoy FROM convoy_beads WHERE bead = ? ORDER BY convoy", (bead,))]


def end(conn: sqlite3.Connection, convoy: str, state: ConvoyState, *, actor: str, now: float) -> None:
    """Marks it landed or cancelled; its beads are not touched."""
    if state is ConvoyState.OPEN:
        raise UsageError("a convoy cannot be ended as open")
    with transaction(conn):
        if get(conn, convoy).state is not ConvoyState.OPEN:
            raise Conflict(f"convoy {convoy} has ended already")
        conn.execute("UPDATE convoys SET state = ?, closed_at = ? WHERE id = ?", (state, now, convoy))
        events.record(conn, now=now, kind=f"convoy.{state.value}", actor=actor, subject=convoy)


def land_complete(conn: sqlite3.Connection, *, actor: str, now: float) -> list[str]:
    """Ends as landed every open convoy that has beads, all of them closed; returns their ids."""
    with transaction(conn):
        complete = [
            row[0]
            for row in conn.execute(
                "SELECT c.id FROM convoys c JOIN convoy_beads m ON m.convoy = c.id JOIN beads b ON b.id = m.bead"
                " WHERE c.state = 'open' GROUP BY c.id HAVING sum(b.state <> 'closed') = 0"
            )
        ]
        for convoy in complete:
            end(conn, convoy, ConvoyState.LANDED, actor=actor, now=now)
        return complete
