"""Live panes: one tmux control client feeds every view of the console.

tmux's output only marks a pane dirty; what is shown comes from a capture on the same connection, at most so often for
each pane. A pane that nobody looks at costs nothing, and neither does a quiet one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gastown_tui.core.errors import GastownError
from gastown_tui.tui.panes.lines import Line, parse

LOG = logging.getLogger(__name__)
WALL_SECONDS = 0.1
"""Least time between two captures of a tile: 10 a second are enough to see work (live panes were measured at 10 to 20)."""
FOCUS_SECONDS = 0.008
START_SECONDS = 0.002
"""A burst's first bytes are followed by more: the capture waits this long."""
FULL_LINE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class PaneScreen:
    """What a pane shows."""

    lines: tuple[Line, ...]
    cursor: tuple[int, int] | None
    """(column, row), None when it is hidden."""
    in_mode: bool = False
    history: int = 0
    """Lines above the first row."""


class CaptureLike(Protocol):
    """What a capture gives."""

    @property
    def rows(self) -> list[bytes]: ...

    @property
    def cursor(self) -> tuple[int, int] | None: ...

    @property
    def in_mode(self) -> bool: ...

    @property
    def history(self) -> int: ...


class PaneClient(Protocol):
    """The control client, as far as the console uses it."""

    async def capture(self, pane: str, top: int = 0, bottom: int | None = None) -> CaptureLike:
        """The pane's rows from `top` to `bottom`, negative ones from its history; by default the visible ones."""
        ...

    async def link(self, window: str) -> None:
        """Makes a window's output reach this client."""
        ...

    async def type_bytes(self, pane: str, data: bytes) -> None:
        """Sends bytes as typed."""
        ...

    async def type_key(self, pane: str, key: str) -> None:
        """Sends one key by tmux's name, so that the application's cursor mode is honoured."""
        ...

    async def paste(self, pane: str, text: str) -> None:
        """Pastes text as one piece."""
        ...

    async def close(self) -> None:
        """Leaves tmux."""
        ...


class PaneViewer(Protocol):
    """A widget that shows a pane."""

    pane_id: str
    window_id: str
    is_front: bool
    """The pane in Focus: captured at once."""

    @property
    def is_attached(self) -> bool:
        """False once the view was removed; it is then forgotten."""
        ...

    def show_screen(self, screen: PaneScreen) -> None:
        """Takes a new picture."""
        ...


class PaneHub:
    """Schedules captures for the views that are on the screen.

    Args:
        is_held: asked before a capture; True while the terminal is slower than we write.
    """

    def __init__(self, is_held: Callable[[], bool] = lambda: False) -> None:
        self.client: PaneClient | None = None
        self.screens: dict[str, PaneScreen] = {}
        self.is_paused = False
        """While a person is attached in full nothing is captured."""
        self._is_held = is_held
        self._viewers: set[PaneViewer] = set()
        self._linked: set[str] = set()
        self._flying: set[str] = set()
        self._again: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._taken_at: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, viewer: PaneViewer) -> None:
        """Shows a pane in this view from now on. Call again when its pane changed."""
        self._viewers.add(viewer)
        if viewer.pane_id in self.screens:
            viewer.show_screen(self.screens[viewer.pane_id])
        if viewer.pane_id:
            self.mark(viewer.pane_id)

    def forget(self, viewer: PaneViewer) -> None:
        """The view is not on the screen any more."""
        self._viewers.discard(viewer)

    def connected(self, client: PaneClient) -> None:
        """A new connection: every window must be linked again."""
        self.client = client
        self._linked.clear()
        self.mark_all()

    def changed(self) -> None:
        """Sessions came or went, or the connection is a new one: everything may be old."""
        self._linked.clear()
        self.mark_all()

    def mark_all(self) -> None:
        """Takes every visible pane anew."""
        for pane in {viewer.pane_id for viewer in self._viewers if viewer.pane_id}:
            self.mark(pane)

    def mark(self, pane: str) -> None:
        """The pane has new output."""
        self._viewers = {viewer for viewer in self._viewers if viewer.is_attached}
        if pane in self._flying:
            self._again.add(pane)
        elif pane not in self._timers and self.client is not None and any(viewer.pane_id == pane for viewer in self._viewers):
            loop = asyncio.get_running_loop()
            gap = FOCUS_SECONDS if self._is_front(pane) else WALL_SECONDS
            due = max(self._taken_at.get(pane, -1.0) + gap, loop.time() + (0 if self._is_front(pane) else START_SECONDS))
            self._timers[pane] = loop.call_at(due, self._due, pane)

    def _is_front(self, pane: str) -> bool:
        return any(viewer.is_front for viewer in self._viewers if viewer.pane_id == pane)

    def _due(self, pane: str) -> None:
        self._timers.pop(pane, None)
        loop = asyncio.get_running_loop()
        if self.is_paused or self._is_held():
            self._timers[pane] = loop.call_later(FULL_LINE_SECONDS, self._due, pane)
            return
        if self.client is None:
            return
        self._flying.add(pane)
        self._taken_at[pane] = loop.time()
        task = loop.create_task(self._take(pane, self.client))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, pane: str, client: PaneClient) -> None:
        try:
            window = next((viewer.window_id for viewer in self._viewers if viewer.pane_id == pane), "")
            if window and window not in self._linked:
                await client.link(window)
                self._linked.add(window)
            capture = await client.capture(pane)
            screen = PaneScreen(tuple(parse(capture.rows)), capture.cursor, capture.in_mode, capture.history)
            self.screens[pane] = screen
            for viewer in [viewer for viewer in self._viewers if viewer.pane_id == pane]:
                viewer.show_screen(screen)
        except GastownError as error:
            # The pane may just have ended: its last picture stays and the snapshot says what became of it.
            LOG.debug("capture of %s failed: %s", pane, error)
        finally:
            self._flying.discard(pane)
            if pane in self._again:
                self._again.discard(pane)
                self.mark(pane)

    async def close(self) -> None:
        """Ends all timers and captures."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.client is not None:
            await self.client.close()
            self.client = None
