"""A live pane: the whole of it in Focus, a smart crop in a tile. Painted from cached strips, by changed rows only."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gastown_tui.core.evidence import Light
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.paint import Palette, Row, filled, paint
from gastown_tui.tui.panes import adapt, crop
from gastown_tui.tui.panes.hub import PaneScreen
from gastown_tui.tui.panes.lines import EMPTY, Line
from gastown_tui.tui.viewmodels.agents import evidence, tile_head
from gastown_tui.tui.widgets.immediate import paint_rows
from gastown_tui.tui.widgets.rows import palette_of

RIGHT = 3
"""Textual's number of the right button."""


class PaneView(Widget):
    """The screen of one agent, bottom rows first.

    Args:
        is_whole: Focus: nothing is cropped away and the cursor is painted.
    """

    DEFAULT_CSS = "PaneView { height: 1fr; width: 1fr; }"

    def __init__(self, *, is_whole: bool = False, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.is_whole = is_whole
        self.rows_read = 0
        self.pane_id = self.window_id = ""
        self.agent: AgentView | None = None
        self.now = 0.0
        self.screen_of_pane: PaneScreen | None = None
        self.is_typing = False
        self.is_estopped = False
        self._strips: list[Strip] = []
        self._palette: Palette | None = None

    @property
    def palette(self) -> Palette:
        """The theme's palette."""
        if self._palette is None:
            self._palette = palette_of(self.app)
        return self._palette

    @property
    def is_front(self) -> bool:
        """Whether the keys are about this pane, so that nothing may keep it waiting."""
        return self.is_whole

    def notify_style_update(self) -> None:
        self._palette = None
        super().notify_style_update()
        self.rebuild()

    def show_agent(self, agent: AgentView, now: float) -> bool:
        """Takes the agent's newest facts; True when it has another pane than before."""
        is_new = (agent.pane, agent.window) != (self.pane_id, self.window_id)
        if is_new:
            self.screen_of_pane = None
        self.agent, self.now, self.pane_id, self.window_id = agent, now, agent.pane, agent.window
        self.rebuild()
        return is_new

    def show_screen(self, screen: PaneScreen) -> None:
        """Takes a new capture."""
        if screen != self.screen_of_pane:
            self.screen_of_pane = screen
            self.rebuild()

    def on_resize(self) -> None:
        self.rebuild()
        self.refresh()

    def rebuild(self) -> bool:
        """Computes the strips anew and repaints those that changed; True when some did."""
        width, height = self.size
        if not width or not height or not self.is_attached:
            return False
        before, self._strips = self._strips, self.strips(width, height)
        changed = [y for y, strip in enumerate(self._strips) if y >= len(before) or (before[y] is not strip and before[y] != strip)]
        if changed:
            paint_rows(self, changed, is_now=self.is_front)
        return bool(changed)

    def strips(self, width: int, height: int) -> list[Strip]:
        """All rows of the widget, exactly `height` of them."""
        return self.body(width, height)

    @property
    def is_asking(self) -> bool:
        """Whether the agent waits for a person."""
        return self.agent is not None and self.agent.verdict.light is Light.NEEDS

    @property
    def light(self) -> adapt.Light:
        """How the pane is lit: those that nobody has to look at step back."""
        is_quiet = not (self.is_whole or self.is_asking or self.has_class("-selected"))
        return adapt.Light(self.palette, is_quiet, self.is_whole)

    def body(self, width: int, height: int) -> list[Strip]:
        """The whole pane's rows, with the cursor while somebody types."""
        light = self.light
        lines: list[Line] = []
        cursor: tuple[int, int] | None = None
        if self.screen_of_pane is not None:
            lines, cursor = self._window(self.screen_of_pane, width, height)
        # While somebody types, rows are not wrapped, and the view follows the cursor to the right.
        left = max(cursor[0] - width + 1, 0) if cursor else 0
        strips = [
            adapt.strip_of(line, left + width, light, cursor[0] if cursor and cursor[1] == y else -1)
            for y, line in enumerate(lines)
        ]
        if left:
            strips = [strip.crop(left, left + width) for strip in strips]
        blank = Strip.blank(width, self.palette.style("", "pane"))
        return (strips + [blank] * (height - len(strips)))[:height]

    def _window(self, screen: PaneScreen, width: int, height: int) -> tuple[list[Line], tuple[int, int] | None]:
        """The whole pane when it fits; else its end, wrapped, or while typing the rows around the cursor unwrapped."""
        lines = list(screen.lines)
        cursor = screen.cursor if self.is_typing else None
        while lines and not lines[-1].plain.strip() and (cursor is None or len(lines) - 1 > cursor[1]):
            lines.pop()
        if cursor is None:
            return crop.view(lines, width, height, is_whole=True), None
        top = max(min(len(lines) - height, cursor[1]), cursor[1] - height + 1, 0)
        return lines[top : top + height], (cursor[0], cursor[1] - top)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Cached strips straight to the compositor: style sheets have nothing to add to a pane."""
        blank = Strip.blank(self.size.width, self.palette.style("", "pane"))
        rows = [self._strips[y] if y < len(self._strips) else blank for y in range(crop.y, crop.bottom)]
        background = self.palette.colour("pane")
        for line_filter in self.get_line_filters():
            # Our colours are true ones already.
            if not isinstance(line_filter, ANSIToTruecolor):
                rows = [row.apply_filter(line_filter, background) for row in rows]
        if crop.x == 0 and crop.width == self.size.width:
            return rows
        return [row.crop(crop.x, crop.right) for row in rows]


def marks(event: events.Click) -> bool:
    """Whether a click is meant to mark: with Ctrl, which some terminals make the right button of."""
    return event.ctrl or event.button == RIGHT


class Tile(PaneView):
    """A header row, the crop, and one row of evidence for states that the pane does not show."""

    @dataclass
    class Pressed(Message):
        """A person pressed the mouse on it."""

        address: str
        is_marking: bool = False
        """The agent is to be marked."""
        is_second: bool = False
        """The second of a double click."""
        is_on_head: bool = False
        """On its first row."""

    def head(self, agent: AgentView, width: int) -> Row:
        """The tile's first row."""
        return tile_head(agent, self.now, width)

    @property
    def is_selected(self) -> bool:
        """Whether the keys go to this tile."""
        return self.has_class("-selected")

    @property
    def is_front(self) -> bool:
        return self.is_selected

    def strips(self, width: int, height: int) -> list[Strip]:
        agent = self.agent
        if agent is None:
            return [Strip.blank(width, self.palette.style("", "pane"))] * height
        edge = "focus" if self.is_selected else "needs" if self.is_asking else ""
        head = self.head(agent, width)
        if self.is_selected and self.has_class("-keys"):
            head = filled(head)
        top = Row(head.left, head.right, edge="" if head.ground == "focus" else edge, ground=head.ground)
        foot = evidence(agent, self.now, is_estopped=self.is_estopped)
        room = max(height - 1 - bool(foot), 0)
        lines = self._crop(max(width - 2, 1), room)
        strip = adapt.framer(width, self.light, edge).strip
        strips = [paint(top, width, self.palette, "raised", pad=1)]
        strips += [strip(line) for line in lines]
        strips += [strip(EMPTY)] * (room - len(lines))
        if foot:
            strips.append(paint(Row(foot.left, edge=edge), width, self.palette, "pane", pad=1))
        return strips[:height]

    def _crop(self, width: int, height: int) -> list[Line]:
        """The rows of the pane that there is room for. A dialog is looked at as a whole, other panes from their end."""
        if self.screen_of_pane is None:
            return []
        lines = self.screen_of_pane.lines
        if self.is_asking:
            self.rows_read = 0
            return crop.view(lines, width, height, is_asking=True)
        rows, self.rows_read = crop.end_view(lines, width, height)
        return rows

    def on_click(self, event: events.Click) -> None:
        """The screen knows what that means."""
        if self.agent is not None:
            event.stop()
            self.post_message(self.Pressed(self.agent.address, marks(event), event.chain == 2, event.y == 0))
