"""The only place that uses private parts of Textual (pinned to 8.2.8): painting at once, and how full the line is.

Each has a public fallback, so that a changed Textual costs speed and not function.
"""

from __future__ import annotations

from typing import TypeVar

from textual.app import App
from textual.widget import Widget

Result = TypeVar("Result")


def composite_now(widget: Widget) -> None:
    """Puts a widget's changed rows on the terminal at once instead of at the next frame (16 ms less echo)."""
    screen = widget.screen
    try:
        if widget.app._batch_count:
            return  # the batch paints at its end; a composite now would be thrown away, and its rows with it
        dirty = {widget, *screen._dirty_widgets}
        screen._compositor.update_widgets(dirty)
        screen._dirty_widgets.clear()
        screen._compositor_refresh()
    except AttributeError:
        widget.refresh()


def is_line_full(app: App[Result]) -> bool:
    """Whether the terminal takes output slower than we write it: then new captures would only grow the delay."""
    try:
        writer = app._driver._writer_thread  # type: ignore[union-attr]
        return bool(writer._queue.qsize() > 1)
    except AttributeError:
        return False
