"""Evidence about agents, gathered from the ledger, the telemetry and tmux, and resolved into a state with its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gastown_tui.core.evidence import PROMPTS, AgentState, Claim, Evidence, Judgement, Source, verdict_of, weigh
from gastown_tui.core.requests import DIALOGS, PANE
from gastown_tui.core.rows import Agent, Incident, Request, Run
from gastown_tui.core.snapshot import Digest, PaneFact
from gastown_tui.core.states import RunState
from gastown_tui.ledger.telemetry import Report

_REQUEST_STATES = {
    "permission": AgentState.PERMISSION,
    "question": AgentState.QUESTION,
    "plan": AgentState.PLAN,
    "trust": AgentState.TRUST,
    "help": AgentState.QUESTION,
}
LIMIT_BELIEVED = 5 * 3600.0
"""Seconds: the longest window of a subscription's session limit (reference: peers §5)."""
ASKED = 3.0
"""Seconds that a dialog, its hook's report and its request may be apart."""
_BEFORE_WORK = (RunState.QUEUED, RunState.PREPARING, RunState.STARTING)


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What is known about one agent at one moment."""

    agent: Agent
    run: Run | None = None
    """Its active run."""
    last: Run | None = None
    """Its newest ended run, when it has no active one."""
    pane: PaneFact | None = None
    """Its run's pane; None is no evidence while `panes_known` is false."""
    panes_known: bool = True
    """False: tmux did not answer."""
    report: Report | None = None
    """What its hooks said last."""
    request: Request | None = None
    """Its oldest open question."""
    incident: Incident | None = None
    """An open card about it (stalled, idle with work)."""
    screen: Evidence | None = None
    """What its screen says, where that can be more than its hooks said."""
    digest: Digest | None = None
    """What its transcript says."""


def judge(facts: AgentFacts, now: float) -> Judgement:
    """What the agent does, with everything that was weighed and why the rest does not decide. Pure.

    Args:
        facts: what is known about it.
        now: unix time in seconds.
    """
    run, request, screen = facts.run, facts.request, facts.screen
    if run is None:
        found = _without_run(facts.agent, facts.last, now)
        return Judgement(verdict_of(found), (Claim(found),))
    gone = request if request is not None and is_gone(request, screen) else None
    asked = None if gone else request
    others = _evidence(run, facts, asked, now)
    others += [screen] if screen is not None else []
    written = written_evidence(run, facts.digest, now)
    others += [written] if written is not None else []
    certain = list(_certain(facts.pane, asked, facts.incident, now))
    if not certain:
        judged = weigh(others, now)
        over = [Claim(_asking(gone), "its dialog has gone from its screen since")] if gone else []
        return replace(judged, claims=(*judged.claims, *over))
    first, why = certain[0]
    lost = [*(one for one, _ in certain[1:]), *sorted(others, key=lambda one: (one.source, -one.at))]
    return Judgement(verdict_of(first), (Claim(first), *(Claim(one, why) for one in lost)))


def is_gone(request: Request, screen: Evidence | None) -> bool:
    """Whether a dialog was answered in its pane: what the pane drew since shows something else. A screen that nobody
    understands does not settle anything."""
    return (
        screen is not None
        and request.kind in DIALOGS
        and screen.state not in (*PROMPTS, AgentState.STARTING)
        and screen.since > request.created_at + ASKED
    )


def _certain(
    pane: PaneFact | None, request: Request | None, incident: Incident | None, now: float
) -> Iterator[tuple[Evidence, str]]:
    """What is known and not only claimed, the weightiest first, with why nothing else counts beside it."""
    if pane is not None and pane.dead:
        ended = Evidence(Source.PROCESS, AgentState.DEAD, _how_it_ended(pane), now, pane.last_activity, "pane_dead")
        yield ended, "its process has ended, which is a fact and no claim"
    if request is not None and request.kind in _REQUEST_STATES:
        yield _asking(request), "its question is open, and nobody has answered it"
    if incident is not None:
        card = Evidence(Source.ACTIVITY, AgentState.STALLED, incident.detail, incident.last_at, incident.first_at, incident.kind)
        yield card, "an open card says that it makes no progress"


def _asking(request: Request) -> Evidence:
    source, at = Source.SCREEN if request.channel == PANE else Source.HOOK, request.created_at
    return Evidence(source, _REQUEST_STATES[request.kind], request.title, at, at, f"request:{request.kind}")


def written_evidence(run: Run, digest: Digest | None, now: float) -> Evidence | None:
    """What the newest record of the run's transcript says; a limit is believed for some hours only."""
    if digest is None or not digest.state or digest.state_at < run.created_at:
        return None
    state = AgentState(digest.state)
    if state is AgentState.LIMIT and now - digest.state_at > LIMIT_BELIEVED:
        return None
    if run.state is RunState.FINISHING and state in (AgentState.IDLE, AgentState.WORKING):
        state = AgentState.DONE
    return Evidence(Source.TRANSCRIPT, state, digest.detail, digest.state_at, digest.state_at, digest.rule)


def _how_it_ended(pane: PaneFact) -> str:
    """tmux 3.3a loses the status of about one child in twenty for good; what is not known is not called None."""
    if pane.exit_signal:
        return f"signal {pane.exit_signal}"
    return "exit status unknown" if pane.exit_status is None else f"exit status {pane.exit_status}"


def _without_run(agent: Agent, last: Run | None, now: float) -> Evidence:
    if last is not None and last.state in (RunState.LOST, RunState.FAILED):
        ended = last.ended_at or now
        return Evidence(Source.PROCESS, AgentState.DEAD, last.reason, ended, ended, f"run.{last.state.value}")
    since = last.ended_at if last is not None and last.ended_at else agent.created_at
    detail = "starts soon" if agent.wanted == "running" else ""
    return Evidence(Source.PROCESS, AgentState.STOPPED, detail, now, since, "no run")


def _evidence(run: Run, facts: AgentFacts, request: Request | None, now: float) -> list[Evidence]:
    """What its hooks, its process and its pane claim; `request` is its question, unless that was answered in the pane."""
    found, report, pane = [], facts.report, facts.pane
    if report is not None:
        state = AgentState(report.state)
        if report.rule.startswith("PermissionRequest") and state in PROMPTS and request is None and now - report.at > ASKED:
            # No hook tells that a dialog was answered in its pane; that its request is settled does.
            report, state = replace(report, detail="its question was answered", rule="request settled"), AgentState.WORKING
        if run.state is RunState.FINISHING and state in (AgentState.IDLE, AgentState.WORKING):
            state = AgentState.DONE
        found.append(Evidence(Source.HOOK, state, report.detail, report.at, report.since, report.rule))
    if run.state in _BEFORE_WORK:
        since = run.started_at or run.created_at
        found.append(Evidence(Source.PROCESS, AgentState.STARTING, run.state.value, now, since, "run state"))
    elif pane is not None:
        found.append(Evidence(Source.ACTIVITY, AgentState.UNKNOWN, "", pane.last_activity, pane.last_activity, "last output"))
    elif facts.panes_known:
        found.append(Evidence(Source.PROCESS, AgentState.UNKNOWN, "its pane is not there", now, now, "no pane"))
    return found
