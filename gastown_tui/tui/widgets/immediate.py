"""The only place that uses private parts of Textual (pinned to 8.2.8): painting at once, what lies behind a question,
how full the line is, and how and when what the terminal sends is read.

Each has a public fallback, so that a changed Textual costs speed and not function.

Textual's compositor asks every widget on the screen for its rows whenever one of them changes. Live panes change all the
time and know which rows did, so these rows are written to the terminal as they are, where nothing lies over them.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import selectors
import sys
import time
from collections.abc import Iterable, Mapping
from typing import TypeVar
from weakref import WeakKeyDictionary

import textual.app
from textual import events
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.constants import ESCAPE_DELAY
from textual.driver import Driver
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from gastown_tui.tui import terminal_input

Result = TypeVar("Result")
BEHIND_SECONDS = 0.5
CUT_LOOK_SECONDS = 0.02
"""How often it is looked whether the rest of a sequence has come."""
_Places = Mapping[Widget, tuple[Region, Region]]


class RowWriter:
    """Rows of widgets that are to be written, those of one turn of the event loop in one piece."""

    def __init__(self, app: App[Result]) -> None:
        self._app = app
        self._rows: dict[Widget, set[int]] = {}
        self._places: _Places | None = None
        self._free: dict[Widget, bool] = {}

    def add(self, widget: Widget, rows: Iterable[int]) -> None:
        """These rows of the widget have changed."""
        if not self._rows:
            asyncio.get_running_loop().call_soon(self.flush)
        self._rows.setdefault(widget, set()).update(rows)

    def flush(self) -> None:
        """Writes what was added; what may not be written past Textual is left to it."""
        waiting, self._rows = self._rows, {}
        pieces: list[str] = []
        for widget, rows in waiting.items():
            try:
                region = self._region(widget)
            except AttributeError:
                region = None
            if region is None:
                widget.refresh(*(Region(0, y, widget.size.width, 1) for y in rows))
            else:
                pieces += self._pieces(widget, region, sorted(rows))
        if pieces:
            app = self._app
            x, y = app.cursor_position
            pieces.append(f"\x1b[{y + 1};{x + 1}H")
            if app._sync_available:
                pieces = [SYNC_START, *pieces, SYNC_END]
            app._driver.write("".join(pieces))  # type: ignore[union-attr]  # `_region` has seen it

    def _pieces(self, widget: Widget, region: Region, rows: list[int]) -> list[str]:
        rows = [y for y in rows if y < region.height]
        if not rows:
            return []
        first = rows[0]
        strips = widget.render_lines(Region(0, first, region.width, rows[-1] - first + 1))
        console = self._app.console
        return [f"\x1b[{region.y + y + 1};{region.x + 1}H{strips[y - first].render(console)}" for y in rows]

    def _region(self, widget: Widget) -> Region | None:
        """Where the widget is on the terminal; None where its rows are not all that is to be seen there."""
        app, screen = self._app, widget.screen if widget.is_attached else None
        driver = app._driver
        if screen is None or screen is not app.screen or driver is None or app.is_headless or driver.is_inline:
            return None
        if app._batch_count or not app._running or screen._layout_required or screen._repaint_required:
            return None
        places = screen._compositor.visible_widgets
        if places is not self._places:
            self._places, self._free = places, {}
        if widget not in places:
            return None
        if widget not in self._free:
            self._free[widget] = _is_free(widget, places)
        return places[widget][0] if self._free[widget] else None


def _is_free(widget: Widget, places: _Places) -> bool:
    """Whether the widget is in sight as a whole. `places` has what lies above it before it."""
    region, clip = places[widget]
    if not clip.contains_region(region):
        return False
    for other, (its_region, its_clip) in places.items():
        if other is widget:
            return True
        if region.overlaps(its_region.intersection(its_clip)):
            return False
    return False


_WRITERS: WeakKeyDictionary[App[object], RowWriter] = WeakKeyDictionary()


def paint_rows(widget: Widget, rows: Iterable[int], *, is_now: bool = False) -> None:
    """Puts changed rows of a widget on the terminal with this turn of the event loop, or `is_now` (16 ms less echo)."""
    app = widget.app
    writer = _WRITERS.get(app)
    if writer is None:
        writer = _WRITERS[app] = RowWriter(app)
    writer.add(widget, rows)
    if is_now:
        writer.flush()


class BehindScreen(Screen[None]):
    """A screen that goes on behind a question, at a slow pace.

    Textual 8.2.8 paints such a screen as a whole whenever a part of it has changed, and marks it as changed again by that, so
    that it would do so sixty times a second for ever.
    """

    _is_waiting = False

    def _compositor_refresh(self) -> None:
        if self is self.app.screen:
            super()._compositor_refresh()
            return
        self._dirty_widgets.clear()  # their regions are kept
        if not self._is_waiting:
            self._is_waiting = True
            self.set_timer(BEHIND_SECONDS, self._show_behind)

    def _show_behind(self) -> None:
        self._is_waiting = False
        super()._compositor_refresh()
        if self is not self.app.screen:
            self._repaint_required = False


def complete_stdout() -> None:
    """Gives Textual's stand-in for standard output an encoding: libtmux asks for it when it is loaded."""
    stand_in = getattr(textual.app, "_PrintCapture", None)
    if stand_in is not None and not hasattr(stand_in, "encoding"):
        stand_in.encoding = "utf-8"


def is_line_full(app: App[Result]) -> bool:
    """Whether the terminal takes output slower than we write it: then new captures would only grow the delay."""
    try:
        writer = app._driver._writer_thread  # type: ignore[union-attr]
        return bool(writer._queue.qsize() > 1)
    except AttributeError:
        return False


class WholeParser(XTermParser):
    """Textual's reader of keys, fed with whole sequences alone."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._input = terminal_input.TerminalInput(ESCAPE_DELAY)

    @property
    def is_waiting(self) -> bool:
        """Whether something was held back that will stand by itself when nothing comes behind it."""
        return self._input.is_waiting

    def feed(self, data: str) -> Iterable[Message]:
        """Messages of what came; "" ends the parser."""
        if not data:
            yield from super().feed(data)
        for piece in self._input.feed(data, time.monotonic()):
            yield from self._read(piece)

    def tick(self) -> Iterable[Message]:
        """Messages of what stands by itself, because nothing came behind it."""
        for piece in self._input.tick(time.monotonic()):
            yield from self._read(piece)

    def _read(self, piece: terminal_input.Piece) -> Iterable[Message]:
        match piece:
            case terminal_input.Escape():
                yield events.Key("escape", "\x1b")
            case terminal_input.Pasted(text):
                yield events.Paste(text)
            case terminal_input.WithAlt(char):
                for event in super().feed(char):
                    yield events.Key(f"alt+{event.key}", event.character) if isinstance(event, events.Key) else event
            case terminal_input.Typed(text):
                yield from super().feed(text)
            case terminal_input.Sequence(text):
                yield from super().feed(text)
                if self._timeout_time is not None:
                    # It knows none such and waits for more of it: the keys that follow would be lost.
                    self._gen.close()
                    self._gen = self.parse(self._tokens.append)
                    self._awaiting, self._timeout_time = next(self._gen), None


def resting(driver: type[Driver]) -> type[Driver]:
    """The driver, with a thread for keys that sleeps until one comes: Textual's wakes ten times a second."""
    linux = sys.modules.get("textual.drivers.linux_driver")
    if linux is None or not issubclass(driver, linux.LinuxDriver):
        return driver

    class Resting(driver):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: object, **more: object) -> None:
            super().__init__(*arguments, **more)
            self._bell = os.pipe()

        def run_input_thread(self) -> None:
            parser = WholeParser(self._debug)
            # Bytes that are no text are a broken line's; they must not end the console.
            decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                selector.register(self._bell[0], selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    ready = selector.select(CUT_LOOK_SECONDS if parser.is_waiting else None)
                    if any(key.fd == self.fileno for key, _ in ready):
                        data = os.read(self.fileno, 4096)
                        if not data:
                            return
                        # Half a character says nothing yet, and "" would end the parser.
                        for message in parser.feed(text) if (text := decode(data)) else ():
                            self.process_message(message)
                    for message in parser.tick():
                        self.process_message(message)

        def disable_input(self) -> None:
            os.write(self._bell[1], b"0")
            try:
                super().disable_input()
            finally:
                os.read(self._bell[0], 1)

    return Resting


def read_whole_sequences() -> None:
    """Lets Textual's drivers read what the terminal sends through `WholeParser` from now on."""
    for name in ("linux_driver", "web_driver"):
        driver = sys.modules.get(f"textual.drivers.{name}")
        if driver is not None and hasattr(driver, "XTermParser"):
            setattr(driver, "XTermParser", WholeParser)  # noqa: B010  # the driver's own name for it
