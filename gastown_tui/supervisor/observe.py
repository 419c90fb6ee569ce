"""One round's observation: the ledger, one listing of all panes, hook reports and exit records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from gastown_tui.core.budget import FREE, Ruling
from gastown_tui.core.evidence import AgentState, Evidence
from gastown_tui.core.observation import Observation, RunFacts, RunReport
from gastown_tui.core.requests import DIALOGS
from gastown_tui.core.rows import Bead, Run
from gastown_tui.core.scheduler import order_ready
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.core.states import RunState
from gastown_tui.infra.launches import read_exit
from gastown_tui.ledger import agents, beads, incidents, merges, readiness, requests, rigs, runs, settings, telemetry
from gastown_tui.services.context import TownContext
from gastown_tui.services.screens import ScreenReader
from gastown_tui.supervisor import held
from gastown_tui.supervisor.watch import Watch

NOTHING: Mapping[str, str] = MappingProxyType({})
_WITH_SESSION = frozenset({RunState.STARTING, RunState.WORKING, RunState.FINISHING})


def observe(
    ctx: TownContext,
    watch: Watch,
    panes: Sequence[PaneFact] | None,
    busy: frozenset[str],
    max_polecats: int,
    broken: Mapping[str, str] = NOTHING,
    ruling: Ruling = FREE,
    reader: ScreenReader | None = None,
) -> Observation:
    """What is so now.

    Args:
        panes: tmux's listing, or None when it did not answer.
        busy: keys of acts that are under way.
        ruling: what the budgets forbid.
        broken: settings files that cannot be read, see `held.settings`; what needs them counts as busy.
        reader: reads the screens of CLIs without hooks.
    """
    conn = ctx.ledger
    active = runs.active(conn)
    open_merges = merges.open_ones(conn)
    hooked = beads.BEADS.all(conn, "assignee <> ''")
    known = {bead.id: bead for bead in hooked}
    worked_on = {run.bead for run in active if run.bead} | {merge.bead for merge in open_merges}
    for bead_id in worked_on - known.keys():
        found = beads.find(conn, bead_id)
        if found is not None:
            known[bead_id] = found
    ready = order_ready([bead for bead in readiness.ready(conn, ctx.now()) if bead.slung_to])
    every_agent = tuple(agents.every(conn))
    wanted = settings.get(conn, settings.WANTED, "down")
    # A town that goes down needs no settings for it.
    waiting = held.keys(broken, ready, every_agent, active) if wanted != "down" else frozenset()
    return Observation(
        now=watch.watched,
        wanted=wanted,
        is_estopped=ctx.layout.estop.exists(),
        may_judge=watch.may_judge,
        panes_known=panes is not None,
        rigs=tuple(rigs.every(conn)),
        agents=every_agent,
        ready=tuple(ready),
        beads=known,
        runs=tuple(active),
        retired=tuple(runs.with_worktree(conn)),
        merges=tuple(open_merges),
        facts=_facts(ctx, watch, panes, active, reader),
        busy=busy | watch.resting() | waiting,
        resting_since=watch.restless_at(agent.address for agent in every_agent),
        last_agent=_last_agents(ctx, ready),
        watched_since=watch.since(active),
        max_polecats=max_polecats,
        ruling=ruling,
        cards={(card.kind, card.subject): card.detail for card in incidents.open_ones(conn)},
    )


def _facts(
    ctx: TownContext, watch: Watch, panes: Sequence[PaneFact] | None, active: Sequence[Run], reader: ScreenReader | None
) -> dict[str, RunFacts]:
    reports = telemetry.reports(ctx.telemetry) if active else {}
    by_run = {pane.run: pane for pane in panes or ()}
    found = {}
    asking = {request.run for request in requests.open_ones(ctx.ledger) if request.kind in DIALOGS} if active else set()
    for run in active:
        if run.id in asking:
            watch.renew(run.id)
        pane = by_run.get(run.id)
        is_missing = panes is not None and pane is None and run.state in _WITH_SESSION
        report = reports.get(run.id)
        if report is None and pane is not None and reader is not None:
            report = _from_screen(reader.now(run, pane, ctx.now()), run)
        ended = read_exit(ctx.layout.run_directory(run.id)) if run.state in _WITH_SESSION else None
        found[run.id] = RunFacts(
            pane=pane,
            report=_in_watched_time(ctx, watch, report) if report else None,
            exit_status=ended.status if ended else None,
            exit_signal=ended.signal if ended else None,
            has_exited=ended is not None,
            asks_person=run.id in asking,
            missing_rounds=watch.missing(run.id, is_missing=is_missing),
        )
    return found


def _from_screen(said: Evidence | None, run: Run) -> telemetry.Report | None:
    """What the screen of a CLI without hooks says, in a hook's place."""
    if said is None or said.state is AgentState.DEAD:
        return None
    return telemetry.Report(run.id, run.agent, said.state, said.detail, said.rule, said.at, said.since)


def _in_watched_time(ctx: TownContext, watch: Watch, report: telemetry.Report) -> RunReport:
    """Wall-clock times of a report on the watched clock, so that a sleep of the machine ages nothing."""
    now = ctx.now()
    return RunReport(report.state, watch.watched - max(0.0, now - report.at), watch.watched - max(0.0, now - report.since))


def _last_agents(ctx: TownContext, ready: Sequence[Bead]) -> dict[str, str]:
    found = {}
    for bead in ready:
        earlier = runs.of_bead(ctx.ledger, bead.id)
        if earlier:
            found[bead.id] = earlier[-1].agent
    return found
