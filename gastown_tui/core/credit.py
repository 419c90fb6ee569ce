"""Words by which providers say that an account has no credit left, whichever CLI repeats them. Waiting does not help then."""

from __future__ import annotations

NO_CREDIT = (
    "credit balance",
    "exceeded your current quota",
    "insufficient_quota",
    "insufficient quota",
    "insufficient credit",
    "insufficient balance",
    "insufficient funds",
    "more credits",
    "out of credits",
    "no credits",
    "payment required",
    "billing",
)
"""Small letters. OpenAI, Anthropic, Google and OpenRouter; the last is in every message that sends its reader to a billing page."""


def is_out_of_credit(words: str) -> bool:
    """Whether an error's words, not any text, say so."""
    small = words.lower()
    return any(phrase in small for phrase in NO_CREDIT)
