"""The first visit: what is here (a repository, a town, agent CLIs), and making a town with this repository as a rig."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import NotFound, UsageError
from gastown_tui.core.ids import MAYOR, RESERVED_NAMES
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.rows import Rig
from gastown_tui.drivers import registry
from gastown_tui.drivers.base import Availability
from gastown_tui.infra.git import Git
from gastown_tui.infra.programs import require_program
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, rigs
from gastown_tui.services import beads, boot, config
from gastown_tui.services.context import TownContext, find_town
from gastown_tui.services.rigs import add as add_rig
from gastown_tui.services.town import create_town, warnings_of

OWN_BEADS = ".beads/issues.jsonl"


@dataclass(frozen=True, slots=True)
class Project:
    """The repository in which somebody stands."""

    root: Path
    name: str
    """A rig's name made from the directory's."""
    branch: str
    gates: Mapping[str, str]
    """Gate → command, as they would count."""
    reasons: Mapping[str, str]
    own_beads: Path | None
    """Its beads file, when it has one."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is here."""

    project: Project | None
    town: Path
    """The one that is there, or the place for a new one."""
    has_town: bool
    agents: tuple[tuple[str, Availability], ...]
    """Every CLI that we know, in order of preference."""

    @property
    def ready_agents(self) -> list[str]:
        return [name for name, found in self.agents if found.state == "ready"]


@dataclass(frozen=True, slots=True)
class Made:
    """What a first visit made."""

    town: Path
    rig: Rig | None
    agent: str
    warnings: tuple[str, ...]
    imported: int
    """Beads taken over from the project."""


def look(directory: Path, environment: Mapping[str, str] = os.environ) -> Situation:
    """Looks around; changes nothing.

    Raises:
        Unavailable: git or tmux is missing or too old.
    """
    require_program("git")
    try:
        town, has_town = find_town(directory, environment), True
    except NotFound:
        town, has_town = Path(environment.get("HOME", "/")) / "gt", False
    TmuxServer(TownLayout(town)).version()
    return Situation(find_project(directory), town, has_town, tuple(registry.available(environment, {})))


def find_project(directory: Path) -> Project | None:
    """The repository that holds `directory`, or None.

    Raises:
        UsageError: it has no commits.
    """
    here = directory.resolve()
    root = next((place for place in (here, *here.parents) if (place / ".git").exists()), None)
    if root is None:
        return None
    own = Git.checkout(root)
    if own.rev_parse("HEAD") is None and not own.has_commits():
        raise UsageError(f"the repository {root} has no commits", hint="make a first commit, then try again")
    found = config.checkout_settings(root)
    gates = {name: " ".join(argv) for name, argv in found.config.gates.commands()}
    file = root / OWN_BEADS
    return Project(root, rig_name(root.name), own.default_branch() or "", gates, found.reasons, file if file.is_file() else None)


def rig_name(directory: str) -> str:
    """A rig's name from a directory's."""
    name = re.sub(r"[^a-z0-9]+", "-", directory.lower()).strip("-")[:28].strip("-")
    if not name or not name[0].isalpha():
        name = f"rig-{name}".strip("-")
    return f"{name}-rig" if name in RESERVED_NAMES else name


def begin(situation: Situation, town: Path, agent: str, *, with_beads: bool = True) -> Made:
    """Makes the town (or takes the one that is there), adds the project as a rig at the dial `ask`, and starts.

    A town that this call made is removed again when the rig cannot be added.

    Args:
        with_beads: takes over the project's own beads; else its agents' `bd` is the project's own.
    """
    layout = TownLayout(town.expanduser().resolve())
    is_new = not layout.ledger.exists()
    existed = layout.root.exists()
    ctx = create_town(town, default_agent=agent, mayor_driver=agent)
    try:
        rig, warnings, imported = _add_project(ctx, situation.project, with_beads)
    except BaseException:
        ctx.close()
        if is_new:
            shutil.rmtree(layout.private if existed else layout.root, ignore_errors=True)
            layout.config.unlink(missing_ok=True)
        raise
    agents.want(ctx.ledger, MAYOR, "running", actor=ctx.actor, now=ctx.now())
    boot.set_wanted(ctx, "up")
    boot.ensure_supervisor(ctx)
    root = ctx.layout.root
    ctx.close()
    return Made(root, rig, agent, (*warnings_of(root), *warnings), imported)


def _add_project(ctx: TownContext, project: Project | None, with_beads: bool) -> tuple[Rig | None, tuple[str, ...], int]:
    if project is None:
        return None, (), 0
    known = next((rig for rig in rigs.every(ctx.ledger) if rig.origin == str(project.root)), None)
    if known is not None:
        return known, (), 0
    added = add_rig(ctx, _free_name(ctx, project.name), str(project.root))
    imported = 0
    if project.own_beads is not None and with_beads:
        from gastown_tui.services.interchange import import_beads

        text = project.own_beads.read_text(encoding="utf-8", errors="replace")
        imported = import_beads(ctx, text, added.rig.name).created
    elif project.own_beads is not None:
        beads.keep_own(ctx, added.rig.name)
    return added.rig, added.warnings, imported


def _free_name(ctx: TownContext, wanted: str) -> str:
    taken = {rig.name for rig in rigs.every(ctx.ledger)}
    return next(name for name in (wanted, *(f"{wanted}-{number}" for number in range(2, 1000))) if name not in taken)
