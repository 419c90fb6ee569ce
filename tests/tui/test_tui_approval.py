"""Finished work on a real town: its diff is read, it is approved or sent back, from the wall and from the queue."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import told, until
from textual.pilot import Pilot

from gastown_tui.core.rows import Merge, Run
from gastown_tui.core.states import BeadState, MergeState, RequestState, ReviewState, RunState
from gastown_tui.ledger import agents, beads, merges, notes, requests, review, runs, settings
from gastown_tui.ledger.beads import NewBead
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import approvals, rigs
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town
from gastown_tui.tui.app import Console
from gastown_tui.tui.place import Place
from gastown_tui.tui.real_town import town_at
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.screens.diff import DiffScreen
from gastown_tui.tui.widgets.modals import ConfirmModal
from gastown_tui.tui.widgets.rows import RowList

POLECAT = "mines/polecats/nux"


def git(directory: Path, *words: str) -> str:
    who = ("-c", "user.name=Tester", "-c", "user.email=tester@example.invalid")
    return subprocess.run(
        ["git", *who, *words], cwd=directory, check=True, capture_output=True, text=True, timeout=30
    ).stdout.strip()


@pytest.fixture
def held() -> Iterator[tuple[TownContext, Merge]]:
    """A town with one merge that is green and waits for the overseer."""
    with tempfile.TemporaryDirectory(prefix="gtt-") as name:
        project = Path(name).resolve() / "mines"
        project.mkdir()
        git(project, "init", "-q", "-b", "main")
        (project / "board.py").write_text("size = 8\n")
        git(project, "add", "-A")
        git(project, "commit", "-q", "-m", "one")
        ctx = create_town(Path(name).resolve() / "town")
        settings.put(ctx.ledger, settings.WANTED, "down")
        rigs.add(ctx, "mines", str(project), prefix="ms")
        repository = ctx.layout.rig("mines").repository
        base = git(repository, "rev-parse", "refs/heads/main")
        (project / "board.py").write_text("size = 9  # [b]bigger[/b]\n")
        git(project, "commit", "-q", "-am", "two")
        head = git(project, "rev-parse", "HEAD")
        git(repository, "fetch", "-q", str(project), f"{head}:refs/heads/polecat/nux/work")
        try:
            yield ctx, submitted(ctx, base, head)
        finally:
            ctx.close()


def submitted(ctx: TownContext, base: str, head: str) -> Merge:
    conn, now = ctx.ledger, time.time()
    agents.ensure(conn, POLECAT, "builtin", actor="overseer", now=now)
    bead = beads.create(conn, NewBead("mines", "ms", "A bigger board"), actor="overseer", now=now)
    beads.sling(conn, bead.id, "mines/polecats", actor="overseer", now=now)
    run = Run(
        "n1234567", POLECAT, bead.id, 1, RunState.QUEUED, "", "t" * 32, 1, "builtin", "", "", "", "", "polecat/nux/work", base, head, "",
        None, None, "", now, None, None, None, None, None,
    )  # fmt: skip
    beads.claim(conn, bead.id, POLECAT, run=run.id, now=now)
    runs.create(conn, run, actor="supervisor")
    for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING, RunState.FINISHING):
        runs.move(conn, run.id, state, actor="supervisor", now=now)
    merge = merges.submit(conn, run, "mines", head, actor=POLECAT, now=now)
    beads.submit(conn, bead.id, actor=POLECAT, run=run.id, now=now)
    runs.move(conn, run.id, RunState.SUCCEEDED, actor="supervisor", now=now)
    facts = {"rebased_head": head, "target_before": base}
    for state in (MergeState.REBASING, MergeState.GATING, MergeState.AWAITING_APPROVAL):
        merge = merges.move(conn, merge.id, state, actor="supervisor", now=now, facts=facts)
    with transaction(conn):
        approvals.ask(ctx, merge, beads.get(conn, bead.id))
    return merge


async def rested(pilot: Pilot[None], console: Console) -> None:
    """The first picture is there, and the selection has stood long enough for an answer."""
    await until(pilot, lambda: isinstance(console.screen, ConsoleScreen) and console.snapshot.requests)
    await until(pilot, lambda: console.screen.selected_request() is not None)
    await until(pilot, lambda: time.monotonic() - console.screen._shown_at > 0.35)


async def test_approve_from_the_wall(held: tuple[TownContext, Merge]) -> None:
    ctx, merge = held
    console = Console(town_at(ctx.layout.root))
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: console.snapshot.requests)
        await pilot.press("w")
        await rested(pilot, console)
        await pilot.press("a")
        await until(pilot, lambda: merges.get(ctx.ledger, merge.id).state is MergeState.QUEUED)
        await until(pilot, lambda: not console.snapshot.requests)
    assert merges.get(ctx.ledger, merge.id).approved_by == "overseer"
    assert requests.open_ones(ctx.ledger) == []


async def test_read_the_diff_then_send_back_from_the_queue(held: tuple[TownContext, Merge]) -> None:
    ctx, merge = held
    console = Console(town_at(ctx.layout.root), Place(mode="merge"))
    async with console.run_test(size=(120, 40)) as pilot:
        await rested(pilot, console)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(console.screen, DiffScreen) and console.screen._review)
        words = [row.plain() for row in console.screen.query_one("#diff", RowList).rows]
        assert "        1 +size = 9  # [b]bigger[/b]" in words
        await pilot.press("escape")
        await rested(pilot, console)
        await pilot.press("r", *"too big", "enter")
        await until(pilot, lambda: merges.get(ctx.ledger, merge.id).state is MergeState.REJECTED)
    assert beads.get(ctx.ledger, merge.bead).state is BeadState.OPEN
    assert "too big" in notes.of_scope(ctx.ledger, merge.bead)[0].text


async def test_a_line_is_commented_on_and_the_work_goes_back_with_it(held: tuple[TownContext, Merge]) -> None:
    ctx, merge = held
    console = Console(town_at(ctx.layout.root), Place(mode="merge"))
    async with console.run_test(size=(120, 40)) as pilot:
        await rested(pilot, console)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(console.screen, DiffScreen) and console.screen._review)
        await pilot.press("J", "j", "c", *"[b]why?", "enter")
        await until(pilot, lambda: review.of_bead(ctx.ledger, merge.bead))
        (draft,) = review.of_bead(ctx.ledger, merge.bead)
        assert (draft.path, draft.line, draft.quoted) == ("board.py", 1, "size = 9  # [b]bigger[/b]")
        listing = console.screen.query_one("#diff", RowList)
        await until(pilot, lambda: any("[b]why?" in row.plain() for row in listing.rows))
        await rested(pilot, console)
        await pilot.press("right_parenthesis")
        assert listing.selected == f"c:{draft.id}"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(console.screen, ConfirmModal))
        await pilot.press("y")
        await until(pilot, lambda: merges.get(ctx.ledger, merge.id).state is MergeState.REJECTED)
    assert review.get(ctx.ledger, draft.id).state is ReviewState.SENT
    note = notes.of_scope(ctx.ledger, merge.bead)[0].text
    assert "board.py:1" in note
    assert "[b]why?" in note


async def test_the_second_console_is_told_that_it_was_late(held: tuple[TownContext, Merge]) -> None:
    ctx, merge = held
    console = Console(town_at(ctx.layout.root), Place(mode="merge"))
    async with console.run_test(size=(120, 40), notifications=True) as pilot:
        await rested(pilot, console)
        snapshot = console.snapshot
        approvals.approve(ctx, merge.bead)
        console.snapshot = snapshot
        console.act("approved", console.acts.approve, merge.bead)
        await until(pilot, lambda: any("waits for approval" in text for text in told(console)))
    answered = requests.get(ctx.ledger, snapshot.requests[0].id)
    assert answered.state is RequestState.ANSWERED
