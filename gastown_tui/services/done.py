"""`gt done`: work is handed in. It is not done before it is merged; nothing is closed here."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from gastown_tui.core.errors import Conflict, NotAllowed, NotFound, UsageError
from gastown_tui.core.rows import Bead, Merge, Run
from gastown_tui.core.states import BeadState, MergeState, RequestState, RunState
from gastown_tui.infra.git import Git, WorktreeStatus
from gastown_tui.ledger import agents, beads, comments, merges, requests, rigs, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import approvals
from gastown_tui.services.context import TOKEN_VARIABLE, TownContext

_AT_WORK = (RunState.PREPARING, RunState.STARTING, RunState.WORKING, RunState.FINISHING)
"""States of a run whose agent may live. It may be faster than a supervisor that was killed before it wrote `starting`."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What was handed in."""

    bead: str
    merge: Merge | None
    """None for work without code, which a person accepts."""
    head: str
    untracked: int
    """Files that git does not know: they are saved, but they are not handed in."""


def submit(ctx: TownContext, *, summary: str = "", no_code: bool = False) -> Submission:
    """Hands in the calling run's bead. Calling it again with the same head changes nothing.

    Raises:
        NotAllowed: not called from inside a run, or from a run that has ended.
        Conflict: uncommitted changes, no commit, another branch, or handed in already with another head.
    """
    run, bead = _own_work(ctx)
    git = Git(Path(run.worktree), ctx.layout.rig(bead.rig).repository)
    status = git.status()
    if no_code:
        return _submit_without_code(ctx, run, bead, status, summary)
    same = next((merge for merge in merges.of_bead(ctx.ledger, bead.id) if merge.run == run.id), None)
    if same is not None and same.submitted_head == status.head and bead.state is not BeadState.OPEN:
        return Submission(bead.id, same, status.head, status.untracked)
    _check(git, run, bead, status, rigs.get(ctx.ledger, bead.rig).target)
    now = ctx.now()
    with transaction(ctx.ledger):
        for older in merges.of_bead(ctx.ledger, bead.id):
            if older.state in (MergeState.CONFLICT, MergeState.GATE_FAILED, MergeState.DRAFTED):
                merges.move(ctx.ledger, older.id, MergeState.REJECTED, actor=ctx.actor, now=now, detail="handed in anew")
        beads.begin(ctx.ledger, bead.id, actor=ctx.actor, run=run.id, now=now)
        beads.submit(ctx.ledger, bead.id, actor=ctx.actor, run=run.id, now=now)
        merge = merges.submit(ctx.ledger, _with_bead(run, bead, status.branch), bead.rig, status.head, actor=ctx.actor, now=now)
        if summary.strip():
            comments.add(ctx.ledger, bead.id, summary, author=ctx.actor, now=now)
        _finish(ctx, run, status.head, now)
    return Submission(bead.id, merge, status.head, status.untracked)


def _own_work(ctx: TownContext) -> tuple[Run, Bead]:
    if not ctx.run:
        raise NotAllowed("gt done is called by an agent, inside its run", hint="a person closes a bead with: gt close BEAD")
    run = runs.find(ctx.ledger, ctx.run)
    if run is None or run.token != os.environ.get(TOKEN_VARIABLE, ""):
        raise NotAllowed(f"run {ctx.run} is not known here, or its token is wrong")
    if run.state not in _AT_WORK:
        raise NotAllowed(f"run {run.id} has ended ({run.state.value})", hint="its work was saved; see gt trail " + run.bead)
    bead_id = run.bead or next((bead.id for bead in beads.BEADS.all(ctx.ledger, "assignee = ?", run.agent)), "")
    if not bead_id:
        raise NotFound("there is no bead on your hook", hint="see: $GT hook")
    return run, beads.get(ctx.ledger, bead_id)


def _check(git: Git, run: Run, bead: Bead, status: WorktreeStatus, target: str) -> None:
    if bead.state not in (BeadState.HOOKED, BeadState.IN_PROGRESS):
        raise Conflict(f"{bead.id} is {bead.state.value} already", hint="what you committed since is on your branch")
    if run.bead and status.branch != run.branch:
        raise Conflict(f"you are on {status.branch or 'a detached head'}, not on {run.branch}", hint=f"git switch {run.branch}")
    if not status.branch:
        raise Conflict("you are on a detached head", hint="switch to your branch first")
    if status.conflicted:
        raise Conflict(f"{status.conflicted} files have conflicts", hint="resolve them, then commit")
    if status.dirty:
        raise Conflict(f"{status.dirty} changed files are not committed", hint="git add -A && git commit, then hand in again")
    if git.is_ancestor(status.head, f"refs/heads/{target}"):
        raise Conflict(f"there is no commit that {target} does not have", hint="commit your work, or use: $GT done --no-code")


def _with_bead(run: Run, bead: Bead, branch: str) -> Run:
    return replace(run, bead=bead.id, branch=branch)


def _submit_without_code(ctx: TownContext, run: Run, bead: Bead, status: WorktreeStatus, summary: str) -> Submission:
    if not summary.strip():
        raise UsageError("work without code needs a summary", hint='$GT done --no-code --summary "what you found"')
    if status.dirty or status.untracked:
        raise Conflict("there are changes in your worktree", hint="commit and hand them in with $GT done, or undo them")
    now = ctx.now()
    with transaction(ctx.ledger):
        if bead.state is not BeadState.SUBMITTED:
            beads.begin(ctx.ledger, bead.id, actor=ctx.actor, run=run.id, now=now)
            beads.submit(ctx.ledger, bead.id, actor=ctx.actor, run=run.id, now=now)
            comments.add(ctx.ledger, bead.id, summary, author=ctx.actor, now=now)
            approvals.ask_acceptance(ctx, bead, run.agent, summary)
        _finish(ctx, run, status.head, now)
    return Submission(bead.id, None, status.head, 0)


def _finish(ctx: TownContext, run: Run, head: str, now: float) -> None:
    """The run of a polecat is over; a crew member goes on."""
    runs.set_facts(ctx.ledger, run.id, {"head": head})
    for request in requests.open_of_run(ctx.ledger, run.id):
        if request.kind != "approval":
            requests.end(ctx.ledger, request.id, RequestState.EXPIRED, actor=ctx.actor, now=now)
    if run.state is RunState.PREPARING:
        runs.move(ctx.ledger, run.id, RunState.STARTING, actor=ctx.actor, now=now, reason="its agent calls")
    if agents.get(ctx.ledger, run.agent).role == "polecat" and run.state is not RunState.FINISHING:
        runs.move(ctx.ledger, run.id, RunState.FINISHING, actor=ctx.actor, now=now, reason="handed in")
