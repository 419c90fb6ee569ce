"""The palette, the tour and the glossary: found by name, left at any time, in the person's own keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from piloting import drawn, ready, until
from textual.widgets import Input

from gastown_tui.tui import palette
from gastown_tui.tui.app import Console
from gastown_tui.tui.person import Person
from gastown_tui.tui.place import Place, has_toured, keep_toured
from gastown_tui.tui.screens.beads import BeadScreen
from gastown_tui.tui.screens.convoys import ConvoysScreen
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.screens.help import GlossaryScreen, HelpScreen
from gastown_tui.tui.widgets.dock import ComposerText
from gastown_tui.tui.widgets.finder import Finder
from gastown_tui.tui.widgets.rows import RowList, Rows
from gastown_tui.tui.widgets.tour import Tour

SIZES = [(80, 24), (120, 40)]


def words(console: Console, selector: str) -> list[str]:
    return [row.plain() for row in console.screen.query_one(selector, Rows).rows]


@pytest.mark.parametrize("size", SIZES)
async def test_the_palette_shows_keys_and_finds_everything(town: object, size: tuple[int, int]) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=size) as pilot:
        await ready(pilot, console)
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(console.screen, Finder) and bool(words(console, "#finder-list")))
        first = words(console, "#finder-list")
        assert any(line.endswith("  n") and line.startswith("nudge") for line in first), "its own commands first, with their keys"
        assert sum(line.startswith("nudge") for line in first) == 1
        for typed, best in (
            ("toas", "mines/polecats/toast"),
            ("ms-8", "ms-8 Win and lose"),
            ("minesw", "cv-1 Minesweeper"),
            ("settings", "Settings"),
            ("mad", "theme gas-town-mad-max"),
            ("glos", "glossary"),
        ):
            console.screen.query_one(Input).value = typed
            await until(pilot, lambda: best in words(console, "#finder-list")[0])  # noqa: B023
        console.screen.query_one(Input).value = "qqqqq"
        await until(pilot, lambda: words(console, "#finder-list") == ["nothing is called that"])
        await pilot.press("enter")
        assert isinstance(console.screen, Finder)
        await pilot.press("escape")
        assert not isinstance(console.screen, Finder)


async def test_the_palette_does_what_is_chosen(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("ctrl+p", *"nux", "enter")
        await until(pilot, lambda: isinstance(console.screen, FocusScreen) and console.selected == "mines/polecats/nux")
        await pilot.press("escape", "colon", *"minesw", "enter")
        await until(pilot, lambda: isinstance(console.screen, ConvoysScreen))
        assert console.screen.query_one("#tree", RowList).selected == "c:cv-1"
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(console.screen, Finder) and bool(words(console, "#finder-list")))
        await pilot.press("down", "down", "up", "pagedown", "pageup")
        await pilot.click("#finder-list", offset=(3, 1))
        await until(pilot, lambda: not isinstance(console.screen, Finder))


def test_exact_names_go_first() -> None:
    def entry(name: str, about: str = "") -> palette.Entry:
        return palette.Entry(name, about, lambda: None, is_command=False)

    every = [entry("theme gas-town"), entry("mines/polecats/mat"), entry("mines/polecats/mate"), entry("other", "a mat")]
    assert [one.name for one in palette.found(every, "mat")][:2] == ["mines/polecats/mat", "mines/polecats/mate"]
    assert palette.found(every, "mat")[-1].name == "other"
    assert palette.found(every, "  ") == []


@pytest.mark.parametrize("size", SIZES)
async def test_the_tour_has_five_cards_and_comes_once(town: object, size: tuple[int, int]) -> None:
    toured: list[bool] = []
    console = town.console(on_toured=lambda: toured.append(True))  # type: ignore[attr-defined]
    async with console.run_test(size=size) as pilot:
        await ready(pilot, console)
        await until(pilot, lambda: bool(console.screen.query(Tour)) and bool(console.screen.query_one(Tour).rows))
        seen = []
        for _ in range(5):
            card = console.screen.query_one(Tour)
            assert card.region.right <= size[0]
            assert card.region.bottom <= size[1]
            seen.append(card.rows[1].plain())
            await pilot.press("enter")
            await pilot.pause()
        assert len(set(seen)) == 5
        assert not console.screen.query(Tour)
        assert toured == [True]
        await pilot.press("colon", *"tour", "enter")
        await until(pilot, lambda: bool(console.screen.query(Tour)))
        await pilot.press("right", "left", "escape")
        await until(pilot, lambda: not console.screen.query(Tour))
        assert toured == [True]


async def test_the_tour_is_in_sight_wherever_somebody_was_and_however_the_terminal_changes(town: object) -> None:
    place = Place(mode="beads", focus="mines/polecats/toast")
    console = town.console(place, on_toured=lambda: None)  # type: ignore[attr-defined]
    async with console.run_test(size=(150, 50)) as pilot:
        await ready(pilot, console)
        for width, height in ((150, 50), (80, 24), (40, 12), (200, 60)):
            await pilot.resize_terminal(width, height)

            def is_whole(width: int = width, height: int = height) -> bool:
                cards = console.screen.query(Tour)
                inside = cards and cards.first().region.right <= width and cards.first().region.bottom <= height
                return bool(inside and "leave the tour" in " ".join(words(console, "Tour")))

            await until(pilot, is_whole)
        await pilot.press("escape")
        await until(pilot, lambda: not console.screen.query(Tour))


async def test_any_other_key_ends_the_tour_and_does_what_it_does(town: object) -> None:
    toured: list[bool] = []
    console = town.console(person=Person(remaps={"mayor.talk": ("ctrl+t",)}), on_toured=lambda: toured.append(True))  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await until(pilot, lambda: bool(console.screen.query(Tour)))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: any("^T writes to the mayor" in line for line in words(console, "Tour")))
        await pilot.press("ctrl+t", *"hello")
        await until(pilot, lambda: isinstance(console.focused, ComposerText) and console.focused.text == "hello")
        assert not console.screen.query(Tour)
        assert toured == [True]


def test_the_tour_is_remembered_and_stays_away_where_nothing_can_be_kept(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert not has_toured(home)
    keep_toured(home)
    assert has_toured(home)
    (tmp_path / "file").write_text("")
    keep_toured({"XDG_STATE_HOME": str(tmp_path / "file")})


@pytest.mark.parametrize("size", SIZES)
async def test_the_glossary_is_reached_from_the_help_and_searched(town: object, size: tuple[int, int]) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=size) as pilot:
        await ready(pilot, console)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(console.screen, HelpScreen))
        await pilot.press("v")
        await until(pilot, lambda: isinstance(console.screen, GlossaryScreen) and len(words(console, "#glossary")) > 10)
        await pilot.press("slash", *"merge queue", "enter")
        await until(pilot, lambda: len(words(console, "#glossary")) < 4)
        assert any(line.startswith("refinery") for line in words(console, "#glossary"))
        assert any("rebase, gates, land" in line for line in words(console, "#word"))


async def test_the_mouse_does_what_the_keys_do(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("4")
        await until(pilot, lambda: len(console.screen.query_one("#beads", RowList).keys()) > 3)
        row = next(index for index, line in enumerate(words(console, "#beads")) if "ms-3" in line)
        await pilot.click("#beads", offset=(10, row), times=2)
        await until(pilot, lambda: isinstance(console.screen, BeadScreen) and console.screen.bead_id == "ms-3")
        footer = drawn(console)[-1]
        await pilot.click("#keys", offset=(footer.index("agent"), 0))
        await until(pilot, lambda: isinstance(console.screen, FocusScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(console.screen, BeadScreen))
        await pilot.click("#keys", offset=(118, 0))
        await until(pilot, lambda: isinstance(console.screen, HelpScreen))
        await pilot.click("#nav", offset=(2, 0))
        await until(pilot, lambda: console.current_mode == "town")
        footer = drawn(console)[-1]
        await pilot.click("#keys", offset=(footer.index("mayor"), 0))
        await until(pilot, lambda: isinstance(console.focused, ComposerText))
