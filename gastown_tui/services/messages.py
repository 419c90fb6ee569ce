"""Words to agents: mail, nudges and the overseer's own sentences. All are ledger rows with a delivery that can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.errors import NotFound
from gastown_tui.core.ids import OVERSEER
from gastown_tui.core.rows import Delivery, Message
from gastown_tui.core.states import DeliveryState
from gastown_tui.ledger import agents, messages
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext, new_message_id


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that its receiver has taken."""

    id: str
    sender: str
    subject: str
    text: str
    kind: str


def send(ctx: TownContext, receivers: Sequence[str], text: str, *, subject: str = "", kind: str = "mail", thread: str = "") -> str:
    """Queues a message and returns its id; every receiver must be a known agent or the overseer."""
    for receiver in receivers:
        if receiver != OVERSEER and agents.find(ctx.ledger, receiver) is None:
            raise NotFound.of("agent", receiver, hint="see gt agents")
    message_id = new_message_id()
    message = Message(message_id, ctx.actor, subject, text, kind, thread or message_id, ctx.now())
    messages.send(ctx.ledger, message, receivers)
    return message_id


def say(ctx: TownContext, receiver: str, text: str) -> str:
    """Plain words to one agent, delivered when it rests; returns the message's id."""
    return send(ctx, [receiver], text, kind="say")


def nudge(ctx: TownContext, receiver: str, text: str) -> str:
    """A push to go on, delivered when the agent rests; returns the message's id."""
    return send(ctx, [receiver], text, kind="nudge")


def take(ctx: TownContext) -> list[Taken]:
    """For agents that pull: everything queued for the calling agent, leased to this run in one transaction.

    The agent confirms each message once it stands in its transcript; until then it is not seen, and a kill in between
    loses nothing.
    """
    with transaction(ctx.ledger):
        taken = []
        for delivery in messages.waiting(ctx.ledger, ctx.actor):
            messages.move(
                ctx.ledger, delivery.message, ctx.actor, DeliveryState.LEASED, actor=ctx.actor, now=ctx.now(), run=ctx.run
            )
            message = messages.get(ctx.ledger, delivery.message)
            taken.append(Taken(message.id, message.sender, message.subject, message.body, message.kind))
        return taken


def confirm(ctx: TownContext, message_ids: Sequence[str]) -> None:
    """What the calling run has taken stands in its transcript now: it is seen. Confirming again changes nothing."""
    with transaction(ctx.ledger):
        for message_id in message_ids:
            if messages.delivery(ctx.ledger, message_id, ctx.actor).state is DeliveryState.LEASED:
                messages.move(ctx.ledger, message_id, ctx.actor, DeliveryState.SEEN, actor=ctx.actor, now=ctx.now(), run=ctx.run)


def has_waiting(ctx: TownContext) -> bool:
    """Whether something is queued for the calling agent; reads only."""
    return bool(messages.waiting(ctx.ledger, ctx.actor))


def progress(ctx: TownContext, message_id: str) -> list[Delivery]:
    """How far each delivery of a message got."""
    return messages.deliveries_of(ctx.ledger, message_id)
