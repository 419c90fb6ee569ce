"""A person stops or restarts one agent, and an agent goes on in a fresh session: its work is kept each time."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import small_town
from towns import home

from gastown_tui.core.errors import Conflict, NotAllowed
from gastown_tui.core.rows import Run
from gastown_tui.core.states import BeadState, RunState
from gastown_tui.ledger import beads, runs, telemetry
from gastown_tui.services import boot, control, handoff, rehearsal, shutdown
from gastown_tui.services.context import TownContext
from gastown_tui.services.prime import prime

__all__ = ["home"]
pytestmark = [pytest.mark.tmux, pytest.mark.timeout(180)]
CREW = f"{small_town.RIG}/crew/ada"


@pytest.fixture
def town(home: Path) -> Iterator[TownContext]:
    with tempfile.TemporaryDirectory(prefix="gtw-") as name:
        ctx = small_town.make(Path(name).resolve() / "a town")
        for bead in beads.every(ctx.ledger):
            beads.unsling(ctx.ledger, bead.id, actor="overseer", now=ctx.now())
        try:
            yield ctx
        finally:
            try:
                shutdown.stop_town(ctx)
            finally:
                rehearsal.stop_server(ctx.layout)
                ctx.close()


def until(what: str, is_true: Callable[[], object]) -> None:
    assert boot.wait_until(lambda: bool(is_true()), 60.0), what


def resting(ctx: TownContext, agent: str, not_run: str = "") -> Run | None:
    run = runs.active_of_agent(ctx.ledger, agent)
    if run is None or run.id == not_run or run.state is not RunState.WORKING:
        return None
    report = telemetry.reports(ctx.telemetry).get(run.id)
    return run if report is not None and report.state == "idle" else None


def rested(ctx: TownContext, agent: str, not_run: str = "") -> Run:
    until(f"{agent} rests", lambda: resting(ctx, agent, not_run))
    run = resting(ctx, agent, not_run)
    assert run is not None
    return run


def test_a_polecat_is_stopped_slung_again_and_restarted(town: TownContext) -> None:
    bead = beads.create(town.ledger, beads.NewBead(small_town.RIG, "sm", "Nothing is scripted"), actor="overseer", now=town.now())
    beads.sling(town.ledger, bead.id, f"{small_town.RIG}/polecats", actor="overseer", now=town.now())
    small_town.start(town)
    until("a run", lambda: runs.active_of_bead(town.ledger, bead.id))
    active = runs.active_of_bead(town.ledger, bead.id)
    assert active is not None
    first = rested(town, active.agent)
    (Path(first.worktree) / "draft.txt").write_text("half done\n")

    control.stop_agent(town, first.agent)
    until("it ended", lambda: runs.get(town.ledger, first.id).state is RunState.CANCELLED)
    kept = beads.get(town.ledger, bead.id)
    assert (kept.state, kept.slung_to, kept.attempts) == (BeadState.OPEN, "", 0)
    repository = town.layout.rig(small_town.RIG).repository
    shown = ["git", "-C", str(repository), "ls-tree", "-r", "--name-only", first.save_ref]
    assert "draft.txt" in subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    until("the worktree is given back", lambda: not runs.with_worktree(town.ledger))
    with pytest.raises(Conflict):
        control.stop_agent(town, first.agent)

    beads.sling(town.ledger, bead.id, f"{small_town.RIG}/polecats", actor="overseer", now=town.now())
    second = rested(town, first.agent)
    assert first.save_ref in prime(town, second.agent), "it is told where the files are"
    control.restart_agent(town, second.agent)
    until("it is paused", lambda: runs.get(town.ledger, second.id).state is RunState.PAUSED)
    until("the bead has a new run", lambda: runs.active_of_bead(town.ledger, bead.id))


def test_a_crew_member_goes_on_in_a_fresh_session_with_its_note(town: TownContext) -> None:
    control.add_crew(town, small_town.RIG, "ada")
    small_town.start(town)
    first = rested(town, CREW)
    own = TownContext(town.layout, CREW, first.id)
    with pytest.raises(NotAllowed):
        control.restart_agent(own, CREW)
    handoff.leave(own, "The parser is half done.", restart=True)
    own.close()
    second = rested(town, CREW, not_run=first.id)
    assert (second.epoch, second.conversation != first.conversation) == (first.epoch + 1, True)
    text = prime(town, CREW)
    assert "The parser is half done." in text
    assert '"$GT" handoff' in text, "the town's path holds a blank"
