"""The mouse on the Town screen, and what the wall does when its size or what lies over it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from piloting import picture, ready, until

from gastown_tui.tui.app import Console
from gastown_tui.tui.place import Place
from gastown_tui.tui.screens.convoys import ConvoysScreen
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.viewmodels import frame
from gastown_tui.tui.widgets import wall as wall_module
from gastown_tui.tui.widgets.dock import STEPS, Dock
from gastown_tui.tui.widgets.rows import Bar, RowList
from gastown_tui.tui.widgets.wall import Wall, WallTile
from gastown_tui.tui.widgets.words import WordsModal

TOAST, NUX, SLIT, DAG = (f"mines/polecats/{name}" for name in ("toast", "nux", "slit", "dag"))


def tile(console: Console, address: str) -> WallTile:
    return console.screen.query_one(Wall)._tiles[address]


async def test_a_click_selects_and_takes_the_keys(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("tab")
        assert not isinstance(console.focused, Wall)
        await pilot.click(tile(console, DAG), offset=(5, 3))
        assert console.selected == DAG
        assert isinstance(console.focused, Wall)
        assert len(console.screen_stack) == 1


async def test_a_double_click_and_one_on_the_selected_head_go_in(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.click(tile(console, NUX), offset=(5, 3), times=2)
        assert isinstance(console.screen, FocusScreen)
        assert console.screen.address == NUX
        await pilot.press("escape")
        await until(pilot, lambda: len(console.screen_stack) == 1)
        await pilot.click(tile(console, DAG), offset=(5, 0))
        assert len(console.screen_stack) == 1, "it was not selected yet"
        await pilot.pause(0.6)  # not a double click
        await pilot.click(tile(console, DAG), offset=(6, 0))
        assert isinstance(console.screen, FocusScreen)
        assert console.screen.address == DAG


async def test_a_chip_is_its_agent_also_when_the_page_turns_under_the_second_click(
    make_crowd: Callable[[int], object],
) -> None:
    console = make_crowd(80).console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        wall = console.screen.query_one(Wall)
        district = next(one for one in wall.plan.districts if one.chips)
        head = wall._heads[district.name]
        x = head.size.width - 12 - len(head.rows[0].right[-1][0])
        await pilot.click(head, offset=(x, 0), times=2)
        assert isinstance(console.screen, FocusScreen)
        assert console.screen.address in district.chips


async def test_the_wheel_turns_one_page_for_each_push(make_crowd: Callable[[int], object], monkeypatch: pytest.MonkeyPatch) -> None:
    console = make_crowd(80).console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        wall = console.screen.query_one(Wall)
        await pilot.press("g")
        assert wall.plan.at == 0
        monkeypatch.setattr(wall_module, "WHEEL_SECONDS", 3600.0)
        for _ in range(3):
            wall.on_mouse_scroll_down()
        await until(pilot, lambda: wall.plan.at == 1)
        await pilot.pause()
        assert wall.plan.at == 1
        monkeypatch.setattr(wall_module, "WHEEL_SECONDS", 0.0)
        wall.on_mouse_scroll_up()
        await until(pilot, lambda: wall.plan.at == 0)


async def test_counts_footer_keys_and_rows_of_the_rail(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        at = console.screen.query_one("#header", Bar).rows[0].plain().index("◔")
        for words in ("state:stalled", ""):
            await pilot.click("#header", offset=(at, 0))
            assert console.wall.filter == words
            await pilot.pause(0.6)  # not a double click
        footer = console.screen.query_one("#keys", Bar).rows[0].plain()
        await pilot.click("#keys", offset=(footer.index("z zoom"), 0))
        await until(pilot, lambda: console.screen.query_one(Wall).is_zoomed)
        await pilot.press("z")
        rail = console.screen.query_one("#rail", RowList)
        convoy = next(index for index, row in enumerate(rail.rows) if row.key.startswith("c:"))
        await pilot.click(rail, offset=(5, convoy))
        assert rail.selected == "c:cv-1"
        assert console.current_mode == "town"
        await pilot.click(rail, offset=(5, convoy), times=2)
        await until(pilot, lambda: isinstance(console.screen, ConvoysScreen))


async def test_the_list_keeps_its_selection_in_sight_and_lets_the_wheel_leave_it(make_crowd: Callable[[int], object]) -> None:
    made = make_crowd(80)
    console = made.console(Place(selected="gastown/polecats/nux"))  # type: ignore[attr-defined]
    async with console.run_test(size=(80, 24)) as pilot:
        await ready(pilot, console)
        listing = console.screen.query_one("#list", RowList)

        def is_in_sight() -> bool:
            at = next(index for index, row in enumerate(listing.rows) if row.key == listing.selected)
            return listing.top <= at < listing.top + listing.size.height

        await until(pilot, is_in_sight)
        listing.scroll_rows(-40)
        assert not is_in_sight()
        console.refill()
        await pilot.pause()
        assert not is_in_sight(), "somebody reads there"
        await pilot.press("j")
        assert is_in_sight()
        await pilot.press("x")  # its line takes a row of the list
        await pilot.pause()
        assert is_in_sight()


async def test_the_wall_is_laid_out_anew_when_it_comes_back_or_shrinks(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(80, 24)) as pilot:
        await ready(pilot, console)
        await pilot.press("v")
        wall = console.screen.query_one(Wall)
        await until(pilot, lambda: wall.size.height and wall._planned_for == wall.size)
        assert "Wall" not in picture(console)
        await pilot.press("x")
        await until(pilot, lambda: wall._planned_for == wall.size)


async def test_tiles_stay_live_behind_a_question(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("space")
        assert isinstance(console.screen, WordsModal)
        town.panes.screens["%4"] = "working.ansi"  # type: ignore[attr-defined]
        before = picture(console)
        console.hub.mark("%4")
        await until(pilot, lambda: picture(console) != before)
        assert "Actualizing" in tile_text(console)
        town.snapshot_now = replace(town.snapshot_now, landed_today=77)  # type: ignore[attr-defined]
        town.number += 1  # type: ignore[attr-defined]
        behind = console.screen_stack[0]
        await until(pilot, lambda: not behind._repaint_required)


def tile_text(console: Console) -> str:
    wall = console.screen_stack[0].query_one(Wall)
    return "\n".join(strip.text for strip in wall._tiles[DAG]._strips)


async def test_a_tiny_terminal_says_what_it_needs_and_takes_no_key(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        for size in ((30, 10), (39, 30), (200, 11), (3, 2), (1, 1)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert "GAS TOWN" not in picture(console)
        await pilot.resize_terminal(30, 10)
        await until(pilot, lambda: "needs at least 40x12" in picture(console))
        selected = console.selected
        await pilot.press("j", "x", "X", "2")
        assert (console.selected, console.wall.marks, console.current_mode, len(console.screen_stack)) == (selected, (), "town", 1)
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: "GAS TOWN" in picture(console))
        assert "needs at least" not in picture(console)
        await pilot.press("l")
        assert console.selected != selected
        await pilot.resize_terminal(frame.LEAST_COLUMNS, frame.LEAST_ROWS)
        await until(pilot, lambda: "▲ toast" in picture(console) or "◔ slit" in picture(console))


async def test_a_young_conversation_leaves_the_wall_its_room(town: object) -> None:
    said = town.said  # type: ignore[attr-defined]
    town.said = said[:1]  # type: ignore[attr-defined]
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(200, 60)) as pilot:
        await ready(pilot, console)
        dock, wall = console.screen.query_one(Dock), console.screen.query_one(Wall)
        await until(pilot, lambda: dock.size.height == STEPS[0])
        roomy = wall.size.height
        town.said = said * 10  # type: ignore[attr-defined]
        town.number += 1  # type: ignore[attr-defined]
        await until(pilot, lambda: dock.size.height == STEPS[-1] and wall._planned_for == wall.size)
        assert wall.size.height == roomy - STEPS[-1] + STEPS[0]
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: dock.size.height == 3)


async def test_chips_have_jump_labels_too(make_crowd: Callable[[int], object]) -> None:
    console = make_crowd(80).console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        wall = console.screen.query_one(Wall)
        before = {name: head.rows[0].plain() for name, head in wall._heads.items()}
        await pilot.press("comma")
        chip = next(key for _, (widget, key) in console.screen._jumps.items() if widget is wall and not wall.has_tile(key))
        label = next(label for label, (widget, key) in console.screen._jumps.items() if widget is wall and key == chip)
        shown = [head.rows[0].plain() for head in wall._heads.values()]
        assert any(f"{label:<2}{chip.rpartition('/')[2]}" in words for words in shown)
        assert {len(words) for words in shown} == {len(words) for words in before.values()}, "nothing moves"
        hidden = {one for district in wall.plan.districts for one in district.chips} - set(wall.jump_keys())
        assert hidden, "a label that nobody sees would be typed by accident"
        await pilot.press(*label)
        assert console.selected == chip
        await until(pilot, lambda: not console.screen.is_jumping)
