"""What became of the words that somebody sent: queued, submitted, seen, or why not."""

from __future__ import annotations

import json
from dataclasses import dataclass

from gastown_tui.core.courier import filed
from gastown_tui.core.errors import Conflict, NotAllowed, NotFound
from gastown_tui.core.ids import OVERSEER
from gastown_tui.core.rows import Delivery, Message
from gastown_tui.core.states import DeliveryState
from gastown_tui.ledger import events, messages
from gastown_tui.services import boot
from gastown_tui.services.context import TownContext
from gastown_tui.services.messages import send

LOST = frozenset(
    {DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.SUPERSEDED, DeliveryState.FENCED, DeliveryState.UNPROVEN}
)
"""Ends of a delivery that are not an arrival; what is unproven may have arrived."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message with how far it got with each of its receivers."""

    message: Message
    deliveries: tuple[Delivery, ...]
    """`detail` says why one waits, or how it ended."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing more happens to it by itself. Mail to the overseer has arrived when it is in the inbox."""
        return all(is_settled(one) for one in self.deliveries)


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a delivery."""

    at: float
    receiver: str
    state: str
    detail: str


def is_settled(delivery: Delivery) -> bool:
    """Whether nothing more happens to a delivery by itself."""
    return delivery.receiver == OVERSEER or delivery.state is DeliveryState.SEEN or delivery.state in LOST


def progress(ctx: TownContext, message_id: str) -> Sent:
    """How far a message got with each of its receivers; only its sender, its receivers and the overseer may ask."""
    message, deliveries = messages.get(ctx.ledger, message_id), messages.deliveries_of(ctx.ledger, message_id)
    if ctx.actor not in (OVERSEER, message.sender, *(one.receiver for one in deliveries)):
        raise NotAllowed(f"message {message_id} is not yours to read")
    return Sent(message, tuple(deliveries))


def why(ctx: TownContext, delivery: Delivery) -> str:
    """Why a delivery stands where it stands, in a few words; "" when its state says all."""
    if delivery.receiver == OVERSEER and delivery.state is DeliveryState.QUEUED:
        return "it is in the inbox"
    if delivery.state is not DeliveryState.QUEUED:
        return delivery.detail
    if ctx.layout.estop.exists():
        return "the town is stopped by E-stop"
    if boot.supervisor_state(ctx.layout, ctx.now()).state != "up":
        return "the supervisor does not run"
    return delivery.detail


def sent(ctx: TownContext, *, sender: str = "", receiver: str = "", everybody: bool = False, limit: int = 50) -> list[Sent]:
    """The newest messages with their deliveries, newest first: the caller's own, or for the overseer anybody's.

    Args:
        sender, receiver: only from, only to this address.
        everybody: not only the caller's.
    """
    if (everybody or sender not in ("", ctx.actor)) and ctx.actor != OVERSEER:
        raise NotAllowed("what others sent is not yours to read")
    by = sender or ("" if everybody else ctx.actor)
    found = messages.newest(ctx.ledger, sender=by, receiver=receiver, limit=limit)
    return [Sent(message, tuple(deliveries)) for message, deliveries in found]


def history(ctx: TownContext, message_id: str) -> list[Step]:
    """Every change of a message's deliveries, oldest first."""
    deliveries = progress(ctx, message_id).deliveries
    found = [event for one in deliveries for event in events.of_message(ctx.ledger, message_id, one.receiver)]
    return [
        Step(event.at, event.subject, event.kind.removeprefix("message."), str(json.loads(event.data).get("detail", "")))
        for event in sorted(found, key=lambda event: event.seq)
    ]


def receipts(ctx: TownContext, agent: str, *, since: float, limit: int = 20) -> tuple[list[Sent], list[Sent]]:
    """(the caller's words to `agent` that it has not taken up, the caller's newest words and nudges to everybody else).

    Args:
        since: nothing older, but what is still under way.
    """
    mine, others = [], []
    for one in sent(ctx, limit=limit):
        to_agent = [to for to in one.deliveries if to.receiver == agent]
        if to_agent:
            is_open = to_agent[0].state is not DeliveryState.SEEN
            if is_open and one.message.kind != "mail" and (one.message.created_at >= since or not is_settled(to_agent[0])):
                mine.append(Sent(one.message, tuple(to_agent)))
        elif one.message.kind != "mail" and one.message.created_at >= since:
            others.append(one)
    return mine[::-1], others[::-1]


def unfolded(ctx: TownContext, words: str) -> str:
    """What was said: the whole text where a long message was typed as the name of its file."""
    message = filed(words)
    try:
        return messages.get(ctx.ledger, message).body if message else words
    except NotFound:
        return words


def resend(ctx: TownContext, message_id: str, receiver: str = "") -> str:
    """Sends a message of the caller's again, as a new one in its thread, to those whom it did not reach (or to `receiver`).

    Raises:
        Conflict: it has reached them, or is still on its way.
        NotAllowed: somebody else sent it.
    """
    message = messages.get(ctx.ledger, message_id)
    if message.sender != ctx.actor:
        raise NotAllowed(f"message {message_id} was sent by {message.sender}")
    missed = [one for one in messages.deliveries_of(ctx.ledger, message_id) if one.receiver == receiver or not receiver]
    lost = [one.receiver for one in missed if one.state in LOST]
    if not lost:
        states = ", ".join(f"{one.receiver}: {one.state.value}" for one in missed) or f"it was not sent to {receiver}"
        raise Conflict(f"message {message_id} is not lost ({states})", hint=f"see gt mail status {message_id}")
    return send(ctx, lost, message.body, subject=message.subject, kind=message.kind, thread=message.thread)
