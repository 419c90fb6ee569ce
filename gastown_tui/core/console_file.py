"""A person's own `console.toml`: colours, ASCII, keys. One wrong value costs that value, never the console."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gastown_tui.core.config import explain
from gastown_tui.core.console_toml import key_line, read_flat
from gastown_tui.core.errors import ConfigError


class ConsoleConfig(BaseModel):
    """`console.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    theme: str = ""
    """Colours; "" means gas-town, the dark one."""
    ascii: bool | None = None
    """Plain ASCII instead of shapes and lines; without it that is chosen by the locale."""
    keys: dict[str, list[str]] = Field(default_factory=dict)
    """Command → its keys instead of the usual ones, as they were written."""


def read_console(text: str, file: str = "console.toml") -> tuple[ConsoleConfig, tuple[ConfigError, ...]]:
    """What of the file can be used, and what is wrong with the rest, each error with its line."""
    try:
        data = read_flat(text, file)
    except ConfigError as error:
        return ConsoleConfig(), (error,)
    wrong: list[ConfigError] = []
    while True:
        try:
            return ConsoleConfig.model_validate(data), tuple(wrong)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            path = [str(part) for part in first["loc"]]
            line = key_line(text, path[1]) if path[0] == "keys" and len(path) > 1 else 0
            wrong.append(explain(ConsoleConfig, text, file, first, line=line))
            if isinstance(inner := data[path[0]], dict) and len(path) > 1:
                del inner[path[1]]
            else:
                del data[path[0]]
