"""How full a conversation is, and when it needs a handoff. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from gastown_tui.core.usage import Tokens

DEFAULT_WINDOW = 200_000
"""Tokens; the standard window of the present models. `--context-window` says otherwise."""
HANDOFF_AT = 0.8


def tokens_of(usage: Mapping[str, object]) -> Tokens:
    """From the API's usage object; missing numbers are 0."""

    def number(key: str) -> int:
        value = usage.get(key)
        return value if isinstance(value, int) else 0

    return Tokens(
        number("input_tokens"),
        number("output_tokens"),
        number("cache_read_input_tokens"),
        number("cache_creation_input_tokens"),
    )


def fill(tokens: Tokens, window: int) -> float:
    """Share of the window that the next request takes at least, 0 to 1 or more."""
    return tokens.total / max(1, window)


def needs_handoff(tokens: Tokens, window: int) -> bool:
    return fill(tokens, window) >= HANDOFF_AT


HANDOFF_REQUEST = (
    "Your context is nearly full. Write a handoff note for yourself, who will go on with an empty memory: the goal, what is "
    "done (files, commits), what is left, decisions and their reasons, and the very next step. Only the note, no tool calls."
)


def opening(note: str) -> str:
    """First words of the fresh conversation."""
    return f"Handoff note from your earlier self; trust it, but check the files:\n\n{note}\n\nGo on from there."
