"""The town's and the rigs' settings, from the files that people edit.

A rig's gates come from its `rig.toml` in the town, else from the tree of its target branch, else they are guessed from
that tree. Never from the branch that is to be landed. A `rig.toml` in a repository may name gates and nothing else:
which CLI runs, with how much freedom and with which variables is not for the repository's content to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gastown_tui.core import gates
from gastown_tui.core.config import Gates, RigConfig, TownConfig, placed, read_rig, read_town
from gastown_tui.core.errors import ConfigError
from gastown_tui.core.rows import Rig
from gastown_tui.drivers import registry
from gastown_tui.infra.files import read_text
from gastown_tui.infra.git import Git
from gastown_tui.ledger import rigs
from gastown_tui.services.context import TownContext

TREE_FILES = ("rig.toml", ".gastown/rig.toml")
"""Where a repository may name its gates."""
FILE_LIMIT = 1_000_000
"""Bytes; a larger file in a tree is no settings file."""


@dataclass(frozen=True, slots=True)
class RigSettings:
    """A rig's settings with where they come from."""

    config: RigConfig
    source: str
    """town (rig.toml in the town) | tree (rig.toml in the repository) | detected | none (nothing was found)"""
    reasons: dict[str, str] = field(default_factory=dict)
    """Gate → what it was guessed from, when it was."""


def town_config(ctx: TownContext) -> TownConfig:
    """`town.toml`; the defaults when it is missing. Its own agent CLIs are known to this process from then on.

    Raises:
        ConfigError: its content is wrong.
    """
    text = read_text(ctx.layout.config)
    found = TownConfig() if text is None else read_town(text, str(ctx.layout.config))
    if found.agents or registry.DRIVERS.maps[0]:
        try:
            registry.adopt(found.agents)
        except ConfigError as error:
            raise placed(error, text or "", str(ctx.layout.config)) from error
    return found


def rig_config(ctx: TownContext, rig: str | Rig) -> RigConfig:
    """The settings that count for a rig now."""
    return rig_settings(ctx, rig).config


def rig_settings(ctx: TownContext, rig: str | Rig) -> RigSettings:
    """The settings that count for a rig now, and where they come from.

    Raises:
        ConfigError: a rig.toml is wrong.
        Unavailable: the repository cannot be read.
    """
    row = rigs.get(ctx.ledger, rig) if isinstance(rig, str) else rig
    layout = ctx.layout.rig(row.name)
    text = read_text(layout.config)
    own = RigConfig() if text is None else read_rig(text, str(layout.config))
    if own.gates.commands():
        return RigSettings(own, "town")
    found = tree_settings(layout.repository, f"refs/heads/{row.target}")
    gates_of_tree = found.config.gates
    if own.gates.timeout != Gates().timeout:
        gates_of_tree = gates_of_tree.model_copy(update={"timeout": own.gates.timeout})
    return RigSettings(own.model_copy(update={"gates": gates_of_tree}), found.source, found.reasons)


def tree_settings(repository: Path, commit: str) -> RigSettings:
    """Gates as a commit's tree has them, or suggests them."""
    return _settings_at(Git(repository), commit)


def _settings_at(git: Git, commit: str) -> RigSettings:
    head = git.require(commit)
    for path in TREE_FILES:
        text = _text(git.show(head, path))
        if text is not None:
            return RigSettings(RigConfig(gates=read_rig(text, f"{path} in the repository").gates), "tree")
    names = git.text("ls-tree", "-r", "--name-only", "-z", "--full-tree", head).split("\0")
    contents = {name: text for name in gates.READ_FILES if name in names and (text := _text(git.show(head, name))) is not None}
    proposal = gates.detect(names, contents)
    source = "detected" if proposal.gates.commands() else "none"
    return RigSettings(RigConfig(gates=proposal.gates), source, dict(proposal.reasons))


def checkout_settings(checkout: Path) -> RigSettings:
    """Gates as a person's checkout has them at its head, before it is a rig."""
    return _settings_at(Git.checkout(checkout), "HEAD")


def _text(data: bytes | None) -> str | None:
    return None if data is None or len(data) > FILE_LIMIT else data.decode("utf-8", "replace")
