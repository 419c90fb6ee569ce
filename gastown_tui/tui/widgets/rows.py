"""Lists of painted rows: every list of the console is one of these.

Only rows whose look changed are painted again, so that a quiet town costs no bytes on a slow line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from textual import events
from textual.app import App
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gastown_tui.tui.commands import bindings
from gastown_tui.tui.keys import key_called
from gastown_tui.tui.paint import LABEL, Palette, Row, filled, key_at, paint, rested
from gastown_tui.tui.tokens import derived

Result = TypeVar("Result")


def palette_of(app: App[Result]) -> Palette:
    """The palette of the app's present theme."""
    return Palette.of({**derived(app.current_theme), **app.theme_variables})


class Rows(Widget):
    """Painted rows without a selection: header, bars, details, the conversation.

    Args:
        ground: token of the ground.
        pad: empty cells at either side.
        at_end: keep the end in sight instead of the beginning.
    """

    DEFAULT_CSS = "Rows { height: 1fr; width: 1fr; }"

    class WidthChanged(Message):
        """What was wrapped for the old width has to be made anew."""

    def __init__(
        self, *, ground: str = "pane", pad: int = 1, at_end: bool = False, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.ground, self.pad, self.at_end = ground, pad, at_end
        self.rows: list[Row] = []
        self.top = 0
        """Index of the first visible row (counted from the end when `at_end`)."""
        self._shown: list[Row] = []
        self._palette: Palette | None = None
        self._width = 0

    @property
    def palette(self) -> Palette:
        """The theme's palette, read anew after a change of theme."""
        if self._palette is None:
            self._palette = palette_of(self.app)
        return self._palette

    def notify_style_update(self) -> None:
        self._palette = None
        super().notify_style_update()

    @property
    def inner_width(self) -> int:
        """Cells that a row's words can use."""
        return max(self.size.width - 2 * self.pad, 1)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Replaces all rows."""
        self.rows = list(rows)
        self._lay_out()

    def looks(self, index: int) -> Row:
        """The row as it is painted now."""
        return self.rows[index]

    def _lay_out(self) -> None:
        height = self.size.height
        spare = max(len(self.rows) - height, 0)
        self.top = max(min(self.top, spare), 0)
        start = spare - self.top if self.at_end else self.top
        shown = [self.looks(index) for index in range(start, min(start + height, len(self.rows)))]
        if self.at_end:
            shown = [Row()] * (height - len(shown)) + shown
        before, self._shown = self._shown, shown
        changed = [y for y in range(max(len(before), len(shown))) if y >= len(before) or y >= len(shown) or before[y] != shown[y]]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed if y < max(height, 1)))

    def on_resize(self) -> None:
        self._lay_out()
        self.refresh()
        if self.size.width != self._width:
            self._width = self.size.width
            self.post_message(self.WidthChanged())

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y < len(self._shown):
            return paint(self._shown[y], width, self.palette, self.ground, pad=self.pad)
        return Strip.blank(width, self.palette.style("", self.ground))

    def scroll_rows(self, step: int) -> None:
        """Moves the window by `step` rows towards the end."""
        self.top += -step if self.at_end else step
        self._lay_out()

    def row_at(self, y: int) -> int:
        """Index of the row that is painted at line `y`, which may be none of ours."""
        spare = max(len(self.rows) - self.size.height, 0)
        return y - max(self.size.height - len(self.rows), 0) + spare - self.top if self.at_end else self.top + y

    def press(self, index: int, x: int) -> bool:
        """Presses the key that a row names at column `x`; False when it names none there."""
        if not 0 <= index < len(self.rows):
            return False
        key = key_called(key_at(self.looks(index), self.size.width, x, pad=self.pad))
        if key:
            self.app.simulate_key(key)
        return bool(key)

    def on_click(self, event: events.Click) -> None:
        if self.press(self.row_at(event.y), event.x):
            event.stop()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_rows(-3)


class RowList(Rows, can_focus=True):
    """Rows of which one block is selected. The selection follows its key when rows come and go."""

    BINDINGS = bindings("list")

    @dataclass
    class Highlighted(Message):
        """The selection came to rest on another key."""

        rows: RowList
        key: str

        @property
        def control(self) -> RowList:
            """The list."""
            return self.rows

    @dataclass
    class FilterAsked(Message):
        """A person wants to narrow the list."""

        rows: RowList

    def __init__(self, *, ground: str = "pane", pad: int = 1, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(ground=ground, pad=pad, id=id, classes=classes)
        self.selected = ""
        self._is_away = False
        """The wheel has moved the selection out of sight: it stays there until somebody selects."""
        self._labels: dict[str, str] = {}

    def keys(self) -> list[str]:
        """Selectable keys in order, each once."""
        return list(dict.fromkeys(row.key for row in self.rows if row.key))

    def show_rows(self, rows: Sequence[Row]) -> None:
        old = self.keys()
        place = old.index(self.selected) if self.selected in old else 0
        self.rows = list(rows)
        now = self.keys()
        if self.selected not in now:
            self._select(now[min(place, len(now) - 1)] if now else "")
        self._settle()

    def select(self, key: str) -> None:
        """Selects a key, if it is there, and brings it into sight."""
        if key in self.keys():
            self._select(key)
            self._settle()

    def _select(self, key: str) -> None:
        if key != self.selected:
            self.selected = key
            self._is_away = False
            self.post_message(self.Highlighted(self, key))

    def _settle(self) -> None:
        """Keeps the selection in sight, unless somebody has scrolled away from it."""
        if self._is_away:
            self._lay_out()
        else:
            self._reveal()

    def on_resize(self) -> None:
        self._settle()

    def scroll_rows(self, step: int) -> None:
        super().scroll_rows(step)
        found = [index for index, row in enumerate(self.rows) if row.key and row.key == self.selected]
        self._is_away = bool(found) and not (self.top <= found[0] and found[-1] < self.top + self.size.height)

    def looks(self, index: int) -> Row:
        row = self.rows[index]
        if self._labels:
            label = self._labels.get(row.key, "") if index == 0 or self.rows[index - 1].key != row.key else ""
            return replace(row, left=((f"{label:<2}", LABEL if label else ""), (" ", ""), *row.left))
        if not row.key or row.key != self.selected:
            return row
        if row.is_card:
            return replace(row, edge="focus" if self.has_focus else row.edge, ground="raised")
        return filled(row) if self.has_focus else rested(row)

    def _reveal(self) -> None:
        self._is_away = False
        found = [index for index, row in enumerate(self.rows) if row.key and row.key == self.selected]
        if found and self.size.height:
            if found[0] < self.top + 1:
                # The heading above the first row belongs to it.
                self.top = max(found[0] - 2, 0) if found[0] > 2 else 0
            else:
                # A row below tells that there is more.
                last = min(found[-1] + 1, len(self.rows) - 1) if self.size.height > 2 else found[-1]
                self.top = max(self.top, last - self.size.height + 1)
        self._lay_out()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._lay_out()  # not in `on_focus`, which comes before the widget knows that it has the keys

    def jump_keys(self) -> list[str]:
        """The keys whose rows are in sight."""
        return list(dict.fromkeys(row.key for row in self.rows[self.top : self.top + self.size.height] if row.key))

    def show_labels(self, labels: dict[str, str]) -> None:
        """Shows a label (by key) before each row; {} takes them away."""
        self._labels = labels
        self._lay_out()

    def jump_to(self, key: str) -> None:
        """Selects a key and takes the keys."""
        self.focus()
        self.select(key)

    def on_click(self, event: events.Click) -> None:
        """Selects; a click on a key of what is selected already presses it. The screen takes a double click."""
        index = self.row_at(event.y)
        key = self.rows[index].key if 0 <= index < len(self.rows) else ""
        if not key:
            super().on_click(event)
        elif key != self.selected:
            self.select(key)
        else:
            self.press(index, event.x)

    def action_step(self, step: int) -> None:
        """Moves the selection by `step` keys."""
        keys = self.keys()
        if keys:
            at = keys.index(self.selected) if self.selected in keys else 0
            self._select(keys[max(0, min(at + step, len(keys) - 1))])
            self._reveal()
        else:
            self.scroll_rows(step)

    def action_half_page(self, direction: int) -> None:
        """Moves by half a page."""
        self.action_step(direction * max(self.size.height // 2, 1))

    def action_edge(self, direction: int) -> None:
        """Moves to the first or last key."""
        self.action_step(direction * max(len(self.rows), 1))

    def action_filter(self) -> None:
        """Asks the screen for words to filter by."""
        self.post_message(self.FilterAsked(self))


class Bar(Rows):
    """One painted row."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def show(self, row: Row) -> None:
        """Replaces the row."""
        self.show_rows([row])
