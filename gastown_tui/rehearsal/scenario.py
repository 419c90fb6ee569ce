"""Scenario files: what the scripted model says and does, as TOML that people can write (docs/rehearsal.md).

A scenario is a list of scripts. The user's words choose a script, each answer of the model is one step of it.
Nothing here talks to anyone: a file goes in, a validated value or a ConfigError with file and key comes out.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from gastown_tui.core.errors import ConfigError, NotFound


class Fault(StrEnum):
    """What goes wrong instead of (or in) an answer. `_once`: only the first time in a conversation."""

    RATE_LIMIT = "rate_limit"
    RATE_LIMIT_ONCE = "rate_limit_once"
    OVERLOADED = "overloaded"
    OVERLOADED_ONCE = "overloaded_once"
    SERVER_ERROR = "server_error"
    SERVER_ERROR_ONCE = "server_error_once"
    UNAUTHORIZED = "unauthorized"
    NO_CREDIT = "no_credit"
    USAGE_LIMIT = "usage_limit"
    """A subscription's, with the time at which it ends."""
    TOO_LONG = "too_long"
    HANG = "hang"
    SLOW = "slow"
    DROP = "drop"
    DROP_ONCE = "drop_once"


class Strict(BaseModel):
    """Unknown keys are errors: a misspelt key that is silently ignored costs its writer an hour."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WriteStep(Strict):
    """Create or replace a file, from `text` or from a file beside the scenario."""

    path: str
    text: str = ""
    source: str = Field(default="", alias="from")

    @model_validator(mode="after")
    def _one_content(self) -> WriteStep:
        if bool(self.text) == bool(self.source):
            raise ValueError("give either text or from")
        return self


class EditStep(Strict):
    """Replace `old`, which must be there exactly once, by `new`."""

    path: str
    old: str
    new: str


class CallStep(Strict):
    """Call one tool by the CLI's own name, for what has no word of its own here: a question, a plan."""

    tool: str
    input: dict[str, object] = {}


class Step(Strict):
    """One answer of the model: words, and at most one act. Without an act it ends the turn."""

    say: str = ""
    write: WriteStep | None = None
    edit: EditStep | None = None
    read: str | None = None
    search: str | None = None
    shell: str | None = None
    gt: str | list[str] | None = None
    call: CallStep | None = None
    when: str | None = None
    """Played only when this regular expression is found in the last act's result."""
    unless: str | None = None
    """Skipped when this regular expression is found in the last act's result."""
    pause: float = Field(default=1.0, ge=0)
    """Seconds of thought before the first word, times the pace."""
    fault: Fault | None = None
    escalate: bool = False
    """A `shell` act asks to run outside the CLI's sandbox, where its tool can ask for that."""
    context: int = Field(default=0, ge=0)
    """Input tokens that the answer claims, when not 0: fills an agent's context at once."""

    @field_validator("when", "unless")
    @classmethod
    def _is_regex(cls, value: str | None) -> str | None:
        if value is not None:
            _compile(value)
        return value

    @model_validator(mode="after")
    def _at_most_one_act(self) -> Step:
        acts = [name for name in ("write", "edit", "read", "search", "shell", "gt", "call") if getattr(self, name) is not None]
        if len(acts) > 1:
            raise ValueError(f"a step has one act, not {' and '.join(acts)}")
        if not acts and not self.say and self.fault is None:
            raise ValueError("a step needs words (say), an act or a fault")
        return self

    @property
    def ends_turn(self) -> bool:
        """True for a step of words alone."""
        acts = (self.write, self.edit, self.read, self.search, self.shell, self.gt, self.call)
        return all(act is None for act in acts)


class Script(Strict):
    """Steps for the user texts in which every expression of `match` is found."""

    name: str = ""
    match: list[str]
    resumes: bool = False
    """An unknown remark in the middle does not end it: it goes on where it was."""
    by_result: bool = False
    """When its steps are over, the last result chooses the next script as if the user had said it."""
    steps: list[Step] = Field(alias="step", min_length=1)

    @field_validator("match", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("match")
    @classmethod
    def _are_regexes(cls, value: list[str]) -> list[str]:
        if not value:
            raise ValueError("needs at least one expression")
        for expression in value:
            _compile(expression)
        return value


class Scenario(Strict):
    """A whole scenario. The first script that matches is played, else the fallback words."""

    title: str = ""
    fallback: str = "This is a rehearsal: a scripted model answers, and its script has no answer to that."
    scripts: list[Script] = Field(alias="script", min_length=1)
    directory: Path = Field(default=Path(), exclude=True)
    """Where `from` files are."""

    def text_of(self, step: WriteStep) -> str:
        """The content that a write step writes."""
        return step.text or (self.directory / step.source).read_text(encoding="utf-8")


def _compile(expression: str) -> re.Pattern[str]:
    try:
        return re.compile(expression)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error


def load(path: Path) -> Scenario:
    """Reads a scenario file.

    Raises:
        NotFound: no such file.
        ConfigError: broken TOML, an unknown or wrong key, or a missing `from` file; names file and key.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NotFound.of("scenario file", str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", hint="the file is not valid TOML") from error
    data.pop("directory", None)
    try:
        scenario = Scenario.model_validate({**data, "directory": path.parent.resolve()})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key or 'file'}: {first['msg']}", hint="see docs/rehearsal.md for the keys") from error
    _check_sources(path, scenario)
    return scenario


def _check_sources(path: Path, scenario: Scenario) -> None:
    """A file that is missing should be told at the start, not in the middle of a rehearsal."""
    for number, script in enumerate(scenario.scripts):
        for index, step in enumerate(script.steps):
            source = step.write.source if step.write else ""
            if not source:
                continue
            target = (scenario.directory / source).resolve()
            if not target.is_relative_to(scenario.directory) or not target.is_file():
                raise ConfigError(f"{path}: script.{number}.step.{index}.write.from: no file {source!r} beside the scenario")


def shipped() -> list[str]:
    """Names of the scenarios that come with the package."""
    root = Path(str(resources.files("gastown_tui.rehearsal"))) / "scenarios"
    return sorted(entry.parent.name for entry in root.glob("*/scenario.toml"))


def shipped_directory(name: str) -> Path:
    """Directory of a shipped scenario.

    Raises:
        NotFound: no scenario of that name ships.
    """
    if name not in shipped():
        raise NotFound.of("scenario", name, hint=f"shipped are {', '.join(shipped()) or 'none'}; or give a file")
    return Path(str(resources.files("gastown_tui.rehearsal"))) / "scenarios" / name


def find(name_or_path: str) -> Scenario:
    """A scenario by the name of a shipped one or by the path of a file."""
    if "/" in name_or_path or name_or_path.endswith(".toml"):
        return load(Path(name_or_path))
    return load(shipped_directory(name_or_path) / "scenario.toml")
