"""Mail as its readers see it: an inbox, reading, answering. Sending and nudging are `services.messages`."""

from __future__ import annotations

from dataclasses import dataclass

from gastown_tui.core.errors import NotAllowed, NotFound
from gastown_tui.core.ids import OVERSEER
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
