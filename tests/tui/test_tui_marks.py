"""Marks on the wall, and what is done to all marked agents at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from piloting import picture, ready, told, until

from gastown_tui.core.errors import NotFound, UsageError
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.ledger import agents, messages, settings
from gastown_tui.services.town import create_town
from gastown_tui.tui import slash
from gastown_tui.tui.app import Console
from gastown_tui.tui.real_town import town_at
from gastown_tui.tui.viewmodels.arrange import WallSettings
from gastown_tui.tui.viewmodels.common import told_apart
from gastown_tui.tui.widgets.modals import ConfirmModal
from gastown_tui.tui.widgets.rows import Bar, RowList
from gastown_tui.tui.widgets.wall import Wall
from gastown_tui.tui.widgets.words import WordsModal

TOAST, NUX, SLIT, DAG = (f"mines/polecats/{name}" for name in ("toast", "nux", "slit", "dag"))


def words(console: Console, selector: str) -> str:
    return "\n".join(row.plain() for row in console.screen.query_one(selector, Bar).rows)


async def test_marks_are_seen_counted_and_taken_away(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("x", "l", "x")
        await until(pilot, lambda: picture(console).count("◆ ") == 3)
        assert console.wall.marks == (TOAST, SLIT)
        assert "◆ 2 marked" in words(console, "#filter-bar")
        assert words(console, "#keys").startswith(" ␣ message 2  n nudge 2  X stop 2  * pin 2")
        await pilot.press("x")
        assert console.wall.marks == (TOAST,)
        await pilot.press("escape")
        await until(pilot, lambda: "◆" not in picture(console))
        assert console.wall.marks == ()


async def test_all_who_are_shown_and_run(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        console.wall = replace(console.wall, filter="state:working,stalled,idle rig:mines")
        console.refill()
        await pilot.press("plus")
        assert set(console.wall.marks) == {SLIT, DAG, NUX}, "max does not run, and toast is not shown"
        console.wall = replace(console.wall, filter="state:working")
        console.refill()
        assert "◆ 3 marked, 1 hidden" in words(console, "#filter-bar")
        console.wall = replace(console.wall, filter="rig:mines !state:needs")
        console.refill()
        await pilot.press("plus")
        assert console.wall.marks == ()


async def test_words_to_the_marked(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await ready(pilot, console)
        await pilot.press("x", "l", "x", "space")
        assert isinstance(console.screen, WordsModal)
        assert "Message to 2 agents" in picture(console)
        assert "toast, slit" in picture(console)
        town.refused = SLIT  # type: ignore[attr-defined]
        await pilot.press(*"stop", "enter")
        await until(pilot, lambda: ("broadcast", (TOAST, SLIT), "stop") in town.done)  # type: ignore[attr-defined]
        assert console.wall.marks == ()
        await until(pilot, lambda: len(told(console)) >= 2)
        assert "queued for 1 of 2" in told(console)
        assert f"{SLIT}: no such agent" in told(console)


@pytest.mark.parametrize(("key", "verb", "act"), [("X", "Stop", "stop_agent"), (None, "Restart", "restart_agent")])
async def test_ending_runs_asks_and_names_how_many(town: object, key: str | None, verb: str, act: str) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("x", "l", "x")

        async def ask() -> None:
            if key:
                await pilot.press(key)
            else:
                console.call_later(console.run_action, act, console.screen)
            await until(pilot, lambda: isinstance(console.screen, ConfirmModal))

        await ask()
        assert f"{verb} 2 agents?" in picture(console)
        await pilot.press("escape")
        assert console.wall.marks == (TOAST, SLIT), "not done, so they are still marked"
        await ask()
        await pilot.press("y")
        await until(pilot, lambda: town.done[-2:] == [(act, TOAST), (act, SLIT)])  # type: ignore[attr-defined]
        assert console.wall.marks == ()


async def test_nudging_many_asks_first(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("x", "l", "x", "n")
        assert isinstance(console.screen, ConfirmModal)
        await pilot.press("y")
        await until(pilot, lambda: any(words[:2] == ("broadcast", (TOAST, SLIT)) for words in town.done))  # type: ignore[attr-defined]


async def test_pins_of_all_marked(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("l", "x", "h", "x", "asterisk")
        assert console.wall.pins == (SLIT, TOAST)
        assert console.wall.marks == (SLIT, TOAST), "marks stay"
        await pilot.press("asterisk")
        assert console.wall.pins == ()


async def test_who_goes_is_no_longer_marked(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("x", "l", "x")
        gone = tuple(agent for agent in town.snapshot_now.agents if agent.address != SLIT)  # type: ignore[attr-defined]
        town.snapshot_now = replace(town.snapshot_now, agents=gone)  # type: ignore[attr-defined]
        town.number += 1  # type: ignore[attr-defined]
        await until(pilot, lambda: console.wall.marks == (TOAST,))
        assert console.place.pins == ""


async def test_marks_in_the_narrow_list_and_with_the_mouse(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(80, 24)) as pilot:
        await ready(pilot, console)
        await pilot.press("x")
        await until(pilot, lambda: "◆ ▲ toast" in picture(console))
        listing = console.screen.query_one("#list", RowList)
        await pilot.click(listing, offset=(4, 3), control=True)
        assert console.wall.marks == (TOAST, console.selected)
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: console.screen.query_one(Wall).has_tile(NUX))
        tile = console.screen.query_one(Wall)._tiles[NUX]
        await until(pilot, lambda: tile.region and console.screen.get_widget_at(tile.region.x + 4, tile.region.y + 2)[0] is tile)
        await pilot.click(tile, offset=(4, 2), control=True)
        assert NUX in console.wall.marks
        assert console.selected == NUX
        await pilot.click(tile, offset=(4, 2), button=3)
        assert NUX not in console.wall.marks
        assert len(console.screen_stack) == 1


def test_a_broadcast_without_a_selection_is_for_the_marked(make_town: Callable[..., object]) -> None:
    snapshot: TownSnapshot = make_town().snapshot_now  # type: ignore[attr-defined]

    def meant(text: str, *marks: str) -> tuple[list[str], str]:
        return slash.addressed(snapshot, slash.parse(text), marks)

    assert meant("/broadcast land what you have", TOAST, NUX) == ([TOAST, NUX], "land what you have")
    assert meant("/broadcast marked toast is late", TOAST) == ([TOAST], "toast is late")
    assert meant("/broadcast toast,nux stop", SLIT) == ([TOAST, NUX], "stop")
    assert meant("/broadcast rig:mines,state:stalled stop", TOAST) == ([SLIT], "stop")
    assert meant("/broadcast nux stop") == ([NUX], "stop")
    assert meant("/broadcast Well, stop", TOAST) == ([TOAST], "Well, stop")
    with pytest.raises(UsageError, match="the receiver or the first word"):
        meant("/broadcast toast is late", NUX)
    for wrong in ("/broadcast marked stop", "/broadcast all"):
        with pytest.raises(UsageError):
            meant(wrong)
    with pytest.raises(NotFound):
        meant("/broadcast hello there")


async def test_a_broadcast_of_the_composer_ends_the_marks(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await ready(pilot, console)
        await pilot.press("x", "l", "x")
        console.speak("/broadcast land it")
        await until(pilot, lambda: ("broadcast", (TOAST, SLIT), "land it") in town.done and not console.wall.marks)  # type: ignore[attr-defined]


def test_marks_and_names() -> None:
    wall = WallSettings().marked(["a", "b"])
    assert wall.marks == ("a", "b")
    assert wall.marked(["b", "c"]).marks == ("a", "b", "c"), "one is missing: all are marked then"
    assert wall.marked(["b"]).marks == ("a",)
    two = ("mines/polecats/max", "beads/crew/max", "beads/crew/ada", "mayor")
    assert list(told_apart(two).values()) == ["mines/max", "beads/max", "ada", "mayor"]


async def test_words_to_the_marked_are_rows_of_the_ledger() -> None:
    with tempfile.TemporaryDirectory(prefix="gtt-") as name:
        ctx = create_town(Path(name) / "town")
        settings.put(ctx.ledger, settings.WANTED, "down")
        for address in ("mines/crew/ada", "mines/crew/max"):
            agents.ensure(ctx.ledger, address, "builtin", actor="overseer", now=1.0)
        console = Console(town_at(ctx.layout.root))
        async with console.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: console.snapshot.agents)
            await until(pilot, lambda: len(console.screen.query_one("#list", RowList).keys()) >= 2)
            await until(pilot, lambda: console.selected == "mines/crew/ada")
            await pilot.press("x", "j")
            await until(pilot, lambda: console.selected == "mines/crew/max")
            await pilot.press("x")
            await until(pilot, lambda: len(console.wall.marks) == 2)
            await pilot.press("space", *"[b]stop", "enter")
            await until(pilot, lambda: len(messages.newest(ctx.ledger)) == 2)
            found = messages.newest(ctx.ledger)
        assert {way.receiver for _, (way,) in found} == {"mines/crew/ada", "mines/crew/max"}
        assert {(message.body, message.kind) for message, _ in found} == {("[b]stop", "say")}
        assert len({message.thread for message, _ in found}) == 1, "one broadcast is one thread"
        ctx.close()
