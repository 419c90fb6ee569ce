"""What the command palette finds: the registry, and every agent, bead, convoy, screen and theme by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.fuzzy import Matcher
from textual.screen import Screen

from gastown_tui.core.states import BeadState
from gastown_tui.tui.commands import COMMANDS, SCOPES, CommandSpec, present
from gastown_tui.tui.keys import key_name
from gastown_tui.tui.paint import Row
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.text import Span, clean
from gastown_tui.tui.tokens import THEMES
from gastown_tui.tui.viewmodels.common import mark, short
from gastown_tui.tui.viewmodels.work import bead_shape

if TYPE_CHECKING:
    from gastown_tui.tui.app import Console

_OF_WIDGETS = ("composer", "list", "wall", "typing", "pane")
"""Scopes whose commands belong to the widget that has the keys, which the palette has not."""
_MOST = 50
"""Rows at most: nobody reads more, and the next letter finds it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be chosen."""

    name: str
    """What it is found by, and called."""
    about: str
    run: Callable[[], object]
    key: str = ""
    shape: Span = ("", "")
    is_command: bool = True
    """Commands are listed before anything is typed; things are found by their names only."""


def entries(console: Console, screen: Screen[object]) -> list[Entry]:
    """Commands that work on this screen, its own first, then things."""
    return [*_commands(console, screen), *_things(console)]


def _commands(console: Console, screen: Screen[object]) -> Iterator[Entry]:
    scopes = screen.COMMAND_SCOPES if isinstance(screen, ConsoleScreen) else ("global",)
    order = [*(scope for scope in SCOPES if scope in scopes and scope not in ("global", *_OF_WIDGETS)), "global"]
    for scope in order:
        for command in map(present, COMMANDS):
            if command.scope == scope and _works(command, screen):
                key = key_name(command.keys[0]) if command.keys else ""
                yield Entry(command.title, command.help, _runner(console, screen, command), key)


def _things(console: Console) -> Iterator[Entry]:
    snapshot = console.snapshot
    for agent in snapshot.agents:
        words = f"{agent.verdict.state.value}  {clean(agent.bead)}"
        yield Entry(
            clean(agent.address), words, _call(console.focus_agent, agent.address), "agent", mark(agent.verdict.light), False
        )
    for bead in snapshot.beads:
        if bead.state is not BeadState.CLOSED:
            name = f"{clean(bead.id)} {clean(bead.title)}"
            yield Entry(name, bead.state.value, _call(console.open_bead, bead.id), "bead", bead_shape(bead, snapshot), False)
    for convoy in snapshot.convoys:
        name = f"{clean(convoy.id)} {clean(convoy.title)}"
        yield Entry(
            name, f"{convoy.landed}/{convoy.total} landed", _call(console.open_convoy, convoy.id), "convoy", ("▸", "brand"), False
        )
    for name in THEMES:
        yield Entry(f"theme {name}", "change the colours", _call(console.choose_theme, name), "theme", is_command=False)


def found(every: Sequence[Entry], words: str) -> list[Entry]:
    """The entries that fit what was typed, best first; the commands when nothing was."""
    query = words.strip()
    if not query:
        return [entry for entry in every if entry.is_command]
    matcher = Matcher(query)
    scored = [(_score(matcher, query, entry), -index, entry) for index, entry in enumerate(every)]
    best = sorted((one for one in scored if one[0] > 0), key=lambda one: one[:2], reverse=True)
    return [entry for _, _, entry in best[:_MOST]]


def _score(matcher: Matcher, query: str, entry: Entry) -> float:
    """A name that begins with the words or holds them goes before one that only has their letters, then words about it."""
    name, asked = entry.name.lower(), query.lower()
    if name == asked or short(name) == asked:
        return 1000.0
    bonus = 100.0 if name.startswith(asked) or short(name).startswith(asked) else 50.0 if asked in name else 0.0
    return bonus + matcher.match(entry.name) or (0.01 if asked in entry.about.lower() else 0.0)


def rows(shown: Iterable[Entry]) -> list[Row]:
    """One row for each entry: its name, words about it, its key."""
    made = []
    for index, entry in enumerate(shown):
        glyph: tuple[Span, ...] = (entry.shape, (" ", "")) if entry.shape[0] else ()
        right: tuple[Span, ...] = ((entry.key, "b ink" if entry.is_command else "faint"),) if entry.key else ()
        made.append(Row((*glyph, (entry.name, "b ink"), (f"  {entry.about}", "soft")), right, key=f"p:{index}"))
    return made or [Row((("nothing is called that", "soft"),))]


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
