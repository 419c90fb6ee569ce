"""Changing one value in a TOML file that people edit: comments and order stay, and nothing wrong or half is ever written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, AoT, Table

from gastown_tui.core.errors import ConfigError, Unavailable
from gastown_tui.infra.files import PRIVATE_FILE, read_text, write_atomic

Value = bool | int | float | str | list[str]


def changed(text: str, path: Sequence[str], value: Value | None) -> str:
    """The text with `value` at `path`; None takes the key away, and a table that is then empty.

    Raises:
        ConfigError: the text is no TOML, or something else than a table stands on the way.
    """
    try:
        document = tomlkit.parse(text)
        tables: list[AbstractTable | tomlkit.TOMLDocument] = [document]
        for index, name in enumerate(path[:-1]):
            inner = tables[-1].get(name)
            if path[index + 1].isdigit() and (inner is None or isinstance(inner, AoT)):
                _change_one(tables[-1], name, inner, path[index + 1 :], value)
                return tomlkit.dumps(document)
            if inner is None:
                if value is None:
                    return text
                inner = tomlkit.table()
                tables[-1].append(name, inner)
                inner = tables[-1][name]
            if not isinstance(inner, AbstractTable):
                raise ConfigError(f"{'.'.join(path)}: {name} is no table", hint="correct it in the file")
            tables.append(inner)
        if value is not None:
            tables[-1][path[-1]] = value
        elif path[-1] in tables[-1]:
            del tables[-1][path[-1]]
            for name, outer, inner in zip(reversed(path[:-1]), reversed(tables[:-1]), reversed(tables[1:]), strict=True):
                if isinstance(inner, Table) and not inner.as_string().strip():
                    del outer[name]
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ConfigError(f"the file is no valid TOML: {error}", hint="correct it with an editor first") from error


def _change_one(
    outer: AbstractTable | tomlkit.TOMLDocument, name: str, found: AoT | None, path: Sequence[str], value: Value | None
) -> None:
    """Changes one of the `[[name]]` tables: `path` is its place, from 0, and the key in it, or its place alone to take it
    out. The place behind the last one makes a new table."""
    place = int(path[0])
    if len(path) > 2 or (len(path) == 1 and value is not None):
        raise ConfigError(f"{name}.{'.'.join(path)}: nothing can be set there", hint="correct it in the file")
    if found is None and value is not None:
        outer[name] = tomlkit.aot()
        found = outer[name]
    if not isinstance(found, AoT) or place > len(found) or (value is None and place == len(found)):
        raise ConfigError(f"there is no {name} {place + 1} any more", hint="read the settings again")
    if value is not None:
        if place == len(found):
            found.append(tomlkit.table())
        found[place][path[1]] = value
    elif len(path) == 2:
        found[place].pop(path[1], None)
    else:
        del found[place]
        if not len(found):
            del outer[name]


def put(file: Path, path: Sequence[str], value: Value | None, check: Callable[[str], object]) -> None:
    """Writes one value into `file`, which is made when it is missing, if `check` takes the whole new text.

    Raises:
        ConfigError: what `check` or the file itself says; the file is as it was.
        Unavailable: it cannot be read or written; the same.
    """
    text = read_text(file) or ""
    new = changed(text, path, value)
    check(new)
    if new == text:
        return
    target = file.resolve()  # people link their settings from elsewhere; the link stays
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else PRIVATE_FILE
    except OSError as error:
        raise Unavailable(f"cannot write {file}: {error.strerror}") from error
    write_atomic(target, new, mode=mode)
