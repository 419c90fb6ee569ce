"""A person's own keys, checked against the command table: what is wrong is said and left out, never fatal."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gastown_tui.tui.commands import BY_ID, COMMANDS, SCOPES, CommandSpec
from gastown_tui.tui.keys import key_name, parse_key, prints

_WRITING = ("composer", "typing")
_OWN = "ctrl+c"
"""It interrupts, whatever else is set; a console that nothing ends would be a trap."""


def check(
    wanted: Mapping[str, Sequence[str]], together: Iterable[Sequence[str]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """The remaps that hold, and for each other one why it does not.

    Args:
        wanted: command id → keys as a person wrote them.
        together: the scopes that work at the same time, for each screen.
    """
    remaps: dict[str, tuple[str, ...]] = {}
    wrong: dict[str, str] = {}
    for command_id, names in wanted.items():
        if command_id not in BY_ID:
            near = difflib.get_close_matches(command_id, BY_ID, 1)
            wrong[command_id] = f'no command "{command_id}"' + (f", did you mean {near[0]}?" if near else "")
            continue
        try:
            keys = tuple(dict.fromkeys(parse_key(name) for name in names))
        except ValueError as error:
            wrong[command_id] = str(error)
            continue
        letter = next((key for key in keys if BY_ID[command_id].scope in _WRITING and prints(key)), "")
        if _OWN in keys:
            wrong[command_id] = f"{key_name(_OWN)} leaves the console and cannot be another key"
        elif letter:
            wrong[command_id] = f"{key_name(letter)} is a letter {SCOPES[BY_ID[command_id].scope]}"
        elif keys:
            remaps[command_id] = keys
        else:
            wrong[command_id] = "a command needs at least one key"
    meeting = [frozenset(scopes) for scopes in together]
    while True:
        # One that falls away gives its old key back, which may then be somebody else's new one: until nothing clashes.
        clash = next(_clashes(remaps, meeting), None)
        if clash is None:
            return remaps, wrong
        command_id, key, other = clash
        del remaps[command_id]
        wrong[command_id] = f"{key_name(key)} is the key of {other.id} ({other.title}); give that one another key too"


def _clashes(remaps: Mapping[str, tuple[str, ...]], meeting: Sequence[frozenset[str]]) -> Iterator[tuple[str, str, CommandSpec]]:
    for command_id, keys in remaps.items():
        mine = BY_ID[command_id]
        for other in COMMANDS:
            if other.id == command_id or not _meet(mine.scope, other.scope, meeting):
                continue
            taken = remaps.get(other.id, other.keys)
            key = next((key for key in keys if key in taken and not (key in mine.keys and key in other.keys)), "")
            if key:
                yield command_id, key, other


def _meet(one: str, two: str, meeting: Sequence[frozenset[str]]) -> bool:
    return one == two or any(one in scopes and two in scopes for scopes in meeting)
