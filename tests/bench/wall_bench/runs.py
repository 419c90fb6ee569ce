"""The measurements: the console and plain tmux on the same workload, an idle town, a slow line, the first paint."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from wall_bench.agents import Workload
from wall_bench.figures import cpu_of, frames, percentile, staleness, viewers_of
from wall_bench.terminal import COLUMNS, ROWS, Terminal
from wall_bench.town import ECHO, FLOOD, BenchTown, plain_tmux, town

SETTLE = 4.0
"""Seconds that are not counted after the start."""
AFTER = 0.6
"""Seconds that are watched on, so that the last writes can arrive."""
MIB = 1 << 20
PYTHON_ECHO = ("python3", "-c", ECHO)
ECHOING, WATCHED, FLOODING = 0, 1, 2
"""Agents with a part of their own: what keys go to, what is selected and then focused, what floods."""


@dataclass
class Load:
    """One run under load."""

    cpu: float = 0.0
    """Percent of a core: what shows the panes, and the tmux server."""
    app: float = 0.0
    rate: float = 0.0
    """Bytes a second to the terminal."""
    tiles: int = 0
    tile_p95: float | None = None
    focus_p95: float | None = None
    tile_fps: float = 0.0
    focus_fps: float = 0.0
    keys: list[float] = field(default_factory=list)
    """Milliseconds from key to echo, the agents busy."""
    flood_keys: list[float] = field(default_factory=list)
    """The same with one of them flooding."""
    rss: float = 0.0
    """MiB."""
    paint: float = 0.0
    """Seconds from the start until the agents are on the terminal."""


def console_under_load(count: int, seconds: float) -> Load:
    """The console on its wall, then in Focus, then with keys typed into an agent, then with a flood beside that."""
    programs = {ECHOING: PYTHON_ECHO, FLOODING: ("sh", "-c", "read line; exec " + " ".join(_quoted(FLOOD)))}
    with town(count, programs) as place:
        place.select(WATCHED)
        ttys = ["" if number == ECHOING else tty for number, tty in enumerate(place.panes.ttys)]
        work = Workload(place.layout.root, ttys)
        outer = Terminal(place.argv, place.environment)
        found = Load()
        try:
            # The first picture is there when the last agent of the wall is; more than fifty do not all have a tile.
            found.paint = outer.read_until(b"a%02d" % ((count if count <= 50 else 12) - 1), 20)
            outer.read(SETTLE)
            wall = _watch(outer, place.panes.server_pid, found, seconds)
            seen_on_wall = outer.seen
            outer.write(b"\r")
            outer.read(1.5)
            outer.forget()
            focus = _span(outer, seconds / 2)
            seen_in_focus = outer.seen
            _type_into(outer)
            found.keys = _press(outer, seconds)
            _flood(place)
            outer.read(0.5)
            found.flood_keys = _press(outer, seconds / 2)
            found.rss = psutil.Process(outer.pid).memory_info().rss / MIB
        finally:
            writes = work.stop()
            outer.close()
        by_tile = staleness(writes, seen_on_wall, *wall)
        in_focus = staleness(writes, seen_in_focus, *focus).get(WATCHED, [])
        selected = by_tile.pop(WATCHED, [])
        found.tiles = len(by_tile) + bool(selected)
        found.tile_p95 = percentile([late for tile in by_tile.values() for late in tile], 0.95)
        found.focus_p95 = max((late for late in (percentile(selected, 0.95), percentile(in_focus, 0.95)) if late), default=None)
        rates = frames(seen_on_wall, (wall[1] - wall[0]) / 1e9 + AFTER)
        rates.pop(WATCHED, 0.0)
        found.tile_fps = sum(rates.values()) / max(len(rates), 1)
        found.focus_fps = frames(seen_in_focus, seconds / 2 + AFTER).get(WATCHED, 0.0)
        return found


def _quoted(words: tuple[str, ...]) -> list[str]:
    import shlex

    return [shlex.quote(word) for word in words]


def _watch(outer: Terminal, server: int, found: Load, seconds: float) -> tuple[int, int]:
    """Counts CPU and bytes; returns the span of monotonic nanoseconds."""
    processes = [*viewers_of(psutil.Process(outer.pid)), psutil.Process(server)]
    outer.forget()
    begin, before, own = time.monotonic_ns(), cpu_of(*processes), cpu_of(*processes[:-1])
    outer.read(seconds)
    end = time.monotonic_ns()
    spent = (end - begin) / 1e9
    found.cpu = (cpu_of(*processes) - before) / spent * 100
    found.app = (cpu_of(*processes[:-1]) - own) / spent * 100
    found.rate = outer.bytes / spent
    outer.read(AFTER)
    return begin, end


def _span(outer: Terminal, seconds: float) -> tuple[int, int]:
    begin = time.monotonic_ns()
    outer.read(seconds)
    end = time.monotonic_ns()
    outer.read(AFTER)
    return begin, end


def _type_into(outer: Terminal) -> None:
    """From Focus on one agent to the one before, which echoes keys; `i` types into it."""
    outer.forget_text()
    outer.write(b"[")
    outer.read_until(b"ready for keys", 10)
    outer.write(b"i")
    outer.read(1.0)
    outer.echo = 0


def _press(outer: Terminal, seconds: float) -> list[float]:
    """Presses one key after the other; milliseconds until each echo. A key without one in two seconds counts as that."""
    times = []
    end = time.monotonic() + seconds
    number = outer.echo
    while time.monotonic() < end:
        number += 1
        at = time.monotonic()
        outer.write(b"abcdefghij"[number % 10 :][:1])
        outer.read(2.0, lambda number=number: outer.echo >= number)
        times.append((time.monotonic() - at) * 1000)
        outer.read(0.1 + (number % 7) * 0.01)
    return times


def _flood(place: BenchTown) -> None:
    """Lets the flooding agent begin."""
    from gastown_tui.infra.tmux import TmuxServer

    server = TmuxServer(place.layout)
    pane = next(pane for pane in server.snapshot() if pane.agent.endswith(f"a{FLOODING:02d}"))
    server.command("send-keys", "-t", pane.pane, "Enter")


def plain_under_load(count: int, seconds: float, scratch: Path) -> Load:
    """Plain tmux with the same agents split in one window."""
    with plain_tmux(count, COLUMNS, ROWS) as (argv, environment, panes):
        outer = Terminal(argv, environment)
        outer.read(1.0)
        work = Workload(scratch, panes.ttys)
        found = Load()
        try:
            outer.read(SETTLE)
            span = _watch(outer, panes.server_pid, found, seconds)
        finally:
            writes = work.stop()
            outer.close()
        late = staleness(writes, outer.seen, *span)
        found.tiles = len(late)
        found.tile_p95 = percentile([one for tile in late.values() for one in tile], 0.95)
        rates = frames(outer.seen, seconds + AFTER)
        found.tile_fps = sum(rates.values()) / max(len(rates), 1)
        return found


@dataclass
class Idle:
    """A town in which nothing happens, its supervisor running."""

    console: float = 0.0
    """Percent of a core."""
    tmux: float = 0.0
    """Percent of a core: the server's, above what it takes without a console."""


def idle(count: int, seconds: float) -> Idle:
    """CPU of the console and its share of tmux, against the same town watched by its supervisor alone."""
    with town(count) as place:
        place.want("up")
        outer = Terminal(place.argv, place.environment)
        try:
            outer.read_until(b"GAS TOWN", 20)
            outer.read(20.0)
            processes, server = viewers_of(psutil.Process(outer.pid)), psutil.Process(place.panes.server_pid)
            begin, own, shared = time.monotonic(), cpu_of(*processes), cpu_of(server)
            outer.read(seconds)
            spent = time.monotonic() - begin
            own, shared = cpu_of(*processes) - own, cpu_of(server) - shared
        finally:
            outer.close()
        try:
            begin, alone = time.monotonic(), cpu_of(server)
            time.sleep(seconds / 2)
            alone = (cpu_of(server) - alone) / (time.monotonic() - begin)
        finally:
            _end_supervisor(place)
        return Idle(own / spent * 100, max(shared / spent - alone, 0.0) * 100)


def _end_supervisor(place: BenchTown) -> None:
    """The console started it; it would go on, as it should."""
    from gastown_tui.infra.locks import holder

    place.want("down")
    held = holder(place.layout.supervisor_lock)
    if held is not None and held.is_held and held.is_alive():
        process = psutil.Process(held.pid)
        process.terminate()
        process.wait(10)


@dataclass
class Slow:
    """A terminal that takes 60 KB a second."""

    keys: list[float] = field(default_factory=list)
    grown: float = 0.0
    """MiB that the tmux server grew by."""
    refused: int = 0
    """Writes of agents that their terminal did not take at once."""


def slow_line(count: int, seconds: float) -> Slow:
    """Keys through a slow line, and what it costs the agents and tmux."""
    with town(count, {ECHOING: PYTHON_ECHO, FLOODING: FLOOD}) as place:
        place.select(WATCHED)
        special = (ECHOING, FLOODING)
        work = Workload(place.layout.root, ["" if number in special else tty for number, tty in enumerate(place.panes.ttys)])
        outer = Terminal(place.argv, place.environment)
        found = Slow()
        try:
            outer.read_until(b"GAS TOWN", 20)
            outer.read(SETTLE)
            server = psutil.Process(place.panes.server_pid)
            before = server.memory_info().rss
            outer.slow = 60_000
            outer.read(seconds)
            outer.write(b"\r")
            outer.read(2.0)
            _type_into(outer)
            found.keys = _press(outer, seconds)
            found.grown = (server.memory_info().rss - before) / MIB
        finally:
            outer.slow = 0
            work.stop()
            outer.close()
        found.refused = work.refused
        return found
