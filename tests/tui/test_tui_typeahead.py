"""Keys that come all at once, as from a slow line or before the town is open, do what they would have done one by one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from piloting import until
from textual import events

from gastown_tui.tui.app import Console
from gastown_tui.tui.screens.beads import BeadsScreen
from gastown_tui.tui.screens.focus import FocusScreen

if TYPE_CHECKING:
    from tests.tui.conftest import MadeTown

NAMES = {"/": "slash", ":": "colon", "\n": "enter", "\x1b": "escape"}


def at_once(console: Console, keys: str) -> None:
    for key in keys:
        console.post_message(events.Key(NAMES.get(key, key), key if key.isprintable() else None))


async def test_words_behind_the_key_of_the_filter_are_the_filter(town: MadeTown) -> None:
    console = town.console()
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: bool(console.snapshot.agents))
        at_once(console, "/agent:nux\n")
        await until(pilot, lambda: console.wall.filter == "agent:nux")
        await pilot.pause()
        assert console.wall.filter == "agent:nux"


async def test_keys_before_the_town_is_open_are_taken_in_their_order(town: MadeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    console, may_open, open_town = town.console(), asyncio.Event(), Console.open_town

    async def open_late(self: Console) -> None:
        await may_open.wait()
        await open_town(self)

    monkeypatch.setattr(Console, "open_town", open_late)
    async with console.run_test(size=(120, 40)) as pilot:
        at_once(console, "/rig:x\x1b4")
        may_open.set()
        await until(pilot, lambda: isinstance(console.screen, BeadsScreen))
        assert console.wall.filter == ""


async def test_a_word_typed_into_an_agent_at_once_reaches_it_whole(town: MadeTown) -> None:
    console = town.console()
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: bool(console.snapshot.agents))
        console.focus_agent(console.snapshot.agents[0].address)
        await until(pilot, lambda: isinstance(console.screen, FocusScreen))
        at_once(console, "iXxq")
        await until(pilot, lambda: len(town.panes.typed) >= 3)
        assert [data for _, data in town.panes.typed] == [b"X", b"x", b"q"]


@pytest.mark.parametrize("keys", ["?", "?\x1b"])
async def test_a_screen_that_goes_away_keeps_no_key_waiting(town: MadeTown, keys: str) -> None:
    console = town.console()
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: bool(console.snapshot.agents))
        at_once(console, keys + "\x1b4")
        await until(pilot, lambda: isinstance(console.screen, BeadsScreen))
