"""Brings a run up: worktree, launch files, session. Every step can be repeated, so a crash between any two loses nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import Conflict, NotAllowed, Unavailable
from gastown_tui.core.ids import SUPERVISOR, AgentAddress, Role, branch_of, parse_address, save_ref_of
from gastown_tui.core.observation import LaunchRun
from gastown_tui.core.rows import Run
from gastown_tui.core.states import RunState
from gastown_tui.drivers.base import Driver, Launch, LaunchRequest
from gastown_tui.infra.act import refs, sessions
from gastown_tui.infra.act.kill import kill_run, run_processes
from gastown_tui.infra.files import private_directory, write_atomic
from gastown_tui.infra.git import Git
from gastown_tui.infra.identity import boot_id
from gastown_tui.infra.launches import LaunchSpec, write_launch
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import rigs, runs, settings
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import messages
from gastown_tui.services.config import rig_config, town_config
from gastown_tui.services.context import AGENT_VARIABLE, RUN_VARIABLE, TOKEN_VARIABLE, TOWN_VARIABLE, TownContext
from gastown_tui.services.drivers import conversation_of, named
from gastown_tui.services.prime import prime
from gastown_tui.supervisor.crash import crash_point
from gastown_tui.supervisor.journal import intent

WIDTH, HEIGHT = 120, 40
"""Columns and rows of an agent's own screen: wide enough that no CLI folds its chrome (reference: peers §4.3)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run works."""

    worktree: Path
    repository: Path | None
    """None for agents without a rig: they only have a directory."""
    branch: str
    base: str


def launch_run(ctx: TownContext, action: LaunchRun) -> None:
    """queued → preparing → starting, from wherever an earlier try stopped."""
    run = runs.get(ctx.ledger, action.run)
    if ctx.layout.estop.exists():
        raise NotAllowed("the emergency stop is on")
    if run.state is RunState.QUEUED:
        run = runs.move(ctx.ledger, run.id, RunState.PREPARING, actor=SUPERVISOR, now=ctx.now())
    if run.state is not RunState.PREPARING:
        raise Conflict(f"run {run.id} is {run.state.value}")
    private = ctx.layout.private
    crash_point(private, "launch.after_preparing")
    address = parse_address(run.agent)
    place = prepare_place(ctx, run, address)
    save_ref = save_ref_of(run.id) if place.repository else ""
    facts = {"worktree": str(place.worktree), "branch": place.branch, "base": place.base, "save_ref": save_ref}
    runs.set_facts(ctx.ledger, run.id, facts)
    crash_point(private, "launch.after_worktree")
    launch = plan_launch(ctx, run, address, place.worktree)
    pane = start_session(ctx, run, launch, place.worktree)
    crash_point(private, "launch.after_session")
    found = {
        "pane": pane,
        "session": sessions.session_name(run.agent, run.id),
        "conversation": launch.conversation,
        "boot_id": boot_id(),
    }
    with transaction(ctx.ledger):
        runs.move(ctx.ledger, run.id, RunState.STARTING, actor=SUPERVISOR, now=ctx.now(), facts=found)
        if launch.typed:
            messages.nudge(ctx, run.agent, launch.typed, replaces=True)
    crash_point(private, "launch.after_starting")


def prepare_place(ctx: TownContext, run: Run, address: AgentAddress) -> Place:
    """The directory that the run works in, made when it is not there."""
    if not address.rig:
        return Place(private_directory(ctx.layout.root / address.name), None, "", "")
    rig = rigs.get(ctx.ledger, address.rig)
    layout = ctx.layout.rig(rig.name)
    git = Git(layout.repository)
    if address.role is Role.CREW:
        worktree, branch = layout.crew(address.name), f"crew/{address.name}"
    else:
        worktree, branch = layout.polecat(address.name), branch_of(address.name, run.bead)
    base = git.require(f"refs/heads/{rig.target}")
    start = _start_commit(ctx, git, run, base)
    for earlier in runs.of_agent(ctx.ledger, run.agent, 5):
        if earlier.id != run.id and run_processes(ctx.layout.root, earlier.id):
            raise Conflict(f"a process of run {earlier.id} still lives", hint="it is ended first")
    wanted = {"rig": rig.name, "path": str(worktree), "branch": branch, "start": start}
    with intent(ctx, "worktree.add", f"worktree:{worktree}", wanted):
        refs.add_worktree(layout.repository, worktree, branch, start)
    return Place(worktree, layout.repository, branch, base)


def _start_commit(ctx: TownContext, git: Git, run: Run, target: str) -> str:
    """Where work on the bead goes on: the newest head of its earlier runs, else the target."""
    for earlier in reversed(runs.of_bead(ctx.ledger, run.bead) if run.bead else []):
        if earlier.id != run.id and earlier.head and git.rev_parse(earlier.head):
            return earlier.head
    return target


def plan_launch(ctx: TownContext, run: Run, address: AgentAddress, worktree: Path) -> Launch:
    """What the run's driver says about starting it."""
    driver: Driver = named(ctx, run.driver)
    directory = private_directory(ctx.layout.run_directory(run.id))
    conversation = _earlier_conversation(ctx, run, address)
    request = LaunchRequest(
        town=ctx.layout.root,
        run=run.id,
        agent=run.agent,
        role=address.role.value,
        worktree=worktree,
        run_directory=directory,
        gt=ctx.layout.bin / "gt",
        gt_hook=ctx.layout.bin / "gt-hook",
        # A conversation that goes on needs no first words: a restart costs no model call.
        prompt="" if conversation else prime(ctx, run.agent),
        autonomy=_autonomy(ctx, run, address),
        conversation=conversation,
        gates=_gates(ctx, address),
        settings=_driver_settings(ctx, run),
    )
    launch = driver.launch(request, os.environ)
    for path, content in launch.files.items():
        if not path.is_relative_to(directory) and not path.is_relative_to(ctx.layout.private / "rehearsal"):
            raise NotAllowed(f"driver {run.driver} wants to write outside the run's directory: {path}")
        private_directory(path.parent)
        write_atomic(path, content)
    for place in launch.directories:
        if not place.is_relative_to(ctx.layout.private):
            raise NotAllowed(f"driver {run.driver} wants a directory outside the town's own: {place}")
        private_directory(place)
    return launch


def _gates(ctx: TownContext, address: AgentAddress) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(argv) for _, argv in rig_config(ctx, address.rig).gates.commands()) if address.rig else ()


def _autonomy(ctx: TownContext, run: Run, address: AgentAddress) -> str:
    chosen = rig_config(ctx, address.rig).autonomy if address.rig else ""
    known = town_config(ctx).drivers.get(run.driver)
    return chosen or (known.autonomy if known else "edit")


def _earlier_conversation(ctx: TownContext, run: Run, address: AgentAddress) -> str:
    """Mayor and crew go on with the conversation of their last run of the same epoch."""
    if address.role not in (Role.MAYOR, Role.CREW):
        return ""
    earlier = [
        one for one in runs.of_agent(ctx.ledger, run.agent, 5) if one.id != run.id and one.epoch == run.epoch and one.ready_at
    ]
    return conversation_of(ctx, earlier[0]) if earlier and earlier[0].driver == run.driver else ""


def _driver_settings(ctx: TownContext, run: Run) -> Mapping[str, str]:
    known = town_config(ctx).drivers.get(run.driver)
    given = {"command": known.command, "model": known.model, "base_url": known.base_url} if known else {}
    rehearsal = settings.get(ctx.ledger, settings.REHEARSAL)
    if rehearsal:
        given |= {"base_url": rehearsal, "rehearsal": "1"}
    return {name: value for name, value in given.items() if value}


def start_session(ctx: TownContext, run: Run, launch: Launch, worktree: Path) -> str:
    """Creates the run's session, or finds the one that was created before; returns its pane."""
    spec = LaunchSpec(
        town=ctx.layout.root,
        run=run.id,
        agent=run.agent,
        token=run.token,
        argv=launch.argv,
        cwd=worktree,
        environment={**launch.environment, **identity_environment(ctx, run)},
        unset=launch.unset,
        secrets=launch.secrets,
        estop=ctx.layout.estop,
    )
    name = sessions.session_name(run.agent, run.id)
    with intent(ctx, "session.create", f"session:{name}", {"run": run.id, "agent": run.agent, "session": name}):
        TmuxServer(ctx.layout).ensure()
        known = sessions.find_session(ctx.layout, run.agent, run.id, run.token)
        if known is not None:
            return known
        # A try whose tmux server died may have left processes without a pane; never two of one run.
        if kill_run(ctx.layout.root, run.id):
            raise Unavailable(f"processes of an earlier start of run {run.id} do not end")
        argv = write_launch(ctx.layout.run_directory(run.id), spec)
        wanted = sessions.SessionSpec(
            town=ctx.layout.root, agent=run.agent, run=run.id, token=run.token, argv=argv, cwd=worktree, width=WIDTH, height=HEIGHT
        )
        return sessions.create_session(ctx.layout, wanted)


def identity_environment(ctx: TownContext, run: Run) -> dict[str, str]:
    """Who the agent is, for its tools and its commits. None of it is secret but the token, which only the launcher's file has."""
    mail = f"{run.agent.replace('/', '.')}@gastown.invalid"
    return {
        TOWN_VARIABLE: str(ctx.layout.root),
        AGENT_VARIABLE: run.agent,
        RUN_VARIABLE: run.id,
        TOKEN_VARIABLE: run.token,
        "GT": str(ctx.layout.bin / "gt"),
        "GT_HOOK": str(ctx.layout.bin / "gt-hook"),
        "PATH": f"{ctx.layout.bin}:{os.environ.get('PATH', '/usr/local/bin:/usr/bin:/bin')}",
        "GIT_AUTHOR_NAME": run.agent,
        "GIT_AUTHOR_EMAIL": mail,
        "GIT_COMMITTER_NAME": run.agent,
        "GIT_COMMITTER_EMAIL": mail,
        "GIT_CEILING_DIRECTORIES": str(ctx.layout.root),
        "GIT_TERMINAL_PROMPT": "0",
    }
