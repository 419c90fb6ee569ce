"""Which agent CLIs we know, and which of them can be used here."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from gastown_tui.core.errors import ConfigError, NotFound
from gastown_tui.drivers import custom, others
from gastown_tui.drivers.base import Availability, Driver
from gastown_tui.drivers.builtin import BuiltinDriver
from gastown_tui.drivers.claude import ClaudeDriver
from gastown_tui.drivers.codex import CodexDriver
from gastown_tui.drivers.copilot import CopilotDriver
from gastown_tui.drivers.gemini import GeminiDriver
from gastown_tui.drivers.opencode import OpencodeDriver
from gastown_tui.drivers.pi import PiDriver
from gastown_tui.drivers.rules import catalogue

if TYPE_CHECKING:
    # Its library takes longer to load than all drivers, and only a town with CLIs of its own needs it.
    from gastown_tui.core.config import AgentConfig

SHIPPED: Mapping[str, Driver] = {
    "claude": ClaudeDriver(),
    "codex": CodexDriver(),
    "gemini": GeminiDriver(),
    "opencode": OpencodeDriver(),
    "pi": PiDriver(),
    "builtin": BuiltinDriver(),
    "copilot": CopilotDriver(),
    "cursor": others.CURSOR_DRIVER,
    "amp": others.AMP_DRIVER,
    "auggie": others.AUGGIE_DRIVER,
    "aider": others.AIDER_DRIVER,
}
"""In the order in which a new town prefers them: most people pay by subscription; what we have tried comes before the rest."""
DRIVERS: ChainMap[str, Driver] = ChainMap({}, dict(SHIPPED))
"""With the town's own (`adopt`), which come last."""
_AT_ONCE = 4
"""Programs that are asked for their version together."""


def adopt(own: Mapping[str, AgentConfig]) -> None:
    """Makes a town's own agent CLIs known to this process, in place of those of an earlier call.

    Raises:
        ConfigError: a name is taken, or its screen is said to be like one that we do not know.
    """
    taken = next((name for name in own if name in SHIPPED), "")
    if taken:
        raise ConfigError(
            f"agents.{taken}: this CLI is known already", hint=f"change it with [drivers.{taken}], or take another name"
        )
    made = {name: custom.driver(name, config, catalogue.SHIPPED) for name, config in own.items()}
    # One assignment each: other threads see the old ones or the new ones.
    DRIVERS.maps[0] = dict(made)
    catalogue.RULE_SETS.maps[0] = {name: one.rules for name, one in made.items() if one.rules is not None}


def get(name: str) -> Driver:
    """The driver of that name.

    Raises:
        NotFound: we have none.
    """
    if name not in DRIVERS:
        raise NotFound.of("agent CLI", name, hint=f"known are: {', '.join(_names())}")
    return DRIVERS[name]


def _names() -> list[str]:
    return [*SHIPPED, *DRIVERS.maps[0]]


def available(environment: Mapping[str, str], settings: Mapping[str, Mapping[str, str]]) -> list[tuple[str, Availability]]:
    """Every driver with what we found of it, in order of preference.

    Args:
        environment: of the person who asks; PATH, HOME and keys are looked at.
        settings: driver → its flat settings (`DriverConfig.settings()`); missing ones have none.
    """
    names = _names()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda name: DRIVERS[name].availability(environment, settings.get(name, {})), names))
    return list(zip(names, found, strict=True))
