"""A town small enough to be killed many times: one rig, two beads, the scripted model, the built-in agent, real everything."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from audit import Watcher, audit
from towns import git

from gastown_tui.core.states import BeadState, Dial, RunState
from gastown_tui.ledger import beads, intents, messages, requests, runs, settings, telemetry
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import boot, rehearsal
from gastown_tui.services import messages as service
from gastown_tui.services import requests as asking
from gastown_tui.services.context import TownContext
from gastown_tui.services.rigs import add
from gastown_tui.services.town import create_town

RIG = "small"
SCENARIO = r"""
title = "Two files"
fallback = "I have nothing to say to that."

[[script]]
match = 'Bead: (?P<bead>\S+) Write one'
resumes = true
[[script.step]]
write = { path = "one.txt", text = "one\n" }
[[script.step]]
shell = "git add -A && git commit -q -m 'Write one'"
[[script.step]]
gt = "done --summary 'one is there'"
[[script.step]]
say = "Done."

[[script]]
match = 'Bead: (?P<bead>\S+) Write two'
resumes = true
[[script.step]]
write = { path = "two.txt", text = "two\n" }
[[script.step]]
shell = "git add -A && git commit -q -m 'Write two'"
[[script.step]]
gt = "done --summary 'two is there'"
[[script.step]]
say = "Done."
"""
BEADS = ("Write one", "Write two")
LIMIT = 120.0
SETTLING = 10.0
"""Seconds for the cleaning that follows a landing."""
PATIENCE = 3.0
"""Seconds of rest after which the person says: go on."""


def make(root: Path, *, pace: float = 0.0, dial: Dial = Dial.AUTO, has_model: bool = True, agent: str = "builtin") -> TownContext:
    """The town with its scripted model (unless nothing will ever ask it) and its rig; no agent runs yet."""
    ctx = create_town(root, name="small", default_agent=agent, mayor_driver=agent)
    scenario = root.parent / "scenario.toml"
    scenario.write_text(SCENARIO)
    origin = root.parent / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    (origin / "README").write_text("small\n")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "Begin")
    url = rehearsal.ensure_server(ctx.layout, str(scenario), pace) if has_model else "http://127.0.0.1:1"
    with transaction(ctx.ledger) as conn:
        settings.put(conn, settings.REHEARSAL, url)
    add(ctx, RIG, str(origin), prefix="sm", dial=dial, max_polecats=2)
    ctx.layout.rig(RIG).config.write_text("[gates]\ntest = ['python3', '-c', 'pass']\n")
    for title in BEADS:
        bead = beads.create(ctx.ledger, beads.NewBead(RIG, "sm", title), actor="overseer", now=ctx.now())
        beads.sling(ctx.ledger, bead.id, f"{RIG}/polecats", actor="overseer", now=ctx.now())
    return ctx


def start(ctx: TownContext) -> None:
    """Wants it up. The supervisor may be killed before it ever says so."""
    boot.set_wanted(ctx, "up")
    boot.ensure_supervisor(ctx, wait=False)


def converge(
    ctx: TownContext, *, each: Callable[[], None] = lambda: None, limit: float = LIMIT, is_patient: bool = False
) -> Watcher:
    """Does what a console and a person do, until every bead is closed and nothing is under way; watches life meanwhile.

    Args:
        is_patient: also does what a person does with a bead that needs help or an agent that rests: sling it again, say go on.
    """
    watcher = Watcher(ctx)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        boot.ensure_supervisor(ctx, wait=False)
        for request in requests.open_ones(ctx.ledger):
            key = asking.options_of(request)[0][0]
            asking.answer(ctx, request.id, key)
        if is_patient:
            _help(ctx)
        watcher.look()
        each()
        if is_over(ctx):
            # A landed bead is closed before its lane and branches are cleaned; what stays is for the audit to say.
            boot.wait_until(lambda: not audit(ctx, None), SETTLING)
            return watcher
        boot.wait_until(lambda: False, 0.1)
    states = [(bead.title, bead.state.value) for bead in beads.every(ctx.ledger)]
    log = (ctx.layout.logs / "supervisor.log").read_text()[-3000:]
    raise AssertionError(f"not over within {limit:.0f} s: {states}\n{log}")


def is_over(ctx: TownContext) -> bool:
    """Every bead is closed, no run is active, no worktree is kept, no act is under way."""
    if any(bead.state is not BeadState.CLOSED for bead in beads.every(ctx.ledger)):
        return False
    is_running = [run for run in runs.active(ctx.ledger) if run.bead]
    return not (is_running or runs.with_worktree(ctx.ledger) or intents.open_ones(ctx.ledger))


def _help(ctx: TownContext) -> None:
    for bead in beads.every(ctx.ledger):
        if bead.state is BeadState.NEEDS_HELP:
            beads.sling(ctx.ledger, bead.id, f"{RIG}/polecats", actor="overseer", now=ctx.now())
    reports = telemetry.reports(ctx.telemetry)
    for run in runs.active(ctx.ledger):
        report = reports.get(run.id)
        waits = report is not None and report.state in ("idle", "error") and ctx.now() - report.since > PATIENCE
        if run.state is RunState.WORKING and waits and not messages.waiting(ctx.ledger, run.agent):
            service.nudge(ctx, run.agent, "go on")
