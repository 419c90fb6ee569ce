"""Acts of the witness: a run is marked working, ended, or gives its worktree back.

Ending is always the same: stop what is proven to be the run's, save what the worktree holds, then tell the ledger. A
worktree goes only after its content is in a save ref and nobody sits in it.
"""

from __future__ import annotations

from pathlib import Path

from gastown_tui.core.errors import Conflict, TmuxUnavailable, Unavailable
from gastown_tui.core.ids import SUPERVISOR, Role, parse_address
from gastown_tui.core.observation import EndRun, MarkWorking, ReturnWorktree
from gastown_tui.core.refinery import needs_person
from gastown_tui.core.rows import Run
from gastown_tui.core.states import ENDED_RUN_STATES, BeadState, RunState, RunWish
from gastown_tui.infra.act import kill, saves, sessions
from gastown_tui.infra.files import write_atomic
from gastown_tui.infra.git import Git
from gastown_tui.infra.launches import read_exit, read_launcher
from gastown_tui.infra.processes import processes_in
from gastown_tui.ledger import agents, beads, incidents, notes, runs, telemetry
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.branches import clean_branches
from gastown_tui.supervisor.crash import crash_point
from gastown_tui.supervisor.journal import intent

LAST_SCREEN = "last-screen.txt"
LAST_LINES = 200
"""Lines kept of a dead agent's screen (reference: gastown-runtime §21)."""


def mark_working(ctx: TownContext, action: MarkWorking) -> None:
    """The agent is ready: its run works, and its bead is begun."""
    with transaction(ctx.ledger):
        run = runs.get(ctx.ledger, action.run)
        if run.state is not RunState.STARTING:
            return
        record = read_launcher(ctx.layout.run_directory(run.id))
        facts = {"pid": record.pid, "pid_started": record.started} if record else {}
        runs.move(ctx.ledger, run.id, RunState.WORKING, actor=SUPERVISOR, now=ctx.now(), facts=facts)
        if run.bead:
            beads.begin(ctx.ledger, run.bead, actor=run.agent, run=run.id, now=ctx.now())
        incidents.resolve(ctx.ledger, "lost_run", run.agent, actor=SUPERVISOR, now=ctx.now())


def end_run(ctx: TownContext, action: EndRun) -> None:
    """Stops the run's processes with proof, saves its work, ends it in the ledger and puts its bead where it belongs."""
    run = runs.get(ctx.ledger, action.run)
    if run.state in ENDED_RUN_STATES:
        return
    private = ctx.layout.private
    crash_point(private, "end.before_kill")
    stop_processes(ctx, run)
    crash_point(private, "end.after_kill")
    facts = _save(ctx, run)
    ended = read_exit(ctx.layout.run_directory(run.id))
    if ended is not None:
        facts |= {"exit_status": ended.status, "exit_signal": ended.signal or None}
    if parse_address(run.agent).role is not Role.POLECAT:
        facts["worktree"] = ""  # a crew member's worktree and the mayor's desk outlive the run
    crash_point(private, "end.after_save")
    with transaction(ctx.ledger):
        _end_in_ledger(ctx, run, action, facts)
    crash_point(private, "end.after_move")


def stop_processes(ctx: TownContext, run: Run) -> None:
    """Ends session and processes of the run; raises Unavailable when something survives."""
    with intent(ctx, "session.kill", f"kill:{run.id}", {"run": run.id, "agent": run.agent}):
        _keep_last_screen(ctx, run)
        try:
            sessions.kill_session(ctx.layout, run.agent, run.id, run.token)
        except TmuxUnavailable:
            # Without an answer from tmux the processes themselves are still ours to end, by their environment.
            pass
        survivors = kill.kill_run(ctx.layout.root, run.id)
        if survivors:
            pids = ", ".join(str(key.pid) for key in survivors)
            raise Unavailable(f"processes of run {run.id} do not end: {pids}", hint="look at them with ps")


def _keep_last_screen(ctx: TownContext, run: Run) -> None:
    try:
        pane = sessions.find_session(ctx.layout, run.agent, run.id, run.token)
        text = sessions.capture(ctx.layout, pane, lines=LAST_LINES) if pane else ""
    except (TmuxUnavailable, Conflict):
        return
    if text.strip():
        write_atomic(ctx.layout.run_directory(run.id) / LAST_SCREEN, text)


def _save(ctx: TownContext, run: Run) -> dict[str, object]:
    """Puts everything that the worktree holds under the run's save ref; returns the facts for the run's row."""
    worktree = Path(run.worktree) if run.worktree and run.save_ref else None
    if worktree is None or not (worktree / ".git").exists():
        return {}
    repository = ctx.layout.rig(parse_address(run.agent).rig).repository
    with intent(ctx, "worktree.save", f"save:{run.id}", {"run": run.id, "ref": run.save_ref}):
        saved = saves.save_work(repository, worktree, run.save_ref)
    return {"head": run.head or saved.status.head}


def _end_in_ledger(ctx: TownContext, run: Run, action: EndRun, facts: dict[str, object]) -> None:
    now = ctx.now()
    if runs.get(ctx.ledger, run.id).state in ENDED_RUN_STATES:
        return
    state = _final_state(runs.get(ctx.ledger, run.id), RunState(action.state))
    if run.wish is RunWish.HANDOFF and state is RunState.PAUSED:
        agents.next_epoch(ctx.ledger, run.agent)
    runs.move(ctx.ledger, run.id, state, actor=SUPERVISOR, now=now, reason=action.reason, facts=facts)
    bead = beads.find(ctx.ledger, run.bead) if run.bead else None
    if bead is None or bead.assignee != run.agent or bead.state not in (BeadState.HOOKED, BeadState.IN_PROGRESS):
        return
    if action.failed or run.wish is not RunWish.NONE:
        note = (
            f"The last run on this bead ended before it was handed in: {action.reason}. All its files are in git as {run.save_ref}."
        )
        notes.add(ctx.ledger, bead.id, "lost", note, author=SUPERVISOR, bead=bead.id, now=now)
    if action.needs_help or (action.failed and needs_person(bead)):
        beads.ask_help(ctx.ledger, bead.id, actor=SUPERVISOR, reason=action.reason, run=run.id, now=now)
        incidents.raise_one(
            ctx.ledger, "needs_help", bead.id, action.reason, severity="high", bead=bead.id, actor=SUPERVISOR, now=now
        )
    else:
        beads.release(ctx.ledger, bead.id, actor=SUPERVISOR, reason=action.reason, failed=action.failed, run=run.id, now=now)
        if action.unsling:
            beads.unsling(ctx.ledger, bead.id, actor=SUPERVISOR, now=now)
    if action.incident:
        incidents.raise_one(ctx.ledger, action.incident, run.agent, action.reason, bead=bead.id, actor=SUPERVISOR, now=now)


def _final_state(run: Run, wished: RunState) -> RunState:
    """Work that was handed in while we were ending the run is a success whatever we thought before."""
    return RunState.SUCCEEDED if run.state is RunState.FINISHING else wished


def return_worktree(ctx: TownContext, action: ReturnWorktree) -> None:
    """Saves an ended run's worktree once more and removes it, when nobody is in it."""
    run = runs.get(ctx.ledger, action.run)
    if run.state not in ENDED_RUN_STATES or not run.worktree:
        return
    rig = parse_address(run.agent).rig
    worktree = Path(run.worktree)
    if run.save_ref:
        kill.kill_run(ctx.layout.root, run.id)
        others = processes_in(worktree)
        if others:
            raise Conflict(f"somebody is in {worktree} (pid {others[0].pid})")
        repository = ctx.layout.rig(rig).repository
        with intent(ctx, "worktree.remove", f"worktree:{worktree}", {"run": run.id, "path": str(worktree)}):
            saves.remove_worktree(repository, worktree, run.save_ref)
        crash_point(ctx.layout.private, "return.after_remove")
        head = Git(repository).rev_parse(run.save_ref)
        if head is None and worktree.exists():
            raise Conflict(f"the work of run {run.id} is not proven to be saved")
    if run.bead:
        clean_branches(ctx, run.bead)
    # Last: until here a crash makes the next supervisor come back to this run.
    runs.set_facts(ctx.ledger, run.id, {"worktree": ""})
    telemetry.forget(ctx.telemetry, run.id)
