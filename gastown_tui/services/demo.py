"""The demo: a throw-away town with a scripted model that builds Minesweeper, and the proof that it really did."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import Conflict, GastownError, Unavailable
from gastown_tui.core.ids import MAYOR
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.states import BeadOutcome, BeadState, ConvoyState, Dial, MergeState
from gastown_tui.core.wording import sentence
from gastown_tui.drivers.registry import get as driver_named
from gastown_tui.infra.act import refs
from gastown_tui.infra.environment import clean_environment
from gastown_tui.infra.git import Git
from gastown_tui.infra.processes import run
from gastown_tui.infra.programs import require_program
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, beads, events, merges, rigs, runs, settings
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import boot, convoys, estop, rehearsal, requests, shutdown
from gastown_tui.services.config import rig_config
from gastown_tui.services.context import TownContext
from gastown_tui.services.rigs import add as add_rig
from gastown_tui.services.town import create_town

SCENARIO = "minesweeper"
RIG = "minesweeper"
PREFIX = "ms"
POLECATS = 4
LIMIT = 600.0
"""Seconds after which a headless demo counts as stuck."""
QUIET_LIMIT = 60.0
"""Seconds after the landing in which the last run must have ended and given its worktree back."""
STEP = 0.1

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a headless demo did, as it is printed."""

    ok: bool
    town: str
    rig: str
    convoy: str
    beads: tuple[dict[str, object], ...]
    landed: int
    lost: int
    gate_runs: int
    model_calls: int
    tokens: int
    seconds: float
    problems: tuple[str, ...]
    """Why it is not ok, one line each."""


def prepare(root: Path, agent: str, pace: float) -> TownContext:
    """Makes the demo town at `root`, or completes one, with its scripted model, its rig and its mayor.

    Raises:
        Unavailable: tmux or git is missing or too old, or the agent CLI is not there.
    """
    driver = driver_named(agent)
    require_program("git")
    TmuxServer(TownLayout(root)).version()

    found = driver.availability(os.environ, {"rehearsal": "http://127.0.0.1:1"})
    if found.state in ("absent", "too_old"):
        raise Unavailable(f"{agent} cannot be used: {found.state.replace('_', ' ')} {found.detail}".rstrip())
    ctx = create_town(root, name="demo", default_agent=agent, mayor_driver=agent)
    url = rehearsal.ensure_server(ctx.layout, SCENARIO, pace)
    with transaction(ctx.ledger) as conn:
        settings.put(conn, settings.REHEARSAL, url)
    if rigs.find(ctx.ledger, RIG) is None:
        origin = rehearsal.seed_project(SCENARIO, ctx.layout.root / "origin" / RIG)
        add_rig(ctx, RIG, str(origin), prefix=PREFIX, dial=Dial.AUTO, max_polecats=POLECATS)
    return ctx


def start_with_mayor(ctx: TownContext) -> None:
    """For people: the mayor greets, and files the convoy when it is asked to."""
    agents.want(ctx.ledger, MAYOR, "running", actor=ctx.actor, now=ctx.now())
    boot.set_wanted(ctx, "up")
    boot.ensure_supervisor(ctx)


def is_over(ctx: TownContext) -> bool:
    """Whether the demo's convoy has landed, so that a new demo begins anew."""
    return any(one.convoy.state is ConvoyState.LANDED for one in convoys.every(ctx))


def run_headless(ctx: TownContext, tell: Tell, limit: float = LIMIT) -> Report:
    """Files and slings the convoy, answers what is asked, waits for the landing, proves it, and stops the town.

    Args:
        tell: gets one line of progress at a time.
        limit: seconds after which it is given up.
    """
    begun = time.monotonic()
    text = (rehearsal.scenario_directory(SCENARIO) / "convoy.toml").read_text(encoding="utf-8")
    convoy = convoys.create_from(ctx, text, "convoy.toml", rig=RIG, sling_them=True)
    boot.set_wanted(ctx, "up")
    boot.ensure_supervisor(ctx)
    problems: list[str] = []
    has_landed = _watch(ctx, convoy.convoy.id, tell, limit)
    if not has_landed:
        problems.append(f"the convoy did not land within {limit:g} s")
    elif not boot.wait_until(lambda: _keep_alive(ctx) and _is_quiet(ctx), QUIET_LIMIT, STEP):
        problems.append("runs or worktrees are still there")
    counts = rehearsal.stats(ctx.layout)
    rows, lost = _prove_beads(ctx, convoy.convoy.id, problems)
    problems += _prove_tests(ctx)
    tell("stopping the town")
    try:
        left = shutdown.stop_town(ctx)
        problems += [f"left behind: {line}" for line in left.lines()]
    except GastownError as error:
        problems.append(error.line())
    problems += _prove_no_worktrees(ctx)
    return Report(
        ok=not problems,
        town=str(ctx.layout.root),
        rig=RIG,
        convoy=convoy.convoy.id,
        beads=tuple(rows),
        landed=sum(1 for row in rows if row["status"] == BeadOutcome.MERGED),
        lost=lost,
        gate_runs=len(list((ctx.layout.logs / "gates").glob("*/*.log"))),
        model_calls=counts.get("calls", 0),
        tokens=sum(counts.get(name, 0) for name in ("input_tokens", "cached_tokens", "output_tokens")),
        seconds=round(time.monotonic() - begun, 2),
        problems=tuple(problems),
    )


def _watch(ctx: TownContext, convoy: str, tell: Tell, limit: float) -> bool:
    """Until the convoy has landed: answers requests, tells events. False when it is stuck or takes too long."""
    end = time.monotonic() + limit
    cursor = 0
    while time.monotonic() < end:
        _keep_alive(ctx)
        for event in events.after(ctx.ledger, cursor):
            cursor = event.seq
            if event.kind.split(".")[0] in ("bead", "merge", "run", "request", "incident", "convoy", "supervisor"):
                tell(sentence(event))
        for request in requests.open_ones(ctx):
            _answer(ctx, request.id, tell)
        if convoys.detail(ctx, convoy).convoy.state is not ConvoyState.OPEN:
            return True
        stuck = [bead.id for bead in convoys.detail(ctx, convoy).beads if bead.state is BeadState.NEEDS_HELP]
        if stuck:
            tell(f"{stuck[0]} needs a person")
            return False
        time.sleep(STEP)
    return False


def _answer(ctx: TownContext, request_id: str, tell: Tell) -> None:
    request = requests.find(ctx, request_id)
    keys = [key for key, _ in requests.options_of(request)]
    chosen = next((key for key in ("allow", "approve", "reply") if key in keys), "")
    if not chosen:
        return
    try:
        requests.answer(ctx, request_id, chosen, "Go on.")
    except Conflict:
        return  # it was settled meanwhile
    tell(f"answered {request.agent}: {chosen} ({request.title})")


def _keep_alive(ctx: TownContext) -> bool:
    """Does what a console does: a supervisor that was killed is started again. Reads two files while it lives."""
    return boot.ensure_supervisor(ctx)


def _is_quiet(ctx: TownContext) -> bool:
    is_running = [one for one in runs.active(ctx.ledger) if one.bead]
    return not is_running and not runs.with_worktree(ctx.ledger)


def _prove_beads(ctx: TownContext, convoy: str, problems: list[str]) -> tuple[list[dict[str, object]], int]:
    """Every bead merged, and what landed for it on the rig's target by git's own word."""
    rig = rigs.get(ctx.ledger, RIG)
    git = Git(ctx.layout.rig(RIG).repository)
    target = f"refs/heads/{rig.target}"
    rows: list[dict[str, object]] = []
    lost = 0
    for bead in convoys.detail(ctx, convoy).beads:
        landed = [merge for merge in merges.of_bead(ctx.ledger, bead.id) if merge.state is MergeState.MERGED]
        head = landed[-1].rebased_head if landed else ""
        is_proven = bool(head) and git.is_ancestor(head, target)
        if bead.outcome is not BeadOutcome.MERGED:
            problems.append(f"{bead.id} is {bead.state.value}")
        elif not is_proven:
            problems.append(f"{bead.id} is called merged, but {head[:12] or 'no commit'} is not on {rig.target}")
        elif len(landed) != 1:
            problems.append(f"{bead.id} landed {len(landed)} times")
        lost += int(bead.outcome is BeadOutcome.MERGED and not is_proven)
        status = bead.outcome.value if bead.outcome else bead.state.value
        seconds = round((bead.closed_at or ctx.now()) - (bead.started_at or bead.created_at), 2)
        agent = landed[-1].agent if landed else bead.assignee
        rows.append({"id": bead.id, "title": bead.title, "status": status, "commit": head, "agent": agent, "seconds": seconds})
    lost += _lost_heads(ctx, git, problems)
    return rows, lost


def _lost_heads(ctx: TownContext, git: Git, problems: list[str]) -> int:
    """Heads that runs had and that no ref holds any more."""
    held = set(git.text("rev-list", "--all").split())
    heads = {one.head for bead in beads.every(ctx.ledger, rig=RIG) for one in runs.of_bead(ctx.ledger, bead.id) if one.head}
    gone = sorted(heads - held)
    problems += [f"commit {head[:12]} is in no ref" for head in gone]
    return len(gone)


def _prove_tests(ctx: TownContext) -> list[str]:
    """The rig's own gates on what landed, in a worktree of its own."""
    rig = rigs.get(ctx.ledger, RIG)
    layout = ctx.layout.rig(RIG)
    place = layout.root / "refinery" / "proof"
    head = Git(layout.repository).require(f"refs/heads/{rig.target}")
    found: list[str] = []
    refs.remove_disposable(layout.repository, place)
    refs.add_worktree(layout.repository, place, "", head)
    try:
        config = rig_config(ctx, rig)
        commands = config.gates.commands()
        if not commands:
            found.append("the rig has no gates")
        for name, argv in commands:
            environment = clean_environment(os.environ, PYTHONDONTWRITEBYTECODE="1")
            done = run(argv, cwd=place, env=environment, timeout=config.gates.timeout)
            if done.code != 0:
                last = next((line for line in reversed(done.tail.splitlines()) if line.strip()), "")
                found.append(f"gate {name} fails on {rig.target}: {last}")
    except GastownError as error:
        found.append(error.line())
    finally:
        refs.remove_disposable(layout.repository, place)
    return found


def _prove_no_worktrees(ctx: TownContext) -> list[str]:
    layout = ctx.layout.rig(RIG)
    found = [f"left behind: worktree {fact.path}" for fact in Git(layout.repository).worktrees()]
    for part in ("polecats", "refinery"):
        directory = layout.root / part
        found += [f"left behind: {entry}" for entry in sorted(directory.iterdir())] if directory.is_dir() else []
    return found


def discard(ctx: TownContext) -> None:
    """Stops a demo town and removes its directory. Only for towns that `prepare` made: nothing in it is anybody's work.

    Raises:
        Conflict: it is no demo, or something of it still lives.
    """
    if not settings.get(ctx.ledger, settings.REHEARSAL):
        raise Conflict(f"{ctx.layout.root} is no demo town", hint="gt town remove")
    if estop.is_on(ctx):
        estop.release(ctx)
    left = shutdown.stop_town(ctx)
    if not left.is_nothing:
        raise Conflict(f"the demo town is still alive: {left.lines()[0]}")
    root = ctx.layout.root
    ctx.close()
    shutil.rmtree(root, ignore_errors=True)
