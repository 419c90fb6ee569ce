"""Rigs (projects): added from a path or a URL, pulled back into a person's checkout, parked, removed.

Adding is journalled: a half-done add is finished by doing it again, and leaves no rig that is not whole.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import Conflict, GastownError, NotFound, UsageError
from gastown_tui.core.ids import check_name, check_prefix, derive_prefix
from gastown_tui.core.layout import RigLayout
from gastown_tui.core.rows import Rig
from gastown_tui.core.states import Dial, IntentState
from gastown_tui.infra.act import refs
from gastown_tui.infra.files import private_directory
from gastown_tui.infra.git import Git
from gastown_tui.infra.git_view import view_of
from gastown_tui.infra.identity import boot_id, is_alive, start_time
from gastown_tui.ledger import agents, intents, rigs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

ADD = "rig.add"
_SECRET = re.compile(r"[a-z+]+://[^/@\s]*:[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Added:
    """A rig as it was added."""

    rig: Rig
    warnings: tuple[str, ...]
    """What will not work with this repository."""


def add(
    ctx: TownContext, name: str, origin: str, *, prefix: str = "", target: str = "", dial: Dial = Dial.ASK, max_polecats: int = 4
) -> Added:
    """Adds a project. Adding it is the consent to let agents work in worktrees of it.

    Args:
        origin: a directory or URL.
        prefix: of its beads; derived from the name when "".
        target: the branch that work lands on; "" takes the origin's own.

    Raises:
        NotAllowed: the caller is an agent.
        Conflict: name or prefix is taken, or something else lies at the rig's place.
        UsageError: a bad name, no repository there, or one without commits.
    """
    ctx.require_overseer("add a rig")
    check_name("rig", name)
    origin = refs.resolve_origin(origin)
    if _SECRET.match(origin):
        raise UsageError(
            "the URL holds a password, which would be kept and shown", hint="give it to git's credential helper instead"
        )
    layout = ctx.layout.rig(name)
    _check_free(ctx, name, layout)
    chosen = check_prefix(prefix) if prefix else _free_prefix(ctx, name)
    if any(rig.prefix == chosen for rig in rigs.every(ctx.ledger)):
        raise Conflict(f'the bead prefix "{chosen}" is taken', hint="choose another with --prefix")
    intent = _begin(ctx, name, origin)
    try:
        private_directory(layout.root)
        made = refs.create_bare(origin, layout.repository, target=target)
        rig = Rig(name, chosen, origin, made.target, dial, max_polecats, "active", ctx.now())
        with transaction(ctx.ledger) as conn:
            rigs.add(conn, rig, actor=ctx.actor)
            intents.settle(conn, intent, IntentState.DONE, now=ctx.now())
    except GastownError:
        _discard(layout)
        intents.settle(ctx.ledger, intent, IntentState.ABANDONED, now=ctx.now())
        raise
    return Added(rig, made.warnings)


def _check_free(ctx: TownContext, name: str, layout: RigLayout) -> None:
    if rigs.find(ctx.ledger, name) is not None:
        raise Conflict(f'there is a rig called "{name}" already', hint="choose another name, or see gt rig list")
    if not layout.root.exists():
        return
    # A directory is ours to complete only when the journal says that an add was under way, or it holds settings alone.
    is_half_done = any(intent.key == f"rig:{name}" for intent in intents.open_ones(ctx.ledger))
    others = [entry.name for entry in layout.root.iterdir() if entry.name != layout.config.name]
    if others and not is_half_done:
        raise Conflict(f"something else is at {layout.root}: {others[0]}", hint="choose another name, or move it away")


def _begin(ctx: TownContext, name: str, origin: str) -> int:
    """The journal entry of this add; one that a killed process left open is taken over, a living one's is not."""
    key = f"rig:{name}"
    for intent in intents.open_ones(ctx.ledger):
        if intent.key != key or intent.kind != ADD:
            continue
        by = json.loads(intent.intended)
        if by["boot"] == boot_id() and is_alive(int(by["pid"]), float(by["started"])) is not False:
            raise Conflict(f"rig {name} is being added already", hint="wait for it")
        _discard(ctx.layout.rig(name))  # perhaps of another origin, so it is made again from the start
        intents.settle(ctx.ledger, intent.id, IntentState.ABANDONED, "begun again", now=ctx.now())
    pid = os.getpid()
    who = {"name": name, "origin": origin, "pid": pid, "started": start_time(pid) or 0.0, "boot": boot_id()}
    return intents.begin(ctx.ledger, ADD, key, who, now=ctx.now())


def _discard(layout: RigLayout) -> None:
    """Removes what a half-done add left: only a repository that no worktree hangs on and nobody has used."""
    draft = layout.repository.with_name(f".new-{layout.repository.name}")
    for leftover in (layout.repository, view_of(layout.repository), draft, view_of(draft)):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        layout.root.rmdir()
    except OSError:
        pass  # it holds something of the person's


def _free_prefix(ctx: TownContext, name: str) -> str:
    taken = {rig.prefix for rig in rigs.every(ctx.ledger)}
    wanted = derive_prefix(name)
    letters = "".join(character for character in name if character.isalnum())
    for candidate in (wanted, letters[:2], letters[:3], letters[:4], *(f"{wanted[:8]}{number}" for number in range(2, 100))):
        if candidate not in taken and candidate != "cv":
            return check_prefix(candidate)
    raise Conflict(f"no bead prefix is free for {name}", hint="name one with --prefix")


def every(ctx: TownContext) -> list[Rig]:
    """All rigs by name."""
    return rigs.every(ctx.ledger)


def get(ctx: TownContext, name: str) -> Rig:
    """The rig, or NotFound."""
    return rigs.get(ctx.ledger, name)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where landed work is: in the rig, in the person's checkout, on the remote. Counts None are unknown."""

    landed: str
    """Head of the rig's target branch."""
    origin: str
    """Head of the origin's branch of that name as it was last fetched, "" when unknown."""
    ahead: int | None
    """Commits of the rig that the origin did not have then."""
    behind: int | None
    """Commits of the origin that the rig did not have then."""


def whereabouts(ctx: TownContext, name: str) -> Whereabouts:
    """How the rig's target and its origin stand to each other, by what was fetched last."""
    rig = rigs.get(ctx.ledger, name)
    git = Git(ctx.layout.rig(name).repository)
    landed = git.require(f"refs/heads/{rig.target}")
    known = git.rev_parse(f"refs/remotes/origin/{rig.target}")
    if known is None:
        return Whereabouts(landed, "", None, None)
    ahead, behind = (int(part) for part in git.text("rev-list", "--left-right", "--count", f"{landed}...{known}").split())
    return Whereabouts(landed, known, ahead, behind)


def pull(ctx: TownContext, name: str, checkout: Path | None = None) -> str:
    """Fast-forwards a person's clean checkout to what has landed, on their order; returns the new head.

    Args:
        checkout: the one that the rig was made from when None.

    Raises:
        UsageError: the rig was made from a URL and no checkout is named.
        Conflict: changes in it, another branch, or commits that the rig does not have.
    """
    ctx.require_overseer("change your checkout")
    rig = rigs.get(ctx.ledger, name)
    if checkout is None:
        if not rig.origin.startswith("/"):
            raise UsageError(f"rig {name} was made from {rig.origin}", hint="name the checkout: gt rig pull NAME DIRECTORY")
        checkout = Path(rig.origin)
    if not checkout.is_dir():
        raise NotFound(f"no directory {checkout}", hint="name the checkout: gt rig pull NAME DIRECTORY")
    return refs.fast_forward_checkout(checkout.resolve(), ctx.layout.rig(name).repository, rig.target)


def set_dial(ctx: TownContext, name: str, dial: Dial) -> Rig:
    """How far the rig's work goes without a person."""
    ctx.require_overseer("turn the dial")
    rigs.set_dial(ctx.ledger, name, dial, actor=ctx.actor, now=ctx.now())
    return rigs.get(ctx.ledger, name)


def set_state(ctx: TownContext, name: str, state: str) -> Rig:
    """Parks a rig (nothing new starts in it) or makes it active again."""
    rigs.get(ctx.ledger, name)
    rigs.set_limits(ctx.ledger, name, state=state, max_polecats=None, actor=ctx.actor, now=ctx.now())
    return rigs.get(ctx.ledger, name)


def set_max_polecats(ctx: TownContext, name: str, count: int) -> Rig:
    """How many polecats it may have at once."""
    if not 0 <= count <= 200:
        raise UsageError(f"{count} polecats are not between 0 and 200")
    rigs.set_limits(ctx.ledger, name, state=None, max_polecats=count, actor=ctx.actor, now=ctx.now())
    return rigs.get(ctx.ledger, name)


def agents_of(ctx: TownContext, name: str) -> Sequence[str]:
    """Addresses of the rig's agents."""
    return [agent.address for agent in agents.every(ctx.ledger, name)]
