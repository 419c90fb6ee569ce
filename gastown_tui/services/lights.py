"""Evidence about agents, gathered from the ledger, the telemetry and tmux, and resolved into a state with its source."""

from __future__ import annotations

from gastown_tui.core.evidence import AgentState, Evidence, Source, StateVerdict, resolve
from gastown_tui.core.requests import PANE
from gastown_tui.core.rows import Agent, Incident, Request, Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.core.states import RunState
from gastown_tui.ledger.telemetry import Report

_REQUEST_STATES = {
    "permission": AgentState.PERMISSION,
    "question": AgentState.QUESTION,
    "plan": AgentState.PLAN,
    "trust": AgentState.TRUST,
    "help": AgentState.QUESTION,
}
_BEFORE_WORK = (RunState.QUEUED, RunState.PREPARING, RunState.STARTING)


def judge(
    agent: Agent,
    run: Run | None,
    pane: PaneFact | None,
    *,
    panes_known: bool,
    report: Report | None,
    request: Request | None,
    incident: Incident | None,
    last: Run | None,
    screen: Evidence | None = None,
    now: float,
) -> StateVerdict:
    """What `agent` does.

    Args:
        pane: its run's pane; meaningless while `panes_known` is false.
        request: its oldest open question.
        incident: an open card about it (stalled, idle with work).
        last: its newest ended run, when it has no active one.
        screen: what its screen says, where that can be more than its hooks said.
    """
    if run is None:
        return _without_run(agent, last, now)
    if pane is not None and pane.dead:
        detail = _how_it_ended(pane)
        return StateVerdict(AgentState.DEAD, detail, Source.PROCESS, pane.last_activity, now, "pane_dead")
    if request is not None and request.kind in _REQUEST_STATES:
        state = _REQUEST_STATES[request.kind]
        source = Source.SCREEN if request.channel == PANE else Source.HOOK
        return StateVerdict(state, request.title, source, request.created_at, request.created_at, f"request:{request.kind}")
    if incident is not None:
        return StateVerdict(
            AgentState.STALLED, incident.detail, Source.ACTIVITY, incident.first_at, incident.last_at, incident.kind
        )
    evidence = _evidence(run, pane, report, panes_known=panes_known, now=now)
    return resolve([*evidence, screen] if screen is not None else evidence, now)


def _how_it_ended(pane: PaneFact) -> str:
    """tmux 3.3a loses the status of about one child in twenty for good; what is not known is not called None."""
    if pane.exit_signal:
        return f"signal {pane.exit_signal}"
    return "exit status unknown" if pane.exit_status is None else f"exit status {pane.exit_status}"


def _without_run(agent: Agent, last: Run | None, now: float) -> StateVerdict:
    if last is not None and last.state in (RunState.LOST, RunState.FAILED):
        ended = last.ended_at or now
        return StateVerdict(AgentState.DEAD, last.reason, Source.PROCESS, ended, ended, f"run.{last.state.value}")
    since = last.ended_at if last is not None and last.ended_at else agent.created_at
    detail = "starts soon" if agent.wanted == "running" else ""
    return StateVerdict(AgentState.STOPPED, detail, Source.PROCESS, since, now, "no run")


def _evidence(run: Run, pane: PaneFact | None, report: Report | None, *, panes_known: bool, now: float) -> list[Evidence]:
    found = []
    if report is not None:
        state = AgentState(report.state)
        if run.state is RunState.FINISHING and state in (AgentState.IDLE, AgentState.WORKING):
            state = AgentState.DONE
        found.append(Evidence(Source.HOOK, state, report.detail, report.at, report.since, report.rule))
    if run.state in _BEFORE_WORK:
        since = run.started_at or run.created_at
        found.append(Evidence(Source.PROCESS, AgentState.STARTING, run.state.value, now, since, "run state"))
    elif pane is not None:
        found.append(Evidence(Source.ACTIVITY, AgentState.UNKNOWN, "", pane.last_activity, pane.last_activity, "last output"))
    elif panes_known:
        found.append(Evidence(Source.PROCESS, AgentState.UNKNOWN, "its pane is not there", now, now, "no pane"))
    return found
