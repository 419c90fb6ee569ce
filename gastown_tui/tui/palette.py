"""The command palette: the registry, and every agent, bead and theme by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.screen import Screen

from gastown_tui.core.states import BeadState
from gastown_tui.tui.commands import COMMANDS, CommandSpec, present
from gastown_tui.tui.keys import key_name
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.text import clean, cut
from gastown_tui.tui.tokens import THEMES

if TYPE_CHECKING:
    from gastown_tui.tui.app import Console


_OF_WIDGETS = ("composer", "list", "wall", "typing", "pane")
"""Scopes whose commands belong to the widget that has the keys, which the palette has not."""


def commands(console: Console, screen: Screen[object]) -> Iterable[SystemCommand]:
    """What the palette lists: commands that work on this screen, then things by name."""
    scopes = screen.COMMAND_SCOPES if isinstance(screen, ConsoleScreen) else ("global",)
    for command in map(present, COMMANDS):
        if command.scope in scopes and command.scope not in _OF_WIDGETS and _works(command, screen):
            keys = f" ({key_name(command.keys[0])})" if command.keys else ""
            yield SystemCommand(f"{command.title}{keys}", command.help, _runner(console, screen, command))
    for agent in console.snapshot.agents:
        yield SystemCommand(
            f"focus {clean(agent.address)}",
            f"{agent.verdict.state.value} {clean(agent.bead)}",
            _call(console.focus_agent, agent.address),
            discover=False,
        )
    for bead in console.snapshot.beads:
        if bead.state is not BeadState.CLOSED:
            yield SystemCommand(
                f"bead {clean(bead.id)} {cut(clean(bead.title), 60)}",
                bead.state.value,
                _call(console.open_bead, bead.id),
                discover=False,
            )
    for name in THEMES:
        yield SystemCommand(f"theme {name}", "Change the colours", _call(console.choose_theme, name), discover=False)


def _works(command: CommandSpec, screen: Screen[object]) -> bool:
    name = command.action.partition("(")[0]
    return name.startswith("app.") or screen.check_action(name, ()) is not False


def _runner(console: Console, screen: Screen[object], command: CommandSpec) -> Callable[[], None]:
    def run() -> None:
        console.call_later(console.run_action, command.action, screen)

    return run


def _call(function: Callable[..., object], *arguments: object) -> Callable[[], None]:
    def run() -> None:
        function(*arguments)

    return run
