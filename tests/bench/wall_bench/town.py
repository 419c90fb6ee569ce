"""A town whose ledger has many running agents, each in a real tmux pane on the town's socket; and plain tmux beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.layout import TownLayout
from gastown_tui.core.rows import Rig, Run
from gastown_tui.core.states import Dial, RunState
from gastown_tui.infra.act.sessions import SessionSpec, create_session, session_name
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, rigs, runs, settings, telemetry
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.town import create_town
from gastown_tui.tui.opening import town_born
from gastown_tui.tui.place import Place, keep_place, keep_toured, place_file

QUIET = ("sleep", "1000000")
ECHO = """
import os, tty
tty.setraw(0)
os.write(1, b"\\x1b[2J\\x1b[Hready for keys\\r\\n")
count = 0
while data := os.read(0, 1024):
    for _ in data:
        count += 1
        os.write(1, b"\\r\\x1b[2K\\x1b[36mK=%d.\\x1b[0m " % count)
"""
"""Echoes each key as its number. Raw, so that nothing but this program echoes."""
FLOOD = (
    "sh",
    "-c",
    "while :; do yes \"$(printf '\\033[3%dm%s\\033[0m %s' 2 flood 'of words without an end, as fast as it goes')\"; done",
)


@dataclass
class Panes:
    """Where the agents are."""

    server_pid: int
    ttys: list[str]
    """In the order of the agents."""


@dataclass
class BenchTown:
    """The town and what starts its console."""

    layout: TownLayout
    panes: Panes
    environment: dict[str, str]

    @property
    def argv(self) -> list[str]:
        """The console as people start it."""
        code = "from gastown_tui.tui.main import main; main()"
        return [sys.executable, "-c", code, "--town", str(self.layout.root)]

    def select(self, agent: int) -> None:
        """The next console opens with this agent selected."""
        file = place_file(self.layout.root, town_born(self.layout.root), self.environment)
        keep_place(file, Place(selected=address(agent)))

    def want(self, wanted: str) -> None:
        """up: the console starts the supervisor. down: nobody does."""
        from gastown_tui.services.context import open_context

        ctx = open_context(self.layout.root)
        settings.put(ctx.ledger, settings.WANTED, wanted)
        ctx.close()


def address(number: int) -> str:
    """An agent's address; they stand on the wall in this order."""
    return f"mines/polecats/a{number:02d}"


@contextmanager
def town(count: int, programs: dict[int, Sequence[str]] | None = None) -> Iterator[BenchTown]:
    """A town of `count` working agents that is gone afterwards.

    Args:
        programs: what runs in a pane, by its number; others only hold their terminal open for the workload.
    """
    with tempfile.TemporaryDirectory(prefix="gtb-") as name:
        home = Path(name).resolve() / "home"
        home.mkdir()
        ctx = create_town(Path(name).resolve() / "town")
        settings.put(ctx.ledger, settings.WANTED, "down")
        rigs.add(ctx.ledger, Rig("mines", "ms", "", "main", Dial.ASK, count, "active", 1.0), actor="overseer")
        server = TmuxServer(ctx.layout)
        server.ensure()
        try:
            for number in range(count):
                _start_run(ctx.layout, number, tuple((programs or {}).get(number, QUIET)))
            with_runs(ctx.layout, count)
            listed = server.command("list-panes", "-a", "-F", "#{@gt_agent} #{pane_tty}")
            ttys = dict(line.split(" ", 1) for line in listed if line.strip())
            pid = int("".join(server.command("display-message", "-p", "#{pid}")))
            panes = Panes(pid, [ttys[address(number)] for number in range(count)])
            environment = _environment(home)
            keep_toured(environment)
            yield BenchTown(ctx.layout, panes, environment)
        finally:
            server.command("kill-server")
            ctx.close()


def _start_run(layout: TownLayout, number: int, argv: tuple[str, ...]) -> None:
    create_session(layout, SessionSpec(address(number), f"r{number:07d}", "a" * 32, layout.root, argv, layout.root), settle=0.0)


def with_runs(layout: TownLayout, count: int) -> None:
    """Their rows in the ledger, and what hooks would have reported."""
    from gastown_tui.services.context import open_context

    ctx = open_context(layout.root)
    now = time.time()
    facts = {pane.run: pane for pane in TmuxServer(layout).snapshot()}
    for number in range(count):
        name, run_id = address(number), f"r{number:07d}"
        # For some minutes, no two of them for the same: their ages change one after the other.
        since = now - 300 - 7 * number
        agents.ensure(ctx.ledger, name, "builtin", actor="overseer", now=since)
        run = Run(
            run_id, name, "", 1, RunState.QUEUED, "", "a" * 32, 1, "builtin", "", session_name(name, run_id), facts[run_id].pane, "",
            "", "", "", "", None, None, "", since, None, None, None, None, None,
        )  # fmt: skip
        runs.create(ctx.ledger, run, actor="supervisor")
        for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
            runs.move(ctx.ledger, run_id, state, actor="supervisor", now=since)
        telemetry.report(ctx.telemetry, run_id, name, "working", "", "bench", now=since)
    with transaction(ctx.ledger):
        # The mayor too has rested for a while.
        ctx.ledger.execute("UPDATE agents SET created_at = ? WHERE address = 'mayor'", (now - 3600,))
    ctx.close()


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TMUX", "GT_", "XDG_", "TEXTUAL"))}
    return {**kept, "HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}  # fmt: skip


@contextmanager
def plain_tmux(count: int, columns: int, rows: int) -> Iterator[tuple[list[str], dict[str, str], Panes]]:
    """The same number of panes split in one window of plain tmux: (attaching command, environment, panes)."""
    with tempfile.TemporaryDirectory(prefix="gtb-") as name:
        environment = _environment(Path(name))
        base = ["tmux", "-u", "-S", str(Path(name) / "socket"), "-f", "/dev/null"]

        def ask(*words: str) -> str:
            done = subprocess.run([*base, *words], env=environment, capture_output=True, text=True, timeout=20, check=True)
            return done.stdout.strip()

        ask("new-session", "-d", "-s", "w", "-x", str(columns), "-y", str(rows), *QUIET)
        try:
            ask("set", "-g", "status", "off", ";", "set", "-as", "terminal-features", ",xterm-256color:RGB")
            for _ in range(count - 1):
                ask("split-window", "-d", "-t", "w:0", *QUIET, ";", "select-layout", "-t", "w:0", "tiled")
            ttys = ask("list-panes", "-t", "w:0", "-F", "#{pane_tty}").split()
            yield [*base, "attach", "-t", "w"], environment, Panes(int(ask("display-message", "-p", "#{pid}")), ttys)
        finally:
            ask("kill-server")
