"""Captured panes: parsed once, cropped to what matters, legible in every theme, captured no more than needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.color import Color

from gastown_tui.tui.paint import Palette
from gastown_tui.tui.panes import adapt, crop, lines
from gastown_tui.tui.panes.hub import SPARE_ROWS, PaneHub, PaneScreen, Wanted
from gastown_tui.tui.tokens import THEMES, derived

SCREENS = Path(__file__).parent / "screens"


def load(name: str) -> list[lines.Line]:
    return lines.parse((SCREENS / f"{name}.ansi").read_bytes().split(b"\n"))


def one(text: str) -> lines.Line:
    return lines.parse([text.encode()])[0]


def looks(line: lines.Line) -> list[tuple[str, lines.Colour, lines.Colour, int]]:
    return [(text, look.fore, look.back, look.attributes) for text, look in line.runs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", [("plain", None, None, 0)]),
        ("\x1b[1;31mred\x1b[0m no", [("red", 1, None, lines.BOLD), (" no", None, None, 0)]),
        ("\x1b[38;5;200mx\x1b[48;2;1;2;3my", [("x", 200, None, 0), ("y", 200, (1, 2, 3), 0)]),
        (
            "\x1b[38:2::9:8:7mx\x1b[4:3mu\x1b[4:0mv",
            [("x", (9, 8, 7), None, 0), ("u", (9, 8, 7), None, lines.UNDERLINE), ("v", (9, 8, 7), None, 0)],
        ),
        ("\x1b[92;104mx\x1b[39;49my", [("x", 10, 12, 0), ("y", None, None, 0)]),
        ("\x1b[7mr\x1b[27m.", [("r", None, None, lines.REVERSE), (".", None, None, 0)]),
        ("\x0elqqk\x0fx", [("┌──┐", None, None, 0), ("x", None, None, 0)]),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", [("link", None, None, 0)]),
        ("\x1b[38;5mx", [("x", 0, None, 0)]),
        ("\x1b[58;5;3mx", [("x", None, None, 0)]),
        ("ends   ", [("ends", None, None, 0)]),
        ("\x1b[41m  \x1b[0m ", [("  ", None, 1, 0)]),
        ("\x1b[31m\x1b[?25lx\x07y", [("xy", 1, None, 0)]),
    ],
)
def test_parse(text: str, expected: list[tuple[str, lines.Colour, lines.Colour, int]]) -> None:
    assert looks(one(text)) == expected


def test_state_carries_over_line_ends_and_equal_rows_are_one_object() -> None:
    first, second, third = lines.parse([b"\x1b[31mred", b"still", b"\x1b[0mplain"])
    assert looks(second) == [("still", 1, None, 0)]
    assert looks(third) == [("plain", None, None, 0)]
    again = lines.parse([b"\x1b[31mred", b"still", b"\x1b[0mplain"])
    assert [a is b for a, b in zip((first, second, third), again, strict=True)] == [True, True, True]
    assert lines.parse([b"still"])[0] is not second


@pytest.mark.parametrize("name", ["permission", "working", "finished", "streaming", "ready", "question"])
@pytest.mark.parametrize(("width", "height"), [(28, 6), (37, 9), (60, 20), (3, 2)])
def test_views_keep_to_their_size(name: str, width: int, height: int) -> None:
    for is_asking in (False, True):
        for is_whole in (False, True):
            rows = crop.view(load(name), width, height, is_whole=is_whole, is_asking=is_asking)
            assert len(rows) <= height
            assert all(cell_len(row.plain) <= width for row in rows)


@pytest.mark.parametrize("height", [2, 3, 4, 6, 7, 8, 9, 12])
def test_an_open_dialog_keeps_its_question_and_first_answer(height: int) -> None:
    text = "\n".join(row.plain for row in crop.view(load("permission"), 37, height, is_asking=True))
    assert "Do you want to proceed?" in text
    assert "❯ 1. Yes" in text


def test_chrome_goes_and_the_end_stays() -> None:
    rows = [one(text) for text in ("╭────╮", "old", "", "", "new words", "────────", "❯ ", "  ? for shortcuts")]
    assert [row.plain for row in crop.view(rows, 40, 10)] == ["old", "", "new words"]
    assert [row.plain for row in crop.view(rows, 40, 1)] == ["new words"]
    assert len(crop.view(rows, 40, 10, is_whole=True)) == 8


@pytest.mark.parametrize("name", ["permission", "working", "finished", "streaming", "ready", "question"])
@pytest.mark.parametrize(("width", "height"), [(28, 6), (37, 9), (60, 20), (3, 2), (60, 1), (20, 0)])
def test_a_tile_reads_from_the_end_what_it_would_have_kept_of_the_whole(name: str, width: int, height: int) -> None:
    screen = load(name)
    rows, used = crop.end_view(screen, width, height)
    assert rows == crop.view(screen, width, height)
    if used:
        assert crop.end_view(screen[-used:], width, height)[0] == rows


def test_a_view_that_is_not_filled_needs_all_rows() -> None:
    screen = [one("first"), one(""), one("last"), one(""), one("")]
    assert crop.end_view(screen, 20, 4) == (crop.view(screen, 20, 4), 0)
    assert crop.end_view(screen, 20, 3)[1] == 5


def test_wrapping_hangs_and_loses_nothing() -> None:
    line = one("● one two three four five six seven eight")
    rows = crop.wrap_line(line, 16, False)
    assert [row.plain for row in rows] == ["● one two three", "  four five six", "  seven eight"]
    wide = crop.wrap_line(one("漢字" * 20), 11, False)
    assert "".join(row.plain.strip() for row in wide) == "漢字" * 20


def palette(name: str) -> Palette:
    return Palette.of({**derived(THEMES[name]), **THEMES[name].variables})


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("is_quiet", [False, True])
def test_every_colour_is_legible(theme: str, is_quiet: bool) -> None:
    light = adapt.Light(palette(theme), is_quiet)
    colours: list[lines.Colour] = [None, *range(0, 256, 5), (0, 0, 0), (255, 255, 255), (120, 120, 120), (255, 0, 0)]
    for fore in colours:
        for back in (None, 0, 4, 15, 250, (30, 60, 30)):
            for attributes in (0, lines.DIM, lines.REVERSE):
                style = adapt.style_of(lines.look(fore, back, attributes), light)
                assert style.color is not None
                assert style.bgcolor is not None
                ratio = adapt.contrast(Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor))
                assert ratio >= min(light.palette.floor, 4.4) - 0.01, (fore, back, attributes, ratio)


def test_strips_have_their_width_and_a_cursor() -> None:
    light = adapt.Light(palette("gas-town"), False)
    strip = adapt.strip_of(one("漢字 words"), 20, light, 2)
    assert strip.cell_length == 20
    assert [segment.text for segment in strip if segment.style and segment.style.reverse] == ["字"]
    assert adapt.strip_of(one("much too long for it"), 5, light).text == "much "


@dataclass
class Seen:
    rows: list[bytes]
    cursor: tuple[int, int] | None = None
    in_mode: bool = False
    history: int = 0


class Client:
    """Answers at once, or while `is_slow` when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.together: list[int] = []
        """How many panes each picture was asked for at once."""
        self.tops: list[int] = []
        self.linked: list[str] = []
        self.resting: list[str] = []
        self.rows = [b"one"]
        self.is_gone = self.is_slow = False
        self._waiting: list[Callable[[], None]] = []

    def picture(self, wanted: Sequence[Wanted], done: Callable[[str, Seen | None], None]) -> None:
        self.together.append(len(wanted))
        for one in wanted:
            self.asked.append(one.pane)
            self.tops.append(one.top)
            self._waiting.append(partial(self._answer, one, done))
        if not self.is_slow:
            self.answer()

    def _answer(self, one: Wanted, done: Callable[[str, Seen | None], None]) -> None:
        done(one.pane, None if self.is_gone else Seen(self.rows[one.top :]))

    def answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        for answer in waiting:
            answer()

    async def capture(self, pane: str, top: int = 0, bottom: int | None = None) -> Seen:
        return Seen(self.rows)

    async def link(self, window: str) -> None:
        self.linked.append(window)

    def rest(self, pane: str) -> None:
        self.resting.append(pane)

    async def type_bytes(self, pane: str, data: bytes) -> None: ...

    async def type_key(self, pane: str, key: str) -> None: ...

    async def paste(self, pane: str, text: str) -> None: ...

    async def close(self) -> None: ...


class Viewer:
    def __init__(self, pane: str, *, is_front: bool = False, rows_read: int = 0) -> None:
        self.pane_id, self.window_id, self.is_front, self.is_attached = pane, pane.replace("%", "@"), is_front, True
        self.rows_read = rows_read
        self.seen: list[str] = []
        self.screens: list[PaneScreen] = []

    def show_screen(self, screen: PaneScreen) -> None:
        self.screens.append(screen)
        self.seen.append(screen.lines[0].plain)


async def until(condition: object) -> None:
    for _ in range(5000):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0.002)
    raise AssertionError("did not come true")


async def test_only_watched_panes_are_captured_and_heard() -> None:
    hub, client = PaneHub(), Client()
    hub.connected(client)
    one_view = Viewer("%1")
    hub.watch(one_view)
    hub.mark("%2")
    await until(lambda: client.linked and one_view.seen)
    hub.forget(one_view)
    hub.mark("%1")
    await asyncio.sleep(0)
    assert set(client.asked) == {"%1"}
    assert client.linked == ["@1"]
    assert client.resting == ["%1"]
    await hub.close()


async def test_what_is_written_before_a_window_is_heard_is_not_missed() -> None:
    hub, client = PaneHub(), Client()
    hub.connected(client)
    view = Viewer("%1", is_front=True)
    hub.watch(view)
    assert client.asked == ["%1"]
    await until(lambda: client.linked and len(client.asked) == 2)
    await hub.close()


async def settled(hub: PaneHub, client: Client, *views: Viewer) -> None:
    """The views are watched, their windows are heard and their first pictures are there."""
    hub.connected(client)
    for view in views:
        hub.watch(view)
    await until(lambda: len(client.linked) == len({view.window_id for view in views}) and all(view.seen for view in views))
    await until(lambda: not any(pane.is_dirty or pane.is_flying for pane in hub._panes.values()))
    client.asked.clear()
    client.tops.clear()


async def test_bursts_are_one_capture_and_a_mark_in_flight_is_not_lost() -> None:
    hub, client = PaneHub(), Client()
    view = Viewer("%1", is_front=True)
    await settled(hub, client, view)
    client.is_slow = True
    for _ in range(50):
        hub.mark("%1")
    await until(lambda: client.asked == ["%1"])
    for _ in range(50):
        hub.mark("%1")
    await asyncio.sleep(0)
    assert client.asked == ["%1"]
    client.is_slow, client.rows = False, [b"two"]
    client.answer()
    await until(lambda: client.asked == ["%1", "%1"])
    assert view.seen[-1] == "two"
    await hub.close()


async def test_the_pane_that_has_the_keys_does_not_wait_for_a_beat() -> None:
    hub, client = PaneHub(), Client()
    front, tile = Viewer("%1", is_front=True), Viewer("%2")
    await settled(hub, client, front, tile)
    hub._panes["%1"].taken_at = -1.0
    hub.mark("%1")
    hub.mark("%2")
    assert client.asked == ["%1"]
    await until(lambda: client.asked == ["%1", "%2"])
    await hub.close()


async def test_tiles_share_a_beat() -> None:
    hub, client = PaneHub(), Client()
    views = [Viewer(f"%{number}") for number in range(5)]
    await settled(hub, client, *views)
    for pane in hub._panes.values():
        pane.taken_at = -1.0
    for view in views:
        hub.mark(view.pane_id)
    assert len(hub._beats) <= 2
    await until(lambda: sorted(client.asked) == [view.pane_id for view in views])
    await hub.close()


async def test_a_tile_asks_for_the_rows_that_it_shows_and_for_all_when_they_do_not_fill_it() -> None:
    hub, client = PaneHub(), Client()
    client.rows = [b"row %d" % number for number in range(50)]
    view = Viewer("%1", rows_read=5)
    await settled(hub, client, view)
    hub.mark("%1")
    await until(lambda: client.asked)
    assert client.tops == [50 - 5 - SPARE_ROWS]
    assert view.screens[-1].is_end_only
    assert view.seen[-1] == "row 37"
    view.rows_read = 0
    hub.mark("%1")
    await until(lambda: len(client.asked) == 2)
    assert client.tops[-1] == 0
    await hub.close()


async def test_a_slow_terminal_and_an_attach_hold_captures_back() -> None:
    held = [True]
    hub, client = PaneHub(lambda: held[0]), Client()
    hub.connected(client)
    view = Viewer("%1", is_front=True)
    hub.watch(view)
    await until(lambda: client.linked)
    assert client.asked == []
    held[0] = False
    await until(lambda: client.asked)
    hub.is_paused = True
    client.asked.clear()
    hub.mark("%1")
    await asyncio.sleep(0.03)
    assert client.asked == []
    hub.is_paused = False
    await until(lambda: client.asked == ["%1"])
    await hub.close()


async def test_a_line_with_little_room_draws_tiles_in_turn_the_oldest_first() -> None:
    hub, client = PaneHub(room=lambda: 1), Client()
    hub.connected(client)
    views = [Viewer(f"%{number}") for number in range(1, 4)]
    for view in views:
        hub.watch(view)
    await until(lambda: len(client.asked) >= 3)
    assert sorted(client.asked[:3]) == ["%1", "%2", "%3"]
    assert client.together == [1] * len(client.together)
    await hub.close()


async def test_a_failed_capture_keeps_the_last_picture_and_removed_views_are_forgotten() -> None:
    hub, client = PaneHub(), Client()
    view, other = Viewer("%1", is_front=True), Viewer("%1", is_front=True)
    await settled(hub, client, view)
    client.is_gone = True
    hub.mark("%1")
    await until(lambda: client.asked)
    assert hub.screens["%1"].lines[0].plain == "one"
    view.is_attached = False
    hub.watch(other)
    assert other.seen == ["one"]
    client.is_gone = False
    seen = len(view.seen)
    hub.mark("%1")
    await until(lambda: len(other.seen) == 2)
    assert len(view.seen) == seen
    await hub.close()


async def test_a_view_that_went_to_another_pane_gets_nothing_of_the_one_before() -> None:
    hub, client = PaneHub(), Client()
    view = Viewer("%1", is_front=True)
    await settled(hub, client, view)
    client.is_slow = True
    hub.mark("%1")
    await until(lambda: client.asked == ["%1"])
    seen = len(view.seen)
    view.pane_id, view.window_id = "%2", "@2"
    client.is_slow = False
    client.answer()
    assert len(view.seen) == seen
    hub.watch(view)
    await until(lambda: "%2" in client.asked and len(view.seen) > seen)
    await hub.close()
