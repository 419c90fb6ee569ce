"""Beads: pieces of work. Every transition is one conditional statement, so two claimers have one winner."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from gastown_tui.core.errors import Conflict, NotFound, UsageError
from gastown_tui.core.ids import make_bead_id
from gastown_tui.core.rows import Bead
from gastown_tui.core.states import BEAD_TRANSITIONS, BeadOutcome, BeadState, Dial, check_transition
from gastown_tui.ledger import events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

BEADS = Table("beads", Bead, {"state": BeadState, "outcome": BeadOutcome, "dial": Dial})
TITLE_LIMIT = 500
"""Characters; the limit that beads has (in bytes), so that an export is accepted there."""
TEXT_LIMIT = 200_000
EDITABLE = frozenset({"title", "description", "acceptance", "kind", "priority", "dial", "defer_until", "extra"})


@dataclass(frozen=True, slots=True)
class NewBead:
    """What is needed to file a bead. `prefix` is its rig's; `id` is given only by imports."""

    rig: str
    prefix: str
    title: str
    description: str = ""
    acceptance: str = ""
    kind: str = "task"
    priority: int = 2
    dial: Dial | None = None
    extra: str = "{}"
    id: str = ""


def check_text(title: str, *texts: str) -> None:
    """Raises UsageError when a title is empty or something is too long to keep."""
    if not title.strip():
        raise UsageError("a bead needs a title")
    if len(title) > TITLE_LIMIT:
        raise UsageError(f"the title has {len(title)} characters, {TITLE_LIMIT} at most", hint="put the rest into the description")
    for text in texts:
        if len(text) > TEXT_LIMIT:
            raise UsageError(f"a text has {len(text)} characters, {TEXT_LIMIT} at most", hint="put it into a file of the rig")
        if "\0" in text or "\0" in title:
            raise UsageError("a text holds a NUL character", hint="remove it")


def create(conn: sqlite3.Connection, new: NewBead, *, actor: str, now: float) -> Bead:
    """Files a bead and returns it."""
    check_text(new.title, new.description, new.acceptance)
    if not 0 <= new.priority <= 4:
        raise UsageError(f"priority {new.priority} is not between 0 and 4", hint="0 is the most urgent")
    with transaction(conn):
        if new.id and find(conn, new.id) is not None:
            raise Conflict(f"bead {new.id} is there already")
        existing = conn.execute("SELECT count(*) FROM beads WHERE rig = ?", (new.rig,)).fetchone()[0]
        bead_id = new.id or make_bead_id(
            new.prefix, f"{new.title}|{actor}|{now!r}|{existing}", existing, lambda candidate: find(conn, candidate) is not None
        )
        bead = Bead(
            id=bead_id,
            rig=new.rig,
            title=new.title,
            description=new.description,
            acceptance=new.acceptance,
            kind=new.kind,
            priority=new.priority,
            state=BeadState.OPEN,
            outcome=None,
            close_reason="",
            assignee="",
            slung_to="",
            slung_at=None,
            dial=new.dial,
            created_by=actor,
            created_at=now,
            updated_at=now,
            started_at=None,
            closed_at=None,
            defer_until=None,
            attempts=0,
            extra=new.extra,
        )
        BEADS.insert(conn, bead)
        _tell(conn, bead, "bead.created", actor=actor, now=now, data={"title": new.title})
    return bead


def restore(conn: sqlite3.Connection, bead: Bead, *, actor: str, now: float) -> None:
    """Writes a bead as an import has it, times and state included; raises Conflict when its id is taken."""
    check_text(bead.title, bead.description, bead.acceptance)
    with transaction(conn):
        if find(conn, bead.id) is not None:
            raise Conflict(f"bead {bead.id} is there already")
        BEADS.insert(conn, bead)
        _tell(conn, bead, "bead.imported", actor=actor, now=now, data={"title": bead.title})


def find(conn: sqlite3.Connection, bead: str) -> Bead | None:
    return BEADS.one(conn, "id = ?", bead)


def get(conn: sqlite3.Connection, bead: str) -> Bead:
    """The bead, or NotFound."""
    found = find(conn, bead)
    if found is None:
        raise NotFound.of("bead", bead, hint="see gt list")
    return found


def every(conn: sqlite3.Connection, *, rig: str = "", states: tuple[BeadState, ...] = (), limit: int = -1) -> list[Bead]:
    """Beads by priority, then oldest first; all rigs when `rig` is ""; no limit when `limit` is negative."""
    where = "(? = '' OR rig = ?)"
    if states:
        where += f" AND state IN ({', '.join('?' * len(states))})"
    return BEADS.all(conn, f"{where} ORDER BY priority, created_at, id LIMIT ?", rig, rig, *states, limit)


def search(conn: sqlite3.Connection, text: str, limit: int = 100) -> list[Bead]:
    """Beads whose id, title or description holds `text`, newest first; case is ignored for ASCII."""
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    where = "id LIKE ? ESCAPE '\\' OR title LIKE ? ESCAPE '\\' OR description LIKE ? ESCAPE '\\' ORDER BY updated_at DESC LIMIT ?"
    return BEADS.all(conn, where, pattern, pattern, pattern, limit)


def edit(conn: sqlite3.Connection, bead: str, changes: Mapping[str, object], *, actor: str, now: float) -> Bead:
    """Changes plain fields (`EDITABLE`); states have functions of their own."""
    unknown = set(changes) - EDITABLE
    if unknown:
        raise UsageError(f"a bead has no field {min(unknown)!r} to edit", hint=f"fields: {', '.join(sorted(EDITABLE))}")
    with transaction(conn):
        old = get(conn, bead)
        check_text(str(changes.get("title", old.title)), str(changes.get("description", "")), str(changes.get("acceptance", "")))
        if changes.get("priority", 0) not in range(5):
            raise UsageError(f"priority {changes['priority']} is not between 0 and 4", hint="0 is the most urgent")
        for field, value in changes.items():
            conn.execute(f"UPDATE beads SET {field} = ?, updated_at = ? WHERE id = ?", (value, now, bead))
        _tell(conn, old, "bead.edited", actor=actor, now=now, data={"fields": sorted(changes)})
        return get(conn, bead)


def sling(conn: sqlite3.Connection, bead: str, target: str, *, actor: str, now: float) -> Bead:
    """Says who shall work on it: `RIG/polecats` or an agent's address. The scheduler does the rest when it is ready."""
    with transaction(conn):
        old = get(conn, bead)
        if old.state not in (BeadState.OPEN, BeadState.NEEDS_HELP, BeadState.DEFERRED):
            raise Conflict(
                f"{bead} is {old.state.value}" + (f" with {old.assignee}" if old.assignee else ""), hint="see gt why " + bead
            )
        if old.slung_to == target and old.state is BeadState.OPEN:
            return old
        # A person slings it again: its past failures no longer count against it.
        conn.execute(
            "UPDATE beads SET slung_to = ?, slung_at = ?, state = 'open', attempts = 0, updated_at = ? WHERE id = ?",
            (target, now, now, bead),
        )
        _tell(conn, old, "bead.slung", actor=actor, now=now, data={"to": target})
        return get(conn, bead)


def unsling(conn: sqlite3.Connection, bead: str, *, actor: str, now: float) -> Bead:
    """Takes it back before anybody has begun."""
    with transaction(conn):
        old = get(conn, bead)
        if old.state is not BeadState.OPEN:
            raise Conflict(f"{bead} is {old.state.value} with {old.assignee or 'nobody'}", hint="stop its agent first, or wait")
        conn.execute("UPDATE beads SET slung_to = '', slung_at = NULL, updated_at = ? WHERE id = ?", (now, bead))
        _tell(conn, old, "bead.unslung", actor=actor, now=now)
        return get(conn, bead)


def slung(conn: sqlite3.Connection) -> list[Bead]:
    """Open beads that wait for a hand, ready or not."""
    return BEADS.all(conn, "state = 'open' AND slung_to <> ''")


def claim(conn: sqlite3.Connection, bead: str, agent: str, *, run: str = "", now: float) -> Bead:
    """Puts an open bead on an agent's hook. One statement: of many claimers exactly one wins, the others get Conflict."""
    with transaction(conn):
        won = conn.execute(
            "UPDATE beads SET state = 'hooked', assignee = ?, updated_at = ? WHERE id = ? AND state = 'open' AND assignee = ''",
            (agent, now, bead),
        ).rowcount
        found = get(conn, bead)
        if not won:
            raise Conflict(f"{bead} is {found.state.value}" + (f" with {found.assignee}" if found.assignee else ""))
        _tell(conn, found, "bead.hooked", actor=agent, now=now, run=run)
    return found


def begin(conn: sqlite3.Connection, bead: str, *, actor: str, run: str = "", now: float) -> None:
    """hooked → in_progress, once; later calls change nothing."""
    with transaction(conn):
        found = get(conn, bead)
        if found.state is BeadState.HOOKED:
            conn.execute(
                "UPDATE beads SET state = 'in_progress', started_at = coalesce(started_at, ?), updated_at = ? WHERE id = ?",
                (now, now, bead),
            )
            _tell(conn, found, "bead.started", actor=actor, now=now, run=run)


def submit(conn: sqlite3.Connection, bead: str, *, actor: str, run: str = "", now: float) -> None:
    """Work is handed in. It is not done: dependants wait for the merge."""
    _move(conn, bead, BeadState.SUBMITTED, "bead.submitted", actor=actor, run=run, now=now)


def release(conn: sqlite3.Connection, bead: str, *, actor: str, reason: str, failed: bool, run: str = "", now: float) -> None:
    """Back to open, off the hook, still slung. `failed` counts as an attempt."""
    with transaction(conn):
        conn.execute("UPDATE beads SET attempts = attempts + ?, assignee = '' WHERE id = ?", (int(failed), bead))
        _move(conn, bead, BeadState.OPEN, "bead.released", actor=actor, run=run, now=now, data={"reason": reason, "failed": failed})


def ask_help(conn: sqlite3.Connection, bead: str, *, actor: str, reason: str, run: str = "", now: float) -> None:
    """A person must look: nothing dispatches it until somebody slings, closes or reopens it."""
    with transaction(conn):
        conn.execute("UPDATE beads SET assignee = '' WHERE id = ?", (bead,))
        _move(conn, bead, BeadState.NEEDS_HELP, "bead.needs_help", actor=actor, run=run, now=now, data={"reason": reason})


def defer(conn: sqlite3.Connection, bead: str, until: float | None, *, actor: str, now: float) -> None:
    """Puts it aside, until a time or until somebody reopens it."""
    with transaction(conn):
        conn.execute("UPDATE beads SET defer_until = ? WHERE id = ?", (until, bead))
        _move(conn, bead, BeadState.DEFERRED, "bead.deferred", actor=actor, now=now, data={"until": until})


def close(
    conn: sqlite3.Connection, bead: str, outcome: BeadOutcome, *, actor: str, reason: str = "", run: str = "", now: float
) -> None:
    """Ends it. `merged` is for the landing transaction alone."""
    with transaction(conn):
        found = get(conn, bead)
        check_transition(f"bead {bead}", BEAD_TRANSITIONS, found.state, BeadState.CLOSED)
        conn.execute(
            "UPDATE beads SET state = 'closed', outcome = ?, close_reason = ?, closed_at = ?, updated_at = ?, assignee = '' WHERE id = ?",
            (outcome, reason, now, now, bead),
        )
        _tell(conn, found, "bead.closed", actor=actor, now=now, run=run, data={"outcome": outcome, "reason": reason})


def reopen(conn: sqlite3.Connection, bead: str, *, actor: str, now: float) -> None:
    """Back to open with a clean slate: not slung, no attempts, no outcome."""
    with transaction(conn):
        found = get(conn, bead)
        check_transition(f"bead {bead}", BEAD_TRANSITIONS, found.state, BeadState.OPEN)
        if found.state in (BeadState.HOOKED, BeadState.IN_PROGRESS, BeadState.SUBMITTED):
            raise Conflict(f"{bead} is {found.state.value}", hint="it has an agent or a merge; see gt why " + bead)
        conn.execute(
            "UPDATE beads SET state = 'open', outcome = NULL, close_reason = '', closed_at = NULL, defer_until = NULL,"
            " attempts = 0, slung_to = '', slung_at = NULL, updated_at = ? WHERE id = ?",
            (now, bead),
        )
        _tell(conn, found, "bead.reopened", actor=actor, now=now)


def _move(
    conn: sqlite3.Connection,
    bead: str,
    state: BeadState,
    kind: str,
    *,
    actor: str,
    now: float,
    run: str = "",
    data: Mapping[str, object] | None = None,
) -> None:
    with transaction(conn):
        found = get(conn, bead)
        check_transition(f"bead {bead}", BEAD_TRANSITIONS, found.state, state)
        conn.execute("UPDATE beads SET state = ?, updated_at = ? WHERE id = ?", (state, now, bead))
        _tell(conn, found, kind, actor=actor, now=now, run=run, data=data)


def _tell(
    conn: sqlite3.Connection,
    bead: Bead,
    kind: str,
    *,
    actor: str,
    now: float,
    run: str = "",
    data: Mapping[str, object] | None = None,
) -> None:
    events.record(conn, now=now, kind=kind, actor=actor, subject=bead.id, rig=bead.rig, bead=bead.id, run=run, data=data)
