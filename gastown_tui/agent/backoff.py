"""What to do after a failed model call: a pure function of the failure and the number of tries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """Why a model call failed, as far as it matters for what to do next."""

    NO_KEY = "no_key"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NO_CREDIT = "no_credit"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    SERVER = "server"
    TIMEOUT = "timeout"
    NETWORK = "network"
    BROKEN_STREAM = "broken_stream"
    TOO_LONG = "too_long"
    UNKNOWN_MODEL = "unknown_model"
    REFUSED = "refused"
    """The request itself is wrong; the same request would fail again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed model call."""

    kind: FailureKind
    message: str
    """What the server or the network said. Foreign text."""
    status: int = 0
    retry_after: float | None = None
    """Seconds that the server asked to wait."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Wait so long, then try again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Trying again is of no use (any more)."""


TRIES = 8
"""With the waits below about three minutes pass, which outlasts most overloads."""
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
LONGEST_REQUESTED_WAIT = 900.0
"""A server that asks for more has a limit that is worth telling a person instead."""
_PASSING = frozenset(
    {
        FailureKind.RATE_LIMIT,
        FailureKind.OVERLOADED,
        FailureKind.SERVER,
        FailureKind.TIMEOUT,
        FailureKind.NETWORK,
        FailureKind.BROKEN_STREAM,
    }
)
_WORDS = {
    FailureKind.NO_KEY: "no API key: set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN) and start again",
    FailureKind.UNAUTHORIZED: "the API key was refused (401): check ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL",
    FailureKind.FORBIDDEN: "the key may not do that (403)",
    FailureKind.NO_CREDIT: "the account has no credit",
    FailureKind.RATE_LIMIT: "rate limit (429)",
    FailureKind.OVERLOADED: "the model is overloaded (529)",
    FailureKind.SERVER: "the server failed",
    FailureKind.TIMEOUT: "no answer in time",
    FailureKind.NETWORK: "no connection",
    FailureKind.BROKEN_STREAM: "the answer broke off",
    FailureKind.TOO_LONG: "the conversation is too long for the model",
    FailureKind.UNKNOWN_MODEL: "the server does not know that model: choose another with --model",
    FailureKind.REFUSED: "the request was refused",
}


def plan(failure: Failure, tried: int, jitter: float = 0.0) -> Retry | GiveUp:
    """What to do after `tried` (1 or more) tries failed, the last one with `failure`.

    Args:
        jitter: 0 to 1, adds up to a quarter of the wait, so that many agents do not come back at once.
    """
    if failure.kind not in _PASSING or tried >= TRIES:
        return GiveUp()
    if failure.retry_after is not None:
        if failure.retry_after > LONGEST_REQUESTED_WAIT:
            return GiveUp()
        return Retry(max(0.1, failure.retry_after) * (1 + jitter / 10))
    return Retry(min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tried - 1)) * (1 + jitter / 4))


def words_for(failure: Failure) -> str:
    """One clear line for a person."""
    said = " ".join(failure.message.split())[:300]
    words = _WORDS[failure.kind]
    if failure.kind is FailureKind.SERVER and failure.status:
        words = f"{words} ({failure.status})"
    if failure.kind is FailureKind.RATE_LIMIT and failure.retry_after is not None and failure.retry_after > LONGEST_REQUESTED_WAIT:
        words = f"{words}, free again in {round(failure.retry_after / 60)} minutes"
    return f"{words}: {said}" if said and failure.kind is not FailureKind.NO_KEY else words
