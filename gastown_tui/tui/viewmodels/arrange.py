"""Who stands where on the wall: a person's settings, the groups, and an order in which nobody jumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gastown_tui.core.errors import UsageError
from gastown_tui.core.evidence import Light
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.tui.viewmodels.filters import Filter, parse

TOWN = "town"
DENSITIES = {"S": "one row each", "M": "tiles", "L": "large tiles"}
SORTS = {"attention": "who needs you first", "place": "by name, nobody moves"}
GROUPS = {"rig": "by rig", "role": "by role", "convoy": "by convoy", "none": "in one"}
ROLE_ORDER = {"polecat": 0, "crew": 1, "mayor": 2, "deacon": 3, "witness": 4, "refinery": 5, "dog": 6}
ROLE_TITLES = {
    "polecat": "polecats · workers",
    "crew": "crew · lasting workers",
    "mayor": "mayor · planner",
    "deacon": "deacon · health",
    "witness": "witnesses · watchers",
    "refinery": "refineries · merge queues",
    "dog": "dogs · chores",
}
NO_CONVOY = "no convoy"
EVERYBODY = "everybody"
_CLASS = {
    Light.NEEDS: 0,
    Light.BROKEN: 1,
    Light.STALLED: 1,
    Light.LIMITED: 1,
    Light.UNKNOWN: 1,
    Light.DONE: 2,
    Light.WORKING: 3,
    Light.IDLE: 4,
}
"""Few classes on purpose: an agent moves only when another kind of attention is due to it."""
_UNPINNED = 1_000_000
URGENT = (_UNPINNED, _CLASS[Light.NEEDS])
"""The rank of those who need a person; who is pinned stands before them."""


@dataclass(frozen=True, slots=True)
class WallSettings:
    """How a person wants the wall; kept with their place."""

    density: str = "M"
    sort: str = "attention"
    group: str = "rig"
    filter: str = ""
    """As it was typed; one that cannot be read is never kept."""
    pins: tuple[str, ...] = ()
    """Addresses of those that stand first, in this order."""
    marks: tuple[str, ...] = ()
    """Addresses of those that the next act is for, as they were marked; no other visit knows them."""

    def cycled(self, name: str) -> WallSettings:
        """The next `density`, `sort` or `group`."""
        match name:
            case "density":
                return replace(self, density=_next(DENSITIES, self.density))
            case "sort":
                return replace(self, sort=_next(SORTS, self.sort))
            case _:
                return replace(self, group=_next(GROUPS, self.group))

    def pinned(self, addresses: Sequence[str]) -> WallSettings:
        """The agents pinned behind the other pins, or no longer pinned when all of them were."""
        return replace(self, pins=_toggled(self.pins, addresses))

    def marked(self, addresses: Sequence[str]) -> WallSettings:
        """The agents marked too, or no longer marked when all of them were."""
        return replace(self, marks=_toggled(self.marks, addresses))

    @property
    def wanted(self) -> Filter:
        """The filter, read."""
        return parse(self.filter)


def _toggled(chosen: tuple[str, ...], addresses: Sequence[str]) -> tuple[str, ...]:
    missing = tuple(address for address in addresses if address not in chosen)
    return (*chosen, *missing) if missing else tuple(one for one in chosen if one not in addresses)


def _next(names: dict[str, str], name: str) -> str:
    order = list(names)
    return order[(order.index(name) + 1) % len(order)]


def checked(density: str, sort: str, group: str, words: str, pins: str) -> WallSettings:
    """Settings from a file that people and older versions may have written: what is not known becomes the default."""
    default = WallSettings()
    try:
        parse(words)
    except UsageError:
        words = ""
    return WallSettings(
        density if density in DENSITIES else default.density,
        sort if sort in SORTS else default.sort,
        group if group in GROUPS else default.group,
        words,
        tuple(dict.fromkeys(pins.split())),
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """An agent's place in its group, and the rank for which it stands there."""

    agent: str
    rank: tuple[int, int]
    """(pin, class of attention); the smallest stands first."""


Order = dict[str, list[Slot]]
"""Group → its agents in order."""


def by_name(snapshot: TownSnapshot) -> list[AgentView]:
    """All agents by rig, then by role and name: an order that no state changes."""
    rigs = {rig.name: index for index, rig in enumerate(snapshot.rigs)}

    def place(agent: AgentView) -> tuple[int, int, int, str, str]:
        rig = rigs.get(agent.rig, len(rigs))
        return (rig, 0 if agent.rig else 1, ROLE_ORDER.get(agent.role, 9), agent.name, agent.address)

    return sorted(snapshot.agents, key=place)


def convoys_of(snapshot: TownSnapshot) -> dict[str, str]:
    """Bead → the id of its first convoy."""
    found: dict[str, str] = {}
    for convoy in snapshot.convoys:
        for bead in convoy.beads:
            found.setdefault(bead, convoy.id)
    return found


def grouped(snapshot: TownSnapshot, group: str) -> dict[str, list[AgentView]]:
    """Group → its agents by name. Groups keep one order of their own.

    Rigs are there even when they are empty, so that a new one can be seen; other groups only with somebody in them.
    """
    convoy_of = convoys_of(snapshot)
    groups: dict[str, list[AgentView]] = {}
    if group == "rig":
        groups = {rig.name: [] for rig in snapshot.rigs}
    elif group == "convoy":
        groups = {convoy.id: [] for convoy in snapshot.convoys}
    elif group == "role":
        groups = {role: [] for role in ROLE_ORDER}
    for agent in by_name(snapshot):
        convoy = convoy_of.get(agent.bead, NO_CONVOY)
        name = {"rig": agent.rig or TOWN, "role": agent.role, "convoy": convoy}.get(group, EVERYBODY)
        groups.setdefault(name, []).append(agent)
    return groups if group == "rig" else {name: agents for name, agents in groups.items() if agents}


def arranged(snapshot: TownSnapshot, settings: WallSettings, before: Order, looked_at: str = "") -> Order:
    """Everybody's place, also of those whom the filter hides: it must not move the others.

    Pins come first; the order changes only where an agent's class of attention does.

    Args:
        before: the last answer; {} at first or after a change of grouping or sorting, when everybody is placed anew.
        looked_at: the agent under the cursor; it keeps its place whatever becomes of it and of the others.
    """
    found: Order = {}
    for name, agents in grouped(snapshot, settings.group).items():
        held = before.get(name, [])
        ranks = {agent.address: _rank(agent, settings) for agent in _newcomers(agents, settings)}
        for slot in held:
            if slot.agent == looked_at and looked_at in ranks and slot.rank[0] == ranks[looked_at][0]:
                ranks[looked_at] = slot.rank
        slots = [Slot(address, rank) for rank in sorted(set(ranks.values())) for address in _segment(rank, ranks, held)]
        found[name] = _kept(slots, held, looked_at)
    return found


def let_through(snapshot: TownSnapshot, order: Order, wanted: Filter) -> Order:
    """The order without those whom the filter hides, and without groups that are empty then."""
    if not wanted:
        return order
    convoy_of = convoys_of(snapshot)
    passed = {agent.address for agent in snapshot.agents if wanted.holds(agent, convoy_of.get(agent.bead, ""))}
    kept = {name: [slot for slot in slots if slot.agent in passed] for name, slots in order.items()}
    return {name: slots for name, slots in kept.items() if slots}


def _newcomers(agents: list[AgentView], settings: WallSettings) -> list[AgentView]:
    """By name; where attention counts, those who need a person by how long they have waited."""
    asking = [agent for agent in agents if agent.verdict.light is Light.NEEDS and settings.sort == "attention"]
    return sorted(asking, key=lambda agent: agent.verdict.since) + [agent for agent in agents if agent not in asking]


def _rank(agent: AgentView, settings: WallSettings) -> tuple[int, int]:
    if agent.address in settings.pins:
        # What a pinned agent does never moves it: that is what the pin is for.
        return settings.pins.index(agent.address), 0
    return _UNPINNED, _CLASS[agent.verdict.light] if settings.sort == "attention" else 0


def _segment(rank: tuple[int, int], ranks: dict[str, tuple[int, int]], held: Sequence[Slot]) -> list[str]:
    """Those of one rank. Who comes from before them stands first and who comes from behind last, so that few others move."""
    calmer = [slot.agent for slot in held if ranks.get(slot.agent) == rank and slot.rank < rank]
    gone_or_here = [slot.agent for slot in held if slot.rank == rank and ranks.get(slot.agent, rank) == rank]
    others = [address for address, own in ranks.items() if own == rank and address not in calmer]
    return calmer + settled(others, gone_or_here)


def _kept(slots: list[Slot], held: Sequence[Slot], looked_at: str) -> list[Slot]:
    """The agent under the cursor stays at its index."""
    old = next((index for index, slot in enumerate(held) if slot.agent == looked_at), -1)
    new = next((index for index, slot in enumerate(slots) if slot.agent == looked_at), -1)
    if old < 0 or new < 0 or old == new or held[old].rank[0] != slots[new].rank[0]:
        return slots
    rest = slots[:new] + slots[new + 1 :]
    return [*rest[:old], slots[new], *rest[old:]]


def settled(agents: Sequence[str], held: Sequence[str]) -> list[str]:
    """`agents` in an order that leaves each where it is in `held`; newcomers fill the gaps, then stand at the end."""
    present, known = set(agents), set(held)
    slots: list[str | None] = [address if address in present else None for address in held]
    newcomers = [address for address in agents if address not in known]
    for index, slot in enumerate(slots):
        if slot is None and newcomers:
            slots[index] = newcomers.pop(0)
    while None in slots:
        # Nobody is left to fill the gap, so the last one moves: one move instead of many.
        last = slots.pop()
        if last is not None:
            slots[slots.index(None)] = last
    return [slot for slot in slots if slot is not None] + newcomers
