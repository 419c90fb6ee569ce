"""The help, made from the command table and the slash commands."""

from __future__ import annotations

from collections.abc import Sequence

from gastown_tui.tui.commands import COMMANDS, SCOPES, CommandSpec, key_of, of_scopes, present
from gastown_tui.tui.keys import key_name
from gastown_tui.tui.paint import Row
from gastown_tui.tui.slash import SLASHES
from gastown_tui.tui.viewmodels.common import BLANK, title

KEY_COLUMN = 14


def help_rows(scopes: Sequence[str]) -> list[Row]:
    """Commands of the screen that was left come first."""
    here = [scope for scope in SCOPES if scope in scopes and scope != "global"]
    order = [*here, "global", *(scope for scope in SCOPES if scope not in scopes and scope != "global")]
    rows = [
        Row(
            (("KEYS", "b ink"), ("  this screen first", "soft")),
            ((f"{key_of('filter.set')} searches · {key_of('app.back')} back", "faint"),),
        )
    ]
    for scope in order:
        commands = [command for command in of_scopes([scope]) if command.keys]
        if commands:
            rows += [BLANK, title(SCOPES[scope].upper())]
            rows += [_row(command) for command in commands]
    unbound = [command for command in COMMANDS if not present(command).keys]
    rows += [BLANK, title("BY NAME", ": finds them"), *(_row(command) for command in unbound)]
    rows += [BLANK, title("IN THE COMPOSER, WITHOUT A MODEL")]
    return rows + [Row(((f"{spec.usage:<34}", "b ink"), (spec.help, "soft")), key=f"s:{spec.name}") for spec in SLASHES]


def _row(command: CommandSpec) -> Row:
    keys = "  ".join(key_name(key) for key in command.keys) or command.title
    width = max(KEY_COLUMN, len(keys) + 2)
    return Row(
        ((f"{keys:<{width}}", "b ink"), (command.help, "soft")),
        (("asks first", "faint"),) if command.dangerous else (),
        key=command.id,
    )
