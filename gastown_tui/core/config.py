"""What people write into `town.toml` and `rig.toml`, read strictly: an unknown key is an error with a suggestion.

A gate is an argument list. A gate written as a string is split like a shell would split it, but no shell ever runs it.
"""

from __future__ import annotations

import difflib
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from gastown_tui.core.budget import Budget
from gastown_tui.core.errors import ConfigError
from gastown_tui.core.toml_text import line_of, parse_toml
from gastown_tui.core.usage import Price

GATE_NAMES = ("setup", "lint", "test", "build")
"""In the order in which they run."""
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHELL_WORDS = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "<<", "2>&1"})


class _Model(BaseModel):
    # The words below the fields are shown to people, in the settings form.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Gates(_Model):
    """What must pass before work lands; a gate that is None does not exist."""

    setup: list[str] | None = None
    """Prepares a fresh tree, before all other gates."""
    lint: list[str] | None = None
    """Looks at the code."""
    test: list[str] | None = None
    """Proves that it works."""
    build: list[str] | None = None
    """Makes what is delivered."""
    timeout: int = Field(default=1800, ge=1, le=86_400)
    """Seconds for each gate."""

    @field_validator(*GATE_NAMES, mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            value = split_command(value)
        if isinstance(value, list) and (not value or value[0] == ""):
            raise ValueError("a gate needs a program to run")
        return value

    def commands(self) -> list[tuple[str, list[str]]]:
        """(name, argument list) of the gates that exist, in running order."""
        named = ((name, getattr(self, name)) for name in GATE_NAMES)
        return [(name, list(argv)) for name, argv in named if argv]


class DriverConfig(_Model):
    """How one agent CLI is started in this town."""

    command: str = ""
    """Program to start instead of the one found on PATH."""
    model: str = ""
    """By the CLI's own name; "" lets the CLI choose."""
    base_url: str = ""
    """Where its model answers, for a gateway or a model of one's own; "" means the provider's."""
    autonomy: Literal["edit", "full"] = "edit"
    """edit: files of the worktree, git, gt and gates without asking; full: no questions at all."""
    env: dict[str, str] = Field(default_factory=dict)
    """Not for secrets: it can be seen in the process table."""
    arguments: list[str] = Field(default_factory=list)
    """Added to its command line."""

    @field_validator("env")
    @classmethod
    def _check_env(cls, value: dict[str, str]) -> dict[str, str]:
        return {_variable(name): text for name, text in value.items()}

    def settings(self) -> dict[str, str]:
        """The flat form that drivers take; empty values are left out, `arguments` is a JSON list."""
        flat = {"command": self.command, "model": self.model, "base_url": self.base_url, "autonomy": self.autonomy}
        if self.arguments:
            flat["arguments"] = json.dumps(self.arguments, ensure_ascii=False)
        return {key: value for key, value in flat.items() if value}


class PriceConfig(_Model):
    """What a model costs: US dollars for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_read: float | None = Field(default=None, ge=0)
    """None means what fresh input costs, like `cache_write`; `cache_hour` (kept for an hour) then costs twice that."""
    cache_write: float | None = Field(default=None, ge=0)
    cache_hour: float | None = Field(default=None, ge=0)

    def price(self) -> Price:
        """With the missing ones filled in."""
        read, written = (self.input if one is None else one for one in (self.cache_read, self.cache_write))
        return Price(self.input, self.output, read, written, self.cache_hour)


class BudgetConfig(_Model):
    """How much may be spent, in US dollars. What is not set has no limit."""

    day: float | None = Field(default=None, gt=0)
    """By the whole town in one (UTC) day. When it is spent nothing new is dispatched until the next one."""
    run: float | None = Field(default=None, gt=0)
    """By one run on a bead. When it is spent the bead needs a person."""
    bead: float | None = Field(default=None, gt=0)
    """By all runs on one bead."""
    warn_at: float = Field(default=0.8, gt=0, le=1)
    """Share of a budget at which a card tells of it."""
    when_spent: Literal["tell", "pause"] = "tell"
    """What happens to agents at work when a budget is spent: they are told to come to an end, or are stopped (their work is kept)."""

    def budget(self) -> Budget:
        """As the deciding code takes it."""
        return Budget(self.day, self.run, self.bead, self.warn_at, pauses=self.when_spent == "pause")


AGENT_NAME = re.compile(r"[a-z][a-z0-9-]{0,27}")
TMUX_KEY = re.compile(r"(?:[CMS]-)*(?:[!-~]|Enter|Escape|Tab|Space|BSpace|Up|Down|Left|Right|F\d{1,2})")


class ScreenConfig(_Model):
    """How a custom agent CLI's screen is read: regular expressions on its last lines, all optional."""

    like: str = ""
    """A known CLI whose screens look the same; then nothing else is needed."""
    composer: str = ""
    """The beginning of the line in which its user types, for example `^> `."""
    working: str = ""
    permission: str = ""
    question: str = ""
    limit: str = ""
    error: str = ""

    @field_validator("composer", "working", "permission", "question", "limit", "error")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value

    @model_validator(mode="after")
    def _check_likeness(self) -> ScreenConfig:
        more = [name for name in type(self).model_fields if name != "like" and getattr(self, name)]
        if self.like and more:
            raise ValueError(f"like says everything: leave out {more[0]}, or like")
        return self


def _agent_name(name: str) -> str:
    if not AGENT_NAME.fullmatch(name):
        raise ValueError(f'"{name}" cannot be the name of an agent CLI: small letters, digits and dashes')
    return name


class AgentConfig(_Model):
    """An agent CLI of the town's own."""

    command: list[str]
    """Program and the arguments of every start."""
    display: str = ""
    prompt: Literal["argument", "flag", "typed"] = "argument"
    """How it takes its first words: as its last argument, behind `prompt_flag`, or typed into it."""
    prompt_flag: str = ""
    edit: list[str] = Field(default_factory=list)
    """Arguments at autonomy `edit`."""
    full: list[str] = Field(default_factory=list)
    """Arguments at autonomy `full`."""
    resume: list[str] = Field(default_factory=list)
    """Arguments that go on with a conversation; `{conversation}` is its id."""
    process_names: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    env: dict[str, str] = Field(default_factory=dict)
    """Not for secrets: it can be seen in the process table."""
    secrets: list[str] = Field(default_factory=list)
    """Names of variables that are handed over unseen, from the environment of whoever starts the town."""
    unset: list[str] = Field(default_factory=list)
    submit_key: str = "Enter"
    interrupt_key: str = "Escape"
    takes_lines: bool = True
    """It asks for bracketed paste, so that a line's end inside a pasted text does not send it."""
    screen: ScreenConfig = Field(default_factory=ScreenConfig)

    @field_validator("command", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str) and not value.strip().isprintable():
            raise ValueError('a command is one line that can be printed; write ["program", "argument"] for anything else')
        found = split_command(value, "an agent") if isinstance(value, str) else value
        if isinstance(found, list) and (not found or not str(found[0]).strip()):
            raise ValueError("an agent needs a program to run")
        if isinstance(found, list) and not str(found[0]).isprintable():
            raise ValueError("a program's name is one line that can be printed")
        return found

    @field_validator("command", "edit", "full", "resume", "process_names")
    @classmethod
    def _check_words(cls, value: list[str]) -> list[str]:
        if any("\0" in word for word in value):
            raise ValueError("no program can be given a null character")
        return value

    @field_validator("display", "prompt_flag")
    @classmethod
    def _check_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("needs one line that can be printed")
        return value

    @field_validator("env")
    @classmethod
    def _check_env(cls, value: dict[str, str]) -> dict[str, str]:
        return {_variable(name): text for name, text in value.items()}

    @field_validator("secrets", "unset")
    @classmethod
    def _check_names(cls, value: list[str]) -> list[str]:
        return [_variable(name) for name in value]

    @field_validator("submit_key", "interrupt_key")
    @classmethod
    def _check_key(cls, value: str) -> str:
        if not TMUX_KEY.fullmatch(value):
            raise ValueError(f'"{value}" is no key that tmux knows, like Enter, Escape or C-c')
        return value

    @model_validator(mode="after")
    def _check_prompt(self) -> AgentConfig:
        if (self.prompt == "flag") != bool(self.prompt_flag):
            raise ValueError('prompt = "flag" and prompt_flag belong together')
        if self.prompt == "typed" and not (self.screen.like or self.screen.composer):
            raise ValueError('prompt = "typed" needs screen.composer or screen.like: else nobody knows when it may be typed')
        return self


class RuleConfig(_Model):
    """A standing rule: which tool calls are allowed, asked about or denied without a person."""

    verdict: Literal["allow", "ask", "deny"]
    tool: str = "*"
    """The CLI's own name of the tool, `*` and `?` allowed."""
    pattern: str = "*"
    """The command, path or address, `*` and `?` allowed. A command is taken apart: each call in it is matched by itself."""
    rig: str = ""
    """"" means every rig."""
    role: Literal["", "mayor", "polecat", "crew"] = ""
    """"" means everybody."""

    @field_validator("tool", "pattern")
    @classmethod
    def _check_words(cls, value: str) -> str:
        if not value.strip() or "\n" in value:
            raise ValueError("needs one line of words, or *")
        return value.strip()


class TownConfig(_Model):
    """`town.toml`."""

    name: str = ""
    """Shown to people; "" means the directory's name."""
    max_polecats: int = Field(default=8, ge=0, le=200)
    """At once, over all rigs."""
    default_agent: str = ""
    """Driver of new polecats and crew; "" lets the town choose one that is ready."""
    mayor_agent: str = ""
    """Driver of the mayor; "" means the default agent."""
    drivers: dict[str, DriverConfig] = Field(default_factory=dict)
    """How each agent CLI is started: command, model, autonomy, variables, arguments."""
    agents: dict[Annotated[str, AfterValidator(_agent_name)], AgentConfig] = Field(default_factory=dict)
    """The town's own agent CLIs by name."""
    rules: list[RuleConfig] = Field(default_factory=list)
    """Standing rules; deny beats ask, ask beats allow."""
    prices: dict[str, PriceConfig] = Field(default_factory=dict)
    """Model → price, over the table that ships."""
    budget: BudgetConfig = Field(default_factory=BudgetConfig)

    def driver(self, name: str) -> DriverConfig:
        """The driver's section, or the defaults."""
        return self.drivers.get(name) or DriverConfig()


class RigConfig(_Model):
    """`rig.toml`. Without one the gates are detected (core.gates)."""

    agent: str = ""
    """Driver of this rig's polecats; "" means the town's."""
    autonomy: Literal["", "edit", "full"] = ""
    """"" means the driver's."""
    max_polecats: int | None = Field(default=None, ge=0, le=200)
    """At once in this rig; without it the rig's own number counts."""
    gates: Gates = Field(default_factory=Gates)
    environment: list[str] = Field(default_factory=list)
    """Names of variables that gates get from the supervisor's environment, besides PATH, HOME, LANG and TMPDIR."""

    @field_validator("environment")
    @classmethod
    def _check_environment(cls, value: list[str]) -> list[str]:
        return [_variable(name) for name in value]


_TYPES = {"a valid dictionary": "a table", "a valid list": "a list in brackets", "a valid string": "a string in quotes"}
"""pydantic's names of types → those of TOML."""
Config = TypeVar("Config", bound=BaseModel)


def read_town(text: str, file: str = "town.toml") -> TownConfig:
    """Reads town.toml; raises ConfigError naming file, line and key."""
    return _read(TownConfig, text, file)


def read_rig(text: str, file: str = "rig.toml") -> RigConfig:
    """Reads rig.toml; raises ConfigError naming file, line and key."""
    return _read(RigConfig, text, file)


def split_command(text: str, what: str = "a gate") -> list[str]:
    """Splits a command like a shell would; `what` it is for is named when it cannot be.

    Raises:
        ValueError: an open quote, or words that only a shell understands.
    """
    words = shlex.split(text)
    shell = next((word for word in words if word in _SHELL_WORDS or word.endswith(";")), "")
    if shell:
        raise ValueError(f'no shell runs {what}, so "{shell}" means nothing here; write ["sh", "-c", "…"] if you want one')
    return words


def _variable(name: str) -> str:
    if not VARIABLE.fullmatch(name):
        raise ValueError(f'"{name}" cannot be the name of an environment variable')
    return name


def _read(model: type[Config], text: str, file: str) -> Config:
    data = parse_toml(text, file)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise explain(model, text, file, error.errors(include_url=False)[0]) from error


def explain(model: type[BaseModel], text: str, file: str, error: ErrorDetails, *, line: int = 0) -> ConfigError:
    """A finding of pydantic in our words, with file, line and key; `line` when the caller knows it better."""
    # pydantic's own mark of a key that is wrong itself, which stands in no file.
    path = tuple(part for part in error["loc"] if part != "[key]")
    line = line or line_of(text, path)
    place = _place(file, line)
    key = ".".join(str(part) for part in path)
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(path[-1]), _keys_at(model, path[:-1]), 1)
        hint = f"did you mean {near[0]}?" if near else f"keys here: {', '.join(_keys_at(model, path[:-1]))}"
        return ConfigError(f'{place}: unknown key "{key}"', hint=hint)
    said = re.sub(r" or instance of \w+$", "", error["msg"].removeprefix("Value error, "))
    for its, ours in _TYPES.items():
        said = said.replace(its, ours)
    return ConfigError(f"{place}: {key}: {said[:1].lower()}{said[1:]}")


def placed(error: ConfigError, text: str, file: str) -> ConfigError:
    """What somebody found wrong with a key (`a.b.c: why`) after the file was read, with file and line."""
    return ConfigError(
        f"{_place(file, line_of(text, error.message.partition(': ')[0].split('.')))}: {error.message}", hint=error.hint
    )


def _place(file: str, line: int) -> str:
    return f"{file}, line {line}" if line else file


def _keys_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    tables: Mapping[str, type[BaseModel]] = {
        "gates": Gates,
        "drivers": DriverConfig,
        "agents": AgentConfig,
        "prices": PriceConfig,
        "budget": BudgetConfig,
    }
    here = tables.get(str(path[0]), model) if path else model
    if here is AgentConfig and path[-1] == "screen":
        here = ScreenConfig
    return sorted(here.model_fields)
