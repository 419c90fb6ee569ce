"""The wall: districts of live tiles. Tiles keep their places; the keys move the selection in two dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual.message import Message
from textual.widget import Widget

from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.core.states import BeadState
from gastown_tui.tui.commands import bindings, key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.viewmodels.agents import District, Place, district_head, plan_wall
from gastown_tui.tui.widgets.pane import Tile
from gastown_tui.tui.widgets.rows import Bar, Rows

if TYPE_CHECKING:
    from gastown_tui.tui.app import Console

WIDE = 160


class Wall(Widget, can_focus=True):
    """Owns the tiles; their places come from `plan_wall`."""

    BINDINGS = bindings("wall")
    DEFAULT_CSS = """
    Wall { height: 1fr; width: 1fr; background: $ground; }
    Wall Tile, Wall Bar, Wall Rows { position: absolute; }
    """

    @dataclass
    class Picked(Message):
        """A person chose a tile."""

        address: str

    def __init__(self) -> None:
        super().__init__()
        self._tiles: dict[str, Tile] = {}
        self._heads: dict[str, Bar] = {}
        self._plan: list[District] = []
        self._empty = Rows(ground="ground")

    @property
    def console(self) -> Console:
        """The app, with its own type."""
        return cast("Console", self.app)

    @property
    def places(self) -> list[Place]:
        """All tiles in reading order."""
        return [place for district in self._plan for place in district.places]

    def has_tile(self, address: str) -> bool:
        """Whether the agent is on the wall now."""
        return address in self._tiles

    def show(self, snapshot: TownSnapshot, now: float, selected: str) -> None:
        """Lays the wall out anew; tiles that stay are only moved."""
        width, height = self.size
        if not width or not height:
            return
        self._plan = plan_wall(snapshot, width, height, 3 if self.screen.size.width >= WIDE else 2, self._plan)
        self._show_heads(snapshot, now, width)
        agents = {agent.address: agent for agent in snapshot.agents}
        for address in set(self._tiles) - {place.agent for place in self.places}:
            tile = self._tiles.pop(address)
            self.console.hub.forget(tile)
            tile.remove()
        for place in self.places:
            tile = self._tile(place)
            tile.set_class(place.agent == selected, "-selected")
            tile.set_class(self.has_focus, "-keys")
            tile.is_estopped = snapshot.is_estopped
            if tile.show_agent(agents[place.agent], now):
                self.console.hub.watch(tile)
        self._show_empty(snapshot, width)

    def _tile(self, place: Place) -> Tile:
        tile = self._tiles.get(place.agent)
        is_new = tile is None
        if tile is None:
            tile = self._tiles[place.agent] = Tile(on_pick=self._pick)
        styles = tile.styles
        styles.offset = (place.x, place.y)
        styles.width, styles.height = place.width, place.height
        if is_new:
            self.mount(tile)
        return tile

    def _show_heads(self, snapshot: TownSnapshot, now: float, width: int) -> None:
        for rig in set(self._heads) - {district.rig for district in self._plan}:
            self._heads.pop(rig).remove()
        for district in self._plan:
            head = self._heads.get(district.rig)
            is_new = head is None
            if head is None:
                head = self._heads[district.rig] = Bar(ground="ground")
            head.styles.offset = (0, district.y)
            head.styles.width = width
            if is_new:
                self.mount(head)
            head.show(district_head(snapshot, district, now))

    def _show_empty(self, snapshot: TownSnapshot, width: int) -> None:
        """An empty wall says the next act."""
        if not self._empty.is_attached:
            self.mount(self._empty)
        self._empty.display = not self.places
        if self.places:
            return
        top = max((district.y for district in self._plan), default=0) + 2
        self._empty.styles.offset = (0, top)
        self._empty.styles.width, self._empty.styles.height = width, 4
        ready = sum(rig.ready for rig in snapshot.rigs)
        mayor = key_of("mayor.talk")
        if not snapshot.rigs:
            words, act = "this town has no rig yet", "gt rig add NAME PATH makes a repository one of its rigs"
        elif ready:
            words, act = (
                f"no agent is running, {ready} beads are ready",
                f"{key_of('screen.beads')} then {key_of('beads.sling')} slings one · {mayor} asks the mayor · /sling BEAD",
            )
        elif snapshot.beads and all(bead.state is BeadState.CLOSED for bead in snapshot.beads):
            words, act = (
                "everything has landed",
                f"{mayor} asks the mayor for more · {key_of('screen.convoys')} shows the convoys · gt create TITLE files a bead",
            )
        else:
            words, act = (
                "no agent is running and no bead is ready",
                f"{mayor} asks the mayor for work · gt create TITLE files a bead",
            )
        self._empty.show_rows([Row(((words, "b soft"),)), Row(((act, "soft"),))])

    def _pick(self, address: str) -> None:
        self.focus()
        self.post_message(self.Picked(address))

    def action_move(self, right: int, down: int) -> None:
        """Moves the selection on the wall; at an edge it stays."""
        here = next((place for place in self.places if place.agent == self.console.selected), None)
        if here is None:
            if self.places:
                self.post_message(self.Picked(self.places[0].agent))
            return
        if down:
            near = [place for place in self.places if place.line == here.line + down]
            found = min(near, key=lambda place: abs(place.x + place.width / 2 - here.x - here.width / 2), default=None)
        else:
            found = next((place for place in self.places if place.line == here.line and place.column == here.column + right), None)
        if found is not None:
            self.post_message(self.Picked(found.agent))

    def on_focus(self) -> None:
        self._mark_keys()

    def on_blur(self) -> None:
        self._mark_keys()

    def _mark_keys(self) -> None:
        for tile in self._tiles.values():
            tile.set_class(self.has_focus, "-keys")
            tile.rebuild()
