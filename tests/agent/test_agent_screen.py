"""The agent's screen ends when it is asked to, whatever prompt_toolkit is still waiting for."""

from __future__ import annotations

import asyncio

import pytest
from prompt_toolkit.application import create_app_session, in_terminal
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from gastown_tui.agent.ui.screen import Screen

LIMIT = 30.0


@pytest.mark.parametrize("is_early", [True, False])
@pytest.mark.parametrize("is_printing", [True, False])
def test_quit_ends_a_screen_that_has_not_begun_and_one_whose_printing_never_ends(is_early: bool, is_printing: bool) -> None:
    asyncio.run(asyncio.wait_for(_quit(is_early, is_printing), LIMIT))


async def _quit(is_early: bool, is_printing: bool) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        screen = Screen(model="m", autonomy="edit", address="mayor")
        began = asyncio.Event()
        if is_early:
            screen.quit()
        else:
            screen.app.after_render += lambda _: began.set()
        shown = asyncio.create_task(screen.run())
        if not is_early:
            await began.wait()
        printing = asyncio.create_task(_print_for_ever(screen)) if is_printing else None
        await asyncio.sleep(0)
        screen.quit()
        await shown
        assert not screen.app.is_running
        if printing is not None:
            printing.cancel()


async def _print_for_ever(screen: Screen) -> None:
    from prompt_toolkit.application.current import set_app

    with set_app(screen.app):
        async with in_terminal():
            await asyncio.Event().wait()
