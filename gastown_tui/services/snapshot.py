"""The town as one picture, for the console, `gt status` and the mayor."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gastown_tui.core.evidence import AgentState, StateVerdict
from gastown_tui.core.ids import OVERSEER
from gastown_tui.core.rows import Agent, Bead, Incident, Request, Run, Usage
from gastown_tui.core.snapshot import AgentView, ConvoyView, PaneFact, RigView, SupervisorView, TownSnapshot
from gastown_tui.core.states import BeadOutcome, BeadState
from gastown_tui.core.usage import Price, Spent
from gastown_tui.ledger import (
    agents,
    beads,
    convoys,
    digests,
    events,
    incidents,
    merges,
    messages,
    readiness,
    requests,
    rigs,
    runs,
    settings,
    telemetry,
    usage,
)
from gastown_tui.services import boot, lights, mail
from gastown_tui.services import prices as price_list
from gastown_tui.services.context import TownContext
from gastown_tui.services.prices import spent_of
from gastown_tui.services.screens import ScreenReader

SHOWN_EVENTS = 200
SHOWN_MERGES = 20
SHOWN_ENDED = 20
DAY = 86_400.0
OUTGOING_FOR = 300.0
"""Seconds for which words that have arrived, or will not, are still in the picture."""
CARD_KINDS = ("stalled", "idle_with_work")
"""Incidents that are a state of the agent that they are about."""


def build(ctx: TownContext, panes: Sequence[PaneFact] | None, reader: ScreenReader | None = None) -> TownSnapshot:
    """One picture.

    Args:
        panes: tmux's listing (infra.tmux), or None when tmux did not answer: then nothing is called dead or gone.
        reader: kept by whoever asks again and again, so that no screen is read twice.
    """
    now = ctx.now()
    conn = ctx.ledger
    open_beads, reasons = readiness.reasons(conn, now)
    recent = beads.BEADS.all(conn, "state = 'closed' AND closed_at > ? ORDER BY closed_at DESC LIMIT 500", now - DAY)
    open_requests = tuple(requests.open_ones(conn))
    open_incidents = tuple(incidents.open_ones(conn))
    prices = price_list.prices(ctx)
    views = _agents(ctx, prices, panes, reader or ScreenReader.of(ctx.layout), open_requests, open_incidents)
    needy = {view.bead: view.name for view in views if view.request and view.bead}
    return TownSnapshot(
        root=str(ctx.layout.root),
        taken_at=now,
        supervisor=supervisor_view(ctx),
        wanted=settings.get(conn, settings.WANTED, "down"),
        is_estopped=ctx.layout.estop.exists(),
        is_rehearsal=bool(settings.get(conn, settings.REHEARSAL)),
        rigs=_rigs(ctx, open_beads, reasons),
        agents=views,
        requests=open_requests,
        ruled=tuple(telemetry.rule_uses(ctx.telemetry, now - DAY, SHOWN_ENDED)),
        answered=tuple(requests.newest_ended(conn, now - DAY, SHOWN_ENDED)),
        convoys=_convoys(ctx, open_beads, reasons, needy),
        merges=(*merges.unfinished(conn), *merges.newest_ended(conn, SHOWN_MERGES)),
        incidents=open_incidents,
        beads=(*open_beads, *recent),
        reasons=reasons,
        events=tuple(events.newest(conn, SHOWN_EVENTS)),
        landed_today=sum(1 for bead in recent if bead.outcome is BeadOutcome.MERGED),
        today=spent_of(usage.of_day(conn, now), prices),
        spent_on=_spent_on(ctx, prices, (*open_beads, *recent)),
        outgoing=tuple(messages.outgoing(conn, OVERSEER, now - OUTGOING_FOR)),
        unread_mail=mail.unread(ctx),
    )


def supervisor_view(ctx: TownContext) -> SupervisorView:
    """Whether the supervisor lives, by lock and heartbeat."""
    return boot.supervisor_state(ctx.layout, time.time())


def _agents(
    ctx: TownContext,
    prices: Mapping[str, Price],
    panes: Sequence[PaneFact] | None,
    reader: ScreenReader,
    asked: Iterable[Request],
    cards: Iterable[Incident],
) -> tuple[AgentView, ...]:
    conn, now = ctx.ledger, ctx.now()
    active = {run.agent: run for run in runs.active(conn)}
    by_run = {pane.run: pane for pane in panes or ()}
    reports = telemetry.reports(ctx.telemetry)
    first_request: dict[str, Request] = {}
    for request in asked:
        first_request.setdefault(request.agent, request)
    card_of = {card.subject: card for card in cards if card.kind in CARD_KINDS}
    used = usage.by_run(conn, (run.id for run in active.values()))
    told = digests.every(ctx.telemetry)
    titles = dict(conn.execute("SELECT id, title FROM beads WHERE state <> 'closed'"))
    hooked = dict(conn.execute("SELECT assignee, id FROM beads WHERE assignee <> ''"))
    views = []
    for agent in agents.every(conn):
        run = active.get(agent.address)
        last = None if run else next(iter(runs.of_agent(conn, agent.address, 1)), None)
        pane = by_run.get(run.id) if run else None
        report = reports.get(run.id) if run else None
        asked_by_it = first_request.get(agent.address)
        facts = lights.AgentFacts(
            agent,
            run,
            last=last,
            pane=pane,
            panes_known=panes is not None,
            report=report,
            request=asked_by_it if run else None,
            incident=card_of.get(agent.address),
            screen=reader.evidence(run, pane, report, now, asked_by_it) if run and pane else None,
            digest=told.get(run.id) if run else None,
        )
        verdict = lights.judge(facts, now).verdict
        if agent.role == "polecat" and run is None and verdict.state is AgentState.STOPPED:
            continue  # a polecat without a run is only a name
        bead = (run.bead if run and run.bead else "") or hooked.get(agent.address, "")
        view = _view(agent, run, pane, verdict, bead, titles.get(bead, ""), asked_by_it)
        if run is not None:
            spent = spent_of(used.get(run.id, ()), prices) if run.id in used else None
            view = replace(view, spent=spent, digest=told.get(run.id))
        views.append(view)
    return tuple(views)


def _view(
    agent: Agent,
    run: Run | None,
    pane: PaneFact | None,
    verdict: StateVerdict,
    bead: str,
    title: str,
    request: Request | None,
) -> AgentView:
    return AgentView(
        address=agent.address,
        role=agent.role,
        rig=agent.rig,
        name=agent.name,
        driver=run.driver if run else agent.driver,
        verdict=verdict,
        run=run.id if run else "",
        run_state=run.state.value if run else "",
        bead=bead,
        bead_title=title,
        pane=pane.pane if pane else (run.pane if run else ""),
        window=pane.window if pane else "",
        session=run.session if run else "",
        branch=run.branch if run else "",
        worktree=run.worktree if run else "",
        token=run.token if run else "",
        attached=pane.attached if pane else False,
        request=request.id if request and run else "",
    )


def _spent_on(ctx: TownContext, prices: Mapping[str, Price], shown: Iterable[Bead]) -> dict[str, Spent]:
    rows: dict[str, list[Usage]] = {}
    for bead, used in usage.by_bead(ctx.ledger):
        rows.setdefault(bead, []).append(used)
    return {bead.id: spent_of(rows[bead.id], prices) for bead in shown if bead.id in rows}


def _convoys(
    ctx: TownContext, open_beads: Sequence[Bead], reasons: dict[str, str], needy: dict[str, str]
) -> tuple[ConvoyView, ...]:
    states = {bead.id: bead.state for bead in open_beads}
    views = []
    for convoy in convoys.every(ctx.ledger)[-50:]:
        members = convoys.members(ctx.ledger, convoy.id)
        unfinished = [bead for bead in members if bead in states]
        working = [bead for bead in unfinished if states[bead] in (BeadState.HOOKED, BeadState.IN_PROGRESS, BeadState.SUBMITTED)]
        waiting = [bead for bead in unfinished if bead in reasons and bead not in working]
        views.append(
            ConvoyView(
                id=convoy.id,
                title=convoy.title,
                state=convoy.state,
                total=len(members),
                landed=len(members) - len(unfinished),
                working=len(working),
                waiting=len(waiting),
                needs=next((needy[bead] for bead in members if bead in needy), ""),
                beads=tuple(members),
            )
        )
    return tuple(views)


def _rigs(ctx: TownContext, open_beads: Sequence[Bead], reasons: dict[str, str]) -> tuple[RigView, ...]:
    return tuple(
        RigView(
            name=rig.name,
            prefix=rig.prefix,
            target=rig.target,
            dial=rig.dial,
            state=rig.state,
            max_polecats=rig.max_polecats,
            ready=sum(1 for bead in open_beads if bead.rig == rig.name and bead.id not in reasons),
            open=sum(1 for bead in open_beads if bead.rig == rig.name),
            origin=rig.origin,
        )
        for rig in rigs.every(ctx.ledger)
    )
