"""Painting at once: what it puts on the terminal, and when it must leave that to Textual."""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import Region
from textual.pilot import Pilot

from gastown_tui.tui.widgets.immediate import composite_now
from gastown_tui.tui.widgets.rows import Bar


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    for _ in range(1500):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("did not come true")


async def test_rows_that_change_inside_a_batch_are_painted_at_its_end(town: object) -> None:
    console = town.console()  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: console.snapshot.agents and console.screen.query("#header"))
        header = console.screen.query_one("#header", Bar)
        with console.batch_update():
            header.refresh(Region(0, 0, 5, 1))
            composite_now(header)
            assert Region(0, 0, 5, 1) in header._exchange_repaint_regions()
