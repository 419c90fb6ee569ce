"""Words to agents: mail, nudges and the overseer's own sentences. All are ledger rows with a delivery that can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.courier import BUDGET, BUDGET_SECONDS
from gastown_tui.core.errors import NotAllowed, NotFound
from gastown_tui.core.ids import OVERSEER, SUPERVISOR
from gastown_tui.core.rows import Delivery, Message
from gastown_tui.core.states import DeliveryState
from gastown_tui.ledger import agents, beads, incidents, messages, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext, new_message_id

BUDGET_CARD = "message_budget"


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that its receiver has taken."""

    id: str
    sender: str
    subject: str
    text: str
    kind: str


def send(ctx: TownContext, receivers: Sequence[str], text: str, *, subject: str = "", kind: str = "mail", thread: str = "") -> str:
    """Queues a message and returns its id; every receiver must be a known agent or the overseer. To a polecat that has ended
    and has no work it fails at once.

    Raises:
        NotAllowed: an agent has sent another one `BUDGET` messages in an hour in this thread; a person gets a card.
    """
    for receiver in receivers:
        if receiver != OVERSEER and agents.find(ctx.ledger, receiver) is None:
            raise NotFound.of("agent", receiver, hint="see gt agents")
        _check_budget(ctx, receiver, thread)
    message_id = new_message_id()
    message = Message(message_id, ctx.actor, subject, text, kind, thread or message_id, ctx.now())
    with transaction(ctx.ledger):
        messages.send(ctx.ledger, message, receivers)
        for delivery in messages.deliveries_of(ctx.ledger, message_id):
            if why := _dead_end(ctx, delivery.receiver):
                _settle(ctx, delivery, DeliveryState.FAILED, why)
    return message_id


def _dead_end(ctx: TownContext, receiver: str) -> str:
    """Why words would never reach an agent, "" when they may. A polecat's name outlives its work, and the next one that is
    called so has nothing to do with them."""
    agent = agents.find(ctx.ledger, receiver)
    if agent is None or agent.role != "polecat" or runs.active_of_agent(ctx.ledger, receiver) is not None:
        return ""
    if not runs.of_agent(ctx.ledger, receiver, 1) or beads.BEADS.one(ctx.ledger, "assignee = ?", receiver) is not None:
        return ""  # it has not begun yet, or starts again, or its work may come back
    return "it has ended, and has no work any more"


def _check_budget(ctx: TownContext, receiver: str, thread: str) -> None:
    """Agents that wake each other again and again are stopped, and a person is told."""
    if receiver == OVERSEER or ctx.actor in (OVERSEER, SUPERVISOR):
        return
    number = messages.sent_between(ctx.ledger, ctx.actor, receiver, thread, ctx.now() - BUDGET_SECONDS)
    if number < BUDGET:
        return
    pair = " and ".join(sorted((ctx.actor, receiver)))
    detail = f"{pair} sent each other {number} messages in an hour; the next one was held back"
    incidents.raise_one(ctx.ledger, BUDGET_CARD, ctx.actor, detail, actor=ctx.actor, now=ctx.now())
    raise NotAllowed(
        f"you and {receiver} have sent each other {number} messages in this hour",
        hint="go on with what you know, or ask a person: $GT escalate",
    )


def say(ctx: TownContext, receiver: str, text: str) -> str:
    """Plain words to one agent, delivered when it rests; returns the message's id."""
    return send(ctx, [receiver], text, kind="say")


def interrupt(ctx: TownContext, receiver: str, text: str) -> str:
    """Words before which the agent's running turn is ended, by its own interrupt key; returns the message's id.

    Where nothing may be pressed (a dialog, a half-typed draft, a person attached) they wait like other words.

    Raises:
        NotAllowed: the caller is an agent.
    """
    ctx.require_overseer("interrupt an agent")
    return send(ctx, [receiver], text, kind=messages.INTERRUPT)


def nudge(ctx: TownContext, receiver: str, text: str, *, replaces: bool = False) -> str:
    """A push to go on, delivered when the agent rests; returns the message's id.

    Args:
        replaces: the caller's earlier nudges to it that are still queued are taken back.
    """
    if not replaces:
        return send(ctx, [receiver], text, kind="nudge")
    # Outside of the transaction: a refusal leaves a card.
    _check_budget(ctx, receiver, "")
    with transaction(ctx.ledger):
        for delivery in messages.waiting(ctx.ledger, receiver):
            earlier = messages.get(ctx.ledger, delivery.message)
            if earlier.kind == "nudge" and earlier.sender == ctx.actor:
                _settle(ctx, delivery, DeliveryState.SUPERSEDED, "a newer nudge took its place")
        return send(ctx, [receiver], text, kind="nudge")


def take(ctx: TownContext) -> list[Taken]:
    """For agents that pull: everything queued for the calling agent, leased to this run in one transaction.

    The agent confirms each message once it stands in its transcript; until then it is not seen, and a kill in between
    loses nothing. A run that the town has ended gets nothing: its successor takes them.
    """
    with transaction(ctx.ledger):
        own = runs.find(ctx.ledger, ctx.run)
        if own is not None and own.ended_at is not None:
            return []
        taken = []
        for delivery in messages.waiting(ctx.ledger, ctx.actor):
            if fence(ctx, delivery):
                continue
            messages.move(
                ctx.ledger, delivery.message, ctx.actor, DeliveryState.LEASED, actor=ctx.actor, now=ctx.now(), run=ctx.run
            )
            message = messages.get(ctx.ledger, delivery.message)
            taken.append(Taken(message.id, message.sender, message.subject, message.body, message.kind))
        return taken


def fence(ctx: TownContext, delivery: Delivery) -> bool:
    """Ends a queued message to a polecat that is gone, and a nudge whose receiver works on something else now than when it was
    sent; returns whether it did."""
    if why := _dead_end(ctx, delivery.receiver):
        _settle(ctx, delivery, DeliveryState.FENCED, why)
        return True
    about = runs.find(ctx.ledger, delivery.run) if delivery.run else None
    if about is None or about.ended_at is None or not about.bead:
        return False  # a crew member without a bead: its next run may have it
    bead = beads.find(ctx.ledger, about.bead)
    if bead is not None and bead.assignee == delivery.receiver:
        return False
    _settle(ctx, delivery, DeliveryState.FENCED, f"it was about {about.bead}, which {delivery.receiver} does not work on any more")
    return True


def confirm(ctx: TownContext, message_ids: Sequence[str]) -> None:
    """What the calling run has taken stands in its transcript now: it is seen. Confirming again changes nothing."""
    with transaction(ctx.ledger):
        for message_id in message_ids:
            delivery = messages.delivery(ctx.ledger, message_id, ctx.actor)
            if delivery.state is DeliveryState.LEASED and delivery.run == ctx.run:
                _settle(ctx, delivery, DeliveryState.SEEN)


def has_waiting(ctx: TownContext) -> bool:
    """Whether something is queued for the calling agent; reads only."""
    return bool(messages.waiting(ctx.ledger, ctx.actor))


def _settle(ctx: TownContext, delivery: Delivery, state: DeliveryState, detail: str = "") -> None:
    messages.move(ctx.ledger, delivery.message, delivery.receiver, state, actor=ctx.actor, now=ctx.now(), detail=detail)
