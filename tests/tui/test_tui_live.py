"""The console on a real town with real tmux panes: what tiles show, what is typed, what is answered, attach and back."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from piloting import until

from gastown_tui.core.rows import Request, Rig, Run
from gastown_tui.core.states import Dial, RequestState, RunState
from gastown_tui.infra.act.sessions import SessionSpec, create_session, session_name
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, requests, rigs, runs, settings
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town
from gastown_tui.tui.app import Console
from gastown_tui.tui.panes import crop
from gastown_tui.tui.panes.lines import parse
from gastown_tui.tui.real_town import town_at
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.widgets.modals import ConfirmModal
from gastown_tui.tui.widgets.pane import Tile

pytestmark = pytest.mark.tmux
SCRIPT = r"""
printf '\033[1;32mready\033[0m for \033[44m%s\033[0m 漢字\n' "$GT_AGENT"
for n in 1 2 3 4 5 6 7 8 9; do printf '\033[3%dm line %d of the agent, long enough to be wrapped in a tile\033[0m\n' $n $n; done
while IFS= read -r line; do printf 'heard <%s>\n' "$line"; done
"""


@dataclass
class LiveTown:
    """A town with running panes."""

    ctx: TownContext
    server: TmuxServer
    panes: dict[str, str]


@pytest.fixture
def live() -> Iterator[LiveTown]:
    with tempfile.TemporaryDirectory(prefix="gtt-") as name:
        root = Path(name).resolve() / "town"
        ctx = create_town(root)
        # Wanted down, so that opening the console starts no supervisor: these runs are made by hand.
        settings.put(ctx.ledger, settings.WANTED, "down")
        rigs.add(ctx.ledger, Rig("mines", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
        server = TmuxServer(ctx.layout)
        server.ensure()
        try:
            panes = {f"mines/polecats/{agent}": start_run(ctx, f"mines/polecats/{agent}") for agent in ("dag", "nux", "toast")}
            yield LiveTown(ctx, server, panes)
        finally:
            server.command("kill-server")
            ctx.close()


def start_run(ctx: TownContext, address: str) -> str:
    agents.ensure(ctx.ledger, address, "builtin", actor="overseer", now=1.0)
    run_id, token = (address[-1] + "1234567")[:8], "a" * 32
    spec = SessionSpec(
        address,
        run_id,
        token,
        ctx.layout.root,
        ("sh", "-c", f"GT_AGENT={shlex.quote(address)}; {SCRIPT}"),
        ctx.layout.root,
        width=120,
        height=40,
    )
    pane = create_session(ctx.layout, spec)
    now = time.time()
    run = Run(
        run_id, address, "", 1, RunState.QUEUED, "", token, 1, "builtin", "", session_name(address, run_id), pane, "", "", "", "", "",
        None, None, "", now, None, None, None, None, None,
    )  # fmt: skip
    runs.create(ctx.ledger, run, actor="supervisor")
    for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
        runs.move(ctx.ledger, run_id, state, actor="supervisor", now=now)
    return pane


def tile_text(tile: Tile) -> list[str]:
    """The rows of the tile's body, without its header and evidence."""
    strips = tile.render_lines(tile.size.region)
    return [strip.text[1:-1].rstrip() for strip in strips[1:]]


def expected(live: LiveTown, tile: Tile, pane: str) -> list[str]:
    """A crop of what tmux itself says the pane shows."""
    rows = [line.encode() for line in live.server.capture(pane, escapes=True)]
    body = tile.size.height - 1
    has_evidence = any(strip.text.strip() for strip in tile.render_lines(tile.size.region)[-1:])
    return [line.plain.rstrip() for line in crop.view(parse(rows), tile.size.width - 2, body - has_evidence)]


def shows_all(live: LiveTown, console: Console) -> bool:
    tiles = {tile.agent.address: tile for tile in console.screen.query(Tile) if tile.agent is not None and tile.pane_id}
    if set(live.panes) - set(tiles):
        return False
    for address, pane in live.panes.items():
        tile = tiles[address]
        want = expected(live, tile, pane)
        if not want or tile_text(tile)[: len(want)] != want:
            return False
    return True


async def test_tiles_show_what_the_panes_show(live: LiveTown) -> None:
    console = Console(town_at(live.ctx.layout.root))
    async with console.run_test(size=(140, 45)) as pilot:
        await until(pilot, lambda: shows_all(live, console))
        live.server.command("send-keys", "-t", live.panes["mines/polecats/nux"], "-l", "more words")
        live.server.command("send-keys", "-t", live.panes["mines/polecats/nux"], "Enter")
        await until(pilot, lambda: "heard <more words>" in "\n".join(live.server.capture(live.panes["mines/polecats/nux"])))
        await until(pilot, lambda: shows_all(live, console))
        shown = [line for tile in console.screen.query(Tile) for line in tile_text(tile)]
        assert "heard <more words>" in shown
    assert "gt-viewer" not in "\n".join(live.server.command("list-sessions", "-F", "#{session_name}"))


async def test_typing_reaches_the_agent(live: LiveTown) -> None:
    console = Console(town_at(live.ctx.layout.root))
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: shows_all(live, console))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, FocusScreen) and console.screen.selected_agent())
        address = console.screen.address
        await pilot.press("i", *"hé q", "enter")
        await until(pilot, lambda: "heard <hé q>" in live.server.capture(live.panes[address]))
        await console.paste_into(console.screen.selected_agent(), "two\nlines\x1b[31m")
        await pilot.press("enter")
        await until(pilot, lambda: "heard <lines[31m>" in live.server.capture(live.panes[address]))
        await pilot.press("f12")
        assert not console.screen.is_typing


async def test_an_answer_is_one_row_in_the_ledger(live: LiveTown) -> None:
    asked = Request(
        "q1", "permission", "mines/polecats/toast", "t1234567", "", "rm -rf build", "", "", '[{"key": "allow", "label": "Yes"}]',
        "fp", RequestState.OPEN, "", "", "", time.time(), None,
    )  # fmt: skip
    requests.publish(live.ctx.ledger, asked)
    console = Console(town_at(live.ctx.layout.root))
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: console.snapshot.requests and console.screen.selected_request())
        await until(pilot, lambda: time.monotonic() - console.screen._shown_at > 0.4)
        await pilot.press("a")  # it deletes, so that one key is not enough
        await until(pilot, lambda: isinstance(console.screen, ConfirmModal))
        await pilot.press("y")
        await until(pilot, lambda: requests.get(live.ctx.ledger, "q1").state is RequestState.ANSWERED)
        await until(pilot, lambda: not console.snapshot.requests)
    answered = requests.get(live.ctx.ledger, "q1")
    assert (answered.answer, answered.answered_by) == ("allow", "overseer")


async def test_closing_the_console_leaves_the_town_running(live: LiveTown) -> None:
    console = Console(town_at(live.ctx.layout.root))
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: shows_all(live, console))
        await pilot.press("q")
    await asyncio.sleep(0)
    assert len([fact for fact in live.server.snapshot() if not fact.dead]) == 3


class Outer:
    """A terminal of its own, in which the real program runs."""

    def __init__(self, argv: list[str], environment: dict[str, str], size: tuple[int, int]) -> None:
        self._socket = f"gt-outer-{os.getpid()}"
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("TMUX")} | environment
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), shlex.join(argv))

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *words], env=self._environment, capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def until(self, condition: Callable[[str], object], seconds: float = 20.0) -> str:
        end = time.monotonic() + seconds
        while not condition(seen := self.screen()):
            assert time.monotonic() < end, seen
        return seen

    def close(self) -> None:
        self.tmux("kill-server")


def test_attach_and_back_in_a_terminal(live: LiveTown) -> None:
    code = "from gastown_tui.tui.main import main; main()"
    root = live.ctx.layout.root
    # Exported sizes are not believed: here they are wrong.
    sizes = {"COLUMNS": "80", "LINES": "24"}
    environment = {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path), **sizes}
    outer = Outer([sys.executable, "-c", code, "--town", str(root)], environment, (110, 36))
    try:
        outer.until(lambda seen: "heard" in seen or "line 9" in seen)
        outer.keys("t")
        # The agent's own screen has no header of ours.
        outer.until(lambda seen: "GAS TOWN" not in seen and "ready for" in seen)
        outer.keys("inside", "Enter")
        outer.until(lambda seen: "heard <inside>" in seen)
        for leave in ("F12", "C-q"):
            outer.keys(leave)
            outer.until(lambda seen: "GAS TOWN" in seen and "heard <inside>" in seen)
            if leave == "F12":
                outer.keys("t")
                outer.until(lambda seen: "GAS TOWN" not in seen)
        outer.keys("q")
        outer.until(lambda seen: "GAS TOWN" not in seen)
        sizes = {(fact.width, fact.height) for fact in live.server.snapshot()}
        assert sizes == {(120, 40)}
    finally:
        outer.close()
