"""A driver made of facts alone. A CLI that needs more overrides one step of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gastown_tui.core.evidence import Evidence
from gastown_tui.drivers.base import Availability, Launch, LaunchRequest
from gastown_tui.drivers.facts import DriverFacts, Login, PromptChannel
from gastown_tui.drivers.options import extra_arguments, extra_environment, kept
from gastown_tui.drivers.roles import level
from gastown_tui.drivers.screens import RuleSet, Screen, classify, draft
from gastown_tui.infra.programs import find_program, parse_version, version_said

VERSION_SECONDS = 15.0
"""A cold start of a CLI on node took 3 s for its version, and more than 8 on a machine where every core was busy."""
PROMPTED = "GT_PROMPTED"
"""Tells the hook whether the first prompt comes with the start, so that a started session is not called idle."""


@dataclass(frozen=True, slots=True)
class Extras:
    """What a CLI's own part of a launch adds to the common one."""

    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[Path, str] = field(default_factory=dict)
    directories: tuple[Path, ...] = ()


class GenericDriver:
    """One CLI, from its facts and its screen rules."""

    def __init__(self, facts: DriverFacts, rules: RuleSet | None) -> None:
        self.facts = facts
        self.rules = rules

    def availability(self, environment: Mapping[str, str], settings: Mapping[str, str]) -> Availability:
        """Absent, too old, without a login, or ready. Starts it for `--version` only, for a few seconds at most."""
        command = settings.get("command", "")
        program = self.find(environment, command)
        if program is None:
            return Availability("absent", detail=f"{command} is not there" if command else self.facts.install)
        if not self.facts.has_version:
            return Availability("ready", str(program))
        said, why = version_said(program, timeout=VERSION_SECONDS)
        version = parse_version(said)
        if version is None:
            return Availability("unknown", str(program), "", why or f"it names no version: {said[:120]}")
        shown = ".".join(map(str, version))
        if version < self.facts.minimum:
            wanted = ".".join(map(str, self.facts.minimum))
            return Availability("too_old", str(program), shown, f"version {wanted} or newer is needed")
        if settings.get("rehearsal") or has_login(self.facts.login, environment):
            return Availability("ready", str(program), shown)
        return Availability("no_login", str(program), shown, self.facts.login.hint)

    def find(self, environment: Mapping[str, str], command: str = "") -> Path | None:
        """The program: the configured one, else the one on PATH."""
        return find_program(str(Path(command).expanduser()) if command else self.facts.program, environment)

    def launch(self, request: LaunchRequest, environment: Mapping[str, str]) -> Launch:
        """The common part of a start, with the CLI's own (`extras`)."""
        facts, settings = self.facts, request.settings
        program = self.find(environment, settings.get("command", ""))
        own = self.extras(request, environment)
        argv = [str(program or facts.program), *facts.arguments, *self.autonomy(request), *own.arguments]
        if settings.get("model") and not settings.get("rehearsal"):
            argv += [facts.model_flag, settings["model"]]
        argv += [word.format(conversation=request.conversation) for word in facts.resume if request.conversation]
        argv += [*extra_arguments(settings), *self._prompt(request)]
        is_rehearsal = bool(settings.get("rehearsal"))
        passed = {} if is_rehearsal else kept(environment, facts.passed_on)
        prompted = "1" if request.prompt and facts.prompt is not PromptChannel.TYPED else "0"
        return Launch(
            argv=tuple(argv),
            environment={**facts.environment, **passed, PROMPTED: prompted, **own.environment, **extra_environment(settings)},
            unset=facts.unset + (facts.login.variables if is_rehearsal else ()),
            secrets={**({} if is_rehearsal else kept(environment, facts.login.variables)), **own.secrets},
            files=own.files,
            directories=own.directories,
            typed=request.prompt if facts.prompt is PromptChannel.TYPED else "",
            conversation=request.conversation,
        )

    def _prompt(self, request: LaunchRequest) -> tuple[str, ...]:
        facts = self.facts
        if not request.prompt or facts.prompt is PromptChannel.TYPED:
            return ()
        if facts.prompt is PromptChannel.FLAG:
            # As one word, so that a prompt may begin with a dash; short options take none.
            is_long = facts.prompt_flag.startswith("--")
            return (f"{facts.prompt_flag}={request.prompt}",) if is_long else (facts.prompt_flag, request.prompt)
        return ("--", request.prompt) if facts.end_of_options else (request.prompt,)

    def autonomy(self, request: LaunchRequest) -> tuple[str, ...]:
        """Arguments of the level that counts for this run."""
        known = self.facts.autonomy
        wanted = level(request)
        return known[wanted] if wanted in known else known.get(request.autonomy, ())

    def extras(self, request: LaunchRequest, environment: Mapping[str, str]) -> Extras:
        """Hooks, rules, role and a rehearsal's model, in the CLI's own words."""
        return Extras()

    def classify(self, screen: str, title: str, now: float) -> Evidence | None:
        if self.rules is None:
            return None
        return classify(Screen.of(screen, title, self.rules.shape), self.rules.rules, now)

    def composer(self, screen: str) -> str | None:
        """Its grey suggestions are not a draft."""
        if self.rules is None:
            return None
        return draft(Screen.of(screen, "", self.rules.shape), self.rules.placeholders)

    def transcript(self, request: LaunchRequest, environment: Mapping[str, str]) -> Path | None:
        """In a rehearsal the directory where it keeps all of them; else None, since the user's environment tells."""
        return rehearsal_home(request, self.facts.name) if request.settings.get("rehearsal") else None


def home_of(login: Login, environment: Mapping[str, str]) -> Path:
    """The CLI's own directory."""
    chosen = environment.get(login.home_variable, "") if login.home_variable else ""
    return Path(chosen) if chosen else Path(environment.get("HOME", "/")) / login.home


def has_login(login: Login, environment: Mapping[str, str]) -> bool:
    """Whether a key or a stored login is there. An expired one shows on the agent's own screen."""
    if not login.needed or any(environment.get(name) for name in login.variables):
        return True
    home = home_of(login, environment)
    return any(os.path.lexists(home / name) for name in login.files)


def rehearsal_home(request: LaunchRequest, name: str) -> Path:
    """A CLI's own directory in a rehearsal: beside the runs, so that a resumed run finds its conversation, and so that the
    user's own stays untouched."""
    return request.run_directory.parent.parent / "rehearsal" / name


def git_directory(worktree: Path) -> Path | None:
    """Where a worktree's own git directory is (index, HEAD): outside of it, named by its `.git` file."""
    try:
        text = (worktree / ".git").read_text(encoding="utf-8")
    except OSError:
        return None
    found = text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else ""
    return (worktree / found).resolve() if found else None


def common_git_directory(worktree: Path) -> Path | None:
    """The repository behind a worktree: its objects and refs."""
    own = git_directory(worktree)
    if own is None:
        return None
    try:
        return (own / (own / "commondir").read_text(encoding="utf-8").strip()).resolve()
    except OSError:
        return own
