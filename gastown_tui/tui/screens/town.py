"""The town: the wall of live panes, the rail of what waits, the mayor below."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.agents import AgentScreen
from gastown_tui.tui.viewmodels import agents as rows
from gastown_tui.tui.viewmodels import events as feed
from gastown_tui.tui.viewmodels import inbox, work
from gastown_tui.tui.viewmodels.frame import NARROW
from gastown_tui.tui.viewmodels.needs import Need, needs
from gastown_tui.tui.widgets.pane import Tile
from gastown_tui.tui.widgets.rows import RowList
from gastown_tui.tui.widgets.wall import Wall


class TownScreen(AgentScreen):
    """Screen 1."""

    TAB = "town"
    DOCK = "none"
    COMMAND_SCOPES = ("global", "agent", "request", "wall")
    BINDINGS = bindings("agent", "request")
    FIRST_FOCUS = "Wall"

    def body(self) -> ComposeResult:
        from gastown_tui.tui.widgets.dock import Dock

        with Horizontal(id="body"):
            with Vertical(id="main"):
                yield Wall()
                with Horizontal(id="split"):
                    yield RowList(ground="ground", id="list")
                    yield Tile(id="peek", classes="-selected")
                yield Dock()
            yield RowList(id="rail")

    @property
    def is_narrow(self) -> bool:
        """List and one pane instead of the wall."""
        return self.app.size.width < NARROW

    def on_resize(self) -> None:
        self.FIRST_FOCUS = "#list" if self.app.size.width < NARROW else "Wall"
        super().on_resize()
        if self.focused is None or isinstance(self.focused, Wall | RowList):
            self.call_after_refresh(self.query_one(self.FIRST_FOCUS).focus)

    def fill(self) -> None:
        snapshot, now = self.snapshot, self.now
        console = self.console
        if snapshot.root and self.agent(console.selected) is None:
            first = next((need.agent for need in needs(snapshot) if need.agent), "")
            shown = [agent.address for agent in rows.ordered(snapshot) if rows.wants_tile(agent)]
            console.selected = first or (shown[0] if shown else "")
            console.need_key = console.need_key or self._need_of(console.selected)
        rail = self.query_one("#rail", RowList)
        if self.is_narrow:
            listing = self.query_one("#list", RowList)
            listing.show_rows(rows.list_rows(snapshot, now))
            listing.select(f"a:{console.selected}")
            peek = self.query_one("#peek", Tile)
            agent = self.agent(console.selected)
            peek.is_estopped = snapshot.is_estopped
            if agent is not None and peek.show_agent(agent, now):
                console.hub.watch(peek)
        else:
            wall = self.query_one(Wall)
            wall.show(snapshot, now, console.selected)
            above = [
                *inbox.rail_needs(snapshot, now, rail.inner_width, console.need_key),
                *work.rail_convoys(snapshot, rail.inner_width),
                *work.rail_merges(snapshot, now),
            ]
            rail.show_rows([*above, *feed.rail_feed(snapshot, rail.size.height - len(above))])
            if console.need_key:
                rail.select(console.need_key)
        self.note_selection()

    def on_screen_suspend(self) -> None:
        for tile in self.query(Tile):
            self.console.hub.forget(tile)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        for tile in self.query(Tile):
            if tile.agent is not None and tile.display:
                self.console.hub.watch(tile)

    def selected_agent(self) -> AgentView | None:
        return self.agent(self.console.selected)

    def selected_request(self) -> Request | None:
        need = next((need for need in needs(self.snapshot) if need.key == self.console.need_key), None)
        return need.request if need else None

    def _need_of(self, address: str) -> str:
        return next((need.key for need in needs(self.snapshot) if need.agent == address), "") if address else ""

    def pick(self, address: str) -> None:
        """Selects an agent; the keys are then about it and what it asks."""
        if address != self.console.selected:
            self.console.selected = address
            self.console.need_key = self._need_of(address)
            self.note_selection()
            self.refill()

    def show_need(self, need: Need) -> None:
        if need.agent and self.agent(need.agent):
            self.console.selected = need.agent
        self.note_selection()
        self.refill()
        rail = self.query_one("#rail", RowList)
        # What has no tile can only be shown in the rail, so the keys go there.
        if not self.is_narrow and not self.query_one(Wall).has_tile(need.agent):
            rail.focus()
        elif self.focused is rail:
            self.query_one(self.FIRST_FOCUS).focus()

    @on(Wall.Picked)
    def _picked_on_wall(self, event: Wall.Picked) -> None:
        self.pick(event.address)

    @on(RowList.Highlighted, "#list")
    def _picked_in_list(self, event: RowList.Highlighted) -> None:
        if self.is_narrow and event.key.startswith("a:") and event.key == event.rows.selected:
            self.pick(event.key[2:])

    @on(RowList.Highlighted, "#rail")
    def _picked_in_rail(self, event: RowList.Highlighted) -> None:
        if not event.rows.has_focus or event.key != event.rows.selected:
            return
        need = next((need for need in needs(self.snapshot) if need.key == event.key), None)
        self.console.need_key = event.key if need else ""
        if need and need.agent and self.agent(need.agent):
            self.console.selected = need.agent
        self.note_selection()
        self.refill()

    def action_open(self) -> None:
        """Goes in: the agent in full; from the rail, the convoy, merge or inbox that the row is about."""
        rail = self.query_one("#rail", RowList)
        if rail.has_focus and rail.selected.startswith(("c:", "m:", "i:", "q:")):
            kind = rail.selected[0]
            need = next((need for need in needs(self.snapshot) if need.key == rail.selected), None)
            if kind in "cm" or need is None or not self.agent(need.agent):
                self.console.show({"c": "convoys", "m": "merge", "i": "inbox", "q": "inbox"}[kind])
                return
        super().action_open()
