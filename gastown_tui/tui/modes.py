"""The screens: the main ones by their modes, and those above them. Each is loaded when it is first shown, or once the console is open: the first picture
needs only one of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from textual.screen import Screen

    from gastown_tui.services.mail import Thread
    from gastown_tui.tui.screens.base import ConsoleScreen

_CLASSES = {
    "town": "TownScreen",
    "inbox": "InboxScreen",
    "convoys": "ConvoysScreen",
    "beads": "BeadsScreen",
    "merge": "MergeScreen",
    "feed": "FeedScreen",
    "mail": "MailScreen",
    "doctor": "DoctorScreen",
    "settings": "SettingsScreen",
    "mayor": "MayorScreen",
}
"""Mode → class; a mode's module has its name."""
_ABOVE = ("focus", "diff", "help", "conversation")
"""Modules of screens that stand above those."""


def screen_class(mode: str) -> type[ConsoleScreen]:
    """The screen of a mode."""
    return cast("type[ConsoleScreen]", getattr(import_module(f"gastown_tui.tui.screens.{mode}"), _CLASSES[mode]))


def makers() -> dict[str, str | Callable[[], Screen[None]]]:
    """Mode → what makes its screen, as `App.MODES` wants it."""
    return {mode: partial(_made, mode) for mode in _CLASSES}


def _made(mode: str) -> ConsoleScreen:
    return screen_class(mode)()


def load_all() -> None:
    """Loads the screens that were not shown yet, so that none of them keeps its first visitor waiting."""
    for name in (*_CLASSES, *_ABOVE):
        import_module(f"gastown_tui.tui.screens.{name}")


def focus_screen(address: str) -> ConsoleScreen:
    """An agent in full."""
    from gastown_tui.tui.screens.focus import FocusScreen

    return FocusScreen(address)


def bead_screen(bead: str) -> ConsoleScreen:
    """A bead in full."""
    from gastown_tui.tui.screens.beads import BeadScreen

    return BeadScreen(bead)


def diff_screen(merge_id: int) -> ConsoleScreen:
    """What a merge would land."""
    from gastown_tui.tui.screens.diff import DiffScreen

    return DiffScreen(merge_id)


def thread_screen(thread: Thread) -> ConsoleScreen:
    """A thread of the mail in full."""
    from gastown_tui.tui.screens.mail import ThreadScreen

    return ThreadScreen(thread)


def glossary_screen() -> ConsoleScreen:
    """Gas Town's words and the plain ones."""
    from gastown_tui.tui.screens.help import GlossaryScreen

    return GlossaryScreen()
