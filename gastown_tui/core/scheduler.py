"""Who starts what: dispatch of ready beads within capacity, and agents that are wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gastown_tui.core.ids import Role, parse_address
from gastown_tui.core.observation import Action, Dispatch, HookBead, LaunchRun, Observation, StartAgent
from gastown_tui.core.rows import Bead, Rig
from gastown_tui.core.states import RunState

POLECAT_NAMES = (
    "toast capable dag cheedo angharad furiosa nux slit rictus ace valkyrie max dementus keeper maadi morsov coma doof "
    "organic scabrous glory scrotus toecutter goose johnny mudguts bubba nightrider feral humungus wez papagallo toadie "
    "pappy entity aunty blaster master pigkiller savannah scooter ironbar blackfinger"
).split()
"""Names for polecats, given in this order to the first that is free."""
MAX_STARTS_PER_ROUND = 4
"""Bounds how many sessions come up at once; agent CLIs are heaviest while they start."""


def decide(seen: Observation) -> list[Action]:
    """Runs to launch, beads to dispatch and agents to start, most urgent first."""
    if seen.is_estopped or seen.wanted == "down":
        return []
    launching: list[Action] = [
        LaunchRun(run.id, f"run is {run.state.value} and has no session", run.id)
        for run in seen.runs
        if run.state in (RunState.QUEUED, RunState.PREPARING) and run.id not in seen.busy
    ]
    if seen.wanted == "paused":
        return launching[:MAX_STARTS_PER_ROUND]
    if seen.ruling.stops_dispatch:
        # Who waits for a person costs nothing until somebody speaks; with `pause` nobody is started only to be stopped.
        return (launching + ([] if seen.ruling.pauses else _wanted_agents(seen)))[:MAX_STARTS_PER_ROUND]
    return (launching + _wanted_agents(seen) + _dispatches(seen))[:MAX_STARTS_PER_ROUND]


def _wanted_agents(seen: Observation) -> list[Action]:
    active = {run.agent for run in seen.runs}
    return [
        StartAgent(agent.address, "it is wanted and has no run", agent.address)
        for agent in seen.agents
        if agent.wanted == "running"
        and agent.role in (Role.MAYOR, Role.CREW)
        and agent.address not in active
        and agent.address not in seen.busy
        and seen.resting_since.get(agent.address, 0.0) <= seen.now
    ]


def _dispatches(seen: Observation) -> list[Action]:
    """Ready beads to free hands. A rig's polecats and the town's are both limited."""
    rigs = {rig.name: rig for rig in seen.rigs if rig.state == "active"}
    taken = _taken_addresses(seen)
    counts = dict.fromkeys(rigs, 0)
    for run in seen.runs:
        address = parse_address(run.agent)
        if address.role is Role.POLECAT and address.rig in counts:
            counts[address.rig] += 1
    hooked = {bead.assignee for bead in seen.beads.values()}
    at_desk = {run.agent for run in seen.runs if not run.bead and run.state is RunState.WORKING and run.agent not in hooked}
    worked_on = {run.bead for run in seen.runs}
    actions: list[Action] = []
    for bead in seen.ready:
        rig = rigs.get(bead.rig)
        # A bead that came back waits until the run that had it is over.
        if rig is None or bead.id in seen.busy or bead.id in worked_on or bead.id in seen.ruling.held_beads:
            continue
        if bead.slung_to == f"{bead.rig}/polecats":
            if counts[rig.name] >= rig.max_polecats or sum(counts.values()) >= seen.max_polecats:
                continue
            agent = choose_polecat(rig, bead, taken, seen.last_agent.get(bead.id, ""))
            counts[rig.name] += 1
        else:
            agent = bead.slung_to
            if agent in at_desk:
                at_desk.discard(agent)
                actions.append(HookBead(bead.id, f"{agent} is running and has an empty hook", bead.id, agent))
            if agent in taken:
                continue
        taken.add(agent)
        actions.append(Dispatch(bead.id, f"{bead.id} is ready and {agent} is free", bead.id, agent, bead.rig))
    return actions


def _taken_addresses(seen: Observation) -> set[str]:
    """Agents with an active run, or whose worktree is not given back: a new one might meet the old one's files."""
    return {run.agent for run in (*seen.runs, *seen.retired)} | {key for key in seen.busy if "/" in key}


def choose_polecat(rig: Rig, bead: Bead, taken: Iterable[str], last: str) -> str:
    """The address that gets the bead: the hand that had it before if free, else the first free name."""
    taken = set(taken)
    if last and last not in taken and last.startswith(f"{rig.name}/polecats/"):
        return last
    for name in _names():
        address = f"{rig.name}/polecats/{name}"
        if address not in taken:
            return address
    raise AssertionError("names do not run out")


def _names() -> Iterable[str]:
    yield from POLECAT_NAMES
    number = 2
    while True:
        yield from (f"{name}{number}" for name in POLECAT_NAMES)
        number += 1


def order_ready(beads: Sequence[Bead]) -> list[Bead]:
    """Most urgent first, then the longest slung, so that nobody is overtaken without end."""
    return sorted(beads, key=lambda bead: (bead.priority, bead.slung_at or bead.created_at, bead.created_at, bead.id))
