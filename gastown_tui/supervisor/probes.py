"""Did it happen? One question per kind of journalled act, asked after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gastown_tui.core.errors import GitFailed, NotFound, TmuxUnavailable, Unavailable
from gastown_tui.core.states import DeliveryState
from gastown_tui.infra.act import sessions
from gastown_tui.infra.act.kill import run_processes
from gastown_tui.infra.git import Git
from gastown_tui.ledger import messages, rigs, runs
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.journal import Probe


def landed(ctx: TownContext, intended: Mapping[str, object]) -> bool | None:
    """Whether the target holds what was to land."""
    try:
        rig = rigs.get(ctx.ledger, str(intended["rig"]))
        git = Git(ctx.layout.rig(rig.name).repository)
        return git.is_ancestor(str(intended["new"]), str(intended["ref"]))
    except NotFound:
        return False
    except (GitFailed, Unavailable):
        return None


def session_exists(ctx: TownContext, intended: Mapping[str, object]) -> bool | None:
    """Whether the run's session is there."""
    run = runs.find(ctx.ledger, str(intended["run"]))
    if run is None:
        return False
    try:
        return sessions.find_session(ctx.layout, run.agent, run.id, run.token) is not None
    except TmuxUnavailable:
        return None


def is_ended(ctx: TownContext, intended: Mapping[str, object]) -> bool | None:
    """Whether nothing of the run lives any more."""
    return not run_processes(ctx.layout.root, str(intended["run"]))


def worktree_exists(ctx: TownContext, intended: Mapping[str, object]) -> bool | None:
    """Whether the worktree is there."""
    return (Path(str(intended["path"])) / ".git").exists()


def worktree_is_gone(ctx: TownContext, intended: Mapping[str, object]) -> bool | None:
    """Whether the worktree is away."""
    return not Path(str(intended["path"])).exists()


def is_saved(ctx: TownContext, intended: Mapping[str, object]) -> bool | None:
    """Whether the run's save ref exists."""
    run = runs.find(ctx.ledger, str(intended["run"]))
    if run is None or "/" not in run.agent:
        return False
    repository = ctx.layout.rig(run.agent.split("/")[0]).repository
    try:
        return Git(repository).rev_parse(str(intended["ref"])) is not None
    except (GitFailed, Unavailable):
        return None


def branch_is_gone(ctx: TownContext, intended: Mapping[str, object]) -> bool | None:
    """Whether the branch is away."""
    repository = ctx.layout.rig(str(intended["rig"])).repository
    try:
        return Git(repository).rev_parse(f"refs/heads/{intended['branch']}") is None
    except (GitFailed, Unavailable):
        return None


def message_is_typed(ctx: TownContext, intended: Mapping[str, object]) -> bool | None:
    """What the ledger says of the message; while it is only leased the courier looks for it, and settles this."""
    try:
        state = messages.delivery(ctx.ledger, str(intended["message"]), str(intended["receiver"])).state
    except NotFound:
        return False
    return None if state is DeliveryState.LEASED else state in (DeliveryState.PASTED, DeliveryState.SUBMITTED, DeliveryState.SEEN)


PROBES: Mapping[str, Probe] = {
    "ref.land": landed,
    "session.create": session_exists,
    "session.kill": is_ended,
    "worktree.add": worktree_exists,
    "worktree.save": is_saved,
    "worktree.remove": worktree_is_gone,
    "branch.delete": branch_is_gone,
    "message.paste": message_is_typed,
}
