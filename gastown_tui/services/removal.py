"""Taking rigs and towns away: never before everything in them is proven to be elsewhere, or bundled.

A commit is proven when the rig's origin has it, or when it was landed by rebase and the origin has what landed.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import Conflict, GastownError, GitFailed, Unavailable, UnprovenWork
from gastown_tui.core.ids import save_ref_of
from gastown_tui.core.rows import Merge, Rig
from gastown_tui.core.states import LANE_STATES, IntentState, MergeState
from gastown_tui.infra.act import refs, saves
from gastown_tui.infra.files import private_directory
from gastown_tui.infra.git import NETWORK_TIMEOUT, Git
from gastown_tui.infra.processes import processes_in
from gastown_tui.ledger import agents, intents, merges, rigs, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

_PARTS = ("polecats", "crew", "refinery", "repo.git", "repo.view")
"""What we made in a rig's directory; the rest is a person's."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What went, and what is left for a person to look at."""

    rig: str
    bundles: tuple[str, ...]
    remains: tuple[str, ...]


def unproven_work(ctx: TownContext, name: str) -> list[str]:
    """What would be lost with a rig, one line each; empty when all is proven to be elsewhere.

    Asks the origin first; when that does not answer, only what is known from before counts as proven.
    """
    rig = rigs.get(ctx.ledger, name)
    repository = ctx.layout.rig(name).repository
    if not repository.exists():
        return []
    try:
        if rig.origin:
            refs.fetch_origin(repository, rig.origin)
    except GastownError:
        pass  # what the origin has got since is then unknown, and unknown is not proven
    git = Git(repository)
    found = [f"{ref}: {count} commits that the origin does not have" for ref, count in _unproven_refs(ctx, git, rig).items()]
    for fact in git.worktrees():
        status = Git(fact.path, repository).status() if fact.path.exists() else None
        if status is not None and not status.is_clean:
            found.append(f"{fact.path}: {status.dirty} changed, {status.untracked} unknown files, {status.stashes} stashes")
    return found


def remove_rig(ctx: TownContext, name: str, *, bundle: bool = False) -> Removed:
    """Removes a rig; its beads stay as history, the checkout that it was made from is not touched.

    Args:
        bundle: writes unproven work into a git bundle below the town's `bundles` directory first.

    Raises:
        NotAllowed: the caller is an agent.
        Conflict: agents work in it, somebody sits in a worktree, or merges are in its lane.
        UnprovenWork: something would be lost, and no bundle was asked for.
    """
    ctx.require_overseer("remove a rig")
    rig = rigs.get(ctx.ledger, name)
    layout = ctx.layout.rig(name)
    _check_still(ctx, name)
    lost = unproven_work(ctx, name)
    if lost and not bundle:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        raise UnprovenWork(
            f"rig {name} holds work that is nowhere else: {lost[0]}{more}", hint="say --bundle to keep it in a git bundle"
        )
    intent = intents.begin(ctx.ledger, "rig.remove", f"rig:{name}", {"name": name}, now=ctx.now())
    try:
        bundles = _empty(ctx, rig)
    except BaseException:
        intents.settle(ctx.ledger, intent, IntentState.ABANDONED, now=ctx.now())
        raise
    for part in _PARTS:
        shutil.rmtree(layout.root / part, ignore_errors=True)
    with transaction(ctx.ledger) as conn:
        for agent in agents.every(conn, name):
            agents.want(conn, agent.address, "stopped", actor=ctx.actor, now=ctx.now())
        rigs.remove(conn, name, actor=ctx.actor, now=ctx.now())
        intents.settle(conn, intent, IntentState.DONE, now=ctx.now())
    try:
        layout.root.rmdir()
    except OSError:
        pass  # a person's own files are in it
    remains = sorted(str(path) for path in layout.root.iterdir()) if layout.root.is_dir() else []
    return Removed(name, tuple(str(path) for path in bundles), tuple(remains))


def _check_still(ctx: TownContext, name: str) -> None:
    active = [run.agent for run in runs.active(ctx.ledger) if run.agent.startswith(f"{name}/")]
    if active:
        raise Conflict(f"{active[0]} is at work in rig {name}", hint=f"gt rig park {name}, then wait, or gt down --wait")
    lane = [merge for merge in merges.open_ones(ctx.ledger, name) if merge.state in LANE_STATES | {MergeState.AWAITING_APPROVAL}]
    if lane:
        raise Conflict(f"merge {lane[0].id} of {lane[0].bead} has not landed", hint="let it land, or: gt mq reject")
    for part in ("polecats", "crew", "refinery"):
        directory = ctx.layout.rig(name).root / part
        sitting = processes_in(directory) if directory.exists() else []
        if sitting:
            raise Conflict(f"a process (pid {sitting[0].pid}) works in {directory}", hint="end it first")


def _empty(ctx: TownContext, rig: Rig) -> list[Path]:
    """Saves and removes every worktree, then bundles what is unproven; returns the bundles."""
    repository = ctx.layout.rig(rig.name).repository
    if not repository.exists():
        return []
    git = Git(repository)
    for run in runs.with_worktree(ctx.ledger):
        if run.agent.startswith(f"{rig.name}/") and run.save_ref:
            saves.remove_worktree(repository, Path(run.worktree), run.save_ref)
            runs.set_facts(ctx.ledger, run.id, {"worktree": ""})
    for fact in git.worktrees():
        if fact.branch:
            saves.remove_worktree(repository, fact.path, save_ref_of(f"{fact.path.parent.name}-{fact.path.name}"))
        else:
            refs.remove_disposable(repository, fact.path)
    unproven = _unproven_refs(ctx, git, rig)
    if not unproven:
        return []
    directory = private_directory(ctx.layout.root / "bundles")
    path = directory / f"{rig.name}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(ctx.now()))}.bundle"
    try:
        git.run("bundle", "create", "--quiet", str(path), *unproven, timeout=NETWORK_TIMEOUT, is_write=True)
        git.run("bundle", "verify", "--quiet", str(path), timeout=NETWORK_TIMEOUT)
    except GitFailed as error:
        path.unlink(missing_ok=True)
        raise Unavailable(f"the work of rig {rig.name} could not be bundled", hint=error.line()) from error
    return [path]


def _unproven_refs(ctx: TownContext, git: Git, rig: Rig) -> dict[str, int]:
    """Ref → commits of it that are nowhere else, for branches, saves and what else is ours."""
    landed = {merge.submitted_head: merge for merge in _merged(ctx, rig.name)}
    found: dict[str, int] = {}
    for ref, commit in {**git.refs("refs/heads/"), **git.refs("refs/gastown/"), **git.refs("refs/stash")}.items():
        missing = _missing(git, commit)
        merge = landed.get(commit)
        if missing and merge is not None and not _missing(git, merge.rebased_head or merge.target_after):
            missing = 0
        if missing:
            found[ref] = missing
    return found


def _merged(ctx: TownContext, rig: str) -> list[Merge]:
    return merges.MERGES.all(ctx.ledger, "rig = ? AND state = 'merged'", rig)


def _missing(git: Git, commit: str) -> int:
    """Commits reachable from `commit` that the origin is not known to have."""
    return int(git.text("rev-list", "--count", commit, "--not", "--remotes=origin"))


@dataclass(frozen=True, slots=True)
class RemovedTown:
    """What is left of a town: bundles and a person's own files."""

    bundles: tuple[str, ...]
    remains: tuple[str, ...]


def remove_town(ctx: TownContext, *, bundle: bool = False) -> RemovedTown:
    """Stops all that is proven to be the town's, removes its rigs and then itself.

    Refuses before anything was stopped when work would be lost and no bundle was asked for.

    Raises:
        NotAllowed: the caller is an agent.
        UnprovenWork: a rig holds work that is nowhere else.
        Conflict: something of the town still lives after the stop.
    """
    from gastown_tui.services import shutdown

    ctx.require_overseer("remove the town")
    for rig in rigs.every(ctx.ledger):
        lost = [] if bundle else unproven_work(ctx, rig.name)
        if lost:
            raise UnprovenWork(
                f"rig {rig.name} holds work that is nowhere else: {lost[0]}", hint="say --bundle to keep it in a git bundle"
            )
    left = shutdown.stop_town(ctx)
    if not left.is_nothing:
        raise Conflict(f"the town is still alive: {left.lines()[0]}", hint="end it, then try again")
    bundles: list[str] = []
    for rig in rigs.every(ctx.ledger):
        bundles += remove_rig(ctx, rig.name, bundle=bundle).bundles
    root = ctx.layout.root
    ctx.close()
    shutil.rmtree(ctx.layout.private)
    ctx.layout.config.unlink(missing_ok=True)
    for entry in (root / "mayor", root):
        try:
            entry.rmdir()
        except OSError:
            pass  # a person's own files, or bundles
    remains = sorted(str(path) for path in root.iterdir()) if root.is_dir() else []
    return RemovedTown(tuple(bundles), tuple(remains))
