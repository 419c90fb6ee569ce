"""What decides an agent's light: its process, its transcript, its hooks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.snapshot import Digest
from gastown_tui.ledger.telemetry import Report
from gastown_tui.services.lights import AgentFacts, judge
from worlds import PANE, agent, run


@pytest.mark.parametrize(
    ("status", "number", "detail"),
    [(1, None, "exit status 1"), (0, None, "exit status 0"), (None, 9, "signal 9"), (None, None, "exit status unknown")],
)
def test_a_dead_pane_says_how_it_ended_and_unknown_is_not_none(status: int | None, number: int | None, detail: str) -> None:
    pane = replace(PANE, dead=True, exit_status=status, exit_signal=number)
    verdict = judge(AgentFacts(agent("ms/polecats/toast", "polecat"), run(), pane=pane), 5.0).verdict
    assert (verdict.state, verdict.detail) == (AgentState.DEAD, detail)


@pytest.mark.parametrize(
    ("digest", "state"),
    [
        (Digest("run1", state="limit", detail="429", state_at=900.0), AgentState.LIMIT),
        (Digest("run1", state="limit", detail="429", state_at=1000.0 - 6 * 3600), AgentState.WORKING),
        (Digest("run1", state="idle", state_at=900.0), AgentState.IDLE),
        (Digest("run1", state="idle", state_at=0.5), AgentState.WORKING),
        (Digest("run1", said="hello"), AgentState.WORKING),
        (None, AgentState.WORKING),
    ],
)
def test_a_transcript_tells_of_limits_and_ended_turns(digest: Digest | None, state: AgentState) -> None:
    """The hook's last word was an older tool call; what an earlier run wrote does not count, a limit only for some hours."""
    report = Report("run1", "ms/polecats/toast", "working", "", "PreToolUse", -30_000.0, -30_000.0)
    begun = replace(run(), created_at=1.0 if digest is None or digest.state_at > 0 else -40_000.0)
    facts = AgentFacts(agent("ms/polecats/toast", "polecat"), begun, pane=PANE, report=report, digest=digest)
    verdict = judge(facts, 1000.0).verdict
    assert verdict.state is state
