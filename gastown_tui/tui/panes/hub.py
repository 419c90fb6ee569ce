"""Live panes: one tmux control client feeds every view of the console.

tmux's output only marks a pane dirty; what is shown comes from a capture on the same connection, at most so often for
each pane. A pane that nobody looks at costs nothing, and neither does a quiet one. Tiles are captured on the beats of a
common clock, so that many of them are one line to tmux and one write to the terminal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gastown_tui.core.errors import GastownError
from gastown_tui.tui.panes.lines import Line, parse

LOG = logging.getLogger(__name__)
WALL_SECONDS = 0.27
"""Least time between two captures of a tile: nothing there is older than 0.3 s, and more often costs more than it shows."""
FOCUS_SECONDS = 0.016
BEAT_SECONDS = 0.04
"""Tiles wait for the next multiple of this. Also the longest that a tile keeps the focused pane waiting."""
ALL = 1_000_000
FULL_LINE_SECONDS = 0.05
SPARE_ROWS = 8
"""A tile that needs the last n rows asks for so many more, because agents add chrome that it leaves out."""


@dataclass(frozen=True, slots=True)
class PaneScreen:
    """What a pane shows."""

    lines: tuple[Line, ...]
    cursor: tuple[int, int] | None
    """(column, row), None when it is hidden or was not asked for."""
    in_mode: bool = False
    history: int = 0
    """Lines above the first row, when that was asked for."""
    is_end_only: bool = False
    """The rows above were not asked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A capture to be taken."""

    pane: str
    top: int = 0
    """The first row."""
    is_front: bool = False
    """Cursor, mode and history are wanted too."""


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

    def picture(self, wanted: Sequence[Wanted], done: Callable[[str, CaptureLike | None], None]) -> None:
        """Captures panes; `done` is called once for each, with None when it could not be captured."""
        ...

    async def capture(self, pane: str, top: int = 0, bottom: int | None = None) -> CaptureLike:
        """The pane's rows from `top` to `bottom`, negative ones from its history; by default the visible ones."""
        ...

    async def link(self, window: str) -> None:
        """Makes a window's output reach this client."""
        ...

    def rest(self, pane: str) -> None:
        """Nobody looks at the pane: its output is not told until its next capture."""
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

    @property
    def is_front(self) -> bool:
        """The pane that the keys are about: captured at once."""
        ...

    @property
    def rows_read(self) -> int:
        """How many of the last rows this view has use for, known after a picture; 0 for all."""
        ...

    @property
    def is_attached(self) -> bool:
        """False once the view was removed; it is then forgotten."""
        ...

    def show_screen(self, screen: PaneScreen) -> None:
        """Takes a new picture."""
        ...


@dataclass(slots=True, eq=False)
class _Pane:
    """One pane that is looked at."""

    id: str
    viewers: list[PaneViewer] = field(default_factory=list)
    is_dirty: bool = False
    is_flying: bool = False
    taken_at: float = -1.0
    height: int = 0

    @property
    def is_front(self) -> bool:
        return any(viewer.is_front for viewer in self.viewers)

    @property
    def top(self) -> int:
        """The first row that somebody reads."""
        read = [viewer.rows_read for viewer in self.viewers]
        return max(self.height - max(read) - SPARE_ROWS, 0) if self.height and all(read) else 0


class PaneHub:
    """Schedules captures for the views that are on the screen.

    Args:
        is_held: asked before captures; True while the terminal is slower than we write.
        room: how many tiles may be captured at once.
    """

    def __init__(self, is_held: Callable[[], bool] = lambda: False, room: Callable[[], int] = lambda: ALL) -> None:
        self.client: PaneClient | None = None
        self.screens: dict[str, PaneScreen] = {}
        self.is_paused = False
        """While a person is attached in full nothing is captured."""
        self._is_held = is_held
        self._room = room
        self._was_heard = False
        self._panes: dict[str, _Pane] = {}
        self._shown: dict[PaneViewer, str] = {}
        self._linked: set[str] = set()
        self._beats: dict[int, list[_Pane]] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, viewer: PaneViewer) -> None:
        """Shows a pane in this view from now on. Call again when its pane changed."""
        pane = viewer.pane_id
        if self._shown.get(viewer, pane) != pane:
            self.forget(viewer)
        if not pane:
            return
        found = self._panes.setdefault(pane, _Pane(pane))
        if viewer not in self._shown:
            self._shown[viewer] = pane
            found.viewers.append(viewer)
            if pane in self.screens:
                viewer.show_screen(self.screens[pane])
        self._link(viewer.window_id, pane)
        self.mark(pane)

    def forget(self, viewer: PaneViewer) -> None:
        """The view is not on the screen any more."""
        pane = self._shown.pop(viewer, "")
        found = self._panes.get(pane)
        if found is None:
            return
        found.viewers.remove(viewer)
        if not found.viewers:
            del self._panes[pane]
            if self.client is not None:
                self.client.rest(pane)

    def connected(self, client: PaneClient) -> None:
        """A new connection: every window must be linked again."""
        self.client = client
        self.changed()

    def was_heard(self) -> bool:
        """Whether a terminal has written or tmux has changed since this was asked last; asked by another thread."""
        heard, self._was_heard = self._was_heard, False
        return heard

    def changed(self) -> None:
        """Sessions came or went, or the connection is a new one: everything may be old."""
        self._was_heard = True
        self._linked.clear()
        for found in list(self._panes.values()):
            for viewer in found.viewers:
                self._link(viewer.window_id, found.id)
        self.mark_all()

    def mark_all(self) -> None:
        """Takes every visible pane anew."""
        for pane in list(self._panes):
            self.mark(pane)

    def mark(self, pane: str) -> None:
        """The pane has new output."""
        self._was_heard = True
        found = self._panes.get(pane)
        if found is not None and not found.is_dirty and self.client is not None:
            found.is_dirty = True
            if not found.is_flying:
                self._plan(found)

    def _link(self, window: str, pane: str) -> None:
        """Lets the window be heard. What it writes until it is, is caught by another capture."""
        client = self.client
        if client is None or not window or window in self._linked:
            return
        self._linked.add(window)

        async def link() -> None:
            try:
                await client.link(window)
            except GastownError as error:
                # Its session may just have ended, and the snapshot will say so; or tmux is gone, and all is linked anew.
                LOG.debug("window %s is not heard: %s", window, error)
                self._linked.discard(window)
            else:
                self.mark(pane)

        task = asyncio.get_running_loop().create_task(link())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _plan(self, found: _Pane) -> None:
        now = asyncio.get_running_loop().time()
        if found.is_front:
            due = found.taken_at + FOCUS_SECONDS
            if due <= now and not self.is_paused and not self._is_held():
                self._take([found], now)
            else:
                self._at(max(due, now), found)
        else:
            self._at(-(-max(found.taken_at + WALL_SECONDS, now) // BEAT_SECONDS) * BEAT_SECONDS, found)

    def _at(self, due: float, found: _Pane) -> None:
        """On the beat at or before `due`; a beat is an eighth of a millisecond here, so that equal times meet."""
        beat = round(due * 8000)
        waiting = self._beats.setdefault(beat, [])
        waiting.append(found)
        if len(waiting) == 1:
            self._timers[beat] = asyncio.get_running_loop().call_at(due, self._beat, beat)

    def _beat(self, beat: int) -> None:
        self._timers.pop(beat, None)
        due = [found for found in self._beats.pop(beat, []) if found.is_dirty and not found.is_flying and found.viewers]
        if due and (self.is_paused or self._is_held()):
            later = asyncio.get_running_loop().time() + FULL_LINE_SECONDS
            for found in due:
                self._at(later, found)
        elif due:
            if len(due) > (room := self._room()):
                due.sort(key=lambda found: (not found.is_front, found.taken_at))
                for found in due[room:]:
                    self._at(beat / 8000 + BEAT_SECONDS, found)
                due = due[:room]
            # The beat's own time: with the present one, a little later, the next beat would be missed.
            self._take(due, beat / 8000)

    def _take(self, due: Sequence[_Pane], now: float) -> None:
        client = self.client
        if client is None:
            return
        wanted = []
        for found in due:
            found.is_dirty, found.is_flying, found.taken_at = False, True, now
            is_front = found.is_front
            wanted.append(Wanted(found.id, 0 if is_front else found.top, is_front))
        tops = {one.pane: one.top for one in wanted}
        client.picture(wanted, lambda pane, picture: self._taken(pane, tops[pane], picture))

    def _taken(self, pane: str, top: int, picture: CaptureLike | None) -> None:
        found = self._panes.get(pane)
        if found is None:
            return
        found.is_flying = False
        # None: the pane may just have ended. Its last picture stays, and the snapshot says what became of it.
        if picture is not None:
            found.height = top + len(picture.rows)
            screen = PaneScreen(tuple(parse(picture.rows)), picture.cursor, picture.in_mode, picture.history, top > 0)
            self.screens[pane] = screen
            for viewer in list(found.viewers):
                if viewer.is_attached and viewer.pane_id == pane:
                    viewer.show_screen(screen)
                else:
                    self.forget(viewer)
            if top and not all(viewer.rows_read for viewer in found.viewers):
                # Too little was asked for: the rest at once.
                found.taken_at = -1.0
                found.is_dirty = True
        if found.is_dirty and found.viewers:
            self._plan(found)

    async def close(self) -> None:
        """Ends all timers and captures."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._beats.clear()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.client is not None:
            await self.client.close()
            self.client = None
