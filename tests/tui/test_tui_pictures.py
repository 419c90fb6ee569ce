"""Pictures of the main screens, to be looked at when they change: `pytest --snapshot-update` after a look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from gastown_tui.tui.app import Console
from gastown_tui.tui.person import Person
from gastown_tui.tui.place import Place
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.widgets.pane import PaneView


def settled(*keys: str) -> Callable[[Pilot[None]], object]:
    """Waits for the first picture and for the panes of the screen, then presses keys."""

    async def wait(pilot: Pilot[None]) -> None:
        console = pilot.app
        assert isinstance(console, Console)

        async def shown() -> None:
            for _ in range(1500):
                await pilot.pause(0.01)
                screen = console.screen
                if not isinstance(screen, ConsoleScreen) or not console.snapshot.agents or not console.said:
                    continue
                if all(view.screen_of_pane for view in screen.query(PaneView) if view.is_on_screen and view.pane_id):
                    return

        await shown()
        await pilot.press(*keys)
        await shown()
        for _ in range(2):
            # As the next second would: a card that has just come knows its width only then.
            console.refill()
            await pilot.pause()

    return wait


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize(
    ("mode", "keys"),
    [("town", ()), ("town", ("enter",)), ("inbox", ()), ("convoys", ()), ("merge", ()), ("town", ("question_mark",))],
    ids=["town", "focus", "inbox", "convoys", "merge", "help"],
)
def test_picture(snap_compare: Callable[..., bool], town: object, mode: str, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    console = town.console(Place(mode=mode))  # type: ignore[attr-defined]
    assert snap_compare(console, terminal_size=size, run_before=settled(*keys))


def test_picture_without_colour(snap_compare: Callable[..., bool], town: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(town.console(), terminal_size=(120, 40), run_before=settled())  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["gas-town-light", "gas-town-contrast", "nord"])
def test_picture_in_other_colours(snap_compare: Callable[..., bool], town: object, theme: str) -> None:
    assert snap_compare(town.console(person=Person(theme)), terminal_size=(120, 40), run_before=settled())  # type: ignore[attr-defined]
