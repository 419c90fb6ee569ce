"""Branches of work that has landed go away, once every commit on them is proven to be elsewhere."""

from __future__ import annotations

from gastown_tui.core.errors import Conflict
from gastown_tui.core.ids import parse_address
from gastown_tui.core.rows import Run
from gastown_tui.core.states import BeadOutcome
from gastown_tui.infra.act import refs
from gastown_tui.infra.git import Git
from gastown_tui.ledger import beads, rigs, runs
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.journal import intent


def clean_branches(ctx: TownContext, bead_id: str) -> None:
    """Deletes the branches of a merged bead's runs.

    A branch stays while a worktree has it out, or while its head is reachable neither from its run's save ref nor from
    the rig's target.
    """
    bead = beads.find(ctx.ledger, bead_id)
    if bead is None or bead.outcome is not BeadOutcome.MERGED:
        return
    for run in runs.of_bead(ctx.ledger, bead_id):
        if run.branch:
            _clean(ctx, run, bead.rig)


def sweep_branches(ctx: TownContext) -> None:
    """Cleans the branches of all landed beads: what a crash between a landing and its cleaning has left."""
    for rig in rigs.every(ctx.ledger):
        for ref in Git(ctx.layout.rig(rig.name).repository).refs("refs/heads/polecat/"):
            run = runs.RUNS.one(ctx.ledger, "branch = ? ORDER BY created_at DESC", ref.removeprefix("refs/heads/"))
            if run is not None and run.bead:
                clean_branches(ctx, run.bead)


def _clean(ctx: TownContext, run: Run, rig: str) -> None:
    repository = ctx.layout.rig(rig).repository
    git = Git(repository)
    head = git.rev_parse(f"refs/heads/{run.branch}")
    if head is None or parse_address(run.agent).role != "polecat":
        return
    if any(worktree.branch == run.branch for worktree in git.worktrees()):
        return
    target = f"refs/heads/{rigs.get(ctx.ledger, rig).target}"
    if not (git.is_ancestor(head, run.save_ref) or git.is_ancestor(head, target)):
        return
    wanted = {"rig": rig, "branch": run.branch, "head": head}
    with intent(ctx, "branch.delete", f"branch:{rig}:{run.branch}", wanted, expected=head):
        try:
            refs.delete_branch(repository, run.branch, head)
        except Conflict:
            return  # somebody works on it again
