"""TOML files that people write: reading them with the line of a fault, quoting, and where a key stands."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence

from gastown_tui.core.errors import ConfigError


def parse_toml(text: str, file: str) -> dict[str, object]:
    """TOML as a dictionary; raises ConfigError with the line of a syntax error."""
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError(
            f"{file}: tables or lists are nested too deeply", hint="nothing here needs more than three levels"
        ) from error
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = re.search(r"\(at line (\d+), column \d+\)|\(at end of document\)", said)
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        cause = said[: place.start()].strip() if place else said
        raise ConfigError(f"{file}, line {line}: not valid TOML: {cause}", hint="correct that line") from error


def toml_string(text: str) -> str:
    """A TOML basic string with quotes; also right for keys."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line (from 1) on which the key at `path` stands, or its table begins; 0 when it cannot be found.

    A number in `path` is the place, from 0, of one of several `[[tables]]`.
    """
    names = [str(part) for part in path if isinstance(part, str)]
    place = next((index for index, part in enumerate(path) if isinstance(part, int)), None)
    listed = names[:place] if place is not None else []
    left = int(path[place]) + 1 if place is not None else 0
    table: list[str] = []
    best = 0
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}", line)
        if header:
            table = _split_key(header[1])
            if listed and table == listed:
                left -= 1
            if listed and table[: len(listed)] == listed and left:
                table = [""]  # another one of them
            if table and names[: len(table)] == table:
                best = number
            continue
        key = re.match(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=", line)
        if key:
            full = [*table, *_split_key(key[1])]
            if names[: len(full)] == full:
                return number
    return best


def _split_key(key: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", key)]
