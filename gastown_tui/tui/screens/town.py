"""The town: the wall of live panes, the rail of what waits, the mayor below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.jumping import Jumpable
from gastown_tui.tui.screens.marking import MarkingScreen
from gastown_tui.tui.viewmodels import events as feed
from gastown_tui.tui.viewmodels import focus, inbox, work
from gastown_tui.tui.viewmodels.agents import list_rows
from gastown_tui.tui.viewmodels.arrange import GROUPS, SORTS, Order, arranged, let_through
from gastown_tui.tui.viewmodels.common import short
from gastown_tui.tui.viewmodels.frame import NARROW
from gastown_tui.tui.viewmodels.needs import Need, needs
from gastown_tui.tui.viewmodels.wall import wall_bar, wants_tile
from gastown_tui.tui.widgets.dock import Dock
from gastown_tui.tui.widgets.filterline import FilterLine
from gastown_tui.tui.widgets.pane import Tile, marks
from gastown_tui.tui.widgets.rows import RowList, Rows
from gastown_tui.tui.widgets.wall import Wall

SINGLE = 64
"""Below this width the list stands over the pane instead of beside it."""


class TownScreen(MarkingScreen):
    """Screen 1."""

    TAB = "town"
    DOCK = "none"
    COMMAND_SCOPES = ("global", "agent", "request", "town", "wall")
    BINDINGS = bindings("agent", "request", "town")
    FIRST_FOCUS = "Wall"
    AUTO_FOCUS = ""
    """The first widget would be the filter, which is not there yet."""

    def __init__(self) -> None:
        super().__init__()
        self._order: Order = {}
        self._ordered_by = ("", "")
        self._pressed = ""
        """Whom the first of two clicks has selected."""

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            with Vertical(id="main"):
                yield FilterLine()
                yield Wall()
                with Horizontal(id="split"):
                    yield RowList(ground="ground", id="list")
                    yield Tile(id="peek", classes="-selected")
                yield Rows(ground="raised", id="ask")
                yield Dock()
            yield RowList(id="rail")

    @property
    def is_narrow(self) -> bool:
        """There is no rail."""
        return self.app.size.width < NARROW

    @property
    def is_split(self) -> bool:
        """A list and one pane instead of the wall."""
        return self.is_narrow and self.console.wall.density == "M" and not self.query_one(Wall).is_zoomed

    def on_resize(self) -> None:
        self._lay_out()
        super().on_resize()

    def _lay_out(self) -> None:
        """Wall or list: the keys go along when the one that has them is hidden."""
        is_split = self.is_split
        self.set_class(is_split, "-split")
        self.set_class(self.app.size.width < SINGLE, "-single")
        self.FIRST_FOCUS = "#list" if is_split else "Wall"
        hidden = self.query_one(Wall) if is_split else self.query_one("#list", RowList)
        if self.focused is None or self.focused is hidden or (self.is_narrow and self.focused.id == "rail"):
            self.call_after_refresh(self.query_one(self.FIRST_FOCUS).focus)

    # What is shown

    def order(self) -> Order:
        """Everybody in the order of the wall, without those whom the filter hides."""
        settings = self.console.wall
        by = (settings.group, settings.sort)
        before = self._order if by == self._ordered_by else {}
        is_looking = isinstance(self.focused, Wall) or (self.focused is not None and self.focused.id == "list")
        self._order, self._ordered_by = arranged(self.snapshot, settings, before, self.console.selected if is_looking else ""), by
        return let_through(self.snapshot, self._order, settings.wanted)

    def shown_agents(self) -> list[str]:
        return [
            slot.agent for slots in let_through(self.snapshot, self._order, self.console.wall.wanted).values() for slot in slots
        ]

    def fill(self) -> None:
        self.drop_old_marks()
        order = self.order()
        self._select_somebody(order)
        if self.is_split:
            self._fill_split(order)
        else:
            self.query_one(Wall).show(self.snapshot, order, self.console.wall, self.now, self.console.selected)
        if self.is_narrow:
            self._fill_ask()
        else:
            self._fill_rail()
        self._fill_bar(order)
        self.note_selection()

    def _select_somebody(self, order: Order) -> None:
        console, snapshot = self.console, self.snapshot
        shown = [slot.agent for slots in order.values() for slot in slots]
        gone = self.agent(console.selected) is None
        if not snapshot.root or not (gone or (shown and console.selected not in shown)):
            return
        asking = [need.agent for need in needs(snapshot) if need.agent in shown]
        tiles = [address for address in shown if (agent := self.agent(address)) and wants_tile(agent)]
        console.selected = next(iter([*asking, *tiles, *shown]), "")
        if gone:
            console.need_key = console.need_key or self._need_of(console.selected)
        else:
            console.need_key = self._need_of(console.selected)

    def _fill_split(self, order: Order) -> None:
        console = self.console
        listing = self.query_one("#list", RowList)
        listing.show_rows(list_rows(self.snapshot, order, console.wall, self.now, listing.inner_width))
        listing.select(f"a:{console.selected}")
        if self.has_class("-single"):
            most = max((self.query_one("#split").size.height) // 2, 2)
            listing.styles.height = min(len(listing.rows), most)
        else:
            listing.styles.height = "1fr"
        peek = self.query_one("#peek", Tile)
        agent = self.agent(console.selected)
        peek.is_estopped = self.snapshot.is_estopped
        if agent is not None and peek.show_agent(agent, self.now):
            console.hub.watch(peek)

    def _fill_rail(self) -> None:
        rail, console = self.query_one("#rail", RowList), self.console
        below = [*work.rail_convoys(self.snapshot, rail.inner_width), *work.rail_merges(self.snapshot, self.now)]
        room = max(rail.size.height - len(below), rail.size.height // 2)
        asking = inbox.rail_needs(self.snapshot, self.now, rail.inner_width, console.need_key, room, console.snoozed)
        above = [*asking, *below]
        rail.show_rows([*above, *feed.rail_feed(self.snapshot, rail.size.height - len(above))])
        if console.need_key:
            rail.select(console.need_key)

    def _fill_ask(self) -> None:
        """Without a rail: what the selected agent asks, in full, and how to answer. Its pane may not show it."""
        ask, request = self.query_one("#ask", Rows), self.selected_request()
        agent = self.selected_agent()
        is_in_pane = request is not None and request.kind != "approval" and agent is not None and bool(agent.pane)
        rows = (
            focus.ask_rows(request, self.snapshot, self.now, self.size.width - 4)
            if request and not (is_in_pane and self.size.height < 20)
            else []
        )
        most = max(self.size.height // 3, 3)
        ask.show_rows(rows if len(rows) <= most else [*rows[: most - 1], rows[-1]])
        ask.styles.height = len(ask.rows)
        ask.display = bool(rows)

    def _fill_bar(self, order: Order) -> None:
        wall, settings = self.query_one(Wall), self.console.wall
        shown = sum(len(slots) for slots in order.values())
        there = {slot.agent for slots in order.values() for slot in slots}
        hidden = sum(mark not in there for mark in settings.marks)
        row = wall_bar(settings, wall.plan, shown, len(self.snapshot.agents), is_zoomed=wall.is_zoomed, hidden_marks=hidden)
        self.query_one(FilterLine).show(row, f"{shown} of {len(self.snapshot.agents)}")

    @on(Wall.Resized)
    def _wall_resized(self) -> None:
        self.refill()

    def on_screen_suspend(self) -> None:
        self.end_jump()
        if self.is_current:
            return  # a question stands over the town, which goes on behind it
        self.query_one(Wall).rest()
        self.console.hub.forget(self.query_one("#peek", Tile))

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        peek = self.query_one("#peek", Tile)
        if peek.agent is not None and self.is_split:
            self.console.hub.watch(peek)

    # What is selected

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
        if need.agent and (agent := self.agent(need.agent)):
            self.console.selected = agent.address
            shown = let_through(self.snapshot, self._order, self.console.wall.wanted)
            if self._order and not any(slot.agent == agent.address for slots in shown.values() for slot in slots):
                self.console.wall = replace(self.console.wall, filter="")
                self.console.hint(f"the filter is off: it hid {short(agent.address)}")
        self.note_selection()
        self.refill()
        rail = self.query_one("#rail", RowList)
        # What has no tile can only be shown in the rail, so the keys go there.
        if not self.is_narrow and not self.query_one(Wall).has_tile(need.agent):
            rail.focus()
        elif self.focused is rail:
            self.query_one(self.FIRST_FOCUS).focus()

    def press_agent(self, event: Tile.Pressed) -> None:
        """The mouse on a tile or a chip: it selects, or with Ctrl or the right button marks; a double click, or one on the head of the selected
        tile, shows the agent in full."""
        self.end_jump()
        self.query_one(self.FIRST_FOCUS).focus()
        if event.is_second:
            # What the first click has selected: the page may have turned under the mouse.
            if self._pressed:
                self.console.focus_agent(self._pressed)
            return
        self._pressed = "" if event.is_marking else event.address
        if event.is_on_head and event.address == self.console.selected and not event.is_marking:
            self.console.focus_agent(event.address)
            return
        self.pick(event.address)
        if event.is_marking:
            self.toggle_mark(event.address)

    def on_click(self, event: events.Click) -> None:
        """A marking click on a row of the list marks its agent."""
        listing = self.query_one("#list", RowList)
        if event.widget is listing and marks(event) and listing.selected.startswith("a:"):
            self.pick(listing.selected[2:])
            self.toggle_mark(listing.selected[2:])

    @on(Wall.Picked)
    def _picked_on_wall(self, event: Wall.Picked) -> None:
        self.pick(event.address)

    @on(RowList.Highlighted, "#list")
    def _picked_in_list(self, event: RowList.Highlighted) -> None:
        if self.is_split and event.key.startswith("a:") and event.key == event.rows.selected:
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

    # How it is shown

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Zooming needs an agent with a tile."""
        if action == "zoom":
            agent = self.selected_agent()
            return agent is not None and wants_tile(agent)
        return super().check_action(action, parameters)

    def action_cycle(self, name: str) -> None:
        """The next density, sort or group."""
        self.console.wall = wall = self.console.wall.cycled(name)
        if name == "sort":
            self.console.hint(f"sorted: {SORTS[wall.sort]}")
        elif name == "group":
            self.console.hint(f"grouped: {GROUPS[wall.group]}")
        self._lay_out()
        self.refill()

    def action_zoom(self) -> None:
        """One tile on the whole wall, and back."""
        wall = self.query_one(Wall)
        wall.is_zoomed = not wall.is_zoomed
        self._lay_out()
        self.refill()
        self.call_after_refresh(self.refill)

    def ask_filter(self) -> None:
        """Opens the filter line."""
        self.query_one(FilterLine).begin(self.console.wall.filter)

    def action_filter(self) -> None:
        """Opens the filter line."""
        self.ask_filter()

    @on(FilterLine.Changed)
    def _filter_changed(self, event: FilterLine.Changed) -> None:
        if event.words != self.console.wall.filter:
            self.console.wall = replace(self.console.wall, filter=event.words)
            self.refill()

    @on(FilterLine.Ended)
    def _filter_ended(self) -> None:
        self.query_one(self.FIRST_FOCUS).focus()
        self.refill()

    def action_back(self) -> None:
        """Esc undoes the zoom first, then the marks, then the filter."""
        if self.query_one(Wall).is_zoomed:
            self.action_zoom()
        elif self.console.wall.marks:
            self.set_marks(())
        elif self.console.wall.filter:
            self.console.wall = replace(self.console.wall, filter="")
            self.refill()
        else:
            super().action_back()

    def jumpables(self) -> Sequence[Jumpable]:
        if self.is_split:
            return [self.query_one("#list", RowList)]
        return [self.query_one(Wall), *([] if self.is_narrow else [self.query_one("#rail", RowList)])]
