"""Requests: questions that only a person can answer. One answer per request, whoever gives it first."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from gastown_tui.core.errors import Conflict, NotFound
from gastown_tui.core.requests import CHANGED, PANE, PRESSED, PRESSING, TAKEN, UNPROVEN
from gastown_tui.core.rows import Request
from gastown_tui.core.states import RequestState
from gastown_tui.ledger import events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

REQUESTS = Table("requests", Request, {"state": RequestState})


def publish(conn: sqlite3.Connection, request: Request, *, rig: str = "") -> None:
    """Asks. Publishing the same id again changes nothing."""
    with transaction(conn):
        if find(conn, request.id) is not None:
            return
        REQUESTS.insert(conn, request)
        data = {"request": request.id, "kind": request.kind, "title": request.title}
        _tell(conn, request, "request.opened", actor=request.agent, now=request.created_at, data=data, rig=rig)


def find(conn: sqlite3.Connection, request: str) -> Request | None:
    return REQUESTS.one(conn, "id = ?", request)


def get(conn: sqlite3.Connection, request: str) -> Request:
    """The request, or NotFound."""
    found = find(conn, request)
    if found is None:
        raise NotFound.of("request", request)
    return found


def open_ones(conn: sqlite3.Connection) -> list[Request]:
    """Open requests, oldest first."""
    return REQUESTS.all(conn, "state = 'open' ORDER BY created_at, id")


def open_of_run(conn: sqlite3.Connection, run: str) -> list[Request]:
    """Open requests of one run, oldest first."""
    return REQUESTS.all(conn, "state = 'open' AND run = ? ORDER BY created_at, id", run)


def newest_ended(conn: sqlite3.Connection, since: float, limit: int) -> list[Request]:
    """Answered, settled and expired ones with a time of their end, newest first."""
    return REQUESTS.all(conn, "state <> 'open' AND answered_at > ? ORDER BY answered_at DESC LIMIT ?", since, limit)


def to_type(conn: sqlite3.Connection) -> list[Request]:
    """Answered ones whose keys are not yet sent, or not yet proven to be taken; oldest answer first."""
    unsettled = f"('', '{PRESSING}', '{PRESSED}')"
    return REQUESTS.all(conn, f"state = 'answered' AND channel = '{PANE}' AND proof IN {unsettled} ORDER BY answered_at, id")


def count_like(conn: sqlite3.Connection, run: str, fingerprint: str) -> int:
    """How many questions of a run had this fingerprint."""
    found = conn.execute("SELECT count(*) FROM requests WHERE run = ? AND fingerprint = ?", (run, fingerprint)).fetchone()
    return int(found[0])


def offer(conn: sqlite3.Connection, request: str, *, channel: str, options: str, fingerprint: str) -> bool:
    """Says how an open request can be answered from now on; False when it is not open any more."""
    statement = "UPDATE requests SET channel = ?, options = ?, fingerprint = ? WHERE id = ? AND state = 'open'"
    with transaction(conn):
        return conn.execute(statement, (channel, options, fingerprint, request)).rowcount == 1


def prove(conn: sqlite3.Connection, request: str, proof: str, *, actor: str, now: float) -> Request:
    """Writes down what became of an answer's keys, with an event once that is known."""
    with transaction(conn):
        conn.execute("UPDATE requests SET proof = ? WHERE id = ?", (proof, request))
        found = get(conn, request)
        if proof in (TAKEN, UNPROVEN, CHANGED):
            data = {"request": request, "kind": found.kind, "answer": found.answer}
            _tell(conn, found, f"request.{proof}", actor=actor, now=now, data=data)
        return found


def end(
    conn: sqlite3.Connection, request: str, state: RequestState, *, key: str = "", text: str = "", actor: str, now: float
) -> Request:
    """Answers, settles or expires an open request. Of two answers the first wins, the second gets Conflict."""
    with transaction(conn):
        statement = "UPDATE requests SET state = ?, answer = ?, answer_text = ?, answered_by = ?, answered_at = ? WHERE id = ? AND state = 'open'"
        won = conn.execute(statement, (state, key, text, actor, now, request)).rowcount
        found = get(conn, request)
        if not won:
            by = f" by {found.answered_by}" if found.answered_by else ""
            raise Conflict(f"that question is {found.state.value}{by} already")
        data = {"request": request, "kind": found.kind, "answer": key}
        _tell(conn, found, f"request.{state.value}", actor=actor, now=now, data=data)
        return found


def _tell(
    conn: sqlite3.Connection, request: Request, kind: str, *, actor: str, now: float, data: Mapping[str, object], rig: str = ""
) -> None:
    events.record(
        conn, now=now, kind=kind, actor=actor, subject=request.agent, rig=rig, bead=request.bead, run=request.run, data=data
    )
