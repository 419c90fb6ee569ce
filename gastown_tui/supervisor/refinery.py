"""The merge lane of a rig, one merge at a time: fetch, rebase, gates, land, prove, close, clean.

What lands is exactly what the gates saw: the rebased head's tree is recorded with the green result, and the target moves
by compare-and-swap from the very commit that was rebased onto. Every try works in a disposable worktree of its own. A
crash anywhere leaves the merge in a state from which `advance` begins again, or finishes a landing that happened.
"""

from __future__ import annotations

from dataclasses import dataclass

from gastown_tui.core.errors import Conflict, GitFailed, UsageError
from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.layout import RigLayout
from gastown_tui.core.observation import AdvanceMerge
from gastown_tui.core.refinery import after_green, effective_dial, needs_person
from gastown_tui.core.rows import Bead, Merge, Rig, Run
from gastown_tui.core.states import BeadOutcome, BeadState, MergeState
from gastown_tui.infra.act import kill, origin, refs
from gastown_tui.infra.act.rebase import rebase_in
from gastown_tui.infra.git import Git
from gastown_tui.infra.processes import processes_in
from gastown_tui.ledger import beads, incidents, merges, notes, rigs, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import approvals
from gastown_tui.services.config import rig_config
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.branches import clean_branches
from gastown_tui.supervisor.crash import crash_point
from gastown_tui.supervisor.gates import GateReport, run_gates
from gastown_tui.supervisor.journal import intent

EXCERPT = 3000
"""Characters of a gate's log that go to the next run: with the rest of `gt prime` it stays under 6 KB."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What every step of one merge needs."""

    ctx: TownContext
    merge: Merge
    rig: Rig
    bead: Bead
    run: Run
    layout: RigLayout
    git: Git
    """On the rig's bare repository."""

    @property
    def target(self) -> str:
        return f"refs/heads/{self.rig.target}"

    def move(self, state: MergeState, detail: str = "", **facts: object) -> Lane:
        """The lane after one transition."""
        ctx = self.ctx
        merge = merges.move(ctx.ledger, self.merge.id, state, actor=SUPERVISOR, now=ctx.now(), detail=detail, facts=facts)
        return Lane(ctx, merge, self.rig, self.bead, self.run, self.layout, self.git)


def advance(ctx: TownContext, action: AdvanceMerge) -> None:
    """Takes one merge as far as it goes now."""
    lane = open_lane(ctx, action.merge)
    match lane.merge.state:
        case MergeState.LANDING:
            finish_landing(lane)
        case MergeState.REBASING | MergeState.GATING:
            # Nobody works on it, so a crash ended that try.
            discard_attempt(lane)
            try_merge(lane.move(MergeState.QUEUED, "begun again after an interruption"))
        case MergeState.QUEUED:
            try_merge(lane)


def open_lane(ctx: TownContext, merge_id: int) -> Lane:
    """Reads what the steps need."""
    merge = merges.get(ctx.ledger, merge_id)
    rig = rigs.get(ctx.ledger, merge.rig)
    layout = ctx.layout.rig(rig.name)
    bead = beads.get(ctx.ledger, merge.bead)
    return Lane(ctx, merge, rig, bead, runs.get(ctx.ledger, merge.run), layout, Git(layout.repository))


def try_merge(lane: Lane) -> None:
    """Fetch, rebase, gates, and on to landing where the dial lets it."""
    private = lane.ctx.layout.private
    lane = lane.move(MergeState.REBASING, attempt=lane.merge.attempt + 1)
    crash_point(private, "merge.after_rebasing")
    discard_attempt(lane)
    take_in_origin(lane)
    before = lane.git.require(lane.target)
    repository, head = lane.layout.repository, lane.merge.submitted_head
    worktree = lane.layout.attempt(lane.merge.id, lane.merge.attempt)
    refs.add_worktree(repository, worktree, "", head)
    trailers = {"Gastown-Bead": lane.bead.id, "Gastown-Run": lane.run.id}
    rebased = rebase_in(worktree, repository, onto=before, upstream=before, head=head, trailers=trailers)
    if rebased.conflicts:
        discard_attempt(lane)
        return send_back(
            lane, MergeState.CONFLICT, f"conflict in {', '.join(rebased.conflicts)}", conflict_note(lane, rebased.conflicts)
        )
    if rebased.head == before:
        discard_attempt(lane)
        return close_as_merged(lane.move(MergeState.GATING, rebased_head=before, target_before=before).move(MergeState.LANDING))
    crash_point(private, "merge.after_rebase")
    tree = lane.git.tree_of(rebased.head)
    was_green = bool(lane.merge.gated_tree) and lane.merge.gated_tree == tree and lane.merge.target_before == before
    lane = lane.move(MergeState.GATING, rebased_head=rebased.head, target_before=before)
    crash_point(private, "merge.after_gating")
    if not was_green:
        report = run_gates(lane.ctx, lane.rig, rig_config(lane.ctx, lane.rig.name), worktree, lane.merge)
        if not report.is_green:
            discard_attempt(lane)
            return send_back(lane, MergeState.GATE_FAILED, f"gate {report.failed} failed", gate_note(report), log=report.log)
        if lane.git.tree_of(rebased.head) != tree:
            raise Conflict("the gated tree is not the rebased tree")
    crash_point(private, "merge.after_gates")
    discard_attempt(lane)
    return go_on_green(lane, tree)


def go_on_green(lane: Lane, tree: str) -> None:
    """Green: land, wait for a person, or stop at the branch, as the dial says."""
    goal = after_green(effective_dial(lane.rig, lane.bead), lane.merge)
    if goal is MergeState.AWAITING_APPROVAL:
        with transaction(lane.ctx.ledger):
            waiting = lane.move(goal, "green; waits for your approval", gated_tree=tree)
            approvals.ask(lane.ctx, waiting.merge, lane.bead)
        return
    lane = lane.move(goal, "green" if goal is MergeState.LANDING else "green; stops at its branch", gated_tree=tree)
    if goal is MergeState.LANDING:
        land(lane)


def land(lane: Lane) -> None:
    """Moves the target from exactly the commit that was rebased onto to exactly the commit that was gated."""
    private = lane.ctx.layout.private
    merge = lane.merge
    wanted = {"rig": lane.rig.name, "merge": merge.id, "ref": lane.target, "new": merge.rebased_head}
    with intent(lane.ctx, "ref.land", f"ref:{lane.rig.name}:{lane.target}", wanted, expected=merge.target_before):
        crash_point(private, "merge.after_landing_intent")
        if lane.git.tree_of(merge.rebased_head) != merge.gated_tree:
            raise Conflict(f"merge {merge.id}: what would land is not what the gates saw")
        refs.move_ref(lane.layout.repository, lane.target, new=merge.rebased_head, old=merge.target_before)
        crash_point(private, "merge.after_ref")
    close_as_merged(lane)


def finish_landing(lane: Lane) -> None:
    """After an interruption in LANDING: close when it landed, land when the target still waits, else begin again."""
    tip = lane.git.require(lane.target)
    if lane.git.is_ancestor(lane.merge.rebased_head, tip):
        close_as_merged(lane)
    elif tip == lane.merge.target_before:
        land(lane)
    else:
        lane.move(MergeState.QUEUED, "the target moved meanwhile")


def close_as_merged(lane: Lane) -> None:
    """Proves that the landed head is reachable from the target, then closes merge and bead in one transaction."""
    tip = lane.git.require(lane.target)
    if not lane.git.is_ancestor(lane.merge.rebased_head, tip):
        raise Conflict(f"merge {lane.merge.id} is not reachable from {lane.rig.target}")
    now = lane.ctx.now()
    with transaction(lane.ctx.ledger):
        landed = lane.move(MergeState.MERGED, f"landed on {lane.rig.target}", target_after=lane.merge.rebased_head)
        beads.close(
            lane.ctx.ledger,
            lane.bead.id,
            BeadOutcome.MERGED,
            actor=SUPERVISOR,
            reason=landed.merge.rebased_head,
            run=lane.run.id,
            now=now,
        )
        incidents.resolve(lane.ctx.ledger, "needs_help", lane.bead.id, actor=SUPERVISOR, now=now)
    crash_point(lane.ctx.layout.private, "merge.after_closed")
    discard_attempt(lane)
    clean_branches(lane.ctx, lane.bead.id)
    crash_point(lane.ctx.layout.private, "merge.after_cleanup")


def send_back(lane: Lane, state: MergeState, why: str, note: str, log: str = "") -> None:
    """Returns the work to its bead with what is needed to fix it, or to a person after too many tries."""
    ctx, now = lane.ctx, lane.ctx.now()
    with transaction(ctx.ledger):
        lane.move(state, why, log=log)
        notes.add(ctx.ledger, lane.bead.id, "fix", note, author=SUPERVISOR, bead=lane.bead.id, now=now)
        if needs_person(lane.bead):
            beads.ask_help(ctx.ledger, lane.bead.id, actor=SUPERVISOR, reason=why, run=lane.run.id, now=now)
            incidents.raise_one(
                ctx.ledger, "needs_help", lane.bead.id, why, severity="high", bead=lane.bead.id, actor=SUPERVISOR, now=now
            )
        elif beads.get(ctx.ledger, lane.bead.id).state is BeadState.SUBMITTED:
            beads.release(ctx.ledger, lane.bead.id, actor=SUPERVISOR, reason=why, failed=True, run=lane.run.id, now=now)


def conflict_note(lane: Lane, files: tuple[str, ...]) -> str:
    """What the next run is told about a conflict."""
    return (
        f"Your branch does not rebase onto {lane.rig.target}: conflict in {', '.join(files)}.\n"
        f"Run: git rebase {lane.rig.target}, resolve, run the tests, then hand in again."
    )


def gate_note(report: GateReport) -> str:
    """What the next run is told about a red gate."""
    return f"Gate {report.failed} failed. The end of its log:\n{report.tail[-EXCERPT:]}"


def take_in_origin(lane: Lane) -> None:
    """Origin is fetched before each landing; what it has new is merged into the target, never rewriting what landed."""
    if not lane.rig.origin:
        return
    ctx, subject = lane.ctx, lane.rig.name
    try:
        origin.take_in(lane.layout.repository, lane.rig.origin, lane.rig.target)
    except (GitFailed, UsageError, Conflict) as error:
        # The rig's own target stays right without it; a person hears of it, and the next landing tries again.
        incidents.raise_one(ctx.ledger, "origin", subject, error.line(), severity="medium", actor=SUPERVISOR, now=ctx.now())
    else:
        incidents.resolve(ctx.ledger, "origin", subject, actor=SUPERVISOR, now=ctx.now())


def discard_attempt(lane: Lane) -> None:
    """Removes disposable worktrees of this merge, after every process in them is proven gone."""
    parent = lane.layout.root / "refinery"
    for worktree in sorted(parent.glob(f"{lane.merge.id}-*")):
        for process in processes_in(worktree):
            kill.kill_tree(process.pid, process.started)
        refs.remove_disposable(lane.layout.repository, worktree)
