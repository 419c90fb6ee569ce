"""Mail as its readers see it: an inbox, reading, answering. Sending and nudging are `services.messages`."""

from __future__ import annotations

from dataclasses import dataclass

from gastown_tui.core.errors import NotAllowed, NotFound
from gastown_tui.core.ids import MAYOR, OVERSEER
from gastown_tui.core.rows import Delivery, Message
from gastown_tui.core.states import DeliveryState
from gastown_tui.ledger import agents, messages
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext
from gastown_tui.services.messages import send


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with how far it got with one receiver."""

    message: Message
    delivery: Delivery

    @property
    def is_unread(self) -> bool:
        return self.delivery.read_at is None and self.delivery.state is not DeliveryState.SEEN


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages that answer each other, with how far each got with each receiver."""

    id: str
    messages: tuple[Message, ...]
    """Oldest first, never empty."""
    deliveries: dict[str, tuple[Delivery, ...]]
    """By message."""
    unread: int
    """Letters to the reader that were not read."""
    is_archived: bool

    @property
    def subject(self) -> str:
        """The first subject, else the first line that says something. Foreign text."""
        named = next((message.subject for message in self.messages if message.subject), "")
        return named or next((line.strip() for line in self.messages[0].body.splitlines() if line.strip()), "")

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody in it but the overseer, in the order of their first word."""
        found = [one for message in self.messages for one in (message.sender, *(to.receiver for to in self.deliveries[message.id]))]
        return tuple(dict.fromkeys(one for one in found if one != OVERSEER))

    @property
    def at(self) -> float:
        """When the newest of them was sent."""
        return self.messages[-1].created_at


THREADS_FROM = 1000
"""The newest messages that threads are made of."""


def threads(ctx: TownContext, *, everybody: bool = False) -> list[Thread]:
    """The overseer's threads, newest first: letters, and words and nudges to agents other than the mayor, whose
    conversation they are; with `everybody` also what agents write to each other."""
    ctx.require_overseer("read the town's mail")
    found = messages.newest(ctx.ledger, limit=THREADS_FROM)[::-1]
    ways = {message.id: deliveries for message, deliveries in found}
    put_away = messages.archived(ctx.ledger, OVERSEER)
    by_thread: dict[str, list[Message]] = {}
    for message, _ in found:
        by_thread.setdefault(message.thread, []).append(message)
    made = [_thread(name, members, ways, put_away.get(name, 0.0)) for name, members in by_thread.items()]
    kept = [thread for thread in made if _is_letter(thread) and (everybody or _is_mine(thread))]
    return sorted(kept, key=lambda thread: -thread.at)


def _thread(name: str, members: list[Message], ways: dict[str, list[Delivery]], put_away: float) -> Thread:
    unread = sum(Letter(message, way).is_unread for message in members for way in ways[message.id] if way.receiver == OVERSEER)
    deliveries = {message.id: tuple(ways[message.id]) for message in members}
    return Thread(name, tuple(members), deliveries, unread, put_away >= members[-1].created_at)


def _is_letter(thread: Thread) -> bool:
    if any(message.kind == "mail" for message in thread.messages):
        return True
    return thread.messages[0].sender == OVERSEER and thread.people != (MAYOR,)


def _is_mine(thread: Thread) -> bool:
    return any(
        message.sender == OVERSEER or any(way.receiver == OVERSEER for way in thread.deliveries[message.id])
        for message in thread.messages
    )


def read_thread(ctx: TownContext, thread: str) -> None:
    """Marks everything in the thread that was sent to the overseer as read."""
    for message in messages.of_thread(ctx.ledger, thread):
        if any(
            Letter(message, way).is_unread for way in messages.deliveries_of(ctx.ledger, message.id) if way.receiver == ctx.actor
        ):
            read(ctx, message.id)


def archive(ctx: TownContext, thread: str, *, is_archived: bool = True) -> None:
    """Puts a thread away, or back; also marks it as read. A newer message brings it back by itself."""
    ctx.require_overseer("archive mail")
    if not messages.of_thread(ctx.ledger, thread):
        raise NotFound.of("thread", thread)
    if is_archived:
        read_thread(ctx, thread)
    messages.archive(ctx.ledger, OVERSEER, thread, ctx.now() if is_archived else None)


def unread(ctx: TownContext) -> int:
    """How many letters to the overseer were not read."""
    return messages.count_unread(ctx.ledger, OVERSEER)


def inbox(ctx: TownContext, owner: str = "", *, unread_only: bool = False) -> list[Letter]:
    """Mail of the caller, or of `owner` when the overseer asks; oldest first."""
    box = _owner(ctx, owner)
    letters = [Letter(message, delivery) for message, delivery in messages.inbox(ctx.ledger, box)]
    return [letter for letter in letters if letter.is_unread or not unread_only]


def read(ctx: TownContext, message_id: str) -> Letter:
    """A message of the caller, marked as read.

    Raises:
        NotFound: no such message, or it was not sent to the caller.
    """
    with transaction(ctx.ledger) as conn:
        message = messages.get(conn, message_id)
        delivery = messages.delivery(conn, message_id, ctx.actor)
        if delivery.state is DeliveryState.QUEUED:
            # Read by hand: it must not be delivered once more. What is under way already arrives all the same.
            messages.move(conn, message_id, ctx.actor, DeliveryState.SEEN, actor=ctx.actor, now=ctx.now(), run=ctx.run)
        messages.mark_read(conn, message_id, ctx.actor, now=ctx.now())
        return Letter(message, messages.delivery(conn, message_id, ctx.actor))


def reply(ctx: TownContext, message_id: str, text: str) -> str:
    """Answers the sender in the same thread; returns the new message's id."""
    message = messages.get(ctx.ledger, message_id)
    if message.sender != ctx.actor:
        messages.delivery(ctx.ledger, message_id, ctx.actor)
    subject = message.subject if message.subject.startswith("Re: ") or not message.subject else f"Re: {message.subject}"
    return send(ctx, [message.sender], text, subject=subject, thread=message.thread)


def _owner(ctx: TownContext, owner: str) -> str:
    if not owner or owner == ctx.actor:
        return ctx.actor
    if ctx.actor != OVERSEER:
        raise NotAllowed(f"{owner}'s mail is not yours to read")
    if agents.find(ctx.ledger, owner) is None:
        raise NotFound.of("agent", owner, hint="see gt agents")
    return owner
