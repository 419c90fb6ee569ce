"""Reading the times and spans that people write."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from gastown_tui.core.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FARTHEST = 3650 * 86_400


def parse_moment(text: str, now: float) -> float:
    """A span from `now` (`90m`, `2d`) or a local date or time (ISO 8601), as Unix seconds.

    Raises:
        UsageError: neither, or not in the future, or more than ten years away.
    """
    span = re.fullmatch(r"\+?(\d{1,6})\s*([smhdw])", text.strip())
    if span:
        moment = now + int(span[1]) * _UNITS[span[2]]
    else:
        try:
            parsed = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise UsageError(f"not a time: {text!r}", hint="for example 90m, 2d or 2027-01-31") from error
        moment = parsed.timestamp()
    if not now < moment < now + _FARTHEST:
        raise UsageError(f"{text!r} is not a time to come", hint="for example 90m, 2d or a later date")
    return moment


def parse_stamp(text: str) -> float | None:
    """An RFC 3339 time from foreign data as Unix seconds; None when it is none. A time without a zone counts as UTC."""
    try:
        # Nine digits of a second are common in foreign files, six are all that Python reads.
        parsed = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.strip()))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def stamp(moment: float) -> str:
    """Unix seconds as RFC 3339 in UTC: whole seconds as beads writes them, else microseconds."""
    parsed = datetime.fromtimestamp(moment, UTC)
    spec = "seconds" if parsed.microsecond == 0 else "microseconds"
    return parsed.isoformat(timespec=spec).replace("+00:00", "Z")
