"""The real console in a terminal of its own: what the wall writes there is what the agents' panes show."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from itertools import pairwise

import psutil
import pyte
import pytest
from wall_bench.agents import Workload
from wall_bench.terminal import COLUMNS, ROWS, Terminal
from wall_bench.town import BenchTown, address, town

from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.tui.paint import Palette
from gastown_tui.tui.panes import adapt, crop
from gastown_tui.tui.panes.lines import Line, parse
from gastown_tui.tui.tokens import THEMES, derived

pytestmark = [pytest.mark.tmux, pytest.mark.timeout(240)]
PATIENCE = 60.0
TEXT = r"""
for n in 1 2 3 4 5 6 7 8 9; do printf '\033[3%dm%s: line %d\033[0m\n' $((n % 8)) "$0" $n; done
printf '\033[1mbold\033[0m \033[2mdim\033[0m \033[3mitalic\033[0m \033[4munder\033[0m \033[9mstruck\033[0m \033[7mreversed\033[0m\n'
printf '\033[31mred\033[92mbright\033[0m \033[38;5;208m256\033[48;5;17mon blue\033[0m \033[38;2;10;200;130mtrue\033[48;2;60;20;60mon\033[0m\n'
printf '日本語 漢字 \033[35m한국어\033[0m 🚀 ✅ é\n'
printf '┌──┬──┐ ═╬═ ▄ █ \033(0lqqk\033(B\n'
exec sleep 1000000
"""
SCREEN = r"""
import os, sys, time
out = sys.stdout
out.write("\x1b[?1049h\x1b[?25l")
for turn in range(30):
    for y in range(1, 50):
        cells = "".join(f"\x1b[38;2;{x * 8 % 256};{y * 5 % 256};{turn * 8}m{'#日x·'[x % 4]}" for x in range(30))
        out.write(f"\x1b[{y};1H{cells}\x1b[0m turn {turn}\x1b[K")
    out.flush()
time.sleep(100000)
"""
FLOOD = (
    "read line; yes \"$(printf '\\033[32mflood\\033[0m of words')\" | head -n 60000; echo the flood has ended; exec sleep 1000000"
)


class Screen(Terminal):
    """A terminal that draws."""

    def __init__(self, place: BenchTown, *, slow: float = 0.0) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        super().__init__(place.argv, place.environment, slow=slow)

    def take(self, data: bytes) -> None:
        self._stream.feed(data)

    def until(self, condition: Callable[[], object]) -> None:
        assert self.read(PATIENCE, condition), "\n".join(self.screen.display)

    def row(self, y: int) -> str:
        return "".join(self.screen.buffer[y][x].data for x in range(COLUMNS))

    def find(self, words: str) -> tuple[int, int] | None:
        """(column, row) of the first place."""
        for y in range(ROWS):
            # One character for each cell, the second half of a wide one too.
            cells = "".join((self.screen.buffer[y][x].data or "\0")[0] for x in range(COLUMNS))
            if (x := cells.find(words)) >= 0:
                return x, y
        return None

    def shows(self, words: str) -> bool:
        return any(words in self.row(y) for y in range(ROWS))


def palette() -> Palette:
    return Palette.of({**derived(THEMES["gas-town"]), **THEMES["gas-town"].variables})


def tiles(screen: Screen, count: int) -> dict[int, tuple[int, int, int, int]] | None:
    """Agent → (left, top, width, height) of its tile's body, from where the headers are; None while one is missing."""
    heads = {}
    for number in range(count):
        found = screen.find(f"● a{number:02d}   ")
        if found is None:
            return None
        heads[number] = (found[0] - 1, found[1])
    lefts, tops = sorted({x for x, _ in heads.values()}), sorted({y for _, y in heads.values()})
    dock = screen.find("MAYOR")
    if dock is None or len(lefts) < 2:
        return None
    bottoms = dict(pairwise([*tops, dock[1] - 1]))
    rights = {x: after - 1 for x, after in pairwise(lefts)}
    rights[lefts[-1]] = lefts[-1] + lefts[1] - lefts[0] - 1
    return {number: (x, y + 1, rights[x] - x, bottoms[y] - y - 1) for number, (x, y) in heads.items()}


Cell = tuple[str, str, str, bool, bool, bool, bool]


def shown_cells(screen: Screen, x: int, y: int, width: int) -> list[Cell]:
    cells = (screen.screen.buffer[y][x + index] for index in range(width))
    return [(cell.data, cell.fg, cell.bg, cell.bold, cell.italics, cell.underscore, cell.strikethrough) for cell in cells]


def wanted_cells(line: Line, width: int, light: adapt.Light) -> list[Cell]:
    cells: list[Cell] = []
    for text, style, _ in adapt.strip_of(line, width, light):
        assert style is not None
        assert style.color is not None
        assert style.bgcolor is not None
        fore, back = (colour.get_truecolor().hex[1:] for colour in (style.color, style.bgcolor))
        for char in text:
            look = (fore, back, bool(style.bold), bool(style.italic), bool(style.underline), bool(style.strike))
            cells.append((char, *look))
            if len(adapt.strip_of(parse([char.encode()])[0], 2, light).text) == 1:
                cells.append(("", *look))
    return cells


def differences(screen: Screen, server: TmuxServer, panes: dict[str, str], selected: int) -> list[str]:
    found = tiles(screen, len(panes))
    if found is None:
        return ["not all tiles are there"]
    wrong = []
    for number, (x, y, width, height) in found.items():
        rows = parse([line.encode() for line in server.capture(panes[address(number)], escapes=True)])
        inner = width - 2
        lines = crop.view(rows, inner, height)
        light = adapt.Light(palette(), number != selected)
        for index in range(height):
            line = lines[index] if index < len(lines) else crop.EMPTY
            got, want = shown_cells(screen, x + 1, y + index, inner), wanted_cells(line, inner, light)
            if got != want:
                wrong.append(f"a{number:02d} row {index}: {''.join(cell[0] for cell in got)!r} != {line.plain!r}")
    return wrong


def panes_of(place: BenchTown) -> dict[str, str]:
    return {pane.agent: pane.pane for pane in TmuxServer(place.layout).snapshot()}


def test_twelve_tiles_show_text_and_style_of_their_panes() -> None:
    programs = {number: ("sh", "-c", TEXT, f"a{number:02d}") for number in range(12)}
    programs[3] = (sys.executable, "-c", SCREEN)
    programs[5] = ("sh", "-c", FLOOD)
    with town(12, programs) as place:
        place.select(1)
        server, panes = TmuxServer(place.layout), panes_of(place)
        outer = Screen(place)
        try:
            outer.until(lambda: tiles(outer, 12))
            server.command("send-keys", "-t", panes[address(5)], "Enter")
            outer.until(lambda: outer.shows("the flood has ended"))
            outer.until(lambda: "turn 29" in "".join(server.capture(panes[address(3)])))
            checked: list[float] = [0.0]

            def is_equal() -> bool:
                # A comparison takes longer than a frame.
                if time.monotonic() - checked[0] < 0.5:
                    return False
                same = not differences(outer, server, panes, 1)
                checked[0] = time.monotonic()
                return same

            outer.read(PATIENCE, is_equal)
            assert differences(outer, server, panes, 1) == []
            # The crop itself, by words that are not ours.
            x, y, width, height = (tiles(outer, 12) or {})[0]
            shown = [outer.row(y + index)[x + 1 : x + width].rstrip() for index in range(height)]
            assert shown[-5:-3] == ["a00: line 9", "bold dim italic under struck reversed"]
            assert shown[-1] == "┌──┬──┐ ═╬═ ▄ █ ┌──┐"
        finally:
            outer.close()


def test_focus_shows_the_pane_of_the_agent_that_it_names() -> None:
    with town(6, {5: ("sh", "-c", "echo only this; exec sleep 1000000")}) as place:
        place.select(4)
        ttys = [tty if number != 5 else "" for number, tty in enumerate(place.panes.ttys)]
        work = Workload(place.layout.root, ttys)
        outer = Screen(place)
        try:
            outer.until(lambda: {pane for pane, _, _ in outer.seen} >= {0, 1, 2, 3, 4})
            outer.write(b"\r")
            outer.until(lambda: outer.shows("type in") and outer.shows(" 04#"))
            outer.write(b"]")
            outer.until(lambda: outer.shows("only this") and not outer.shows(" 04#"))
        finally:
            work.stop()
            outer.close()


def test_a_line_that_is_too_slow_gets_fewer_frames_and_the_newest_ones() -> None:
    with town(12) as place:
        work = Workload(place.layout.root, place.panes.ttys)
        outer = Screen(place)
        server = psutil.Process(place.panes.server_pid)
        is_over = False
        try:
            outer.until(lambda: {pane for pane, _, _ in outer.seen} >= set(range(12)))
            before = server.memory_info().rss
            outer.slow = 10_000
            # What was painted before the line grew slow comes first.
            outer.until(lambda: outer.seen[-1][1] > outer.seen[0][1] + 20)
            outer.forget()
            outer.until(lambda: len({count for pane, count, _ in outer.seen if pane == 0}) >= 4)
            slowed = [count for pane, count, _ in outer.seen if pane == 0]
            written = work.stop()
            is_over = True
            assert server.memory_info().rss - before < 32 << 20
            newest = {pane: counts[-1][0] for pane, counts in written.items()}
            # Frames were left out, not kept for later.
            assert len(set(slowed)) < max(slowed) - min(slowed)
            outer.slow = 0
            outer.until(lambda: {(pane, count) for pane, count, _ in outer.seen} >= set(newest.items()))
        finally:
            if not is_over:
                work.stop()
            outer.close()


def test_a_terminal_that_takes_nothing_stops_nobody() -> None:
    with town(3, {2: ("sh", "-c", "yes 'a flood that nobody sees'")}) as place:
        work = Workload(place.layout.root, place.panes.ttys[:2])
        outer = Screen(place)
        server = psutil.Process(place.panes.server_pid)
        try:
            outer.until(lambda: outer.shows("a flood that nobody sees"))
            before = server.memory_info().rss
            pane = panes_of(place)[address(0)]
            seen = TmuxServer(place.layout).capture(pane)
            # Not a byte is read, and the agents go on until this one has written a hundred more lines.
            end = time.monotonic() + PATIENCE
            for _ in range(5):
                while TmuxServer(place.layout).capture(pane) == seen:
                    assert time.monotonic() < end
                    os.sched_yield()
                seen = TmuxServer(place.layout).capture(pane)
            assert server.memory_info().rss - before < 32 << 20
            outer.forget()
            outer.until(lambda: {pane for pane, _, _ in outer.seen} >= {0, 1})
        finally:
            work.stop()
            outer.close()
        assert work.refused == 0
