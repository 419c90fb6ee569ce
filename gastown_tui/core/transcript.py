"""What an agent CLI writes down of its conversation, in one form for all of them. Plain values; all strings are foreign text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gastown_tui.core.evidence import AgentState


class What(StrEnum):
    """What an entry of a conversation is."""

    USER = "user"
    """Words to the agent: its prompt, a person's, or those typed in by us."""
    AGENT = "agent"
    TOOL = "tool"
    """A call; its `id` is also its result's."""
    RESULT = "result"
    NOTE = "note"
    """The CLI's own remark: a compaction, an interruption, a fresh start."""
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said or done."""

    what: What
    at: float
    """Unix seconds, 0.0 when the CLI does not say."""
    text: str
    """The words; of a tool one line about its input; of a result its output."""
    id: str = ""
    name: str = ""
    """The tool's name."""
    detail: str = ""
    """A tool's whole input, or the change that it makes as a diff."""
    is_diff: bool = False
    is_failed: bool = False
    is_side: bool = False
    """A sub-agent's."""


@dataclass(frozen=True, slots=True)
class Call:
    """What one model answer used. The same answer may be told more than once: `id` is its name."""

    id: str
    model: str
    at: float
    input: int
    """Tokens that were neither read from nor written to the cache."""
    output: int
    """Reasoning included."""
    cache_read: int
    cache_write: int
    is_side: bool = False
    window: int = 0
    """The model's context size when the CLI says it, else 0."""
    cache_hour: int = 0
    """Of `cache_write`, what is kept for an hour and costs more than what is kept for five minutes."""

    @property
    def context(self) -> int:
        """Tokens that the conversation holds after this answer."""
        return self.input + self.cache_read + self.cache_write + self.output


@dataclass(frozen=True, slots=True)
class Sign:
    """What a record says about the agent's state from then on."""

    state: AgentState
    detail: str
    at: float
    rule: str


Item = Entry | Call | Sign
