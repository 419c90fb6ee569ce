"""What an agent is told at its start, and what hangs on its hook. On the hot path: imports nothing heavy."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from gastown_tui.core.errors import UsageError
from gastown_tui.core.ids import MAYOR, OVERSEER
from gastown_tui.core.prime import PrimeBead, PrimeFacts, render
from gastown_tui.core.rows import Agent, Bead, Note, Run
from gastown_tui.core.states import BeadState, DeliveryState
from gastown_tui.ledger import agents, beads, messages, notes, rigs, runs, settings
from gastown_tui.services.context import TownContext

_TRUSTED = (OVERSEER, MAYOR)


@dataclass(frozen=True, slots=True)
class Hook:
    """What an agent has to do now."""

    agent: Agent
    bead: Bead | None
    run: Run | None


def hook(ctx: TownContext, address: str = "") -> Hook:
    """The hook of an agent; the caller's own when `address` is "".

    Raises:
        UsageError: the overseer must name an agent.
        NotFound: no such agent.
    """
    agent = agents.get(ctx.ledger, address or _caller(ctx))
    run = runs.active_of_agent(ctx.ledger, agent.address)
    bead = beads.find(ctx.ledger, run.bead) if run is not None and run.bead else None
    if bead is None:
        held = beads.every(ctx.ledger, rig=agent.rig, states=(BeadState.HOOKED, BeadState.IN_PROGRESS))
        bead = next((one for one in held if one.assignee == agent.address), None)
    return Hook(agent, bead, run)


def prime(ctx: TownContext, address: str = "") -> str:
    """The text for an agent. Asked by the agent itself, it also marks the bead as begun."""
    found = hook(ctx, address)
    agent, bead, run = found.agent, found.bead, found.run
    if bead is not None and bead.state is BeadState.HOOKED and agent.address == ctx.actor:
        beads.begin(ctx.ledger, bead.id, actor=ctx.actor, run=ctx.run, now=ctx.now())
    rig = rigs.find(ctx.ledger, agent.rig) if agent.rig else None
    handoff = next(iter(notes.of_scope(ctx.ledger, agent.address, "handoff", 1)), None)
    if bead is not None:
        handoff = next(iter(notes.of_scope(ctx.ledger, bead.id, "handoff", 1)), None) or (
            handoff if handoff is not None and handoff.created_at >= bead.created_at and agent.role == "crew" else None
        )
    text = render(
        PrimeFacts(
            address=agent.address,
            role=agent.role,
            rig=agent.rig,
            target=rig.target if rig else "",
            branch=run.branch if run else "",
            bead=_bead(bead) if bead is not None else None,
            fix=_fix_note(ctx, bead),
            handoff="\n".join(note.text for note in (handoff, _lost_note(ctx, bead)) if note is not None),
            handoff_author=handoff.author if handoff else "",
            mail=_unseen(ctx, agent.address),
            rigs=tuple(one.name for one in rigs.every(ctx.ledger)) if agent.role == "mayor" else (),
            is_rehearsal=bool(settings.get(ctx.ledger, settings.REHEARSAL)),
        )
    )
    # A shell splits an unquoted $GT where the town's path holds a blank.
    is_plain = shlex.quote(str(ctx.layout.bin)) == str(ctx.layout.bin)
    return text if is_plain else text.replace("$GT ", '"$GT" ')


def _caller(ctx: TownContext) -> str:
    if ctx.actor == OVERSEER:
        raise UsageError("whose hook?", hint="outside a run name an agent, for example: gt hook web/polecats/toast")
    return ctx.actor


def _bead(bead: Bead) -> PrimeBead:
    return PrimeBead(bead.id, bead.title, bead.description, bead.acceptance, bead.created_by, bead.created_by in _TRUSTED)


def _unseen(ctx: TownContext, address: str) -> int:
    box = messages.inbox(ctx.ledger, address, unread_only=True)
    return sum(1 for _, delivery in box if delivery.state is not DeliveryState.SEEN)


def _lost_note(ctx: TownContext, bead: Bead | None) -> Note | None:
    """What the supervisor says of a run on this bead that ended before it was handed in."""
    return next(iter(notes.of_scope(ctx.ledger, bead.id, "lost", 1)), None) if bead is not None else None


def _fix_note(ctx: TownContext, bead: Bead | None) -> str:
    """Why the newest try on this bead did not do: a gate's log, a lost run, a person's reason."""
    note = next(iter(notes.of_scope(ctx.ledger, bead.id, "fix", 1)), None) if bead is not None else None
    return note.text if note is not None else ""
