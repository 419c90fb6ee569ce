"""What drivers share in reading their settings (the flat form of `[drivers.NAME]` in town.toml)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from gastown_tui.core.errors import ConfigError

REHEARSAL_TOKEN = "rehearsal"
"""Stands for a key where the model is scripted. Secret to nobody."""


def kept(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The named variables that are set and not empty."""
    return {name: environment[name] for name in names if environment.get(name)}


def extra_arguments(settings: Mapping[str, str]) -> tuple[str, ...]:
    """`arguments`: a JSON list of words that are added to the command. Raises ConfigError when it is none."""
    found = _read(settings.get("arguments", "") or "[]", "arguments")
    if not isinstance(found, list):
        raise ConfigError("drivers: arguments must be a list")
    return tuple(str(word) for word in found)


def extra_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """`env`: a JSON object of variables. Raises ConfigError when it is none."""
    found = _read(settings.get("env", "") or "{}", "env")
    if not isinstance(found, dict):
        raise ConfigError("drivers: env must be a table")
    return {str(name): str(value) for name, value in found.items()}


def _read(text: str, key: str) -> object:
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"drivers: {key} is not JSON: {error}") from error
    return found
