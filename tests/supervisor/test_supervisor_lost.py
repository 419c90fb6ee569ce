"""A run that is lost before it handed in is no submission that came back; and a fast agent may hand in early."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_town
from towns import git, home

from gastown_tui.core.observation import EndRun
from gastown_tui.core.states import RunState
from gastown_tui.ledger import agents, beads, runs
from gastown_tui.services import done
from gastown_tui.services.context import TOKEN_VARIABLE, TownContext
from gastown_tui.services.prime import prime
from gastown_tui.supervisor import launching, witness
from gastown_tui.supervisor.scheduler import new_run

__all__ = ["home"]
TOAST = f"{small_town.RIG}/polecats/toast"


@pytest.fixture
def town(home: Path, tmp_path: Path) -> TownContext:
    """A small town without any process."""
    return small_town.make(tmp_path / "town", has_model=False)


def prepared(town: TownContext) -> TownContext:
    """A run on the first bead whose worktree is there; returns its agent's context."""
    bead = beads.every(town.ledger)[0]
    agents.ensure(town.ledger, TOAST, "builtin", actor="supervisor", now=1.0)
    run = new_run(TOAST, bead.id, "builtin", 1, 1, 1.0)
    runs.create(town.ledger, run, actor="supervisor")
    beads.claim(town.ledger, bead.id, TOAST, run=run.id, now=1.0)
    runs.move(town.ledger, run.id, RunState.PREPARING, actor="supervisor", now=1.0)
    place = launching.prepare_place(town, run, launching.parse_address(TOAST))
    facts = {"worktree": str(place.worktree), "branch": place.branch, "base": place.base, "save_ref": f"refs/gastown/save/{run.id}"}
    runs.set_facts(town.ledger, run.id, facts)
    return TownContext(town.layout, TOAST, run.id)


def test_a_lost_run_is_told_of_but_is_not_a_fix(town: TownContext) -> None:
    run = runs.get(town.ledger, prepared(town).run)
    witness.end_run(town, EndRun(run.id, "its pane is dead", run.id, RunState.LOST.value, failed=True, incident="lost_run"))
    beads.claim(town.ledger, run.bead, TOAST, now=2.0)
    text = prime(town, TOAST)
    assert "ended before it was handed in: its pane is dead" in text
    assert f"refs/gastown/save/{run.id}" in text
    assert "Fix run" not in text


def test_an_agent_may_hand_in_before_its_supervisor_says_that_it_started(
    town: TownContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = prepared(town)
    run = runs.get(town.ledger, agent.run)
    (Path(run.worktree) / "one.txt").write_text("one\n")
    git(Path(run.worktree), "add", "-A")
    git(Path(run.worktree), "commit", "-qm", "Write one")
    monkeypatch.setenv(TOKEN_VARIABLE, run.token)
    submission = done.submit(agent)
    assert submission.merge is not None
    assert runs.get(town.ledger, run.id).state is RunState.FINISHING
