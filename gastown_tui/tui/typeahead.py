"""Keys that come faster than the console turns: each waits until the one before it has done its work.

A key that opens a line, a screen or a question changes where the next one belongs. Textual hands a key on and takes the next at once,
so that a word typed quickly after `/` would run as commands.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from textual.events import Key
from textual.widgets import Input, TextArea

if TYPE_CHECKING:
    from textual import events
    from textual.app import App
    from textual.message_pump import MessagePump

_WORD_BY_WORD = {"alt+b": "ctrl+left", "alt+f": "ctrl+right"}
"""Where somebody writes: a shell's keys, and Option with an arrow on a Mac."""

_PATIENCE = 0.5
"""Seconds after which the next key goes on although the one before never ended: its widget was taken away meanwhile."""


class TypeAhead:
    """One line of keys and pastes before an app. Closed until `go_on`."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._waiting: deque[events.Event] = deque()
        self._let_in: events.Event | None = None
        self._is_busy = True
        self._turn = 0

    def go_on(self) -> None:
        """The next one may come: the town is open, or an agent had the event and nobody else has to."""
        self._turn += 1
        self._next(self._turn)

    def admit(self, event: events.Event) -> bool:
        """Whether it is this event's turn; else it is kept and posted again when it is. After True call `settle` or `go_on`."""
        if event is not self._let_in:
            if self._is_busy:
                self._waiting.append(event)
                return False
            self._is_busy = True
        self._let_in = None
        return True

    def apart(self, event: events.Key | events.Paste, is_typing: bool) -> events.Key | events.Paste:
        """Where nothing wants a key with Alt: Esc, and that key as the next one. A terminal sends both alike.

        Args:
            is_typing: an agent gets the keys; it has the same bytes to read.
        """
        if not isinstance(event, Key) or not event.key.startswith("alt+") or is_typing:
            return event
        if event.key in _WORD_BY_WORD and isinstance(self._app.focused, Input | TextArea):
            return Key(_WORD_BY_WORD[event.key], None)
        if event.key in self._app.screen.active_bindings:
            return event
        self._waiting.appendleft(Key(event.key.removeprefix("alt+"), event.character))
        return Key("escape", "\x1b")

    def settle(self) -> None:
        """The event was handed on: the next one follows when everybody on its way has had it."""
        self._turn += 1
        turn = self._turn
        focused = self._app.focused
        way: list[MessagePump] = (
            [node for node in focused.ancestors_with_self if node is not self._app] if focused else [self._app.screen]
        )
        # Twice through the app: the key bubbles up to it and its action may ask it to move the focus. Then whatever screen is new.
        self._pass(turn, [*way, self._app, self._app])
        asyncio.get_running_loop().call_later(_PATIENCE, self._next, turn)

    def _pass(self, turn: int, way: list[MessagePump]) -> None:
        while way:
            pump, *way = way
            if pump.call_later(self._pass, turn, way):
                return
        self._arrive(turn)

    def _arrive(self, turn: int) -> None:
        screen = self._app.screen
        if not screen.call_later(self._app.call_later, self._next, turn):
            self._next(turn)

    def _next(self, turn: int) -> None:
        if turn != self._turn:
            return
        self._turn += 1
        if self._waiting:
            self._let_in = self._waiting.popleft()
            self._app.post_message(self._let_in)
        else:
            self._is_busy = False
