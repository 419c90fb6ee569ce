"""Reading back in Focus: what one reads stands still, searching, selecting with the mouse, copying."""

from __future__ import annotations

import pytest
from piloting import told, until
from rich.cells import cell_len
from textual import events
from textual.pilot import Pilot

from gastown_tui.tui import copying
from gastown_tui.tui.app import Console
from gastown_tui.tui.panes.lines import Line, parse
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.viewmodels.scrollback import Scrollback, Shown, anchor, find, selected_text, tail_rows
from gastown_tui.tui.widgets.live import LivePane
from gastown_tui.tui.widgets.modals import ChoiceModal, LineModal
from gastown_tui.tui.widgets.rows import Bar

SIZE = (120, 40)


def lines(*texts: str) -> list[Line]:
    return parse([text.encode() for text in texts])


def numbered(count: int, first: int = 0) -> list[Line]:
    return lines(*(f"line {number}" for number in range(first, first + count)))


def test_the_last_rows_are_wrapped_and_know_their_line() -> None:
    rows = tail_rows(lines("one", "two words that wrap", "three"), 3, 10, 3)
    assert [(row.line.plain, row.number, row.is_continued) for row in rows] == [
        ("two words", 1, False),
        ("that wrap", 1, True),
        ("three", 2, False),
    ]
    assert tail_rows(lines("two words that wrap", "three"), 2, 10, 2)[0].is_continued


def test_moving_stops_at_both_ends() -> None:
    scroll = Scrollback(numbered(100), 100, 90, is_all=True)
    assert scroll.moved(-30, 20, 10).end == 70
    assert scroll.moved(-500, 20, 10).end == 10
    assert scroll.moved(-30, 20, 10).moved(99, 20, 10).back == 0
    assert Scrollback(numbered(4), 4, 0, is_all=True).moved(-1, 20, 10).end == 4


def test_a_search_stands_on_the_nearest_place_above_and_goes_round() -> None:
    scroll = Scrollback(numbered(100), 50, 90, is_all=True).searched("line 1", 20, 10)
    assert [hit.number for hit in scroll.hits] == [1, *range(10, 20)]
    assert scroll.hits[scroll.at].number == 19
    assert scroll.top(20, 10) <= 19 < scroll.end
    assert scroll.stepped(1, 20, 10).hits[scroll.stepped(1, 20, 10).at].number == 1
    assert scroll.stepped(-1, 20, 10).hits[scroll.stepped(-1, 20, 10).at].number == 18
    assert scroll.searched("nothing", 20, 10).hits == ()


def test_capitals_count_when_there_are_some() -> None:
    text = lines("Error and error")
    assert [(hit.start, hit.end) for hit in find(text, "error")] == [(0, 5), (10, 15)]
    assert [(hit.start, hit.end) for hit in find(text, "Error")] == [(0, 5)]


def test_a_place_is_found_again_when_lines_were_added_or_dropped() -> None:
    old = [f"line {number}" for number in range(50)]
    assert anchor(old, 30, old + ["new"] * 7) == 30
    assert anchor(old, 30, old[10:] + ["new"] * 10) == 20
    assert anchor(old, 30, ["cleared"]) is None
    # Of equal places the one where output alone would have moved it.
    same = ["same"] * 40
    assert anchor(same, 25, same) == 25


def test_what_was_wrapped_is_copied_as_one_line() -> None:
    text = lines("first", "  a long line with an indent", "last")
    rows = tail_rows(text, 3, 12, 9)
    assert len(rows) > 3
    assert selected_text(rows, text, [(0, -1)] * len(rows)) == "first\n  a long line with an indent\nlast"
    assert selected_text(rows, text, [(2, 5), *[None] * (len(rows) - 1)]) == "rst"


def test_a_selection_that_begins_in_a_wrapped_row_has_no_indent() -> None:
    text = lines("- words that go on and on")
    rows: list[Shown] = tail_rows(text, 1, 12, 9)
    assert rows[1].is_continued
    spans: list[tuple[int, int] | None] = [None, *[(0, -1)] * (len(rows) - 1)]
    assert selected_text(rows, text, spans) == text[0].plain[len(rows[0].line.plain) :].strip()


# In the console


async def focus(pilot: Pilot[None], console: Console) -> LivePane:
    await until(pilot, lambda: console.snapshot.agents)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(console.screen, FocusScreen) and console.screen.query_one(LivePane).screen_of_pane)
    return console.screen.query_one(LivePane)


def shown(pane: LivePane) -> list[str]:
    return [strip.text.rstrip() for strip in pane.render_lines(pane.size.region)]


def bar(console: Console) -> str:
    return console.screen.query_one("#live-bar", Bar).rows[0].plain()


@pytest.fixture
def long_town(town: object) -> object:
    town.panes.history["%1"] = [f"old line {number}".encode() for number in range(300)]  # type: ignore[attr-defined]
    return town


async def test_reading_back_stands_still_and_says_where(long_town: object) -> None:
    console = long_town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        pane = await focus(pilot, console)
        live = shown(pane)
        await pilot.press("pageup")
        await until(pilot, lambda: pane.scroll is not None)
        held = shown(pane)
        assert held != live
        assert any("old line 299" in line for line in held)
        assert f"{pane.scroll.back} lines back" in bar(console)
        # Output does not move it.
        long_town.panes.history["%1"] += [b"more"] * 5  # type: ignore[attr-defined]
        console.hub.mark(pane.pane_id)
        await until(pilot, lambda: pane.news == 5)
        await until(pilot, lambda: "5 new below" in bar(console))
        assert shown(pane) == held
        await pilot.press("home")
        await until(pilot, lambda: shown(pane)[0] == "old line 0")
        await pilot.press("end")
        await until(pilot, lambda: shown(pane) == live)
        assert "lines back" not in bar(console)


async def test_the_wheel_goes_back_and_forth_and_escape_goes_live_first(long_town: object) -> None:
    console = long_town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        pane = await focus(pilot, console)
        for _ in range(4):
            await pilot._post_mouse_events([events.MouseScrollUp], pane, offset=(5, 5))
        await until(pilot, lambda: pane.scroll is not None and pane.scroll.back == 12)
        await pilot.press("escape")
        assert pane.scroll is None
        assert isinstance(console.screen, FocusScreen)
        await pilot.press("k", "k")
        await until(pilot, lambda: pane.scroll is not None and pane.scroll.back == 2)
        await pilot.press("j", "j", "j")
        await until(pilot, lambda: pane.scroll is None)
        await pilot.press("escape")
        assert not isinstance(console.screen, FocusScreen)


async def test_search_marks_counts_and_steps(long_town: object) -> None:
    console = long_town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        pane = await focus(pilot, console)
        await pilot.press("slash")
        assert isinstance(console.screen, LineModal)
        await pilot.press(*"line 27", "enter")
        await until(pilot, lambda: pane.scroll is not None and pane.scroll.hits)
        await until(pilot, lambda: "11 of 11" in bar(console))
        before = pane.scroll.end
        await pilot.press("n")
        assert "10 of 11" in bar(console)
        await pilot.press("N", "N")
        assert "1 of 11" in bar(console)
        assert any(line == "old line 27" for line in shown(pane))
        assert pane.scroll.end != before
        assert long_town.done == []  # n is the search's now, not a nudge  # type: ignore[attr-defined]
        marked = [
            segment.text
            for strip in pane.render_lines(pane.size.region)
            for segment in strip
            if segment.style and segment.style.bgcolor == pane.palette.colour("focus").rich_color
        ]
        assert marked == ["line 27"]


async def test_nothing_above_is_said(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 60), notifications=True) as pilot:
        pane = await focus(pilot, console)
        await pilot.press("pageup")
        await until(pilot, lambda: any("nothing above" in text for text in told(console)))
        assert pane.scroll is None


async def test_the_mouse_selects_and_y_copies_while_output_goes_on(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        pane = await focus(pilot, console)
        row = next(y for y, line in enumerate(shown(pane)) if len(line.strip()) > 12)
        text = shown(pane)[row]
        start = len(text) - len(text.lstrip())
        assert cell_len(text) == len(text)
        await pilot.mouse_down(pane, offset=(start, row))
        await pilot.hover(pane, offset=(start + 8, row))
        await pilot.mouse_up(pane, offset=(start + 8, row))
        assert console.screen.get_selected_text() == text[start : start + 8].rstrip()
        # Under the selection nothing moves.
        held = shown(pane)
        town.panes.screens["%1"] = "working.ansi"  # type: ignore[attr-defined]
        console.hub.mark(pane.pane_id)
        await until(pilot, lambda: "".join(line.plain for line in pane.screen_of_pane.lines) not in "".join(held))
        assert shown(pane) == held
        await pilot.press("y")
        assert console.clipboard == text[start : start + 8].rstrip()
        await until(pilot, lambda: shown(pane) != held)


COPIES = {
    "its last answer": "Twelve tests pass.",
    "its last command": "pytest -q",
    "its branch": "polecat/toast/ms-2",
    "the bead's id": "ms-2",
    "the command that attaches": "gt attach mines/polecats/toast",
}


@pytest.mark.parametrize("place", ["town", "focus"])
async def test_the_copy_menu(town: object, place: str) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        await (focus(pilot, console) if place == "focus" else until(pilot, lambda: console.snapshot.agents))
        for label, expected in COPIES.items():
            await pilot.press("y")
            await until(pilot, lambda: isinstance(console.screen, ChoiceModal))
            number = next(index for index, (_, name) in enumerate(console.screen._options, 1) if name.startswith(label))
            await pilot.press(str(number))
            await until(pilot, lambda expected=expected: console.clipboard == expected)


async def test_screen_and_all_of_the_terminal_are_copied_without_control_characters(long_town: object) -> None:
    long_town.panes.history["%1"][5] = b"evil \x1b[31m\x07\xe2\x80\xae text"  # type: ignore[attr-defined]
    console = long_town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=SIZE) as pilot:
        pane = await focus(pilot, console)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(console.screen, ChoiceModal))
        await pilot.press("2")
        await until(pilot, lambda: console.clipboard.count("\n") > 290)
        assert console.clipboard.startswith("old line 0\n")
        assert "evil  text" in console.clipboard
        await pilot.press("y")
        await until(pilot, lambda: isinstance(console.screen, ChoiceModal))
        await pilot.press("1")
        await until(pilot, lambda: "old line" not in console.clipboard)
        assert console.clipboard == pane.visible_text()


def test_a_tmux_around_us_is_told_by_a_list_of_arguments(tmp_path: object) -> None:
    assert copying.outer_tmux({}) == []
    argv = copying.outer_tmux({"TMUX": "/tmp/x y,12,0", "PATH": "/usr/bin:/bin"})
    assert argv[1:] == ["-S", "/tmp/x y", "load-buffer", "-w", "-"]
