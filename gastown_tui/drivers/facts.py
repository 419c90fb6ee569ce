"""What is known about an agent CLI, as data: how it is started, spoken to, read, resumed, and what of that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

CAPABILITIES = ("start", "autonomy", "prompt", "hooks", "permission", "input", "screens", "resume", "transcript", "login")
"""What is said of every CLI to be verified with a version, or assumed:

start: it comes up in a worktree without a dialog. autonomy: edits, commits and `gt done` work at `edit` without a person.
prompt: the first words arrive whole. hooks: its events reach us through a whole turn. permission: its question is seen and
answered. input: pasted text and the submit key. screens: the screen rules, against captures. resume: a killed conversation
goes on. transcript: it is where and what we say. login: how a login is recognised."""


class PromptChannel(StrEnum):
    """How a CLI takes its first words."""

    ARGUMENT = "argument"
    """As the last word of its command line."""
    FLAG = "flag"
    """Behind an option of their own."""
    TYPED = "typed"
    """Only typed into its composer: they are the first message of the run."""


class HookKind(StrEnum):
    """How a CLI is made to report its events."""

    NONE = "none"
    COMMANDS = "commands"
    """It runs `gt-hook EVENT` itself."""
    PLUGIN = "plugin"
    """A small file in its own language calls `gt-hook`."""
    OWN = "own"
    """It is our own program."""


@dataclass(frozen=True, slots=True)
class Login:
    """How a login is recognised: by variables and files that are there, never by what stands in them."""

    variables: tuple[str, ...] = ()
    """One of them is enough. They are secrets: handed over by the launcher alone."""
    home_variable: str = ""
    """Names the CLI's own directory, when that can be moved."""
    home: str = ""
    """That directory below the home."""
    files: tuple[str, ...] = ()
    """Inside it; one of them is enough."""
    needed: bool = True
    """False: it also works without one, with a model of its user's."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class DriverFacts:
    """One CLI. Texts in `{conversation}` are filled with the CLI's own id of a conversation."""

    name: str
    display: str
    process_names: tuple[str, ...]
    interrupt_key: str
    """tmux key name that ends a running turn."""
    submit_key: str
    pulls_messages: bool
    """It takes queued messages from the ledger by itself when it rests; nothing is ever typed into it."""
    reports_hooks: bool
    """Its hooks tell us states, so the screen is only the fallback."""
    answers_requests: bool
    """Its permission hook can return the overseer's answer beside its own dialog."""
    asks: bool = True
    """It asks before it runs what nobody allowed; False: it has no approvals of its own."""
    takes_lines: bool = True
    """It asks for bracketed paste, so that a line's end inside a pasted text does not send it."""
    interrupt_presses: int = 1
    """How often that key is pressed; some ask whether it was meant."""
    typed_characters: int = 750
    """Longer pastes it folds away or marks as foreign; they go through a file (reference: agent-clis §5, and each CLI's own)."""
    program: str = ""
    """Its command on PATH."""
    install: str = ""
    """How to get it, for people."""
    has_version: bool = True
    """It says its version when it is asked with `--version`."""
    minimum: tuple[int, int, int] = (0, 0, 0)
    """Older versions are refused: they lack what we rely on."""
    arguments: tuple[str, ...] = ()
    """Of every start."""
    autonomy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Level → arguments; a level that is missing adds none."""
    model_flag: str = "--model"
    prompt: PromptChannel = PromptChannel.ARGUMENT
    prompt_flag: str = ""
    end_of_options: bool = True
    """It takes `--` before words that may begin with a dash."""
    environment: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    """Variables that would mislead it, say marks of a session from which the town was started."""
    passed_on: tuple[str, ...] = ()
    """The user's own choices in the environment, not secret."""
    hooks: HookKind = HookKind.NONE
    events: tuple[str, ...] = ()
    """Its events that we listen to, by its own names."""
    dialogs: tuple[str, ...] = ()
    """What it may ask before the first prompt, and what becomes of that."""
    resume: tuple[str, ...] = ()
    """Arguments that go on with `{conversation}`."""
    continue_last: tuple[str, ...] = ()
    """… with the newest one of the directory."""
    fork: tuple[str, ...] = ()
    """… with a copy."""
    one_shot: tuple[str, ...] = ()
    """Arguments for one question without a screen."""
    transcript: str = ""
    """Kind and place of what it writes about a conversation, "" when nothing is known."""
    usage: tuple[str, ...] = ()
    """Fields of its transcript that count tokens."""
    login: Login = field(default_factory=Login)
    context: int = 0
    """Tokens of its usual model's context; 0 is unknown."""
    verified: Mapping[str, str] = field(default_factory=dict)
    """Capability → version of the CLI with which it was tried; what is missing here is assumed from its documentation."""

    def standing(self, capability: str) -> str:
        """`verified with 1.2.3` or `assumed`."""
        version = self.verified.get(capability, "")
        return f"verified with {version}" if version else "assumed"


def tried(version: str, *capabilities: str) -> dict[str, str]:
    """Those capabilities as verified with one version."""
    return dict.fromkeys(capabilities, version)
