"""How full a conversation is, and when it needs a handoff. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_WINDOW = 200_000
"""Tokens; the standard window of the present models. `--context-window` says otherwise."""
HANDOFF_AT = 0.8


@dataclass(frozen=True, slots=True)
class Tokens:
    """Usage of one model answer."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    @property
    def context(self) -> int:
        """What the next request will carry at least."""
        return self.input + self.output + self.cache_read + self.cache_write

    def plus(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
        )

    @classmethod
    def of(cls, usage: Mapping[str, object]) -> Tokens:
        """From the API's usage object; missing numbers are 0."""

        def number(key: str) -> int:
            value = usage.get(key)
            return value if isinstance(value, int) else 0

        return cls(
            number("input_tokens"),
            number("output_tokens"),
            number("cache_read_input_tokens"),
            number("cache_creation_input_tokens"),
        )


def fill(tokens: Tokens, window: int) -> float:
    """Share of the window in use, 0 to 1 or more."""
    return tokens.context / max(1, window)


def needs_handoff(tokens: Tokens, window: int) -> bool:
    return fill(tokens, window) >= HANDOFF_AT


HANDOFF_REQUEST = (
    "Your context is nearly full. Write a handoff note for yourself, who will go on with an empty memory: the goal, what is "
    "done (files, commits), what is left, decisions and their reasons, and the very next step. Only the note, no tool calls."
)


def opening(note: str) -> str:
    """First words of the fresh conversation."""
    return f"Handoff note from your earlier self; trust it, but check the files:\n\n{note}\n\nGo on from there."
