"""Agents as rows: the wall's plan, tiles' headers and evidence, the narrow list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.evidence import AgentState, Light
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Spans, clean
from gastown_tui.tui.tokens import GLYPH
from gastown_tui.tui.viewmodels.common import age, mark, short

LEAST_TILE = 8
"""Rows of a tile below which a dialog's question and its first answer no longer fit."""
TOWN = "town"
_ROLE_ORDER = {"polecat": 0, "crew": 1, "mayor": 2, "deacon": 3, "witness": 4, "refinery": 5, "dog": 6}


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
    """Counted over all districts, for moving up and down."""


@dataclass(frozen=True, slots=True)
class District:
    """A rig's part of the wall: one heading line at `y`, its tiles below."""

    rig: str
    y: int
    places: tuple[Place, ...]
    chips: tuple[str, ...]
    """Agents that have no tile."""


def ordered(snapshot: TownSnapshot) -> list[AgentView]:
    """All agents by rig, then by role and name. States do not move them: tiles must not jump under the cursor."""
    rigs = {rig.name: index for index, rig in enumerate(snapshot.rigs)}

    def place(agent: AgentView) -> tuple[int, int, int, str]:
        return (rigs.get(agent.rig, len(rigs)), 0 if agent.rig else 1, _ROLE_ORDER.get(agent.role, 9), agent.name)

    return sorted(snapshot.agents, key=place)


def by_rig(snapshot: TownSnapshot) -> dict[str, list[AgentView]]:
    """Agents grouped by rig, town agents under `town` at the end."""
    groups: dict[str, list[AgentView]] = {rig.name: [] for rig in snapshot.rigs}
    for agent in ordered(snapshot):
        groups.setdefault(agent.rig or TOWN, []).append(agent)
    return groups


def wants_tile(agent: AgentView) -> bool:
    """Agents with a pane have something to show; the mayor is docked."""
    return agent.role != "mayor" and (bool(agent.pane) or agent.verdict.light in (Light.NEEDS, Light.BROKEN))


def plan_wall(snapshot: TownSnapshot, width: int, height: int, columns: int, before: Sequence[District] = ()) -> list[District]:
    """Places tiles on `width` x `height` cells. Who gets none is a chip on its district's line.

    Tiles keep the places that they have in `before`; newcomers take the places of those who left. An agent that needs a
    person takes the last tile of a quiet one when it has none.
    """
    held = {district.rig: [place.agent for place in district.places] for district in before}
    groups = {
        rig: agents for rig, agents in by_rig(snapshot).items() if any(agent.role != "mayor" for agent in agents) or rig != TOWN
    }
    wanted = {rig: [agent for agent in agents if wants_tile(agent)] for rig, agents in groups.items()}
    across = {rig: _columns_for(len(agents), columns) for rig, agents in wanted.items()}
    lines = _lines_for({rig: len(agents) for rig, agents in wanted.items()}, height, across)
    total = sum(lines.values())
    free = max(height - len(groups), 0)
    districts: list[District] = []
    y = line = given = 0
    for rig, agents in groups.items():
        columns = across[rig]
        tiles = settled(_choose(wanted[rig], lines[rig] * columns), held.get(rig, []))
        places = []
        top = y + 1
        for row in range(lines[rig]):
            # Rows that do not divide evenly go to the upper tiles, one each.
            tall = free * (given + 1) // total - free * given // total
            here = tiles[row * columns : (row + 1) * columns]
            count = len(here) if lines[rig] == 1 and len(here) < columns else columns
            for column, agent in enumerate(here):
                left = column * (width + 1) // count
                right = (column + 1) * (width + 1) // count - 1
                places.append(Place(agent.address, left, top, right - left, tall, column, line))
            top += tall
            given += 1
            line += 1
        chosen = {agent.address for agent in tiles}
        chips = tuple(agent.address for agent in agents if agent.address not in chosen and agent.role != "mayor")
        districts.append(District(rig, y, tuple(places), chips))
        y = top
    return districts


def _columns_for(count: int, most: int) -> int:
    """One column less when that needs no more lines: four tiles are two and two, not three and one."""
    return most - 1 if most > 2 and -(-count // (most - 1)) == -(-count // most) else most


def _lines_for(wanted: dict[str, int], height: int, columns: dict[str, int]) -> dict[str, int]:
    """How many lines of tiles each district gets: one each while there is room, then where most have none."""
    room = max((height - len(wanted)) // LEAST_TILE, 0)
    lines = dict.fromkeys(wanted, 0)
    for rig in sorted(wanted, key=lambda rig: -wanted[rig]):
        if wanted[rig] and sum(lines.values()) < max(room, 1):
            lines[rig] = 1
    while sum(lines.values()) < room:
        missing = {rig: wanted[rig] - lines[rig] * columns[rig] for rig in wanted}
        rig = max(missing, key=lambda name: missing[name], default="")
        if not rig or missing[rig] <= 0:
            break
        lines[rig] += 1
    return lines


def _choose(agents: list[AgentView], slots: int) -> list[AgentView]:
    if len(agents) <= slots:
        return agents
    urgent = [agent for agent in agents if agent.verdict.light is Light.NEEDS][:slots]
    quiet = [agent for agent in agents if agent not in urgent][: slots - len(urgent)]
    return [agent for agent in agents if agent in urgent or agent in quiet]


def settled(agents: list[AgentView], held: Sequence[str]) -> list[AgentView]:
    """`agents` in an order that leaves each where it is in `held`; newcomers fill the gaps, then stand at the end."""
    by_address = {agent.address: agent for agent in agents}
    slots: list[AgentView | None] = [by_address.pop(address, None) for address in held]
    newcomers = list(by_address.values())
    for index, slot in enumerate(slots):
        if slot is None and newcomers:
            slots[index] = newcomers.pop(0)
    while None in slots:
        # Nobody is left to fill the gap, so the last tile moves: one move instead of many.
        last = slots.pop()
        if last is not None:
            slots[slots.index(None)] = last
    return [slot for slot in slots if slot is not None] + newcomers


def district_head(snapshot: TownSnapshot, district: District, now: float) -> Row:
    """`minesweeper rig · main, dial auto` and a chip for everyone without a tile."""
    rig = next((rig for rig in snapshot.rigs if rig.name == district.rig), None)
    left: Spans = ((f"{district.rig} ", "b soft"), ("rig" if rig else "", "faint"))
    if rig:
        left += ((f"  → {clean(rig.target)}, dial {rig.dial.value}", "faint"),)
        if rig.ready:
            left += ((f"  {rig.ready} ready", "soft"),)
    chips: list[tuple[str, str]] = []
    agents = {agent.address: agent for agent in snapshot.agents}
    for address in district.chips:
        agent = agents[address]
        chips += [("  ", ""), mark(agent.verdict.light), (f" {short(address)}", "soft"), (f" {agent_age(agent, now)}", "faint")]
    return Row(left, tuple(chips[1:]))


def agent_age(agent: AgentView, now: float) -> str:
    """How long the state holds; "" for agents that are not there."""
    if agent.verdict.state in (AgentState.STOPPED, AgentState.UNKNOWN) and not agent.verdict.since:
        return ""
    return age(now - agent.verdict.since)


def tile_head(agent: AgentView, now: float, width: int) -> Row:
    """Glyph, name, bead, its title when there is room for some of it, CLI, age."""
    right: Spans = ((f"  {clean(agent.driver)}  ", "soft"), (f"{agent_age(agent, now):>3}", f"b {agent.verdict.light.value}"))
    name = short(agent.address)
    spare = width - len(name) - len(agent.bead) - sum(len(text) for text, _ in right) - 6
    tone = "b needs" if agent.verdict.light is Light.NEEDS else "b ink"
    words = clean(agent.bead) + (f" {clean(agent.bead_title)}" if spare > 11 else "")
    left: Spans = ((f"{GLYPH[agent.verdict.light]} ", agent.verdict.light.value), (name, tone), (f"  {words}", "soft"))
    return Row(left, right, key=agent.address, ground="raised")


def evidence(agent: AgentView, now: float, *, is_estopped: bool = False) -> Row | None:
    """One line for states that the pane itself does not show, with the next act; None when the pane says it."""
    if is_estopped and agent.pane:
        return Row((("E-stop is on: frozen until it is released", "broken"),), key=agent.address)
    detail = clean(agent.verdict.detail)
    light = agent.verdict.light
    match light:
        case Light.IDLE:
            words = "no work on the hook" if not agent.bead else "at rest"
            if agent.verdict.state is AgentState.STOPPED:
                words = "not running"
            words += f" · {key_of('agent.say')} writes to it" if agent.pane else ""
        case Light.DONE:
            words = f"{detail or 'finished'} · {key_of('agent.diff')} diff"
        case Light.STALLED:
            words = f"{detail or 'no progress'} {agent_age(agent, now)} · {key_of('agent.nudge')} nudge"
        case Light.LIMITED:
            words = f"{detail or 'limited'} · the bead stays hooked"
        case Light.BROKEN:
            words = f"{detail or agent.verdict.state.value} · {key_of('agent.attach')} attach"
        case Light.UNKNOWN:
            words = f"{detail or 'state not known'} · {key_of('agent.explain')} explain"
        case _:
            return None
    tone = "soft" if light is Light.IDLE else light.value
    return Row(((words, tone),), key=agent.address)


def list_rows(snapshot: TownSnapshot, now: float) -> list[Row]:
    """The narrow town: one row for each agent, under its rig."""
    rows: list[Row] = []
    for rig, agents in by_rig(snapshot).items():
        rows.append(Row(((rig, "faint"),)))
        for agent in agents:
            tone = "needs" if agent.verdict.light is Light.NEEDS else "soft"
            rows.append(Row((mark(agent.verdict.light), (f" {short(agent.address)} ", "ink"), (clean(agent.bead), "soft")),
                            ((agent_age(agent, now), tone),), key=f"a:{agent.address}"))  # fmt: skip
    return rows
