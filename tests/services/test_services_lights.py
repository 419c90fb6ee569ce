"""What a dead pane is said to have died of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gastown_tui.core.evidence import AgentState
from gastown_tui.services.lights import judge
from worlds import PANE, agent, run


@pytest.mark.parametrize(
    ("status", "number", "detail"),
    [(1, None, "exit status 1"), (0, None, "exit status 0"), (None, 9, "signal 9"), (None, None, "exit status unknown")],
)
def test_a_dead_pane_says_how_it_ended_and_unknown_is_not_none(status: int | None, number: int | None, detail: str) -> None:
    pane = replace(PANE, dead=True, exit_status=status, exit_signal=number)
    verdict = judge(
        agent("ms/polecats/toast", "polecat"),
        run(),
        pane,
        panes_known=True,
        report=None,
        request=None,
        incident=None,
        last=None,
        now=5.0,
    )
    assert (verdict.state, verdict.detail) == (AgentState.DEAD, detail)
