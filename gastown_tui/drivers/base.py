"""The interface behind which every agent CLI stands.

A driver says how to start its CLI and how to read it; it starts nothing itself. What it returns is data that the
supervisor acts on, so that one launch can be tested as a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gastown_tui.core.evidence import Evidence
from gastown_tui.drivers.facts import DriverFacts


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """What a driver is told about a run that is to start."""

    town: Path
    run: str
    agent: str
    role: str
    worktree: Path
    run_directory: Path
    """Private to the run, mode 0700: settings files, transcript, secrets. Exists."""
    gt: Path
    """Absolute path of the `gt` that the agent calls."""
    gt_hook: Path
    prompt: str
    """First words to the agent; short, it is told to run `$GT prime`."""
    autonomy: str = "edit"
    """edit (worktree edits, git, gt and gates allowed, the rest asks) | full (no questions)."""
    conversation: str = ""
    """Resume this conversation when not "" (the CLI's own id)."""
    gates: tuple[tuple[str, ...], ...] = ()
    """The rig's gates as argument lists: the agent may run them unasked."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """From town.toml [drivers.NAME], flat: model, command, base_url, arguments (JSON list), env (JSON object). `rehearsal` is
    set by the town, never by a person, when base_url is a scripted model."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start one run: an argument list, never a shell string."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Not secret: may be seen by `ps`."""
    unset: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Handed over by the launcher from a 0600 file that it removes."""
    files: Mapping[Path, str] = field(default_factory=dict)
    """Written (0600) below the run directory before the start. Never into the repository or the home."""
    directories: tuple[Path, ...] = ()
    """Made (0700) below the town's private directory before the start, for CLIs that want their own to exist."""
    typed: str = ""
    """First words for a CLI that takes them only in its composer: the run's first message."""
    conversation: str = ""
    """The CLI's conversation id when it can be chosen beforehand, else "": then its hooks tell it."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a CLI can be used on this machine."""

    state: str
    """ready | absent | too_old | no_login | unknown"""
    path: str = ""
    version: str = ""
    detail: str = ""


class Driver(Protocol):
    """One agent CLI."""

    facts: DriverFacts

    def availability(self, environment: Mapping[str, str], settings: Mapping[str, str]) -> Availability:
        """Looks for the program and its login; starts it at most for `--version`."""
        ...

    def launch(self, request: LaunchRequest, environment: Mapping[str, str]) -> Launch:
        """How to start this run. `environment` is the town's own, from which allow-listed keys may be taken."""
        ...

    def classify(self, screen: str, title: str, now: float) -> Evidence | None:
        """What the screen alone says, or None when no rule matches. Pure."""
        ...

    def composer(self, screen: str) -> str | None:
        """What is typed in the composer but not sent: "" when it is empty, None when no composer is recognised. Pure."""
        ...

    def transcript(self, request: LaunchRequest, environment: Mapping[str, str]) -> Path | None:
        """Where the conversation is written, when that is known beforehand."""
        ...
