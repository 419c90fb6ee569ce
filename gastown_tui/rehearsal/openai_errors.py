"""Errors as OpenAI's APIs word them, for both of their forms."""

from __future__ import annotations

from collections.abc import Mapping

from gastown_tui.rehearsal.forms import LIMIT_SECONDS, Failure, Json
from gastown_tui.rehearsal.scenario import Fault


def _failure(status: int, kind: str, message: str, code: str | None = None, headers: Mapping[str, str] | None = None) -> Failure:
    error: Json = {"message": message, "type": kind, "param": None, "code": code}
    return Failure(status, {"error": error}, headers or {})


_RATE_LIMIT = _failure(429, "requests", "Rate limit reached for requests", "rate_limit_exceeded", {"retry-after": "1"})
_OVERLOADED = _failure(503, "server_error", "The server is currently overloaded with other requests")
_SERVER_ERROR = _failure(500, "server_error", "The server had an error while processing your request")
_FAILURES: Mapping[Fault, Failure] = {
    Fault.RATE_LIMIT: _RATE_LIMIT,
    Fault.RATE_LIMIT_ONCE: _RATE_LIMIT,
    Fault.OVERLOADED: _OVERLOADED,
    Fault.OVERLOADED_ONCE: _OVERLOADED,
    Fault.SERVER_ERROR: _SERVER_ERROR,
    Fault.SERVER_ERROR_ONCE: _SERVER_ERROR,
    Fault.UNAUTHORIZED: _failure(401, "invalid_request_error", "Incorrect API key provided", "invalid_api_key"),
    Fault.NO_CREDIT: _failure(
        429,
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details",
        "insufficient_quota",
    ),
    Fault.TOO_LONG: _failure(
        400, "invalid_request_error", "Your input exceeds the context window of this model", "context_length_exceeded"
    ),
}


def fault(kind: Fault, now: float) -> Failure | None:
    """The error answer of a fault, or None for faults that spoil a stream."""
    if kind is not Fault.USAGE_LIMIT:
        return _FAILURES.get(kind)
    ends = int(now) + LIMIT_SECONDS
    error: Json = {"type": "usage_limit_reached", "message": "The usage limit has been reached", "plan_type": "plus"}
    return Failure(429, {"error": {**error, "resets_at": ends, "resets_in_seconds": LIMIT_SECONDS}})


def refusal(status: int, message: str) -> Failure:
    """An error that no script asked for."""
    return _failure(status, "invalid_request_error" if status < 500 else "server_error", message)
