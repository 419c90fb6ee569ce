"""Agents as rows: tiles' headers and evidence, the narrow list, where a state comes from."""

from __future__ import annotations

from dataclasses import replace

from gastown_tui.core.evidence import AgentState, Light
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Spans, clean
from gastown_tui.tui.tokens import GLYPH
from gastown_tui.tui.viewmodels.arrange import ROLE_TITLES, Order, WallSettings
from gastown_tui.tui.viewmodels.common import age, mark, short, told_apart
from gastown_tui.tui.viewmodels.digest import fill_spans, last_sentence

ROOMY_LIST = 40
"""Cells from which on the list also says what everybody is doing."""

PIN = "*"
"""Behind the name of a pinned agent."""
MARK = "◆"
"""Before a marked agent."""
_TELLING = (Light.BROKEN, Light.STALLED, Light.LIMITED, Light.UNKNOWN)
"""Lights whose reason has the light's colour."""


def agent_age(agent: AgentView, now: float) -> str:
    """How long the state holds; "" for agents that are not there."""
    if agent.verdict.state in (AgentState.STOPPED, AgentState.UNKNOWN) and not agent.verdict.since:
        return ""
    return age(now - agent.verdict.since)


ROOM_FOR_FILL = 36
"""Cells of a tile from which on its head says how full the context is."""


def tile_head(agent: AgentView, now: float, width: int, *, name: str = "", is_pinned: bool = False, is_marked: bool = False) -> Row:
    """Mark, glyph, name, bead, its title when there is room for some of it, CLI, how full its context is, age."""
    full = fill_spans(agent, now) if width >= ROOM_FOR_FILL else ()
    right: Spans = (
        *full,
        (f"  {clean(agent.driver)}  ", "soft"),
        (f"{agent_age(agent, now):>3}", f"b {agent.verdict.light.value}"),
    )
    name = f"{name or short(agent.address)}{PIN if is_pinned else ''}"
    spare = width - len(name) - len(agent.bead) - sum(len(text) for text, _ in right) - 6 - 2 * is_marked
    words = clean(agent.bead) + (f" {clean(agent.bead_title)}" if spare > 11 else "")
    return Row((*_who(agent, name, is_marked), (f"  {words}", "soft")), right, key=agent.address, ground="raised")


def agent_row(agent: AgentView, now: float, *, name: str = "", is_pinned: bool = False, is_marked: bool = False) -> Row:
    """The whole agent in one row: mark, glyph, name, bead, what it is doing, age."""
    name = f"{name or short(agent.address)}{PIN if is_pinned else ''}"
    detail = clean(agent.verdict.detail) or (agent.verdict.state.value if agent.verdict.light is not Light.IDLE else "")
    tone = agent.verdict.light.value if agent.verdict.light in _TELLING else "soft"
    bead: Spans = ((f" {clean(agent.bead)}", "soft"),) if agent.bead else ()
    left = (*_who(agent, f"{name:<9}", is_marked), *bead, (f"  {detail}", tone))
    tone = "needs" if agent.verdict.light is Light.NEEDS else "soft"
    return Row(left, ((agent_age(agent, now), tone),), key=agent.address)


def _who(agent: AgentView, name: str, is_marked: bool) -> Spans:
    tone = "b needs" if agent.verdict.light is Light.NEEDS else "b ink"
    return (*marked(is_marked), (f"{GLYPH[agent.verdict.light]} ", agent.verdict.light.value), (name, tone))


def marked(is_marked: bool) -> Spans:
    """The shape before a marked agent, () for others."""
    return ((f"{MARK} ", "b focus"),) if is_marked else ()


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
            words += f" · {said}" if agent.pane and (said := last_sentence(agent)) else ""
        case Light.DONE:
            said = last_sentence(agent)
            words = f"{detail or 'finished'} · {key_of('agent.diff')} diff" + (f" · {said}" if said and said != detail else "")
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


def names_on_wall(snapshot: TownSnapshot, settings: WallSettings) -> dict[str, str]:
    """What each agent is called where it stands: under its rig the bare name is enough."""
    addresses = [agent.address for agent in snapshot.agents]
    return {address: short(address) for address in addresses} if settings.group == "rig" else told_apart(addresses)


def list_rows(snapshot: TownSnapshot, order: Order, settings: WallSettings, now: float, width: int) -> list[Row]:
    """The narrow town: one row for each agent, under its group, in the wall's order."""
    agents = {agent.address: agent for agent in snapshot.agents}
    names = names_on_wall(snapshot, settings)
    rows: list[Row] = []
    for name, slots in order.items():
        if settings.group != "none":
            rows.append(Row(((ROLE_TITLES.get(name, clean(name)) if settings.group == "role" else clean(name), "faint"),)))
        for slot in slots:
            agent = agents[slot.agent]
            paint_row = agent_row if width >= ROOMY_LIST else _slim_row
            is_pinned, is_marked = slot.agent in settings.pins, slot.agent in settings.marks
            row = paint_row(agent, now, name=names[slot.agent], is_pinned=is_pinned, is_marked=is_marked)
            rows.append(replace(row, key=f"a:{slot.agent}"))
    return rows


def _slim_row(agent: AgentView, now: float, *, name: str, is_pinned: bool, is_marked: bool) -> Row:
    tone = "needs" if agent.verdict.light is Light.NEEDS else "soft"
    name = f" {name}{PIN if is_pinned else ''} "
    return Row(
        (*marked(is_marked), mark(agent.verdict.light), (name, "ink"), (clean(agent.bead), "soft")),
        ((agent_age(agent, now), tone),),
    )
