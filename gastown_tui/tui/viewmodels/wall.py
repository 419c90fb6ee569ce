"""The wall's plan: which tile stands where on which page, and the lines over them. A pure function of sizes and order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gastown_tui.core.evidence import Light
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import KEY, LABEL, Row, cells
from gastown_tui.tui.text import Span, Spans, clean
from gastown_tui.tui.viewmodels.agents import MARK, agent_age, names_on_wall
from gastown_tui.tui.viewmodels.arrange import GROUPS, NO_CONVOY, ROLE_TITLES, SORTS, URGENT, Order, WallSettings
from gastown_tui.tui.viewmodels.common import bar, keys, mark

LEAST_HEIGHT = {"S": 1, "M": 8, "L": 18}
"""Rows of a tile; below 8 a dialog's question and its first answer no longer fit."""
LEAST_WIDTH = {"S": 42, "M": 42, "L": 64}
SLIM = 32
"""Two columns of this width are better than one wide one."""
CHIP_SPANS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tile stands on the wall, in cells."""

    agent: str
    x: int
    y: int
    width: int
    height: int
    column: int
    line: int
    """Counted over all districts of the page, for moving up and down."""


@dataclass(frozen=True, slots=True)
class District:
    """A group's part of a page: one heading line at `y`, its tiles below."""

    name: str
    """The group, "" for the line that gathers the groups without a tile on this page."""
    y: int
    places: tuple[Place, ...]
    chips: tuple[str, ...]
    """Agents that have no tile here, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All pages of the wall, of which one is shown."""

    pages: tuple[tuple[District, ...], ...] = ((),)
    at: int = 0

    @property
    def districts(self) -> tuple[District, ...]:
        """The page that is shown."""
        return self.pages[self.at]

    @property
    def places(self) -> list[Place]:
        """Its tiles in reading order."""
        return [place for district in self.districts for place in district.places]

    @property
    def tiles(self) -> list[str]:
        """Everybody with a tile on some page, in reading order."""
        return [place.agent for page in self.pages for district in page for place in district.places]

    def page_of(self, agent: str) -> int | None:
        """The page that the agent's tile is on."""
        for number, page in enumerate(self.pages):
            if any(place.agent == agent for district in page for place in district.places):
                return number
        return None

    def first_of(self, page: int) -> str:
        """The first agent on a page, "" when it has no tile."""
        return next((place.agent for district in self.pages[page] for place in district.places), "")

    def beside(self, agent: str, right: int, down: int) -> str:
        """Who stands beside, above or below an agent; over the top or bottom it is the next page. "" at the end."""
        here = next((place for place in self.places if place.agent == agent), None)
        if here is None:
            return self.first_of(self.at)
        if not down:
            beside = (place for place in self.places if place.line == here.line and place.column == here.column + right)
            return next((place.agent for place in beside), "")
        middle = here.x + here.width / 2
        near = [place for place in self.places if place.line == here.line + down]
        if not near and 0 <= self.at + down < len(self.pages):
            other = [place for district in self.pages[self.at + down] for place in district.places]
            line = min((place.line for place in other), default=0) if down > 0 else max((place.line for place in other), default=0)
            near = [place for place in other if place.line == line]
        return min(near, key=lambda place: abs(place.x + place.width / 2 - middle)).agent if near else ""


def wants_tile(agent: AgentView) -> bool:
    """Agents with a pane have something to show; the mayor is docked."""
    return agent.role != "mayor" and (bool(agent.pane) or agent.verdict.light in (Light.NEEDS, Light.BROKEN))


def columns_of(density: str, width: int) -> int:
    """How many tiles stand side by side."""
    slim = 1 if density == "L" else min(2, width // SLIM)
    return max(slim, (width + 1) // (LEAST_WIDTH[density] + 1), 1)


def plan_wall(
    snapshot: TownSnapshot, order: Order, density: str, width: int, height: int, selected: str = "", page: int = 0
) -> Plan:
    """Places tiles on pages of `width` x `height` cells.

    Every group with somebody to show has tiles on the first page while there is room; then those who need a person come
    before the rest. Nobody is hidden: who has no tile on a page is a chip on a line of that page.

    Args:
        selected: whose page is shown; without a tile anywhere, `page` stays.
    """
    agents = {agent.address: agent for agent in snapshot.agents}
    groups = {name: [slot.agent for slot in slots if agents[slot.agent].role != "mayor"] for name, slots in order.items()}
    rigs = {rig.name for rig in snapshot.rigs}
    groups = {name: members for name, members in groups.items() if members or name in rigs}
    left = {name: [one for one in members if density == "S" or wants_tile(agents[one])] for name, members in groups.items()}
    urgency = {slot.agent: slot.rank for slots in order.values() for slot in slots}
    pages: list[tuple[District, ...]] = []
    total = {name: len(tiles) for name, tiles in left.items()}
    columns = columns_of(density, width)
    while not pages or any(left.values()):
        shown = {name: total[name] - len(tiles) for name, tiles in left.items()}
        shares = _shares(left, shown, urgency, LEAST_HEIGHT[density], columns, height, len(groups))
        here = {name: left[name][: lines * columns] for name, lines in shares.items()}
        is_only = not pages and all(len(here.get(name, ())) == len(tiles) for name, tiles in left.items())
        pages.append(_Page(groups, here, shares, urgency, columns, width, height, density, is_only).districts())
        left = {name: tiles[len(here.get(name, ())) :] for name, tiles in left.items()}
        if not any(here.values()):
            break  # no room for a single tile: all are chips
    plan = Plan(tuple(pages))
    at = plan.page_of(selected)
    return replace(plan, at=min(page, len(pages) - 1) if at is None else at)


def _shares(
    left: dict[str, list[str]],
    shown: dict[str, int],
    urgency: dict[str, tuple[int, int]],
    least: int,
    columns: int,
    height: int,
    groups: int,
) -> dict[str, int]:
    """How many lines of tiles each group gets on this page: one each while there is room, then where most of the urgent are
    missing, then where most are. Of equally urgent groups those come first that had fewer tiles before."""
    waiting = [name for name, tiles in left.items() if tiles]
    waiting.sort(key=lambda name: (min(urgency[tile] for tile in left[name]), shown[name]))
    chosen: list[str] = []
    for name in waiting:
        if _heads(len(chosen) + 1, groups, height) + (len(chosen) + 1) * least <= height or not chosen:
            chosen.append(name)
    lines = dict.fromkeys(chosen, 1)
    room = max((height - _heads(len(chosen), groups, height)) // least, 1)
    while chosen and sum(lines.values()) < room:
        missing = {name: left[name][lines[name] * columns :] for name in chosen}
        urgent = {name: sum(urgency[tile] <= URGENT for tile in tiles) for name, tiles in missing.items()}
        most = max(missing, key=lambda name: (urgent[name], len(missing[name])))
        if not missing[most]:
            break
        lines[most] += 1
    return lines if height > 1 else {}


def _heads(chosen: int, groups: int, height: int) -> int:
    """Heading lines of a page with tiles of `chosen` out of all groups."""
    return groups if _shows_all_heads(groups, height) else chosen + (groups > chosen)


def _shows_all_heads(groups: int, height: int) -> bool:
    """Whether groups without a tile have a line each; many of them share one."""
    return groups <= max(height // LEAST_HEIGHT["M"], 1)


@dataclass(frozen=True, slots=True)
class _Page:
    """One page that is laid out."""

    groups: dict[str, list[str]]
    here: dict[str, list[str]]
    shares: dict[str, int]
    urgency: dict[str, tuple[int, int]]
    columns: int
    width: int
    height: int
    density: str
    is_only: bool
    """The only page: its tiles take all the room, and no column stands empty for want of tiles."""

    def districts(self) -> tuple[District, ...]:
        names = [name for name in self.groups if name in self.here or _shows_all_heads(len(self.groups), self.height)]
        gathered = [one for name in self.groups if name not in names for one in self.groups[name]]
        is_gathering = len(names) < len(self.groups)
        free = max(self.height - len(names) - is_gathering, 0)
        across = {name: self._across(len(tiles)) for name, tiles in self.here.items()}
        counts = {name: -(-len(tiles) // across[name]) for name, tiles in self.here.items()}
        total = sum(counts.values()) if self.is_only else max(sum(counts.values()), free // LEAST_HEIGHT[self.density])
        found: list[District] = []
        y = line = 0
        for name in names:
            tiles = self.here.get(name, [])
            places: list[Place] = []
            top = y + 1
            for row in range(counts.get(name, 0)):
                tall = 1 if self.density == "S" else free * (line + 1) // total - free * line // total
                places += self._row(
                    tiles[row * across[name] : (row + 1) * across[name]], across[name], top, tall, line, counts[name]
                )
                top += tall
                line += 1
            found.append(District(name, y, tuple(places), self._chips(one for one in self.groups[name] if one not in tiles)))
            y = top
        if is_gathering:
            found.append(District("", y, (), self._chips(gathered)))
        return tuple(found)

    def _across(self, count: int) -> int:
        """One column less when that needs no more lines: four tiles are two and two, not three and one."""
        most = self.columns
        if self.density == "S" or not self.is_only:
            return most
        return most - 1 if most > 2 and -(-count // (most - 1)) == -(-count // most) else most

    def _row(self, tiles: Sequence[str], across: int, top: int, tall: int, line: int, lines: int) -> list[Place]:
        count = len(tiles) if self.is_only and lines == 1 and self.density != "S" else across
        found = []
        for column, agent in enumerate(tiles):
            left = column * (self.width + 1) // count
            right = (column + 1) * (self.width + 1) // count - 1
            found.append(Place(agent, left, top, right - left, tall, column, line))
        return found

    def _chips(self, agents: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(agents, key=lambda one: self.urgency[one][1]))


def alone(agent: str, width: int, height: int) -> Plan:
    """The zoomed wall: one tile on all of it."""
    return Plan(((District("", -1, (Place(agent, 0, 0, width, height, 0, 0),), ()),),))


def district_head(
    snapshot: TownSnapshot,
    district: District,
    settings: WallSettings,
    now: float,
    width: int,
    labels: Mapping[str, str] | None = None,
) -> Row:
    """`minesweeper rig · main, dial auto`, and as many chips as fit; the last one counts the others.

    Args:
        labels: jump labels by agent; a chip's stands in the place of its shape.
    """
    left = _title(snapshot, district, settings.group)
    agents = {agent.address: agent for agent in snapshot.agents}
    names = names_on_wall(snapshot, settings)
    chips: list[Span] = []
    room = width - cells(left) - 3
    for index, address in enumerate(district.chips):
        agent = agents[address]
        chip = _chip(agent, names[address], now, (labels or {}).get(address, ""), is_marked=address in settings.marks)
        rest = len(district.chips) - index
        if cells((*chips, *chip)) + (len(f"  +{rest - 1}") if rest > 1 else 0) > room:
            chips += [("  ", ""), (f"+{rest}", "faint")]
            break
        chips += chip
    return Row(left, tuple(chips[1:]))


def _chip(agent: AgentView, name: str, now: float, label: str, *, is_marked: bool) -> list[Span]:
    """Always `CHIP_SPANS` spans and equally wide."""
    shape = (
        [(f"{label:<2}", LABEL), (name, "soft")]
        if label
        else [mark(agent.verdict.light), (f"{MARK if is_marked else ' '}{name}", "soft")]
    )
    return [("  ", ""), *shape, (f" {agent_age(agent, now)}", "faint")]


def _title(snapshot: TownSnapshot, district: District, group: str) -> Spans:
    name = district.name
    if not name:
        return (("elsewhere ", "b soft"), ("no tile on this page", "faint"))
    if group == "role":
        return ((ROLE_TITLES.get(name, clean(name)), "b soft"),)
    if group == "convoy" and name != NO_CONVOY:
        convoy = next((convoy for convoy in snapshot.convoys if convoy.id == name), None)
        return (
            ((f"{clean(name)} ", "soft"), (f"{clean(convoy.title)}  ", "b soft"), *bar(convoy.landed, convoy.total))
            if convoy
            else ()
        )
    rig = next((rig for rig in snapshot.rigs if rig.name == name), None) if group == "rig" else None
    left: Spans = ((f"{clean(name)} ", "b soft"), ("rig" if rig else "", "faint"))
    if rig:
        left += ((f"  → {clean(rig.target)}, dial {rig.dial.value}", "faint"),)
        if rig.ready:
            left += ((f"  {rig.ready} ready", "soft"),)
    return left


def chip_at(row: Row, chips: Sequence[str], width: int, x: int, pad: int = 1) -> str:
    """The agent whose chip is at column `x` of a painted district line, "" for none."""
    at = width - pad - cells(row.right)
    for index in range(0, len(row.right), CHIP_SPANS):
        # The first chip has no gap before it.
        end = at + cells(row.right[max(index - 1, 0) : index + CHIP_SPANS - 1])
        if at <= x < end and index // CHIP_SPANS < len(chips):
            return chips[index // CHIP_SPANS]
        at = end
    return ""


def wall_bar(settings: WallSettings, plan: Plan, shown: int, total: int, *, is_zoomed: bool, hidden_marks: int = 0) -> Row | None:
    """What makes this wall another than the usual one; None when nothing does.

    Args:
        hidden_marks: how many marked agents the filter hides.
    """
    left: list[Span] = []
    if settings.marks:
        left += [
            (f"{MARK} {len(settings.marks)} marked{f', {hidden_marks} hidden' if hidden_marks else ''}", "b focus"),
            *_gap(keys(("town.mark_all", "all shown"), ("app.back", "none"))),
            ("    ", ""),
        ]
    if settings.filter:
        left += [
            ("/ ", "b ink"),
            (clean(settings.filter), "b focus"),
            (f"  {shown} of {total}", "ink"),
            *_gap(() if settings.marks else keys(("app.back", "all"))),
        ]
    right: list[Span] = []
    default = WallSettings()
    if is_zoomed:
        right += keys(("town.zoom", "back to the wall"))
    else:
        if settings.density != default.density:
            right += [*keys(("town.density", settings.density)), ("  ", "")]
        if settings.group != default.group:
            right += [*keys(("town.group", GROUPS[settings.group])), ("  ", "")]
        if settings.sort != default.sort:
            right += [*keys(("town.sort", SORTS[settings.sort])), ("  ", "")]
        if len(plan.pages) > 1:
            right += [*_pages(plan), ("  ", "")]
        right = right[:-1]
    return Row(tuple(left), tuple(right)) if left or right else None


def _pages(plan: Plan) -> Spans:
    style = f"b ink {KEY}"
    words = f" page {plan.at + 1} of {len(plan.pages)}"
    return ((key_of("wall.previous_page"), style), (" ", ""), (key_of("wall.next_page"), style), (words, "soft"))


def _gap(spans: Spans) -> Spans:
    return (("   ", ""), *spans)
