"""Captured panes: parsed once, cropped to what matters, legible in every theme, captured no more than needed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.color import Color

from gastown_tui.core.errors import TmuxUnavailable
from gastown_tui.tui.paint import Palette
from gastown_tui.tui.panes import adapt, crop, lines
from gastown_tui.tui.panes.hub import PaneHub, PaneScreen
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


@pytest.mark.parametrize("height", [6, 8, 12])
def test_an_open_dialog_keeps_its_question_and_first_answer(height: int) -> None:
    text = "\n".join(row.plain for row in crop.view(load("permission"), 37, height, is_asking=True))
    assert "Do you want to proceed?" in text
    assert "❯ 1. Yes" in text


def test_chrome_goes_and_the_end_stays() -> None:
    rows = [one(text) for text in ("╭────╮", "old", "", "", "new words", "────────", "❯ ", "  ? for shortcuts")]
    assert [row.plain for row in crop.view(rows, 40, 10)] == ["old", "", "new words"]
    assert [row.plain for row in crop.view(rows, 40, 1)] == ["new words"]
    assert len(crop.view(rows, 40, 10, is_whole=True)) == 8


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
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.linked: list[str] = []
        self.text = b"one"
        self.error: TmuxUnavailable | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def capture(self, pane: str) -> Seen:
        self.asked.append(pane)
        await self.gate.wait()
        if self.error:
            raise self.error
        return Seen([self.text])

    async def link(self, window: str) -> None:
        self.linked.append(window)

    async def type_bytes(self, pane: str, data: bytes) -> None: ...

    async def type_key(self, pane: str, key: str) -> None: ...

    async def paste(self, pane: str, text: str) -> None: ...

    async def close(self) -> None: ...


class Viewer:
    def __init__(self, pane: str, *, is_front: bool = False) -> None:
        self.pane_id, self.window_id, self.is_front, self.is_attached = pane, pane.replace("%", "@"), is_front, True
        self.seen: list[str] = []

    def show_screen(self, screen: PaneScreen) -> None:
        self.seen.append(screen.lines[0].plain)


async def until(condition: object) -> None:
    for _ in range(5000):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0.002)
    raise AssertionError("did not come true")


async def test_only_watched_panes_are_captured() -> None:
    hub, client = PaneHub(), Client()
    hub.connected(client)
    one_view = Viewer("%1")
    hub.watch(one_view)
    hub.mark("%2")
    await until(lambda: one_view.seen)
    hub.forget(one_view)
    hub.mark("%1")
    await asyncio.sleep(0)
    assert client.asked == ["%1"]
    assert client.linked == ["@1"]
    await hub.close()


async def test_bursts_are_one_capture_and_a_mark_in_flight_is_not_lost() -> None:
    hub, client = PaneHub(), Client()
    hub.connected(client)
    view = Viewer("%1", is_front=True)
    hub.watch(view)
    for _ in range(50):
        hub.mark("%1")
    await until(lambda: view.seen)
    assert client.asked == ["%1"]
    client.gate.clear()
    hub.mark("%1")
    await until(lambda: len(client.asked) == 2)
    client.text = b"two"
    hub.mark("%1")
    client.gate.set()
    await until(lambda: len(client.asked) == 3)
    await until(lambda: view.seen[-1] == "two")
    await hub.close()


async def test_a_slow_terminal_and_an_attach_hold_captures_back() -> None:
    held = [True]
    hub, client = PaneHub(lambda: held[0]), Client()
    hub.connected(client)
    view = Viewer("%1", is_front=True)
    hub.watch(view)
    await asyncio.sleep(0.02)
    assert client.asked == []
    held[0] = False
    await until(lambda: client.asked)
    hub.is_paused = True
    hub.mark("%1")
    await asyncio.sleep(0.03)
    assert len(client.asked) == 1
    await hub.close()


async def test_a_failed_capture_keeps_the_last_picture_and_removed_views_are_forgotten() -> None:
    hub, client = PaneHub(), Client()
    hub.connected(client)
    view, other = Viewer("%1", is_front=True), Viewer("%1", is_front=True)
    hub.watch(view)
    await until(lambda: view.seen)
    client.error = TmuxUnavailable("gone")
    hub.mark("%1")
    await until(lambda: len(client.asked) == 2)
    assert hub.screens["%1"].lines[0].plain == "one"
    view.is_attached = False
    hub.watch(other)
    assert other.seen == ["one"]
    client.error = None
    hub.mark("%1")
    await until(lambda: len(other.seen) == 2)
    assert len(view.seen) == 1
    await hub.close()
