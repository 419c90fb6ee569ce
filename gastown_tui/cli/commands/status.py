"""`gt status`."""

from __future__ import annotations

import click

from gastown_tui.cli.commands.agents import agent_json, agent_row
from gastown_tui.cli.output import emit, table
from gastown_tui.cli.session import json_option, open_town
from gastown_tui.core.evidence import Light
from gastown_tui.core.snapshot import TownSnapshot


@click.command(epilog="Example: gt status --json")
@json_option
def status(as_json: bool) -> None:
    """The town in one page: agents, beads, merges, and what waits for you."""
    from gastown_tui.services import panes, snapshot

    ctx = open_town()
    picture = snapshot.build(ctx, panes.listing(ctx))
    emit(status_json(picture), status_lines(picture), as_json=as_json)


def status_json(town: TownSnapshot) -> dict[str, object]:
    """The picture for scripts; beads are counted, not listed."""
    return {
        "town": town.root,
        "at": town.taken_at,
        "wanted": town.wanted,
        "estopped": town.is_estopped,
        "rehearsal": town.is_rehearsal,
        "supervisor": town.supervisor,
        "counts": {light.value: count for light, count in town.counts().items()},
        "rigs": town.rigs,
        "agents": [agent_json(agent) for agent in town.agents],
        "convoys": town.convoys,
        "merges": [merge for merge in town.merges if merge.state not in ("merged", "rejected")],
        "requests": [
            {"id": one.id, "kind": one.kind, "agent": one.agent, "bead": one.bead, "title": one.title} for one in town.requests
        ],
        "incidents": town.incidents,
        "open_beads": sum(1 for bead in town.beads if bead.state != "closed"),
        "ready_beads": sum(rig.ready for rig in town.rigs),
        "landed_today": town.landed_today,
        "tokens_today": town.today.tokens.total,
        "cost_today": town.today.cost,
        "cost_is_partial": town.today.is_partial,
    }


def status_lines(town: TownSnapshot) -> list[str]:
    """The picture for people."""
    state = "E-STOPPED" if town.is_estopped else town.wanted
    rehearsal = "  (rehearsal: the model is scripted)" if town.is_rehearsal else ""
    counts = "  ".join(f"{count} {light.value}" for light, count in town.counts().items() if count and light is not Light.IDLE)
    lines = [f"{town.root}  {state}  supervisor {town.supervisor.state}{rehearsal}", counts or "all quiet"]
    if town.rigs:
        rows = [
            [rig.name, rig.dial.value, rig.state, f"{rig.ready} ready of {rig.open} open", f"≤{rig.max_polecats} polecats"]
            for rig in town.rigs
        ]
        lines += ["", "Rigs", *table(rows, indent="  ")]
    if town.agents:
        lines += ["", "Agents", *table([agent_row(agent, town.taken_at) for agent in town.agents], indent="  ")]
    convoys = [convoy for convoy in town.convoys if convoy.state == "open"]
    if convoys:
        rows = [[one.id, f"{one.landed}/{one.total} landed", f"{one.working} working", one.title] for one in convoys]
        lines += ["", "Convoys", *table(rows, indent="  ")]
    lane = [merge for merge in town.merges if merge.state not in ("merged", "rejected")]
    if lane:
        lines += ["", "Merges", *table([[str(one.id), one.bead, one.state.value, one.detail] for one in lane], indent="  ")]
    if town.requests:
        rows = [[one.id, one.kind, one.agent, one.title] for one in town.requests]
        lines += ["", "Waits for you (gt answer, gt approve)", *table(rows, indent="  ")]
    if town.incidents:
        rows = [[str(one.id), one.severity, one.kind, one.subject, one.detail] for one in town.incidents]
        lines += ["", "Incidents (gt ack)", *table(rows, indent="  ")]
    return lines
