"""Every key of the registry, pressed on every screen that lists it: nothing breaks, and something happens or is said."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from piloting import until
from textual.pilot import Pilot
from textual.screen import Screen

from gastown_tui.tui import palette
from gastown_tui.tui.app import Console
from gastown_tui.tui.commands import BY_ID, COMMANDS, CommandSpec, of_scopes
from gastown_tui.tui.modes import screen_class
from gastown_tui.tui.place import Place
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.screens.conversation import ConversationScreen
from gastown_tui.tui.screens.focus import FocusScreen

SIZE = (100, 30)
MOVES = frozenset({"wall", "list", "pane", "convoys", "diff", "conversation"})
"""Their keys may stand at an end already; what they do is tested with the widgets."""
PRESSED_WHOLE = ("town",)
"""Here every key that works everywhere is pressed; elsewhere it is enough that the key means that command."""
ABOVE: dict[str, tuple[str, Callable[[Console], None]]] = {
    "focus": ("town", lambda console: console.focus_agent("mines/polecats/toast")),
    "bead": ("beads", lambda console: console.open_bead("ms-3")),
    "diff": ("merge", lambda console: console.open_diff(6)),
    "help": ("town", lambda console: console.action_help()),
    "conversation": ("town", lambda console: console.push_screen(ConversationScreen("mines/polecats/toast"))),
}
"""Screens that stand above a main one."""
STAYS = frozenset({"app.back", "app.quit"})
"""On the first screen there is nothing to go back to."""


def look(console: Console, made: object) -> tuple[object, ...]:
    """All that a key could have changed: what was done, who has the keys, which screens there are, each cell of the top one."""
    strips = console.screen._compositor.render_strips()
    drawn = hashlib.sha256(repr([[(one.text, str(one.style)) for one in strip] for strip in strips]).encode()).hexdigest()
    return (
        len(made.done),  # type: ignore[attr-defined]
        [type(screen).__name__ for screen in console.screen_stack],
        console.current_mode,
        console.theme,
        id(console.focused),
        len(console._notifications),
        made.left,  # type: ignore[attr-defined]
        made.panes.captures,  # type: ignore[attr-defined]
        made.reads,  # type: ignore[attr-defined]
        drawn,
    )


async def stand(pilot: Pilot[None], console: Console, place: str) -> ConsoleScreen:
    """Goes to the screen, whatever the last key has opened."""
    mode, opening = ABOVE.get(place, (place, None))
    depth = 1 if opening is None else 2
    while len(console.screen_stack) > depth or (len(console.screen_stack) > 1 and console.current_mode != mode):
        console.pop_screen()
        await pilot.pause()
    if console.current_mode != mode:
        console.switch_mode(mode)
        await pilot.pause()
    if opening is not None and len(console.screen_stack) < depth:
        opening(console)
        await pilot.pause()
    screen = console.screen
    assert isinstance(screen, ConsoleScreen), screen
    screen.filter_words = ""
    if isinstance(screen, FocusScreen):
        screen.action_leave_typing()
    # The mayor's screen begins in its composer, where keys are letters.
    selector = "#mayor-side" if place == "mayor" else screen.FIRST_FOCUS
    if selector and screen.focused is not (wanted := screen.query_one(selector)):
        wanted.focus()
        await pilot.pause()
    console.key_at = -10.0
    if hasattr(screen, "_shown_at"):
        screen._shown_at = -10.0
    return screen


def means(screen: Screen[object], key: str) -> str | None:
    """The command that a key has now."""
    active = screen.active_bindings.get(key)
    return active.binding.id if active is not None else None


def is_on(command: CommandSpec, screen: Screen[object]) -> bool:
    name = command.action.partition("(")[0]
    return "." in name or screen.check_action(name, ()) is not False


def may_stay(command: CommandSpec, place: str) -> bool:
    if command.scope in MOVES or command.action.startswith("scroll_") or (command.id in STAYS and place == "town"):
        return True
    return command.action in (f"app.show('{place}')", f"app.show('{ABOVE.get(place, ('', None))[0]}')")


@pytest.mark.parametrize("place", [*Console.MODES, *ABOVE])
async def test_every_key_of_a_screen(town: object, place: str) -> None:
    town.left = 0  # type: ignore[attr-defined]
    town.panes.history["%1"] = [b"before"] * 90  # type: ignore[attr-defined]
    console = town.console(Place(mode="town"))  # type: ignore[attr-defined]

    def leave() -> None:
        town.left += 1  # type: ignore[attr-defined]

    console.leave = leave  # type: ignore[method-assign]
    silent = []
    meant: list[tuple[str, str, str | None]] = []
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: console.snapshot.agents and isinstance(console.screen, ConsoleScreen))
        screen = await stand(pilot, console, place)
        for command in of_scopes(screen.COMMAND_SCOPES):
            for key in command.keys:
                if command.scope == "global" and place not in PRESSED_WHOLE:
                    screen = await stand(pilot, console, place)
                    meant.append((key, command.id, means(screen, key)))
                    continue
                screen = await stand(pilot, console, place)
                console.clear_notifications()
                before = look(console, town)
                was_on = is_on(command, screen)
                await pilot.press(key)
                await pilot.pause()
                assert console.is_running
                if was_on and not may_stay(command, place):
                    for _ in range(40):
                        if look(console, town) != before:
                            break
                        await pilot.pause(0.01)
                    else:
                        silent.append((place, command.id, key))
    assert silent == []
    # A key that a part of the screen has for itself, such as a list's, is listed there.
    other = [(key, wanted, found) for key, wanted, found in meant if found != wanted]
    assert all(found is not None and BY_ID[found].scope != "global" for _, _, found in other), other


async def test_every_command_without_a_key_runs_from_the_palette(town: object) -> None:
    console = town.console(Place(mode="town"))  # type: ignore[attr-defined]
    console.leave = lambda: None  # type: ignore[method-assign]
    wanted = {command.title for command in COMMANDS if not command.keys}
    async with console.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: console.snapshot.agents and isinstance(console.screen, ConsoleScreen))
        found = {entry.name: entry.run for entry in palette.entries(console, console.screen)}
        assert wanted <= set(found)
        for title in wanted:
            await stand(pilot, console, "town")
            found[title]()
            await pilot.pause()
            assert console.is_running, title


def test_the_registry_is_pressed_whole() -> None:
    """A command whose scope no screen lists would never be pressed above."""
    from gastown_tui.tui.screens.beads import BeadScreen
    from gastown_tui.tui.screens.diff import DiffScreen
    from gastown_tui.tui.screens.help import HelpScreen

    screens = [*map(screen_class, Console.MODES), FocusScreen, ConversationScreen, BeadScreen, DiffScreen, HelpScreen]
    listed = {scope for screen in screens for scope in screen.COMMAND_SCOPES}  # type: ignore[attr-defined]
    # Lists, composers and typing are parts of screens; their own tests press their keys.
    assert {command.scope for command in COMMANDS} - listed <= {"list", "composer", "typing"}
