"""Driving the console in a test: waiting for what it comes to, keys by a rested hand, and what stands on its screen.

A busy machine hands events out late: what is awaited is a condition, and the patience is long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from textual.pilot import Pilot

from gastown_tui.tui.app import Console
from gastown_tui.tui.screens.base import ConsoleScreen

PATIENCE = 60.0
"""Seconds."""


class Made(Protocol):
    """A made town: it writes down what was asked of it."""

    done: list[tuple[object, ...]]


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Waits for a condition; fails with the name of the screen that stands there instead."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"did not come true; on the screen: {pilot.app.screen}"
        await pilot.pause(0.01)


async def ready(pilot: Pilot[None], console: Console) -> None:
    """Waits until a main screen shows the town with its agents, and lets what that sets off come to rest."""
    await until(pilot, lambda: isinstance(console.screen, ConsoleScreen) and console.snapshot.agents)
    await pilot.pause()


async def rested(pilot: Pilot[None], console: Console) -> None:
    """As `ready`; answering keys are taken at once."""
    await ready(pilot, console)
    settle(console)


def settle(console: Console) -> None:
    """As if the selection had rested and the hand had, too."""
    console.key_at = -10.0
    screen = console.screen
    if hasattr(screen, "_shown_at"):
        screen._shown_at = -10.0


async def press(pilot: Pilot[None], console: Console, *keys: str) -> None:
    """Presses keys one by one, with a rested hand."""
    for key in keys:
        settle(console)
        await pilot.press(key)
        await pilot.pause()


async def shown(pilot: Pilot[None], console: Console, kind: type) -> None:
    """Waits for a screen of this kind to be on top."""
    await until(pilot, lambda: isinstance(console.screen, kind))


async def done(pilot: Pilot[None], made: Made, count: int = 1) -> list[tuple[object, ...]]:
    """What was asked of the town, once there are `count` acts."""
    await until(pilot, lambda: len(made.done) >= count)
    return made.done


def drawn(console: Console) -> list[str]:
    """The words of the screen, a text for each row."""
    return [strip.text for strip in console.screen._compositor.render_strips()]


def picture(console: Console) -> str:
    """The words of the screen."""
    return "\n".join(drawn(console))


def told(console: Console) -> list[str]:
    """The messages that stand as notifications, the oldest first."""
    return [str(notification.message) for notification in console._notifications]
