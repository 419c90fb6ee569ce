"""The text of a person's `console.toml`: its keys flattened, their lines, and its values where all of them are plain.

The model of core/console_file also says what is wrong and is what the settings form is made from; loading its library takes
a third of the time until the first picture, and most files have nothing wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from gastown_tui.core.toml_text import line_of, parse_toml

_NAMES = {"theme", "ascii", "keys"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a file says that nothing is wrong with; the fields are those of `ConsoleConfig`."""

    theme: str
    ascii: bool | None
    keys: dict[str, list[str]]


def read_plain(text: str, file: str = "console.toml") -> Wishes | None:
    """The file's values; None when one of them is not of its type or not known, which the model then tells.

    Raises:
        ConfigError: it is no TOML.
    """
    data = read_flat(text, file)
    theme, is_ascii, keys = data.get("theme", ""), data.get("ascii"), data.get("keys", {})
    if not data.keys() <= _NAMES or not isinstance(theme, str) or not isinstance(is_ascii, bool | None):
        return None
    if not isinstance(keys, dict) or not all(_is_words(value) for value in keys.values()):
        return None
    return Wishes(theme, is_ascii, cast("dict[str, list[str]]", keys))


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def read_flat(text: str, file: str) -> dict[str, object]:
    """The file as a dictionary, with commands by their whole names; raises ConfigError when it is no TOML."""
    data = parse_toml(text, file)
    if isinstance(keys := data.get("keys"), dict):
        data["keys"] = _flat(keys)
    return data


def key_line(text: str, command: str) -> int:
    """The line of a remap, which may be written as `agent.nudge` or as `"agent.nudge"`; 0 when it cannot be found."""
    found = [line_of(text, path) for path in (["keys", command], ["keys", *command.split(".")])]
    return max(found)


def _flat(keys: dict[str, object], before: Sequence[str] = ()) -> dict[str, object]:
    """`agent.nudge = "x"` is a table in TOML; here it is a command's name, and one key is a list of one."""
    flat: dict[str, object] = {}
    for name, value in keys.items():
        path = (*before, name)
        if isinstance(value, dict):
            flat |= _flat(value, path)
        else:
            flat[".".join(path)] = [value] if isinstance(value, str) else value
    return flat
