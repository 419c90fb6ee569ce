"""Which agent CLIs we know, and which of them can be used here."""

from __future__ import annotations

from collections.abc import Mapping

from gastown_tui.core.errors import NotFound
from gastown_tui.drivers.base import Availability, Driver
from gastown_tui.drivers.builtin import BuiltinDriver
from gastown_tui.drivers.claude import ClaudeDriver

DRIVERS: Mapping[str, Driver] = {"claude": ClaudeDriver(), "builtin": BuiltinDriver()}
"""In the order in which a new town prefers them: most people pay by subscription."""


def get(name: str) -> Driver:
    """The driver of that name.

    Raises:
        NotFound: we have none.
    """
    if name not in DRIVERS:
        raise NotFound.of("agent CLI", name, hint=f"known are: {', '.join(DRIVERS)}")
    return DRIVERS[name]


def available(environment: Mapping[str, str], settings: Mapping[str, Mapping[str, str]]) -> list[tuple[str, Availability]]:
    """Every driver with what we found of it, in order of preference.

    Args:
        environment: of the person who asks; PATH, HOME and keys are looked at.
        settings: driver → its flat settings (`DriverConfig.settings()`); missing ones have none.
    """
    return [(name, driver.availability(environment, settings.get(name, {}))) for name, driver in DRIVERS.items()]


def preferred(environment: Mapping[str, str], settings: Mapping[str, Mapping[str, str]]) -> str:
    """The first driver that is ready, else `builtin`, which says itself what it lacks."""
    return next((name for name, found in available(environment, settings) if found.state == "ready"), "builtin")
