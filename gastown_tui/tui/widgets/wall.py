"""The wall: pages of live tiles in districts. Tiles keep their places; the keys move the selection in two dimensions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.core.states import BeadState
from gastown_tui.tui.commands import bindings, key_of
from gastown_tui.tui.paint import LABEL, Row
from gastown_tui.tui.text import clean
from gastown_tui.tui.viewmodels.agents import agent_row, names_on_wall, tile_head
from gastown_tui.tui.viewmodels.arrange import Order, WallSettings
from gastown_tui.tui.viewmodels.wall import CHIP_SPANS, District, Place, Plan, alone, chip_at, district_head, plan_wall
from gastown_tui.tui.widgets.pane import Tile, marks
from gastown_tui.tui.widgets.rows import Bar, Rows

if TYPE_CHECKING:
    from gastown_tui.tui.app import Console


WHEEL_SECONDS = 0.2


class WallTile(Tile):
    """A tile on the wall: pinned, labelled, or of a single row."""

    is_pinned = is_marked = False
    called = ""
    label = ""
    is_watching = False
    """Whether the hub takes its pane."""

    def head(self, agent: AgentView, width: int) -> Row:
        """The first row, with the jump label while labels are shown."""
        if self.size.height == 1:
            row = agent_row(agent, self.now, name=self.called, is_pinned=self.is_pinned, is_marked=self.is_marked)
            row = replace(row, ground="pane")
        else:
            row = tile_head(agent, self.now, width, name=self.called, is_pinned=self.is_pinned, is_marked=self.is_marked)
        return replace(row, left=((f"{self.label:<2}", LABEL), (" ", ""), *row.left)) if self.label else row


class Wall(Widget, can_focus=True):
    """Owns the tiles; their places come from `plan_wall`."""

    BINDINGS = bindings("wall")
    DEFAULT_CSS = """
    Wall { height: 1fr; width: 1fr; background: $ground; }
    Wall Tile, Wall Bar, Wall Rows { position: absolute; }
    """

    @dataclass
    class Picked(Message):
        """A person chose an agent on the wall."""

        address: str

    class Resized(Message):
        """It has another size than its tiles were placed for."""

    def __init__(self) -> None:
        super().__init__()
        self._head_of: Callable[[District], Row] = lambda _: Row()
        self._planned_for = Size()
        self._wheeled_at = 0.0
        self._tiles: dict[str, WallTile] = {}
        self._heads: dict[str, Bar] = {}
        self._labels: dict[str, str] = {}
        self.plan = Plan()
        self.is_zoomed = False
        self._unzoomed = Plan()
        self._empty = Rows(ground="ground")
        self._empty.display = False

    def compose(self) -> ComposeResult:
        yield self._empty

    def on_resize(self) -> None:
        if self.size != self._planned_for:
            self.post_message(self.Resized())

    @property
    def console(self) -> Console:
        """The app, with its own type."""
        return cast("Console", self.app)

    @property
    def places(self) -> list[Place]:
        """The page's tiles in reading order."""
        return self.plan.places

    def has_tile(self, address: str) -> bool:
        """Whether the agent is on the wall now."""
        return address in self._tiles

    def show(self, snapshot: TownSnapshot, order: Order, settings: WallSettings, now: float, selected: str) -> None:
        """Lays the wall out anew; tiles that stay are only moved."""
        width, height = self.size
        if not width or not height:
            return
        self._planned_for = self.size
        self._unzoomed = plan_wall(snapshot, order, settings.density, width, height, selected, self._unzoomed.at)
        self.is_zoomed = self.is_zoomed and selected in self._unzoomed.tiles
        self.plan = alone(selected, width, height) if self.is_zoomed else self._unzoomed
        self._head_of = lambda district: district_head(snapshot, district, settings, now, width, self._labels)
        self._show_heads(width)
        agents = {agent.address: agent for agent in snapshot.agents}
        names = names_on_wall(snapshot, settings)
        for address in set(self._tiles) - {place.agent for place in self.places}:
            tile = self._tiles.pop(address)
            self._watch(tile, wants=False)
            tile.remove()
        for place in self.places:
            tile = self._tile(place)
            tile.set_class(place.agent == selected, "-selected")
            tile.set_class(self.has_focus, "-keys")
            tile.is_estopped = snapshot.is_estopped
            tile.called = names[place.agent]
            tile.is_pinned, tile.is_marked = place.agent in settings.pins, place.agent in settings.marks
            tile.label = self._labels.get(place.agent, "")
            is_new_pane = tile.show_agent(agents[place.agent], now)
            # A single row shows nothing of the pane.
            self._watch(tile, wants=place.height > 1, is_new=is_new_pane)
        self._show_empty(snapshot, settings, width)

    def _watch(self, tile: WallTile, *, wants: bool, is_new: bool = False) -> None:
        if wants and (is_new or not tile.is_watching):
            self.console.hub.watch(tile)
        elif not wants and tile.is_watching:
            self.console.hub.forget(tile)
        tile.is_watching = wants

    def rest(self) -> None:
        """Another screen is on top: no pane is taken until `show`."""
        for tile in self._tiles.values():
            self._watch(tile, wants=False)

    def _tile(self, place: Place) -> WallTile:
        tile = self._tiles.get(place.agent)
        is_new = tile is None
        if tile is None:
            tile = self._tiles[place.agent] = WallTile()
        styles = tile.styles
        styles.offset = (place.x, place.y)
        styles.width, styles.height = place.width, place.height
        if is_new:
            self.mount(tile)
        return tile

    def _show_heads(self, width: int) -> None:
        shown = [district for district in self.plan.districts if district.y >= 0]
        for name in set(self._heads) - {district.name for district in shown}:
            self._heads.pop(name).remove()
        for district in shown:
            head = self._heads.get(district.name)
            is_new = head is None
            if head is None:
                head = self._heads[district.name] = Bar(ground="ground")
            head.styles.offset = (0, district.y)
            head.styles.width = width
            if is_new:
                self.mount(head)
            head.show(self._head_of(district))

    def _show_empty(self, snapshot: TownSnapshot, settings: WallSettings, width: int) -> None:
        """An empty wall says the next act."""
        self._empty.display = not self.places
        if self.places:
            return
        top = max((district.y for district in self.plan.districts), default=0) + 2
        self._empty.styles.offset = (0, top)
        self._empty.styles.width, self._empty.styles.height = width, 4
        words, act = _nothing(snapshot, settings)
        self._empty.show_rows([Row(((words, "b soft"),)), Row(((act, "soft"),))])

    def on_click(self, event: events.Click) -> None:
        """A chip of a district's line is its agent."""
        for district in self.plan.districts:
            head = self._heads.get(district.name)
            if head is not None and event.widget is head and head.rows:
                if address := chip_at(head.rows[0], district.chips, head.size.width, event.x):
                    self.post_message(Tile.Pressed(address, marks(event), event.chain == 2))
                return

    def on_mouse_scroll_down(self) -> None:
        self._wheel(1)

    def on_mouse_scroll_up(self) -> None:
        self._wheel(-1)

    def _wheel(self, step: int) -> None:
        """One page for each push: terminals tell a single one as several."""
        now = time.monotonic()
        if now - self._wheeled_at >= WHEEL_SECONDS:
            self._wheeled_at = now
            self._turn(step)

    def _turn(self, step: int) -> None:
        """Turns the page; the selection goes to its first tile."""
        plan = self._unzoomed
        page = max(0, min(plan.at + step, len(plan.pages) - 1))
        if page != plan.at and not self.is_zoomed and (first := plan.first_of(page)):
            self.post_message(self.Picked(first))

    def action_page(self, step: int) -> None:
        """The next or previous page."""
        self._turn(step)

    def action_move(self, right: int, down: int) -> None:
        """Moves the selection on the wall; zoomed, it goes through the tiles one by one. At an end it stays."""
        found = self._beside_zoomed(right + down) if self.is_zoomed else self.plan.beside(self.console.selected, right, down)
        if found:
            self.post_message(self.Picked(found))

    def _beside_zoomed(self, step: int) -> str:
        tiles = self._unzoomed.tiles
        at = tiles.index(self.console.selected) + step if self.console.selected in tiles else 0
        return tiles[at] if 0 <= at < len(tiles) else ""

    def action_edge(self, end: int) -> None:
        """The first or the last tile."""
        tiles = self._unzoomed.tiles
        if tiles:
            self.post_message(self.Picked(tiles[0 if end < 0 else -1]))

    # Jump labels

    def jump_keys(self) -> list[str]:
        """The agents of this page, tiles first, then the chips that are in sight."""
        chips: list[str] = []
        for district in self.plan.districts:
            if (head := self._heads.get(district.name)) is not None and head.rows:
                chips += district.chips[: len(head.rows[0].right) // CHIP_SPANS]
        return [*(place.agent for place in self.places), *chips]

    def show_labels(self, labels: dict[str, str]) -> None:
        """Shows a label (by agent) on each tile and chip; {} takes them away."""
        self._labels = labels
        self._show_heads(self.size.width)
        for address, tile in self._tiles.items():
            tile.label = labels.get(address, "")
            tile.rebuild()

    def jump_to(self, key: str) -> None:
        """Selects an agent and takes the keys."""
        self.focus()
        self.post_message(self.Picked(key))

    def on_focus(self) -> None:
        self._mark_keys()

    def on_blur(self) -> None:
        self._mark_keys()

    def _mark_keys(self) -> None:
        for tile in self._tiles.values():
            tile.set_class(self.has_focus, "-keys")
            tile.rebuild()


def _nothing(snapshot: TownSnapshot, settings: WallSettings) -> tuple[str, str]:
    """Why the wall is empty, and the next act."""
    ready = sum(rig.ready for rig in snapshot.rigs)
    mayor = key_of("mayor.talk")
    if settings.filter:
        words = f"{key_of('app.back')} shows everybody · {key_of('town.filter')} changes the filter"
        return f"nobody is {clean(settings.filter)}", words
    if not snapshot.rigs:
        return "this town has no rig yet", "gt rig add NAME PATH makes a repository one of its rigs"
    if ready:
        return (
            f"no agent is running, {ready} beads are ready",
            f"{key_of('screen.beads')} then {key_of('beads.sling')} slings one · {mayor} asks the mayor · /sling BEAD",
        )
    if snapshot.beads and all(bead.state is BeadState.CLOSED for bead in snapshot.beads):
        return (
            "everything has landed",
            f"{mayor} asks the mayor for more · {key_of('screen.convoys')} shows the convoys · gt create TITLE files a bead",
        )
    return "no agent is running and no bead is ready", f"{mayor} asks the mayor for work · gt create TITLE files a bead"
