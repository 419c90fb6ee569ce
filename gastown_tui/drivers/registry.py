"""Which agent CLIs we know, and which of them can be used here."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from gastown_tui.core.errors import NotFound
from gastown_tui.drivers.base import Availability, Driver
from gastown_tui.drivers.builtin import BuiltinDriver
from gastown_tui.drivers.claude import ClaudeDriver
from gastown_tui.drivers.codex import CodexDriver

DRIVERS: Mapping[str, Driver] = {"claude": ClaudeDriver(), "codex": CodexDriver(), "builtin": BuiltinDriver()}
"""In the order in which a new town prefers them: most people pay by subscription."""
NONE: Mapping[str, Driver] = {}
_AT_ONCE = 4
"""Programs that are asked for their version together."""


def get(name: str, custom: Mapping[str, Driver] = NONE) -> Driver:
    """The driver of that name.

    Args:
        custom: a town's own drivers, see drivers/custom.py.

    Raises:
        NotFound: we have none.
    """
    found = DRIVERS.get(name) or custom.get(name)
    if found is None:
        raise NotFound.of("agent CLI", name, hint=f"known are: {', '.join((*DRIVERS, *custom))}")
    return found


def available(
    environment: Mapping[str, str], settings: Mapping[str, Mapping[str, str]], custom: Mapping[str, Driver] = NONE
) -> list[tuple[str, Availability]]:
    """Every driver with what we found of it, in order of preference.

    Args:
        environment: of the person who asks; PATH, HOME and keys are looked at.
        settings: driver → its flat settings (`DriverConfig.settings()`); missing ones have none.
        custom: a town's own drivers.
    """
    every = {**DRIVERS, **custom}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda name: every[name].availability(environment, settings.get(name, {})), every))
    return list(zip(every, found, strict=True))


def preferred(environment: Mapping[str, str], settings: Mapping[str, Mapping[str, str]]) -> str:
    """The first driver that is ready, else `builtin`, which says itself what it lacks."""
    return next((name for name, found in available(environment, settings) if found.state == "ready"), "builtin")
