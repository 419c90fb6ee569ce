"""The merge queue for front ends: looking, trying again, rejecting. Landing is the refinery's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import Conflict, NotFound, UsageError
from gastown_tui.core.rows import Bead, Merge
from gastown_tui.core.states import OPEN_MERGE_STATES, BeadState, MergeState, RequestState
from gastown_tui.ledger import beads, merges, notes, requests, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

LOG_TAIL = 20_000
_AGAIN = (MergeState.CONFLICT, MergeState.GATE_FAILED, MergeState.REJECTED)


@dataclass(frozen=True, slots=True)
class MergeDetail:
    """A merge with its bead and the end of its gate log (foreign text)."""

    merge: Merge
    bead: Bead
    log: str


def listing(ctx: TownContext, rig: str = "", *, everything: bool = False) -> list[Merge]:
    """What is not merged or rejected, oldest first; with `everything` the newest ended ones before that."""
    found = merges.unfinished(ctx.ledger)
    if everything:
        found = [*merges.newest_ended(ctx.ledger, 100)[::-1], *found]
    return [merge for merge in found if rig in ("", merge.rig)]


def find(ctx: TownContext, word: str) -> Merge:
    """A merge by its number, or the newest of a bead.

    Raises:
        NotFound: no such merge, or that bead has none.
    """
    if word.isascii() and word.isdigit() and len(word) < 15:
        return merges.get(ctx.ledger, int(word))
    beads.get(ctx.ledger, word)
    found = merges.of_bead(ctx.ledger, word)
    if not found:
        raise NotFound(f"{word} has no merge", hint=f"see gt why {word}")
    return found[-1]


def detail(ctx: TownContext, word: str) -> MergeDetail:
    """A merge with its bead and its log."""
    merge = find(ctx, word)
    return MergeDetail(merge, beads.get(ctx.ledger, merge.bead), _log(ctx, merge))


def retry(ctx: TownContext, word: str) -> Merge:
    """Puts a merge that came back into the lane again as it is; an earlier approval does not count any more.

    Raises:
        Conflict: it did not come back, its bead is closed or being worked on, or another merge of it is in the lane.
    """
    with transaction(ctx.ledger) as conn:
        merge = find(ctx, word)
        bead = beads.get(conn, merge.bead)
        if merge.state not in _AGAIN:
            raise Conflict(f"merge {merge.id} is {merge.state.value.replace('_', ' ')}", hint="only what came back is tried again")
        if bead.state is BeadState.CLOSED:
            raise Conflict(f"{bead.id} is closed")
        if runs.active_of_bead(conn, bead.id) is not None or bead.assignee:
            raise Conflict(f"{bead.assignee or 'an agent'} works on {bead.id}", hint=f"see gt why {bead.id}")
        other = [one for one in merges.of_bead(conn, bead.id) if one.state in OPEN_MERGE_STATES]
        if other:
            raise Conflict(f"merge {other[0].id} of {bead.id} is in the lane already")
        now = ctx.now()
        if bead.state is not BeadState.SUBMITTED:
            if bead.state in (BeadState.NEEDS_HELP, BeadState.DEFERRED):
                beads.reopen(conn, bead.id, actor=ctx.actor, now=now)
            beads.claim(conn, bead.id, merge.agent, run=merge.run, now=now)
            beads.submit(conn, bead.id, actor=ctx.actor, run=merge.run, now=now)
        facts = {"approved_by": "", "approved_at": None}
        return merges.move(conn, merge.id, MergeState.QUEUED, actor=ctx.actor, now=now, detail="tried again", facts=facts)


def reject(ctx: TownContext, word: str, reason: str) -> Merge:
    """Takes a merge out of the queue; its bead opens again with the reason for whoever goes on.

    Raises:
        UsageError: no reason.
        Conflict: it is landing or has landed.
    """
    if not reason.strip():
        raise UsageError("say why", hint="the next run reads it: gt mq reject 3 --reason '…'")
    ctx.require_overseer("reject a merge")
    with transaction(ctx.ledger) as conn:
        merge = find(ctx, word)
        now = ctx.now()
        if merge.state is MergeState.REJECTED:
            return merge
        rejected = merges.move(conn, merge.id, MergeState.REJECTED, actor=ctx.actor, now=now, detail=reason)
        for request in requests.open_ones(conn):
            if request.kind == "approval" and request.bead == merge.bead:
                requests.end(conn, request.id, RequestState.SETTLED, key="reject", text=reason, actor=ctx.actor, now=now)
        bead = beads.get(conn, merge.bead)
        if bead.state is BeadState.SUBMITTED:
            notes.add(conn, bead.id, "fix", f"The merge was rejected: {reason}", author=ctx.actor, bead=bead.id, now=now)
            beads.release(conn, bead.id, actor=ctx.actor, reason=f"merge rejected: {reason}", failed=False, now=now)
        return rejected


def _log(ctx: TownContext, merge: Merge) -> str:
    if not merge.log:
        return ""
    path = (ctx.layout.root / merge.log).resolve()
    if not path.is_relative_to(ctx.layout.root):
        return ""
    return _tail(path)


def _tail(path: Path) -> str:
    try:
        with open(path, "rb") as stream:
            stream.seek(max(0, path.stat().st_size - LOG_TAIL))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
