"""What a person wants of the whole town, and of single agents. The supervisor makes it so."""

from __future__ import annotations

from gastown_tui.core.errors import Conflict, NotAllowed, UsageError
from gastown_tui.core.ids import Role, check_name, parse_address
from gastown_tui.core.rows import Agent, Incident
from gastown_tui.core.states import RunState, RunWish
from gastown_tui.ledger import agents, incidents, rigs, runs, settings
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import boot, estop
from gastown_tui.services.context import TownContext
from gastown_tui.services.estop import Stopped
from gastown_tui.services.waiting import wait_for


def wanted(ctx: TownContext) -> str:
    """up | paused | down"""
    return settings.get(ctx.ledger, settings.WANTED, "down")


def up(ctx: TownContext) -> bool:
    """Wants the town up and starts its supervisor; returns whether that is up.

    Raises:
        Conflict: the town is E-stopped.
        NotAllowed: an agent asks for it while a person wants the town down.
    """
    if ctx.layout.estop.exists():
        raise Conflict("the town is stopped by E-stop", hint="release it first: gt estop --release")
    if wanted(ctx) == "down":
        ctx.require_overseer("bring the town up again")
    boot.set_wanted(ctx, "up")
    return boot.ensure_supervisor(ctx)


def down(ctx: TownContext, wait: float | None = None) -> None:
    """Wants every agent and the supervisor stopped; work in progress is saved.

    Args:
        wait: seconds until all of it must have happened; None does not wait.

    Raises:
        NotAllowed: the caller is an agent.
        Conflict: the town is E-stopped.
    """
    ctx.require_overseer("take the town down")
    if ctx.layout.estop.exists():
        # Frozen agents cannot end in order, and killing them would lose what they were about to write.
        raise Conflict("the town is stopped by E-stop", hint="release it first: gt estop --release")
    if runs.active(ctx.ledger) and wanted(ctx) != "down":
        boot.ensure_supervisor(ctx)  # somebody must end the runs
    boot.set_wanted(ctx, "down")
    if wait is not None:
        wait_for(lambda: is_down(ctx), wait, "the town's going down")


def is_down(ctx: TownContext) -> bool:
    """Whether no run is active and no supervisor lives."""
    return not runs.active(ctx.ledger) and boot.supervisor_state(ctx.layout, ctx.now()).state == "down"


def pause(ctx: TownContext) -> None:
    """Nothing new starts; what runs goes on."""
    if wanted(ctx) == "down":
        raise Conflict("the town is down", hint="gt up")
    boot.set_wanted(ctx, "paused")


def resume(ctx: TownContext) -> None:
    """Work begins again."""
    if wanted(ctx) == "down":
        raise Conflict("the town is down", hint="gt up")
    boot.set_wanted(ctx, "up")
    boot.ensure_supervisor(ctx)


def stop_everything(ctx: TownContext) -> Stopped:
    """E-stop: freezes every agent at once (services.estop)."""
    return estop.stop(ctx)


def add_crew(ctx: TownContext, rig: str, name: str, driver: str = "") -> Agent:
    """A lasting agent of a rig, wanted running."""
    from gastown_tui.services.agents import driver_for

    rigs.get(ctx.ledger, rig)
    address = f"{rig}/crew/{check_name('agent', name)}"
    if agents.find(ctx.ledger, address) is not None:
        raise Conflict(f"there is a crew member {address} already", hint=f"start it with: gt agents start {address}")
    with transaction(ctx.ledger) as conn:
        agents.ensure(conn, address, driver or driver_for(ctx, rig), actor=ctx.actor, now=ctx.now(), wanted="running")
        return agents.get(conn, address)


def start_agent(ctx: TownContext, address: str) -> Agent:
    """Wants the mayor or a crew member running."""
    return _want(ctx, address, "running")


def stop_agent(ctx: TownContext, address: str) -> Agent:
    """Ends an agent's run; what it has made is kept, and its bead waits for somebody to sling it again.

    The mayor and crew members stay stopped until they are started again.

    Raises:
        NotAllowed: an agent wants to stop itself, or a polecat another.
        Conflict: a polecat that does not run.
    """
    if ctx.actor == address or "/polecats/" in ctx.actor:
        raise NotAllowed("an agent does not stop itself or its fellows", hint="hand in your work with $GT done, or rest")
    agent = agents.get(ctx.ledger, address)
    with transaction(ctx.ledger) as conn:
        if not _is_worker_of_a_bead(address):
            _want(ctx, address, "stopped")
        elif runs.active_of_agent(conn, address) is None:
            raise Conflict(f"{address} does not run")
        _wish(ctx, address, RunWish.STOP)
        return agents.get(conn, agent.address)


def restart_agent(ctx: TownContext, address: str) -> Agent:
    """Ends an agent's run and starts a new one with the same work; mayor and crew go on with their conversation.

    Raises:
        NotAllowed: the caller is a polecat, or the agent itself.
        Conflict: it does not run.
    """
    if ctx.actor == address or "/polecats/" in ctx.actor:
        raise NotAllowed("an agent does not restart itself", hint="$GT handoff NOTE --restart goes on in a fresh session")
    agent = agents.get(ctx.ledger, address)
    if runs.active_of_agent(ctx.ledger, address) is None:
        raise Conflict(f"{address} does not run", hint=f"gt agents start {address}")
    _wish(ctx, address, RunWish.RESTART)
    return agent


def _is_worker_of_a_bead(address: str) -> bool:
    return parse_address(address).role not in (Role.MAYOR, Role.CREW)


def _wish(ctx: TownContext, address: str, wish: RunWish) -> None:
    run = runs.active_of_agent(ctx.ledger, address)
    if run is not None:
        runs.wish(ctx.ledger, run.id, wish, actor=ctx.actor, now=ctx.now())


def _want(ctx: TownContext, address: str, wish: str) -> Agent:
    parsed = parse_address(address)
    agent = agents.get(ctx.ledger, address)
    if parsed.role not in (Role.MAYOR, Role.CREW):
        raise UsageError(f"{address} is started by its work", hint="sling a bead")
    agents.want(ctx.ledger, agent.address, wish, actor=ctx.actor, now=ctx.now())
    return agents.get(ctx.ledger, address)


def acknowledge(ctx: TownContext, incident: int) -> None:
    """A person has seen the incident."""
    ctx.require_overseer("acknowledge an incident")
    incidents.acknowledge(ctx.ledger, incident, actor=ctx.actor, now=ctx.now())


def open_incidents(ctx: TownContext) -> list[Incident]:
    """Open and acknowledged incidents, oldest first."""
    return incidents.open_ones(ctx.ledger)


def is_active(ctx: TownContext, address: str) -> bool:
    """Whether the agent has an active run."""
    return runs.active_of_agent(ctx.ledger, address) is not None


def is_working(ctx: TownContext, address: str) -> bool:
    """Whether the agent's run has shown that it is ready."""
    run = runs.active_of_agent(ctx.ledger, address)
    return run is not None and run.state is RunState.WORKING
