"""The feed: what happened, newest first."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.core.rows import Event
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.viewmodels.events import feed_rows, filtered
from gastown_tui.tui.widgets.rows import RowList


class FeedScreen(ConsoleScreen):
    """Screen 6."""

    TAB = "feed"
    COMMAND_SCOPES = ("global", "feed", "list")
    BINDINGS = bindings("feed")
    FIRST_FOCUS = "#events"

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="events")

    def fill(self) -> None:
        self.query_one("#events", RowList).show_rows(filtered(feed_rows(self.snapshot.events), self.filter_words))

    def event(self) -> Event | None:
        """The selected event."""
        key = self.query_one("#events", RowList).selected
        return next((event for event in self.snapshot.events if f"e:{event.seq}" == key), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter needs something to open."""
        if action == "open":
            event = self.event()
            return event is not None and (bool(event.bead) or self.agent(event.subject) is not None)
        return super().check_action(action, parameters)

    def action_open(self) -> None:
        """Opens the bead or agent that it is about."""
        event = self.event()
        if event is not None and self.agent(event.subject) is not None:
            self.console.focus_agent(event.subject)
        elif event is not None and event.bead:
            self.console.open_bead(event.bead)
