"""The feed: what happened, newest first, with how much happened when."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gastown_tui.core.rows import Event
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.paint import Row
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.viewmodels import events
from gastown_tui.tui.viewmodels.common import title
from gastown_tui.tui.viewmodels.histogram import histogram_rows
from gastown_tui.tui.widgets.rows import RowList, Rows


class FeedScreen(ConsoleScreen):
    """Screen 6."""

    TAB = "feed"
    COMMAND_SCOPES = ("global", "feed", "list")
    BINDINGS = bindings("feed")
    FIRST_FOCUS = "#events"

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            with Vertical(id="happened"):
                yield Rows(id="histogram")
                yield RowList(id="events")
            yield Rows(id="preview")

    def fill(self) -> None:
        rows = events.feed_rows(self.snapshot.events)
        listing = self.query_one("#events", RowList)
        listing.show_rows(events.filtered(rows, self.filter_words) if rows else [Row((("nothing has happened yet", "soft"),))])
        self._fill_rest()

    def _fill_rest(self) -> None:
        """The bars above the list, which are those of its rows, and the selected event in full beside it."""
        shown = frozenset(self.query_one("#events", RowList).keys())
        found = [event for event in self.snapshot.events if f"e:{event.seq}" in shown]
        about, bars, preview = self.event(), self.query_one("#histogram", Rows), self.query_one("#preview", Rows)
        words = f"{len(found)} of {len(self.snapshot.events)}, newest first" if self.filter_words else "newest first"
        rows = [title("FEED · what happened", words), *histogram_rows(found, about, self.now, bars.inner_width)]
        bars.styles.height = len(rows)
        bars.show_rows(rows)
        preview.show_rows(events.event_detail(about, self.snapshot, self.now, preview.inner_width) if about else [])

    @on(RowList.Highlighted, "#events")
    def _moved(self) -> None:
        self._fill_rest()
        self.show_keys()

    def selected_agent(self) -> AgentView | None:
        event = self.event()
        return None if event is None else self.agent(event.subject) or self.agent(event.actor)

    def event(self) -> Event | None:
        """The selected event."""
        key = self.query_one("#events", RowList).selected
        return next((event for event in self.snapshot.events if f"e:{event.seq}" == key), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter needs something to open."""
        if action == "open":
            event = self.event()
            return event is not None and (bool(event.bead) or self.agent(event.subject) is not None)
        if action == "agent":
            return self.selected_agent() is not None
        return super().check_action(action, parameters)

    def action_open(self) -> None:
        """Opens the bead or agent that it is about."""
        event = self.event()
        if event is not None and self.agent(event.subject) is not None:
            self.console.focus_agent(event.subject)
        elif event is not None and event.bead:
            self.console.open_bead(event.bead)

    def action_agent(self) -> None:
        """Focuses the agent that it is about or that did it."""
        if agent := self.selected_agent():
            self.console.focus_agent(agent.address)
