"""What a person has put off: for ten minutes, for an hour, until it changes. It sleeps in the console alone, and it comes back
at once when it is about something else: the agent's state has changed, or the question is another one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gastown_tui.tui.viewmodels.common import clock
from gastown_tui.tui.viewmodels.needs import Need

STEPS = (600.0, 3600.0, math.inf)
"""Seconds, one after the other; after the last it is awake again."""
_MOST = 200
"""Kept at most: the oldest are long over."""

Snoozes = Mapping[str, str]
"""Key of a need → `until since step`, as it is kept with the overseer's place."""


def _read(need: Need, snoozed: Snoozes) -> tuple[float, int] | None:
    try:
        until, since, step = snoozed[need.key].split(" ")
        return (float(until), int(step)) if float(since) == need.at else None
    except (KeyError, ValueError):
        return None


def until(need: Need, snoozed: Snoozes, now: float) -> float | None:
    """When it comes back, None when it is awake."""
    found = _read(need, snoozed)
    return found[0] if found is not None and found[0] > now else None


def awake(found: Sequence[Need], snoozed: Snoozes, now: float) -> list[Need]:
    """Those that are not put off."""
    return [need for need in found if until(need, snoozed, now) is None]


def put_off(need: Need, snoozed: Snoozes, now: float) -> tuple[dict[str, str], str]:
    """The next step for it, and in words what that is."""
    before = _read(need, snoozed)
    step = before[1] + 1 if before is not None and before[0] > now else 0
    rest = woken(need, snoozed)
    if step >= len(STEPS):
        return rest, "it is awake again"
    end = now + STEPS[step]
    made = {**rest, need.key: f"{end!r} {need.at!r} {step}"}
    return dict(list(made.items())[-_MOST:]), f"put off {back(end)}"


def woken(need: Need, snoozed: Snoozes) -> dict[str, str]:
    """Without it."""
    return {key: value for key, value in snoozed.items() if key != need.key}


def back(end: float) -> str:
    """`until 16:10`, `until it changes`."""
    return "until it changes" if math.isinf(end) else f"until {clock(end)}"
