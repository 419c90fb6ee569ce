"""What the loop needs of a screen: the words between the agent and whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gastown_tui.core.evidence import AgentState


class Level(StrEnum):
    """How much a notice matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


ALLOW, ALWAYS, DENY = "allow", "always", "deny"
"""Keys of the answers to a permission question, the same in the pane and in the town."""


@dataclass(frozen=True, slots=True)
class Question:
    """May this tool call run? All of it is foreign text but the tool's name."""

    tool: str
    title: str
    detail: str
    reason: str
    pattern: str
    """What `always` would allow for the rest of the session."""
    arguments: Mapping[str, object] = field(default_factory=dict)
    """Of the tool call: the town judges its risk by them."""

    def options(self) -> list[tuple[str, str]]:
        """(key, label) pairs in the order of their numbers."""
        options = [(ALLOW, "Allow once")]
        if self.pattern:
            options.append((ALWAYS, f"Always in this session: {self.pattern.removeprefix('shell:')}"))
        return [*options, (DENY, "Deny, and say why")]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question."""

    key: str
    text: str = ""
    """The reason of a denial."""
    by: str = ""
    """"" for the person at the pane."""


class Surface(Protocol):
    """A screen, or whatever stands for one."""

    def show_user(self, text: str, sender: str) -> None:
        """A user turn begins; `sender` is "" for the person at the pane."""
        ...

    def show_text(self, delta: str) -> None:
        """More of the model's text."""
        ...

    def end_text(self) -> None:
        """The model's text is whole."""
        ...

    def show_call(self, tool: str, summary: str) -> None: ...

    def show_result(self, tool: str, text: str, is_error: bool) -> None: ...

    def notice(self, text: str, level: Level = Level.INFO) -> None: ...

    def set_state(self, state: AgentState, detail: str = "") -> None:
        """What the agent does now; the surface shows it with its age."""
        ...

    def set_fill(self, share: float) -> None:
        """How full the context is, 0 to 1."""
        ...

    async def ask(self, question: Question) -> Answer:
        """Asks the person at the pane. Cancelled when the overseer was faster."""
        ...
