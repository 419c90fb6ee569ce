"""Messages and their deliveries: who was told what, and how far it got."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from gastown_tui.core.errors import NotFound, UsageError
from gastown_tui.core.rows import Delivery, Message
from gastown_tui.core.snapshot import Outgoing
from gastown_tui.core.states import DELIVERY_TRANSITIONS, DeliveryState, check_transition
from gastown_tui.ledger import events, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

MESSAGES = Table("messages", Message)
DELIVERIES = Table("deliveries", Delivery, {"state": DeliveryState})
BODY_LIMIT = 200_000
INTERRUPT = "interrupt"
"""The kind of a person's words for which the receiver's turn is ended."""
_ABOUT_NOW = ("nudge", INTERRUPT)


def send(conn: sqlite3.Connection, message: Message, receivers: Sequence[str]) -> None:
    """Queues a message to each receiver; the same receiver twice counts once. Nudges and interruptions are about what
    their receiver works on now, so they are bound to its run when that has a bead."""
    if not message.body.strip() and not message.subject.strip():
        raise UsageError("a message needs a text")
    if len(message.body) > BODY_LIMIT:
        raise UsageError(f"the message has {len(message.body)} characters, {BODY_LIMIT} at most", hint="put it into a file")
    with transaction(conn):
        MESSAGES.insert(conn, message)
        for receiver in dict.fromkeys(receivers):
            run = runs.active_of_agent(conn, receiver) if message.kind in _ABOUT_NOW else None
            about = run.id if run is not None and run.bead else ""
            DELIVERIES.insert(conn, Delivery(message.id, receiver, DeliveryState.QUEUED, "", about, message.created_at, None))
            data = {"message": message.id, "kind": message.kind, "to": receiver, "subject": message.subject}
            events.record(conn, now=message.created_at, kind="message.queued", actor=message.sender, subject=receiver, data=data)


def get(conn: sqlite3.Connection, message: str) -> Message:
    """The message, or NotFound."""
    found = MESSAGES.one(conn, "id = ?", message)
    if found is None:
        raise NotFound.of("message", message, hint="see gt mail inbox")
    return found


def delivery(conn: sqlite3.Connection, message: str, receiver: str) -> Delivery:
    """Where one message to one receiver stands, or NotFound."""
    found = DELIVERIES.one(conn, "message = ? AND receiver = ?", message, receiver)
    if found is None:
        raise NotFound(f"message {message} was not sent to {receiver}")
    return found


def deliveries_of(conn: sqlite3.Connection, message: str) -> list[Delivery]:
    return DELIVERIES.all(conn, "message = ? ORDER BY receiver", message)


def inbox(conn: sqlite3.Connection, receiver: str, *, unread_only: bool = False) -> list[tuple[Message, Delivery]]:
    """Mail of one receiver, oldest first. Nudges and spoken words are not mail."""
    found = DELIVERIES.all(conn, "receiver = ? AND (NOT ? OR read_at IS NULL)", receiver, unread_only)
    pairs = [(get(conn, one.message), one) for one in found]
    return sorted((pair for pair in pairs if pair[0].kind == "mail"), key=lambda pair: (pair[0].created_at, pair[0].id))


def waiting(
    conn: sqlite3.Connection,
    receiver: str = "",
    states: Sequence[DeliveryState] = (DeliveryState.QUEUED,),
    *,
    since: float = 0.0,
) -> list[Delivery]:
    """Deliveries in one of `states` that changed after `since`, of one receiver or of all, oldest message first."""
    marks = ", ".join("?" * len(states))
    order = "(SELECT created_at FROM messages WHERE id = message), message"
    where = f"state IN ({marks}) AND (? = '' OR receiver = ?) AND updated_at >= ? ORDER BY {order}"
    return DELIVERIES.all(conn, where, *states, receiver, receiver, since)


def newest_seen(conn: sqlite3.Connection, run: str, limit: int = 3) -> list[Message]:
    """What a run was told last, newest first."""
    where = "id IN (SELECT message FROM deliveries WHERE run = ? AND state = 'seen') ORDER BY created_at DESC LIMIT ?"
    return MESSAGES.all(conn, where, run, limit)


def outgoing(conn: sqlite3.Connection, sender: str, since: float, limit: int = 100) -> list[Outgoing]:
    """What is left of the sender's newest messages to others: under way, or settled after `since`; the newest first."""
    newest = "SELECT * FROM messages WHERE sender = ? ORDER BY rowid DESC LIMIT ?"
    sql = (
        "SELECT id, receiver, kind, substr(CASE subject WHEN '' THEN body ELSE subject END, 1, 200), state, detail, created_at,"
        f" updated_at FROM ({newest}) JOIN deliveries ON message = id WHERE receiver <> sender"
        " AND (updated_at >= ? OR state IN ('queued', 'leased', 'pasted', 'submitted')) ORDER BY created_at DESC, receiver"
    )
    return [
        Outgoing(message, receiver, kind, words, DeliveryState(state), detail, sent_at, at)
        for message, receiver, kind, words, state, detail, sent_at, at in conn.execute(sql, (sender, limit, since))
    ]


def urgent(conn: sqlite3.Connection) -> set[str]:
    """Queued messages for which a turn is to be ended."""
    sql = "SELECT id FROM messages JOIN deliveries ON message = id WHERE state = 'queued' AND kind = ?"
    return {row[0] for row in conn.execute(sql, (INTERRUPT,))}


def stale_nudges(conn: sqlite3.Connection, before: float) -> list[Delivery]:
    """Queued nudges that were sent before `before`."""
    where = "state = 'queued' AND message IN (SELECT id FROM messages WHERE kind = 'nudge' AND created_at < ?)"
    return DELIVERIES.all(conn, where, before)


def newest(
    conn: sqlite3.Connection, *, sender: str = "", receiver: str = "", limit: int = 50
) -> list[tuple[Message, list[Delivery]]]:
    """The newest messages with all their deliveries, newest first; "" means anybody."""
    where = (
        "(? = '' OR sender = ?) AND (? = '' OR id IN (SELECT message FROM deliveries WHERE receiver = ?))"
        " ORDER BY created_at DESC, id DESC LIMIT ?"
    )
    found = MESSAGES.all(conn, where, sender, sender, receiver, receiver, limit)
    return [(message, deliveries_of(conn, message.id)) for message in found]


def sent_between(conn: sqlite3.Connection, one: str, other: str, thread: str, since: float) -> int:
    """How many messages two addresses sent each other since then in one thread; "" counts those that began one."""
    statement = (
        "SELECT count(*) FROM messages JOIN deliveries ON message = id WHERE created_at > ?"
        " AND (sender, receiver) IN ((?, ?), (?, ?)) AND (thread = ? OR (? = '' AND thread = id))"
    )
    found: int = conn.execute(statement, (since, one, other, other, one, thread, thread)).fetchone()[0]
    return found


def explain(conn: sqlite3.Connection, message: str, receiver: str, detail: str) -> None:
    """Why a delivery stands where it stands. Nothing has happened, so that there is no event."""
    with transaction(conn):
        conn.execute("UPDATE deliveries SET detail = ? WHERE message = ? AND receiver = ?", (detail, message, receiver))


def move(
    conn: sqlite3.Connection,
    message: str,
    receiver: str,
    state: DeliveryState,
    *,
    actor: str,
    now: float,
    detail: str = "",
    run: str = "",
) -> Delivery:
    """Changes a delivery's state with its event. `run` fences it; "" keeps what it has."""
    with transaction(conn):
        old = delivery(conn, message, receiver)
        check_transition(f"message {message} to {receiver}", DELIVERY_TRANSITIONS, old.state, state)
        conn.execute(
            "UPDATE deliveries SET state = ?, detail = ?, run = CASE WHEN ? = '' THEN run ELSE ? END, updated_at = ?"
            " WHERE message = ? AND receiver = ?",
            (state, detail, run, run, now, message, receiver),
        )
        data = {"message": message, "to": receiver, "detail": detail}
        events.record(conn, now=now, kind=f"message.{state.value}", actor=actor, subject=receiver, run=run or old.run, data=data)
        return delivery(conn, message, receiver)


def mark_read(conn: sqlite3.Connection, message: str, receiver: str, *, now: float) -> None:
    """The receiver has read it (only the first time counts)."""
    with transaction(conn):
        delivery(conn, message, receiver)
        conn.execute(
            "UPDATE deliveries SET read_at = coalesce(read_at, ?) WHERE message = ? AND receiver = ?", (now, message, receiver)
        )
        events.record(conn, now=now, kind="message.read", actor=receiver, subject=receiver, data={"message": message})


def of_thread(conn: sqlite3.Connection, thread: str) -> list[Message]:
    """The messages of a thread, oldest first."""
    return MESSAGES.all(conn, "thread = ? ORDER BY created_at, id", thread)


def count_unread(conn: sqlite3.Connection, receiver: str) -> int:
    """How many letters the receiver has not read."""
    sql = (
        "SELECT count(*) FROM deliveries JOIN messages ON messages.id = deliveries.message"
        " WHERE receiver = ? AND read_at IS NULL AND state <> 'seen' AND kind = 'mail'"
    )
    found: int = conn.execute(sql, (receiver,)).fetchone()[0]
    return found


def archived(conn: sqlite3.Connection, owner: str) -> dict[str, float]:
    """Thread → when its owner put it away."""
    return dict(conn.execute("SELECT thread, at FROM archive WHERE owner = ?", (owner,)))


def archive(conn: sqlite3.Connection, owner: str, thread: str, at: float | None) -> None:
    """Puts a thread away for its owner, or with None back; a newer message brings it back by itself."""
    with transaction(conn):
        if at is None:
            conn.execute("DELETE FROM archive WHERE owner = ? AND thread = ?", (owner, thread))
        else:
            conn.execute(
                "INSERT INTO archive (owner, thread, at) VALUES (?, ?, ?) ON CONFLICT (owner, thread) DO UPDATE SET at = excluded.at",
                (owner, thread, at),
            )
