"""Builders of plain rows for tables of cases."""

from __future__ import annotations

from dataclasses import replace

from gastown_tui.core.observation import Observation, RunFacts, RunReport
from gastown_tui.core.rows import Agent, Bead, Merge, Rig, Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.core.states import BeadState, Dial, MergeState, RunState

RIG = Rig("ms", "ms", "", "main", Dial.AUTO, 2, "active", 0.0)
BEAD = Bead(
    "ms-1", "ms", "a bead", "", "", "task", 2, BeadState.OPEN, None, "", "", "ms/polecats", 1.0, None, "overseer", 1.0, 1.0, None, None, None, 0, "{}"
)  # fmt: skip
RUN = Run(
    "run1", "ms/polecats/toast", "ms-1", 1, RunState.WORKING, "", "token", 1, "builtin", "", "s", "%1", "/w", "b", "base", "", "ref",
    None, None, "", 1.0, 1.0, 1.0, None, None, None,
)  # fmt: skip
MERGE = Merge(
    1, "ms", "ms-1", "run1", "ms/polecats/toast", "b", MergeState.QUEUED, "head", "", "", "", "", 0, "", "", "", None, 1.0, 1.0
)
PANE = PaneFact("%1", "@1", "s", "ms/polecats/toast", "run1", "token", 1, False, None, None, "", "", 80, 24, 0.0, False, False)


def bead(**changes: object) -> Bead:
    return replace(BEAD, **changes)  # type: ignore[arg-type]


def run(**changes: object) -> Run:
    return replace(RUN, **changes)  # type: ignore[arg-type]


def merge(**changes: object) -> Merge:
    return replace(MERGE, **changes)  # type: ignore[arg-type]


def agent(address: str, role: str, wanted: str = "running") -> Agent:
    parts = address.split("/")
    return Agent(address, role, parts[0] if len(parts) > 1 else "", parts[-1], "builtin", wanted, 0.0, 1)


def facts(state: str = "working", *, since: float = 0.0, at: float = 0.0, pane: PaneFact | None = PANE, **more: object) -> RunFacts:
    return RunFacts(pane=pane, report=RunReport(state, at, since), **more)  # type: ignore[arg-type]


def seen(**changes: object) -> Observation:
    """A calm town that is up and watched, with one rig of two polecats."""
    calm = Observation(
        now=1000.0,
        wanted="up",
        is_estopped=False,
        may_judge=True,
        panes_known=True,
        rigs=(RIG,),
        agents=(),
        ready=(),
        beads={},
        runs=(),
        retired=(),
        merges=(),
        facts={},
        busy=frozenset(),
    )
    return replace(calm, **changes)  # type: ignore[arg-type]
