"""What models cost and how much they hold: the table that a town begins with. `[prices."MODEL"]` in town.toml overrides it.

Sources, all of November 2026: Claude's models as Claude Code 2.1.330 counts them (its own reckoning of answers of a
thousand tokens of one kind; cache writes are those that live five minutes), the others and older ones as the catalogue
of pi 0.73.1 lists them. Prices change: who is billed by them should check the table against the provider's.
"""

from __future__ import annotations

from collections.abc import Mapping

from gastown_tui.core.usage import Price, names_of

DATED = "2026-11"
"""When the table was made."""
_OPUS, _SONNET, _FABLE = Price(5, 25, 0.5, 6.25), Price(3, 15, 0.3, 3.75), Price(10, 50, 1, 12.5)
_GPT_5, _GPT_52, _GPT_54, _MINI = (
    Price(1.25, 10, 0.125, 0),
    Price(1.75, 14, 0.175, 0),
    Price(2.5, 15, 0.25, 0),
    Price(0.25, 2, 0.025, 0),
)
PRICES: Mapping[str, Price] = {
    "claude-opus-5-5": Price(4, 20, 0.2, 5),
    "claude-opus-5": _OPUS,
    "claude-opus-4-8": _OPUS,
    "claude-opus-4-7": _OPUS,
    "claude-opus-4-6": _OPUS,
    "claude-opus-4-5": _OPUS,
    "claude-opus-4-1": Price(15, 75, 1.5, 18.75),
    "claude-sonnet-5-5": Price(2, 10, 0.1, 2.5),
    "claude-sonnet-5": Price(2, 10, 0.2, 2.5),
    "claude-sonnet-4-6": _SONNET,
    "claude-sonnet-4-5": _SONNET,
    "claude-sonnet-4": _SONNET,
    "claude-haiku-5-5": Price(0.1, 0.5, 0.01, 0.125),
    "claude-haiku-4-5": Price(1, 5, 0.1, 1.25),
    "claude-fable-5-2": Price(8, 40, 0.2, 10),
    "claude-fable-5-1": Price(10, 50, 0.25, 12.5),
    "claude-fable-5": _FABLE,
    "claude-mythos-5": _FABLE,
    "gpt-5": _GPT_5,
    "gpt-5-codex": _GPT_5,
    "gpt-5.1": _GPT_5,
    "gpt-5.1-codex": _GPT_5,
    "gpt-5.1-codex-max": _GPT_5,
    "gpt-5.1-codex-mini": _MINI,
    "gpt-5-mini": _MINI,
    "gpt-5-nano": Price(0.05, 0.4, 0.005, 0),
    "gpt-5.2": _GPT_52,
    "gpt-5.2-codex": _GPT_52,
    "gpt-5.3-codex": _GPT_52,
    "gpt-5.4": _GPT_54,
    "gpt-5.4-mini": Price(0.75, 4.5, 0.075, 0),
    "gpt-5.4-nano": Price(0.2, 1.25, 0.02, 0),
    "gpt-5.5": Price(5, 30, 0.5, 0),
    "gemini-3.1-pro-preview": Price(2, 12, 0.2, 0),
    "gemini-3-pro-preview": Price(2, 12, 0.2, 0),
    "gemini-3-flash-preview": Price(0.5, 3, 0.05, 0),
    "gemini-2.5-pro": Price(1.25, 10, 0.125, 0),
    "gemini-2.5-flash": Price(0.3, 2.5, 0.03, 0),
    "gemini-2.5-flash-lite": Price(0.1, 0.4, 0.025, 0),
}
_SMALL = 200_000
"""Tokens: Claude models up to 4.5, and Sonnet 4.6 without its long context."""
_WINDOWS: tuple[tuple[str, int], ...] = (
    ("claude-opus-4-5", _SMALL), ("claude-opus-4-1", _SMALL), ("claude-opus-4-2", _SMALL), ("claude-opus-4-0", _SMALL),
    ("claude-sonnet-4", _SMALL), ("claude-haiku-4", _SMALL), ("claude-3", _SMALL), ("claude-", 1_000_000),
    ("gpt-5", 272_000), ("gemini-", 1_048_576),
)  # fmt: skip
"""Beginning of a model's name → tokens that its conversation may hold, the first that fits."""


def window_of(model: str) -> int:
    """Tokens that a conversation with this model may hold, 0 when it is not known."""
    if model.endswith("[1m]"):
        return 1_000_000
    return next((size for name in names_of(model) for start, size in _WINDOWS if name.startswith(start)), 0)
