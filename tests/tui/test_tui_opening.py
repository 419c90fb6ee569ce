"""What is loaded before the first picture: nothing that only the town's services need; and who reads that picture."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gastown_tui.core.rows import Rig
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.core.states import Dial
from gastown_tui.ledger import rigs
from gastown_tui.services.town import create_town
from gastown_tui.tui.first import FirstPicture
from gastown_tui.tui.picture import Pictures
from gastown_tui.tui.widgets.pane import Tile

CODE = """
import sys
import gastown_tui.tui.main, gastown_tui.tui.first
import gastown_tui.tui.app, gastown_tui.tui.opening, gastown_tui.tui.person, gastown_tui.tui.place, gastown_tui.services.places
from gastown_tui.tui.modes import screen_class
screen_class("town")
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"pydantic", "libtmux", "tomlkit", "anthropic", "prompt_toolkit", "psutil"}))
print("gastown_tui.services.snapshot" in sys.modules)
print(*sorted(name.rpartition(".")[2] for name in sys.modules if name.startswith("gastown_tui.tui.screens.")))
"""
NEEDED = "agents answering base explain jumping marking town"
"""What the first screen is made of."""


def test_the_first_picture_waits_for_no_service_and_no_other_screen() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split("\n") == ["", "False", NEEDED, ""]


def test_the_first_picture_is_the_towns(tmp_path: Path) -> None:
    ctx = create_town(tmp_path / "town")
    rigs.add(ctx.ledger, Rig("mines", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
    first = FirstPicture(ctx.layout.root).read()
    assert first is not None
    assert [rig.name for rig in first.rigs] == ["mines"]
    assert [agent.address for agent in first.agents] == [agent.address for agent in Pictures(ctx).take().agents] != []
    ctx.close()


def test_without_a_ledger_there_is_no_first_picture(tmp_path: Path) -> None:
    assert FirstPicture(tmp_path).read() is None
    dropped = FirstPicture(tmp_path)
    dropped.drop()
    dropped.drop()


async def test_the_first_picture_is_shown_while_the_services_are_loaded(make_town: Callable[..., object]) -> None:
    made = make_town()
    console = made.console()  # type: ignore[attr-defined]
    loaded = threading.Event()
    snapshot: TownSnapshot = made.snapshot_now  # type: ignore[attr-defined]

    def open_acts() -> object:
        assert loaded.wait(60)
        return made

    console.town = replace(console.town, first=lambda: snapshot, open_acts=open_acts)
    async with console.run_test(size=(120, 40)) as pilot:
        for _ in range(3000):
            if console.screen.query("Tile"):
                break
            await pilot.pause(0.01)
        assert {tile.agent.address for tile in console.screen.query(Tile) if tile.agent} & {one.address for one in snapshot.agents}
        assert console.snapshot is snapshot
        loaded.set()
