"""What transcripts tell in a few cells: context fill, last words, money."""

from __future__ import annotations

from dataclasses import replace

from gastown_tui.core.evidence import AgentState, Source, StateVerdict
from gastown_tui.core.snapshot import AgentView, Digest
from gastown_tui.core.usage import Spent, Tokens
from gastown_tui.tui.viewmodels import agents, common

NOW = 1_764_000_000.0


def _resting() -> AgentView:
    verdict = StateVerdict(AgentState.IDLE, "", Source.HOOK, NOW - 60, NOW - 60)
    return AgentView("mines/polecats/toast", "polecat", "mines", "toast", "claude", verdict, bead="ms-1", pane="%1")


def test_a_tile_says_how_full_the_context_is_and_what_was_said_last() -> None:
    """Marked with its age when it is not of now; in a small tile the name comes first."""
    digest = Digest(
        "r", context=122_000, window=200_000, context_at=NOW - 5, said="I looked.\nAll **12** tests pass. Handing it in now."
    )
    found = replace(_resting(), digest=digest)
    assert "61%" in agents.tile_head(found, NOW, 60).plain()
    assert "61%" not in agents.tile_head(found, NOW, 30).plain()
    assert "61% 5m ago" in agents.tile_head(found, NOW + 300, 60).plain()
    unknown = replace(_resting(), digest=Digest("r", context=1000))
    assert "%" not in agents.tile_head(unknown, NOW, 60).plain()
    said = agents.evidence(found, NOW)
    assert said is not None
    assert said.plain().endswith("· Handing it in now.")


def test_money_says_what_is_not_known() -> None:
    used = Tokens(input=2_000_000)
    assert common.money(Spent(used, 4, 1.5, 0)) == "$1.50"
    assert common.money(Spent(used, 4, 1.5, 1)) == "≥ $1.50"
    assert common.money(Spent(used, 4, 0.0, 4)) == ""
    assert common.money(Spent(used, 4, 0.001, 0)) == "<$0.01"
    assert common.spending(Spent(used, 4, 0.0, 4)) == "2.0M tokens price unknown"
    assert common.spending(None) == ""
