"""The life of runs: start-up, readiness, loss and orderly end. Pure.

Nothing is ended on a guess: a run is lost only when its launcher recorded an exit, its pane is dead, or tmux answered
in two rounds that the pane is not there. While tmux does not answer, or in the first round after a gap, runs are left alone.
"""

from __future__ import annotations

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.observation import Action, ClearCard, EndRun, MarkWorking, Observation, RaiseCard, ReturnWorktree, RunFacts
from gastown_tui.core.rows import Run
from gastown_tui.core.states import RunState, RunWish

START_LIMIT = 60.0
"""Seconds until a started agent must have shown that it is ready (reference: gastown-runtime §21)."""
FINISH_LIMIT = 20.0
"""Seconds that a run may go on talking after it has submitted."""
IDLE_WITH_WORK = 120.0
"""Seconds of rest with work on the hook after which a person is told (§21: remind after 2 min)."""
NO_PROGRESS = 900.0
"""Seconds without any sign from a working agent after which it counts as stalled (§21: 15 min)."""
MISSING_ROUNDS = 2
RESTING = frozenset({AgentState.IDLE, AgentState.DONE})


def decide(seen: Observation) -> list[Action]:
    """What to do about each active run, and worktrees to give back."""
    actions: list[Action] = []
    for run in seen.runs:
        if run.id not in seen.busy:
            actions += _of_run(seen, run, seen.facts.get(run.id, RunFacts()))
    actions += [
        ReturnWorktree(run.id, f"run ended as {run.state.value}", run.id) for run in seen.retired if run.id not in seen.busy
    ]
    return actions


def _of_run(seen: Observation, run: Run, facts: RunFacts) -> list[Action]:
    if run.state in (RunState.QUEUED, RunState.PREPARING) or not seen.may_judge:
        return _cancel(seen, run) if run.state in (RunState.QUEUED, RunState.PREPARING) else []
    gone = _why_gone(seen, facts)
    if gone:
        return [_end_gone(run, facts, gone)]
    if seen.is_estopped:
        return []
    if seen.wanted == "down" or _is_unwanted(seen, run):
        return [EndRun(run.id, "it is wanted stopped", run.id, RunState.PAUSED.value)]
    if _wish_is_due(run, facts):
        return [_end_as_wished(run)]
    over = seen.ruling.over_runs.get(run.id, "")
    if over and seen.ruling.pauses and run.state in (RunState.STARTING, RunState.WORKING):
        # A spent day passes by itself; a bead or a run that spent all that it may would only begin again.
        needs_help = bool(run.bead) and run.bead in seen.ruling.held_beads
        return [EndRun(run.id, over, run.id, RunState.PAUSED.value, needs_help=needs_help)]
    waited = seen.now - seen.watched_since.get(run.id, seen.now)
    match run.state:
        case RunState.STARTING:
            return _starting(run, facts, waited)
        case RunState.WORKING:
            return _working(seen, run, facts)
        case RunState.FINISHING:
            return _finishing(run, facts, waited)
    return []


def _cancel(seen: Observation, run: Run) -> list[Action]:
    if seen.is_estopped:
        return []
    if seen.wanted == "down":
        return [EndRun(run.id, "the town goes down", run.id, RunState.CANCELLED.value)]
    return [_end_as_wished(run)] if run.wish is RunWish.STOP else []


def _wish_is_due(run: Run, facts: RunFacts) -> bool:
    if run.state is RunState.FINISHING or run.wish is RunWish.NONE:
        return False
    return run.wish is not RunWish.HANDOFF or (facts.report is not None and facts.report.state in RESTING)


def _end_as_wished(run: Run) -> EndRun:
    if run.wish is RunWish.STOP:
        return EndRun(run.id, "somebody stopped it", run.id, RunState.CANCELLED.value, unsling=True)
    why = "it goes on in a fresh session" if run.wish is RunWish.HANDOFF else "somebody restarts it"
    return EndRun(run.id, why, run.id, RunState.PAUSED.value)


def _is_unwanted(seen: Observation, run: Run) -> bool:
    agent = next((agent for agent in seen.agents if agent.address == run.agent), None)
    return agent is not None and not run.bead and agent.wanted == "stopped"


def _why_gone(seen: Observation, facts: RunFacts) -> str:
    if facts.has_exited:
        how = f"signal {facts.exit_signal}" if facts.exit_signal else f"status {facts.exit_status}"
        return f"the agent exited with {how}"
    if not seen.panes_known:
        return ""
    if facts.pane is not None and facts.pane.dead:
        return "its pane is dead"
    if facts.pane is None and facts.missing_rounds >= MISSING_ROUNDS:
        return "its session is gone"
    return ""


def _end_gone(run: Run, facts: RunFacts, why: str) -> Action:
    if run.state is RunState.FINISHING:
        return EndRun(run.id, f"{why} after it had submitted", run.id, RunState.SUCCEEDED.value)
    if not run.bead:
        return EndRun(run.id, why, run.id, RunState.LOST.value)
    return EndRun(run.id, why, run.id, RunState.LOST.value, failed=True, incident="lost_run")


def _starting(run: Run, facts: RunFacts, waited: float) -> list[Action]:
    if facts.report is not None and facts.report.state not in (AgentState.STARTING, AgentState.UNKNOWN):
        return [MarkWorking(run.id, f"it reported {facts.report.state}", run.id)]
    if waited > START_LIMIT and not facts.asks_person:
        return [
            EndRun(run.id, f"not ready after {START_LIMIT:.0f} s", run.id, RunState.FAILED.value, failed=True, incident="start_up")
        ]
    return []


def _working(seen: Observation, run: Run, facts: RunFacts) -> list[Action]:
    """Cards only: whether a slow agent is stuck is for a person (or a judgement on demand) to say.

    What the person has before them already is not raised again: each round would write.
    """
    wished = _cards(seen, run, facts)
    return [
        card
        for card in wished
        if (isinstance(card, RaiseCard) and seen.cards.get((card.kind, card.subject)) != card.detail)
        or (isinstance(card, ClearCard) and (card.kind, card.subject) in seen.cards)
    ]


def _cards(seen: Observation, run: Run, facts: RunFacts) -> list[RaiseCard | ClearCard]:
    if facts.report is None or not run.bead:
        return []

    def key(kind: str) -> str:
        return f"card:{kind}:{run.id}"

    quiet = seen.now - max(facts.report.since, seen.watched_since.get(run.id, seen.now))
    if facts.report.state in RESTING and quiet > IDLE_WITH_WORK:
        detail = f"rests with {run.bead} on its hook and has not handed it in"
        return [RaiseCard(key("idle_with_work"), f"at rest for {quiet:.0f} s", "idle_with_work", run.agent, detail)]
    active = facts.pane.last_activity if facts.pane is not None else facts.report.at
    if facts.report.state == AgentState.WORKING and seen.now - max(active, facts.report.at) > NO_PROGRESS:
        return [
            RaiseCard(key("stalled"), "no sign of life", "stalled", run.agent, f"no output for 15 minutes on {run.bead}", "high")
        ]
    return [ClearCard(key(kind), "it moves again", kind, run.agent) for kind in ("idle_with_work", "stalled")]


def _finishing(run: Run, facts: RunFacts, waited: float) -> list[Action]:
    rests = facts.report is not None and facts.report.state in RESTING
    if rests or waited > FINISH_LIMIT:
        return [EndRun(run.id, "it has submitted and rests" if rests else "it has submitted", run.id, RunState.SUCCEEDED.value)]
    return []
