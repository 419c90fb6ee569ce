"""Reading an agent's work line by line: remarks are drafts until they are sent, all at once, to the hand that goes on."""

from __future__ import annotations

from dataclasses import dataclass

from gastown_tui.core.errors import Conflict, NotFound, UsageError
from gastown_tui.core.review import find as find_line
from gastown_tui.core.review import letter, parse
from gastown_tui.core.rows import Merge, ReviewComment
from gastown_tui.core.states import MergeState, ReviewState
from gastown_tui.ledger import merges, review, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import approvals, diff, messages
from gastown_tui.services.beads import find
from gastown_tui.services.context import TownContext

LIMIT = 4000
"""Characters of one remark."""
_WAITING = (MergeState.AWAITING_APPROVAL, MergeState.DRAFTED)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where remarks went: `back` with the work to its next run, or as a `message` to the agent that has the bead."""

    way: str
    receiver: str
    comments: int


def comment(ctx: TownContext, bead_id: str, path: str, line: int, body: str, side: str = "new") -> ReviewComment:
    """Drafts a remark on a line of the newest submission.

    Raises:
        NotAllowed: the caller is an agent.
        NotFound: nothing was handed in, or its diff does not show that line.
        UsageError: no words, or too many.
    """
    ctx.require_overseer("review work")
    if not body.strip() or len(body) > LIMIT:
        raise UsageError(f"a comment has 1 to {LIMIT} characters")
    merge = newest(ctx, bead_id)
    found = find_line(parse(diff.of_merge(ctx, merge.id)), path, line, side)
    if found is None:
        raise NotFound(f"the diff of {merge.bead} does not show {path}:{line}", hint=f"read it with: gt mq show {merge.id} --diff")
    return review.add(
        ctx.ledger,
        merge.bead,
        merge=merge.id,
        path=path,
        line=line,
        side=side,
        quoted=found.text,
        body=body.strip(),
        actor=ctx.actor,
        now=ctx.now(),
    )


def newest(ctx: TownContext, bead_id: str) -> Merge:
    """A bead's newest submission, or NotFound."""
    bead = find(ctx, bead_id)
    found = merges.of_bead(ctx.ledger, bead.id)
    if not found:
        raise NotFound(f"nothing of {bead.id} was handed in yet", hint=f"see gt why {bead.id}")
    return max(found, key=lambda merge: merge.id)


def comments(ctx: TownContext, bead_id: str) -> list[ReviewComment]:
    """All remarks on a bead's work, oldest first."""
    return review.of_bead(ctx.ledger, find(ctx, bead_id).id)


def drop(ctx: TownContext, comment_id: int) -> None:
    """Forgets a draft."""
    ctx.require_overseer("review work")
    review.drop(ctx.ledger, comment_id, actor=ctx.actor, now=ctx.now())


def resolve(ctx: TownContext, comment_id: int) -> None:
    """A remark is dealt with."""
    ctx.require_overseer("review work")
    review.move(ctx.ledger, [comment_id], ReviewState.RESOLVED, actor=ctx.actor, now=ctx.now())


def send(ctx: TownContext, bead_id: str, words: str = "") -> Sent:
    """Sends all drafts of a bead at once, with `words` before them.

    Work that waits for approval goes back with them; an agent that has the bead again gets them as a message.

    Raises:
        NotAllowed: the caller is an agent.
        UsageError: there is nothing to send.
        Conflict: nobody has the work: the refinery is at it, or it has landed.
    """
    ctx.require_overseer("review work")
    bead = find(ctx, bead_id)
    with transaction(ctx.ledger):
        drafts = [one for one in review.of_bead(ctx.ledger, bead.id) if one.state is ReviewState.DRAFT]
        if not drafts and not words.strip():
            raise UsageError(f"there is no comment on {bead.id} to send")
        text = letter(bead.id, drafts, words)
        run = runs.active_of_bead(ctx.ledger, bead.id)
        if any(merge.state in _WAITING for merge in merges.of_bead(ctx.ledger, bead.id)):
            receiver = newest(ctx, bead.id).agent
            approvals.send_back(ctx, bead.id, text)
            sent = Sent("back", receiver, len(drafts))
        elif run is not None:
            messages.send(ctx, [run.agent], text, subject=f"Review of {bead.id}")
            sent = Sent("message", run.agent, len(drafts))
        else:
            raise Conflict(
                f"nobody has {bead.id} now: it is {bead.state.value}", hint="file a bead for what is left, or wait for the refinery"
            )
        review.move(ctx.ledger, [one.id for one in drafts], ReviewState.SENT, actor=ctx.actor, now=ctx.now())
        return sent
