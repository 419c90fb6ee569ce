"""Acts of the scheduler: dispatch a bead, hook one for a running agent, queue an agent's run. Ledger only."""

from __future__ import annotations

from gastown_tui.core.ids import SUPERVISOR, Role, parse_address
from gastown_tui.core.observation import Dispatch, HookBead, StartAgent
from gastown_tui.core.rows import Run
from gastown_tui.core.states import RunState
from gastown_tui.ledger import agents, beads, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import messages
from gastown_tui.services.config import rig_config, town_config
from gastown_tui.services.context import TownContext, new_run_id, new_token
from gastown_tui.supervisor.crash import crash_point

FALLBACK_DRIVER = "builtin"


def dispatch(ctx: TownContext, action: Dispatch) -> None:
    """Claims the bead and queues its run in one transaction; loses silently to whoever was faster."""
    crash_point(ctx.layout.private, "dispatch.before_claim")
    now = ctx.now()
    driver = driver_for(ctx, action.agent)
    with transaction(ctx.ledger):
        agent = agents.ensure(ctx.ledger, action.agent, driver, actor=SUPERVISOR, now=now, wanted="running")
        attempt = len(runs.of_bead(ctx.ledger, action.bead)) + 1
        run = new_run(action.agent, action.bead, driver if agent.role == Role.POLECAT else agent.driver, attempt, agent.epoch, now)
        beads.claim(ctx.ledger, action.bead, action.agent, run=run.id, now=now)
        runs.create(ctx.ledger, run, actor=SUPERVISOR)
    crash_point(ctx.layout.private, "dispatch.after_claim")


def hook_bead(ctx: TownContext, action: HookBead) -> None:
    """Claims the bead for an agent that already runs, and says so to it."""
    with transaction(ctx.ledger):
        bead = beads.claim(ctx.ledger, action.bead, action.agent, now=ctx.now())
        messages.nudge(ctx, action.agent, f"Bead {bead.id} is on your hook: {bead.title}\nRun $GT prime to read it.")


def start_agent(ctx: TownContext, action: StartAgent) -> None:
    """Queues a run without a bead for the mayor or a crew member."""
    now = ctx.now()
    with transaction(ctx.ledger):
        agent = agents.get(ctx.ledger, action.agent)
        attempt = len(runs.of_agent(ctx.ledger, action.agent, 1000)) + 1
        runs.create(ctx.ledger, new_run(agent.address, "", agent.driver, attempt, agent.epoch, now), actor=SUPERVISOR)


def new_run(agent: str, bead: str, driver: str, attempt: int, epoch: int, now: float) -> Run:
    """A queued run with a fresh id and token."""
    return Run(
        id=new_run_id(),
        agent=agent,
        bead=bead,
        attempt=attempt,
        state=RunState.QUEUED,
        reason="",
        token=new_token(),
        epoch=epoch,
        driver=driver,
        conversation="",
        session="",
        pane="",
        worktree="",
        branch="",
        base="",
        head="",
        save_ref="",
        pid=None,
        pid_started=None,
        boot_id="",
        created_at=now,
        started_at=None,
        ready_at=None,
        ended_at=None,
        exit_status=None,
        exit_signal=None,
    )


def driver_for(ctx: TownContext, agent: str) -> str:
    """The CLI that an agent's next run starts: its rig's, else the town's default."""
    address = parse_address(agent)
    town = town_config(ctx)
    if address.role is Role.MAYOR:
        return town.mayor_agent or town.default_agent or FALLBACK_DRIVER
    return (rig_config(ctx, address.rig).agent if address.rig else "") or town.default_agent or FALLBACK_DRIVER
