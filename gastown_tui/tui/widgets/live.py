"""The pane in Focus: live at its end, and held still while somebody reads back, searches or selects with the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.panes.hub import PaneScreen
from gastown_tui.tui.panes.lines import BOLD, Line, Look, look
from gastown_tui.tui.viewmodels.scrollback import Marks, Scrollback, Shown, marked, selected_text, tail_rows, without_blank_end
from gastown_tui.tui.widgets.pane import PaneView

FIRST_LINES = 2000
"""Fetched when somebody begins to read back: 7 ms of tmux (live panes §1). All the rest comes when it is needed."""
NEAR = 200
"""Lines above the screen below which the rest is fetched."""
WHEEL = 3


class LivePane(PaneView, can_focus=True):
    """Keys of the scope `pane` move in what was written; End goes back to the live end."""

    DEFAULT_CSS = "LivePane { height: 1fr; width: 1fr; }"
    BINDINGS = bindings("pane")
    ALLOW_SELECT = True

    @dataclass
    class HistoryAsked(Message):
        """Older lines are wanted: the screen fetches them and calls `take_history`."""

        pane: LivePane
        is_all: bool

    @dataclass
    class SearchAsked(Message):
        """A person wants to search."""

        pane: LivePane

    class Moved(Message):
        """What is shown is another part of the history than before, or live again."""

    @dataclass
    class NothingAbove(Message):
        """There is nothing to scroll back to."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(is_whole=True, id=id)
        self.scroll: Scrollback | None = None
        self._steps: list[int | str] = []
        """What was asked for before the lines were there: steps, or words to search for."""
        self._rows: Sequence[Shown] = ()
        self._lines: Sequence[Line] = ()

    # The state

    @property
    def is_held(self) -> bool:
        """Whether new output stays away from the screen."""
        return self.scroll is not None or self._is_selecting

    @property
    def _is_selecting(self) -> bool:
        return self.is_attached and self.text_selection is not None

    @property
    def news(self) -> int:
        """Lines that were written since the screen is held."""
        if self.scroll is None or self.screen_of_pane is None:
            return 0
        return max(self.screen_of_pane.history - self.scroll.history, 0)

    def show_agent(self, agent: AgentView, now: float) -> bool:
        if agent.pane != self.pane_id:
            self._steps.clear()
            self.scroll = None
        return super().show_agent(agent, now)

    def show_screen(self, screen: PaneScreen) -> None:
        before = self.news
        super().show_screen(screen)
        if self.scroll is not None and self.news != before:
            self.post_message(self.Moved())

    def go_live(self) -> None:
        """Back to the end."""
        self._steps.clear()
        if self.scroll is not None:
            self.scroll = None
            self._changed()

    def take_history(self, lines: Sequence[Line], history: int, *, is_all: bool) -> None:
        """The lines that were asked for: the history and, below it, the visible rows.

        Args:
            history: tmux's count of all lines above the visible rows.
        """
        width, height = self.size
        lines = without_blank_end(lines)
        if self.scroll is None:
            self.scroll = Scrollback(lines, len(lines), history, is_all)
        else:
            self.scroll = self.scroll.renewed(lines, history, is_all, width, height)
        steps, self._steps = self._steps, []
        if self.scroll is None:
            self._changed()  # what was read has been cleared away
            return
        for step in steps:
            if isinstance(step, str):
                self.scroll = self.scroll.searched(step, width, height)
            else:
                self.scroll = self.scroll.moved(step, width, height)
        if self.scroll.back == 0 and not self.scroll.words:
            self.scroll = None
            if any(isinstance(step, int) and step < 0 for step in steps):
                self.post_message(self.NothingAbove())
        self._changed()

    def _changed(self) -> None:
        if self.is_attached and self.text_selection is not None:
            self.screen.clear_selection()
        self.rebuild()
        self.post_message(self.Moved())

    # Moving

    def _move(self, step: int) -> None:
        width, height = self.size
        if self.scroll is None:
            if step < 0:
                self._ask(step, is_all=step < -FIRST_LINES)
            return
        if step > 0 and self.scroll.back == 0:
            # What was written meanwhile follows on, if there is some.
            if self.news:
                self._ask(step, is_all=self.scroll.is_all)
            else:
                self.go_live()
            return
        if step < 0 and not self.scroll.is_all and self.scroll.top(width, height) + step < NEAR:
            self._ask(step, is_all=True)
            return
        self.scroll = self.scroll.moved(step, width, height)
        self._changed()

    def _ask(self, step: int | str, *, is_all: bool) -> None:
        self._steps.append(step)
        if len(self._steps) == 1:
            self.post_message(self.HistoryAsked(self, is_all))

    def history_failed(self) -> None:
        """Nothing could be fetched."""
        self._steps.clear()

    def action_lines(self, step: int) -> None:
        """Moves by lines."""
        self._move(step)

    def action_page(self, direction: int) -> None:
        """Moves by a screen, less two lines of overlap."""
        self._move(direction * max(len({row.number for row in self._rows}) - 2, 1))

    def action_half(self, direction: int) -> None:
        """Moves by half a screen."""
        self._move(direction * max(len({row.number for row in self._rows}) // 2, 1))

    def action_oldest(self) -> None:
        """To the oldest line that tmux has kept."""
        self._move(-10_000_000)

    def action_live(self) -> None:
        """To the live end."""
        self.go_live()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._move(-WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._move(WHEEL)

    # Searching

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of a search mean something else while there is none."""
        if action == "hit":
            return self.scroll is not None and bool(self.scroll.hits)
        if action == "live":
            return self.scroll is not None
        return super().check_action(action, parameters)

    def action_search(self) -> None:
        """Asks for words."""
        self.post_message(self.SearchAsked(self))

    def search(self, words: str) -> None:
        """Finds the words in all that tmux has kept; "" ends the search."""
        if not words:
            self.go_live()
        elif self.scroll is not None and self.scroll.is_all:
            self.scroll = self.scroll.searched(words, *self.size)
            self._changed()
        else:
            self._ask(words, is_all=True)

    def action_hit(self, step: int) -> None:
        """The next place, -1 upwards."""
        if self.scroll is not None:
            self.scroll = self.scroll.stepped(step, *self.size)
            self._changed()

    # Painting

    def rebuild(self) -> bool:
        # Under a selection nothing may move, and a repaint would only cost.
        if self._is_selecting and self.scroll is None and self._rows:
            return False
        return super().rebuild()

    def _window(self, screen: PaneScreen, width: int, height: int) -> tuple[list[Line], tuple[int, int] | None]:
        if self.is_typing and self.scroll is None:
            self._rows, self._lines = (), ()
            return super()._window(screen, width, height)
        if self.scroll is None:
            self._lines = without_blank_end(screen.lines)
            self._rows = tail_rows(self._lines, len(self._lines), width, height)
        else:
            scroll = self.scroll
            if scroll.hits:
                scroll = marked(scroll, self._marks(), scroll.top(width, height), scroll.end)
            self._lines = scroll.lines
            self._rows = scroll.rows(width, height)
        return [row.line for row in self._rows], None

    def _marks(self) -> Marks:
        def of(fore: str, back: str) -> Look:
            return look(self.palette.colour(fore).rgb, self.palette.colour(back).rgb, BOLD)

        return Marks(of("ink", "line"), of("on-focus", "focus"))

    def strips(self, width: int, height: int) -> list[Strip]:
        strips = super().strips(width, height)
        selection = self.text_selection if self.is_attached else None
        if selection is None:
            return strips
        style = self.palette.style("on-focus", "focus")
        return [_selected(strip, selection.get_span(y), style) for y, strip in enumerate(strips)]

    # Selecting with the mouse

    def render_line(self, y: int) -> Strip:
        """For Textual's search of the character under the mouse; painting goes through `render_lines`."""
        if y < len(self._rows):
            return self._strips[y].apply_offsets(0, y)
        return Strip.blank(self.size.width, self.palette.style("", "pane")).apply_offsets(0, y)

    def selection_updated(self, selection: Selection | None) -> None:
        super().rebuild()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        spans = [selection.get_span(y) for y in range(len(self._rows))]
        text = selected_text(self._rows, self._lines, spans)
        return (text, "\n") if text.strip() else None

    def visible_text(self) -> str:
        """What is on the screen, its wrapped rows joined again."""
        return selected_text(self._rows, self._lines, [(0, -1)] * len(self._rows))


def _selected(strip: Strip, span: tuple[int, int] | None, style: Style) -> Strip:
    """The strip with the characters of `span` in the colours of a selection."""
    if span is None:
        return strip
    text = strip.text
    words = text.rstrip()
    first = cell_len(text[: span[0]])
    last = cell_len(words if span[1] < 0 else text[: span[1]])
    if last <= first:
        return strip
    return Strip.join([strip.crop(0, first), _over(strip.crop(first, last), style), strip.crop(last)])


def _over(strip: Strip, style: Style) -> Strip:
    """The style wins over the strip's own colours."""
    return Strip(list(Segment.apply_style(strip, post_style=style)), strip.cell_length)
