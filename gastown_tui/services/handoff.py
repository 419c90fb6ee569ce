"""Notes for whoever goes on, and questions to a person."""

from __future__ import annotations

from dataclasses import dataclass

from gastown_tui.core.errors import UsageError
from gastown_tui.core.states import RunWish
from gastown_tui.ledger import notes, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import requests
from gastown_tui.services.beads import find
from gastown_tui.services.context import TownContext
from gastown_tui.services.prime import hook

LIMIT = 20_000
"""Characters of a note; `gt prime` shows its beginning."""
REPLY, DISMISS = "reply", "dismiss"
SEVERITIES = ("low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Left:
    """Where a note was left: under a bead, or under an agent's address."""

    note: int
    scope: str


def leave(ctx: TownContext, text: str, bead_id: str = "", *, restart: bool = False) -> Left:
    """Leaves a note for whoever goes on with the bead (the one on the caller's hook), or for the caller's next run.

    Args:
        restart: the caller's own run ends when it rests, and a new one goes on with an empty conversation and the note.

    Raises:
        UsageError: no text, or too long; the overseer must name a bead.
    """
    if not text.strip() or len(text) > LIMIT:
        raise UsageError(f"a handoff note has 1 to {LIMIT} characters")
    scope = find(ctx, bead_id).id if bead_id else ""
    if not scope:
        own = hook(ctx)
        scope = own.bead.id if own.bead is not None else own.agent.address
    is_bead = "/" not in scope and scope != ctx.actor
    run = runs.active_of_agent(ctx.ledger, ctx.actor) if restart else None
    if restart and run is None:
        raise UsageError("only a running agent goes on in a fresh session", hint="gt agents restart ADDRESS restarts another one")
    with transaction(ctx.ledger):
        number = notes.add(ctx.ledger, scope, "handoff", text, author=ctx.actor, bead=scope if is_bead else "", now=ctx.now())
        if run is not None:
            runs.wish(ctx.ledger, run.id, RunWish.HANDOFF, actor=ctx.actor, now=ctx.now())
    return Left(number, scope)


def escalate(ctx: TownContext, question: str, detail: str = "", severity: str = "medium") -> str:
    """Asks a person; returns the request's id. The answer comes back as a message when the agent rests."""
    if not question.strip():
        raise UsageError("say what you need", hint='for example: $GT escalate "May I change the schema?"')
    if severity not in SEVERITIES:
        raise UsageError(f"{severity!r} is no severity", hint=", ".join(SEVERITIES))
    first, _, rest = question.strip().partition("\n")
    title = first if severity in ("low", "medium") else f"[{severity}] {first}"
    text = "\n".join(part for part in (rest, detail) if part.strip())
    options = ((REPLY, "reply"), (DISMISS, "close without an answer"))
    return requests.publish(ctx, "help", title, text, "", options, f"{ctx.now()!r}|{question}")
