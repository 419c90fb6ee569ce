"""The auditor: what must be true of a town whatever was killed. It believes git and the process table, not the ledger."""

from __future__ import annotations

from collections import Counter

from gastown_tui.core.states import BeadOutcome, MergeState
from gastown_tui.infra.git import Git
from gastown_tui.infra.launches import read_launcher
from gastown_tui.ledger import beads, intents, merges, rigs, runs
from gastown_tui.services import shutdown
from gastown_tui.services.context import TownContext


class Watcher:
    """Looks at the living town again and again: no two living launchers for one agent or one bead, ever."""

    def __init__(self, ctx: TownContext) -> None:
        self.ctx = ctx
        self.faults: list[str] = []

    def look(self) -> None:
        """One look. A launcher is alive by its own record of pid, start time and boot."""
        found = self.ctx.ledger.execute("SELECT id FROM runs ORDER BY created_at DESC LIMIT 20").fetchall()
        living = []
        for (run_id,) in found:
            record = read_launcher(self.ctx.layout.run_directory(run_id))
            if record is not None and record.is_alive():
                living.append(runs.get(self.ctx.ledger, run_id))
        for what in ("agent", "bead"):
            counted = Counter(getattr(run, what) for run in living if getattr(run, what))
            self.faults += [f"{count} living runs of {name}" for name, count in counted.items() if count > 1]


def audit(ctx: TownContext, commits_per_bead: int | None = 1) -> list[str]:
    """What is wrong in a town whose work is over; empty when all is well.

    Args:
        commits_per_bead: how many each bead's agent makes, None when that differs; then each must be there at least once
            and no two of a bead may be the same change.
    """
    found: list[str] = []
    for rig in rigs.every(ctx.ledger):
        layout = ctx.layout.rig(rig.name)
        git = Git(layout.repository)
        target = f"refs/heads/{rig.target}"
        trailers = Counter(_trailers(git, target))
        twice = [f"{bead}: {subject!r}" for (bead, subject), count in Counter(_subjects(git, target)).items() if count > 1 and bead]
        found += [f"landed twice: {what}" for what in twice]
        for bead in beads.every(ctx.ledger, rig=rig.name):
            landed = [merge for merge in merges.of_bead(ctx.ledger, bead.id) if merge.state is MergeState.MERGED]
            if bead.outcome is not BeadOutcome.MERGED:
                found.append(f"{bead.id} is {bead.state.value}")
                continue
            if len(landed) != 1:
                found.append(f"{bead.id} has {len(landed)} merged merges")
            if not all(git.is_ancestor(merge.rebased_head, target) for merge in landed):
                found.append(f"{bead.id}: what landed is not on {rig.target}")
            if trailers[bead.id] != (commits_per_bead or trailers[bead.id] or 1):
                found.append(f"{bead.id} has {trailers[bead.id]} commits on {rig.target}, {commits_per_bead or 'some'} were made")
        held = set(git.text("rev-list", "--all").split())
        heads = [(run.id, run.head) for run in runs.RUNS.all(ctx.ledger) if run.head and run.agent.startswith(f"{rig.name}/")]
        found += [f"head {head[:10]} of run {run} is in no ref" for run, head in heads if head not in held]
        found += [f"worktree left: {fact.path}" for fact in git.worktrees()]
        for part in ("polecats", "refinery"):
            directory = layout.root / part
            found += [f"left: {entry}" for entry in sorted(directory.iterdir())] if directory.is_dir() else []
        branches = git.refs("refs/heads/")
        found += [f"branch left: {name}" for name in branches if name != target]
    found += [f"intent {intent.kind} {intent.key} is open" for intent in intents.open_ones(ctx.ledger)]
    return found


def audit_end(ctx: TownContext) -> list[str]:
    """Takes the town down and says what of it is left."""
    return shutdown.stop_town(ctx).lines()


def _trailers(git: Git, target: str) -> list[str]:
    lines = git.text("log", "--format=%(trailers:key=Gastown-Bead,valueonly,separator=%x2C)", target).splitlines()
    return [line for line in lines if line]


def _subjects(git: Git, target: str) -> list[tuple[str, str]]:
    """(bead, subject) of every commit on the target; the scripted agents give each commit of a bead its own subject."""
    form = "--format=%(trailers:key=Gastown-Bead,valueonly,separator=%x2C)%x09%s"
    lines = (line.partition("\t") for line in git.text("log", form, target).splitlines())
    return [(bead, subject) for bead, _, subject in lines]
