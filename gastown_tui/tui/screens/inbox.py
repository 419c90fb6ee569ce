"""The inbox: everything that waits for a person, with the evidence beside it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.agents import AgentScreen
from gastown_tui.tui.viewmodels import inbox
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.viewmodels.needs import Need, needs
from gastown_tui.tui.widgets.pane import Tile
from gastown_tui.tui.widgets.rows import RowList, Rows


class InboxScreen(AgentScreen):
    """Screen 2."""

    TAB = "inbox"
    COMMAND_SCOPES = ("global", "agent", "request", "inbox")
    BINDINGS = bindings("agent", "request", "inbox")
    FIRST_FOCUS = "#needs"

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="needs")
            with Vertical(id="detail"):
                yield Rows(id="request")
                yield Tile(id="evidence")

    def selected_need(self) -> Need | None:
        """The selected row."""
        key = self.query_one("#needs", RowList).selected
        return next((need for need in needs(self.snapshot) if need.key == key), None)

    def selected_request(self) -> Request | None:
        need = self.selected_need()
        return need.request if need else None

    def selected_agent(self) -> AgentView | None:
        need = self.selected_need()
        return self.agent(need.agent) if need and need.agent else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only incidents can be marked as seen."""
        if action == "seen":
            need = self.selected_need()
            return need is not None and need.key.startswith("i:")
        return super().check_action(action, parameters)

    def fill(self) -> None:
        listing = self.query_one("#needs", RowList)
        listing.show_rows(filtered(inbox.inbox_rows(self.snapshot, self.now), self.filter_words))
        if self.console.need_key and not listing.has_focus:
            listing.select(self.console.need_key)
        self._fill_detail()

    def _fill_detail(self) -> None:
        need = self.selected_need()
        card = self.query_one("#request", Rows)
        card.show_rows(inbox.detail_rows(need, self.now, max(card.size.width, 20), self.snapshot.root))
        card.styles.height = min(len(card.rows), max(self.size.height // 2, 8) if self.size.width >= 100 else 9)
        tile = self.query_one("#evidence", Tile)
        agent = self.selected_agent()
        tile.display = agent is not None and bool(agent.pane) and self.size.width >= 100
        tile.is_estopped = self.snapshot.is_estopped
        if agent is not None and tile.display and tile.show_agent(agent, self.now):
            self.console.hub.watch(tile)
        self.note_selection()

    @on(RowList.Highlighted, "#needs")
    def _moved(self, event: RowList.Highlighted) -> None:
        self.console.need_key = event.key
        self._fill_detail()
        self.show_keys()

    def show_need(self, need: Need) -> None:
        self.query_one("#needs", RowList).select(need.key)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        tile = self.query_one("#evidence", Tile)
        if tile.agent is not None:
            self.console.hub.watch(tile)

    def on_screen_suspend(self) -> None:
        self.console.hub.forget(self.query_one("#evidence", Tile))

    def action_seen(self) -> None:
        """Acknowledges the incident."""
        need = self.selected_need()
        if need is not None and need.key.startswith("i:"):
            self.console.act("acknowledged", self.console.acts.acknowledge, int(need.key[2:]))
