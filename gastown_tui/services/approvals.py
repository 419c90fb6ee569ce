"""A person's word on finished work: land it, send it back, accept what has no code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from gastown_tui.core.errors import Conflict
from gastown_tui.core.rows import Bead, Merge, Request
from gastown_tui.core.states import BeadOutcome, BeadState, MergeState, RequestState
from gastown_tui.ledger import beads, merges, notes, requests
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

APPROVE = "approve"
SEND_BACK = "send_back"
_OPTIONS = json.dumps([{"key": APPROVE, "label": "approve"}, {"key": SEND_BACK, "label": "send back with a reason"}])


@dataclass(frozen=True, slots=True)
class Decision:
    """What an approval decided: the bead, and the merge that goes on, if there is one."""

    bead: str
    merge: int | None


def ask(ctx: TownContext, merge: Merge, bead: Bead) -> str:
    """Puts a green merge into the needs-you queue; returns the request's id. Inside the caller's transaction."""
    title = f"Land {bead.id}: {bead.title}"
    detail = f"{merge.branch} by {merge.agent}\ngates green on {merge.rebased_head[:12]}"
    return _publish(ctx, f"merge:{merge.id}:{merge.attempt}", merge.agent, bead.id, title, detail)


def ask_acceptance(ctx: TownContext, bead: Bead, agent: str, summary: str) -> str:
    """Puts work without code into the needs-you queue; returns the request's id."""
    return _publish(ctx, f"accept:{bead.id}:{ctx.now()!r}", agent, bead.id, f"Accept {bead.id}: {bead.title}", summary)


def approve(ctx: TownContext, bead_id: str) -> Decision:
    """Lands what waits on the bead, or accepts work without code.

    The lane rebases and gates it again when the target has moved since. A drafted merge is landed too.

    Raises:
        NotAllowed: the caller is an agent.
        Conflict: nothing of that bead waits for a person.
    """
    ctx.require_overseer("approve work")
    now = ctx.now()
    with transaction(ctx.ledger):
        bead = beads.get(ctx.ledger, bead_id)
        merge = _waiting_merge(ctx, bead_id)
        _answer(ctx, bead_id, APPROVE)
        if merge is not None:
            facts = {"approved_by": ctx.actor, "approved_at": now}
            merges.move(ctx.ledger, merge.id, MergeState.QUEUED, actor=ctx.actor, now=now, detail="approved", facts=facts)
            return Decision(bead_id, merge.id)
        if bead.state is BeadState.SUBMITTED and not _in_lane(ctx, bead_id):
            beads.close(ctx.ledger, bead_id, BeadOutcome.ACCEPTED, actor=ctx.actor, reason="accepted", now=now)
            return Decision(bead_id, None)
    raise Conflict(f"nothing of {bead_id} waits for approval", hint=f"see gt why {bead_id}")


def send_back(ctx: TownContext, bead_id: str, reason: str) -> Decision:
    """Refuses what waits on the bead; its next run is told why. Counts as no failure of the agent's.

    Raises:
        NotAllowed: the caller is an agent.
        Conflict: nothing of that bead waits for a person.
    """
    ctx.require_overseer("send work back")
    now = ctx.now()
    with transaction(ctx.ledger):
        bead = beads.get(ctx.ledger, bead_id)
        merge = _waiting_merge(ctx, bead_id)
        if merge is None and (bead.state is not BeadState.SUBMITTED or _in_lane(ctx, bead_id)):
            raise Conflict(f"nothing of {bead_id} waits for approval", hint=f"see gt why {bead_id}")
        _answer(ctx, bead_id, SEND_BACK, reason)
        if merge is not None:
            merges.move(ctx.ledger, merge.id, MergeState.REJECTED, actor=ctx.actor, now=now, detail=reason or "sent back")
        note = f"The overseer sent your work back: {reason or 'no reason given'}"
        notes.add(ctx.ledger, bead_id, "fix", note, author=ctx.actor, bead=bead_id, now=now)
        beads.release(ctx.ledger, bead_id, actor=ctx.actor, reason="sent back", failed=False, now=now)
        return Decision(bead_id, merge.id if merge else None)


def _publish(ctx: TownContext, fingerprint: str, agent: str, bead: str, title: str, detail: str) -> str:
    request_id = "q" + sha256(fingerprint.encode()).hexdigest()[:12]
    # No run: the question outlives the run that did the work.
    request = Request(
        id=request_id,
        kind="approval",
        agent=agent,
        run="",
        bead=bead,
        title=title[:500],
        detail=detail,
        directory="",
        options=_OPTIONS,
        fingerprint=fingerprint,
        state=RequestState.OPEN,
        answer="",
        answer_text="",
        answered_by="",
        created_at=ctx.now(),
        answered_at=None,
    )
    requests.publish(ctx.ledger, request)
    return request_id


def _waiting_merge(ctx: TownContext, bead_id: str) -> Merge | None:
    waiting = (MergeState.AWAITING_APPROVAL, MergeState.DRAFTED)
    return next((merge for merge in merges.of_bead(ctx.ledger, bead_id) if merge.state in waiting), None)


def _in_lane(ctx: TownContext, bead_id: str) -> bool:
    return any(merge.bead == bead_id for merge in merges.open_ones(ctx.ledger))


def _answer(ctx: TownContext, bead_id: str, key: str, text: str = "") -> None:
    for request in requests.open_ones(ctx.ledger):
        if request.kind == "approval" and request.bead == bead_id:
            requests.end(ctx.ledger, request.id, RequestState.ANSWERED, key=key, text=text, actor=ctx.actor, now=ctx.now())
