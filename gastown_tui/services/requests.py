"""Questions to a person: published by agents and hooks, answered once, by whoever comes first."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from gastown_tui.core.errors import Conflict, UsageError
from gastown_tui.core.requests import DIALOGS, PANE, ROW, Choice, choices_of, options_json, risk_of
from gastown_tui.core.risk import Finding
from gastown_tui.core.rows import Request
from gastown_tui.core.states import RequestState
from gastown_tui.ledger import requests, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import approvals, messages
from gastown_tui.services.context import TownContext

DETAIL_LIMIT = 20_000


def publish(
    ctx: TownContext,
    kind: str,
    title: str,
    detail: str,
    directory: str,
    options: Sequence[tuple[str, str]],
    fingerprint: str,
    *,
    subject: str = "{}",
) -> str:
    """Asks in the name of the calling run, which waits on the row if it offers options; returns the request's id.

    The id follows from run and fingerprint, so that asking the same question twice is one question.

    Args:
        kind: permission | question | plan | trust | approval | help.
        options: (key, label) pairs; `allow`, `always` and `deny` are the keys that a permission uses.
        fingerprint: what makes this question itself; an answer is bound to it.
        subject: from `core.requests.subject_json`.
    """
    run = runs.find(ctx.ledger, ctx.run) if ctx.run else None
    request_id = "q" + sha256(f"{ctx.run or ctx.actor}|{fingerprint}".encode()).hexdigest()[:12]
    request = Request(
        id=request_id,
        kind=kind,
        agent=ctx.actor,
        run=ctx.run,
        bead=run.bead if run else "",
        title=title[:500],
        detail=detail[:DETAIL_LIMIT],
        directory=directory,
        options=options_json([Choice(key, label) for key, label in options]),
        fingerprint=fingerprint,
        state=RequestState.OPEN,
        answer="",
        answer_text="",
        answered_by="",
        created_at=ctx.now(),
        answered_at=None,
        channel=ROW if options and kind in DIALOGS else "",
        subject=subject,
    )
    requests.publish(ctx.ledger, request)
    return request_id


def find(ctx: TownContext, request_id: str) -> Request:
    """The request, or NotFound."""
    return requests.get(ctx.ledger, request_id)


def options_of(request: Request) -> list[tuple[str, str]]:
    """The request's (key, label) pairs."""
    return [(one.key, one.label) for one in choices_of(request)]


def risk(ctx: TownContext, request: Request) -> tuple[Finding, ...]:
    """What it would allow, judged by its words."""
    run = runs.find(ctx.ledger, request.run) if request.run else None
    return risk_of(request, worktree=run.worktree if run else "", town=str(ctx.layout.root))


def answer(ctx: TownContext, request_id: str, key: str, text: str = "") -> Request:
    """A person's answer.

    Raises:
        NotAllowed: the caller is an agent.
        UsageError: `key` is not one of the request's options.
        Conflict: somebody was faster, or the question is gone.
    """
    ctx.require_overseer("answer a request")
    request = requests.get(ctx.ledger, request_id)
    keys = [known for known, _ in options_of(request)]
    if key not in keys:
        hint = f"answers: {', '.join(keys)}" if keys else f"only its own pane takes the answer: gt attach {request.agent}"
        raise UsageError(f"{key!r} is not an answer to that question", hint=hint)
    if request.kind == "approval":
        if key == approvals.APPROVE:
            approvals.approve(ctx, request.bead)
        else:
            approvals.send_back(ctx, request.bead, text)
        return requests.get(ctx.ledger, request_id)
    with transaction(ctx.ledger):
        ended = requests.end(ctx.ledger, request_id, RequestState.ANSWERED, key=key, text=text, actor=ctx.actor, now=ctx.now())
        if request.kind == "help" and text.strip():
            # Nobody waits on this row: the agent asked and went on, or rests.
            messages.say(ctx, request.agent, f"Answer to your question: {request.title}\n\n{text}")
    return ended


def leave_to_pane(ctx: TownContext, request_id: str) -> None:
    """Whoever waited on the row waits no longer, and the dialog still stands: its pane must take the answer."""
    request = requests.get(ctx.ledger, request_id)
    requests.offer(ctx.ledger, request_id, channel=PANE, options="[]", fingerprint=request.fingerprint)


def answer_of(ctx: TownContext, request_id: str) -> tuple[str, str, str] | None:
    """(key, text, by) when a person has answered, else None while it is open.

    Raises:
        Conflict: it ended otherwise (expired, or settled elsewhere).
    """
    request = requests.get(ctx.ledger, request_id)
    if request.state is RequestState.OPEN:
        return None
    if request.state is RequestState.ANSWERED:
        return request.answer, request.answer_text, request.answered_by
    raise Conflict(f"that question is {request.state.value}")


def settle(ctx: TownContext, request_id: str, key: str) -> bool:
    """It was answered in the agent's own pane. Returns False when the overseer's answer was first."""
    try:
        requests.end(ctx.ledger, request_id, RequestState.SETTLED, key=key, actor=ctx.actor, now=ctx.now())
    except Conflict:
        return False
    return True


def open_ones(ctx: TownContext) -> list[Request]:
    """What waits for a person, oldest first."""
    return requests.open_ones(ctx.ledger)
