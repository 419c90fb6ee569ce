"""The loop: observe, decide, act. It holds no truth of its own: killed at any instruction, the next one goes on."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping

from gastown_tui.core import observation as what
from gastown_tui.core.decide import decide
from gastown_tui.core.errors import ConfigError, Conflict, GastownError, NotFound, TmuxUnavailable, UsageError
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.observation import Action, Observation
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.core.states import LANE_STATES, RunState
from gastown_tui.infra.clock import boot_now
from gastown_tui.infra.locks import Lock
from gastown_tui.infra.tmux import ServerState, TmuxServer
from gastown_tui.ledger import incidents, runs
from gastown_tui.ledger.backup import back_up
from gastown_tui.ledger.connection import DatabaseError, data_version
from gastown_tui.services import rules
from gastown_tui.services.context import TownContext
from gastown_tui.services.screens import ScreenReader
from gastown_tui.supervisor import courier, deacon, held, launching, prompts, refinery, scheduler, spending, spool, stop, witness
from gastown_tui.supervisor.collector import Collector
from gastown_tui.supervisor.executor import Act, Executor, Outcome
from gastown_tui.supervisor.observe import observe
from gastown_tui.supervisor.watch import Watch

log = logging.getLogger(__name__)

POLL = 0.1
"""Seconds between two looks at the ledgers' change counters (5 µs each)."""
POLL_AT_REST = 0.25
BUSY_ROUND = 1.0
"""Seconds between rounds while runs are active: a dead pane is noticed that fast."""
QUIET_ROUND = 5.0
LAUNCH_TRIES = 3

ACTS: Mapping[type[Action], Act] = {
    what.Dispatch: scheduler.dispatch,
    what.HookBead: scheduler.hook_bead,
    what.StartAgent: scheduler.start_agent,
    what.LaunchRun: launching.launch_run,
    what.MarkWorking: witness.mark_working,
    what.EndRun: witness.end_run,
    what.ReturnWorktree: witness.return_worktree,
    what.AdvanceMerge: refinery.advance,
    what.RaiseCard: deacon.raise_card,
    what.ClearCard: deacon.clear_card,
}
_AT_ONCE = (what.Dispatch, what.HookBead, what.StartAgent, what.MarkWorking, what.RaiseCard, what.ClearCard)
"""Acts on the ledger alone: done in the loop itself, they are over in a millisecond."""


class Supervisor:
    """One town's supervisor. The caller holds the lock."""

    def __init__(self, ctx: TownContext, lock: Lock) -> None:
        self.ctx = ctx
        self.lock = lock
        self.wake = threading.Event()
        self.stopping = False
        self.watch = Watch()
        self.tmux = TmuxServer(ctx.layout)
        self.executor = Executor(ctx, self.wake)
        self.courier = courier.Courier(ctx)
        self.reader = ScreenReader.of(ctx.layout)
        self.prompts = prompts.Prompts(ctx)
        self.collector = Collector(ctx)
        self._versions = (-1, -1)
        self._next_round = 0.0
        self._backed_up = (float("-inf"), -1)
        self._decided = ""
        self._is_estopped = False

    def run(self) -> None:
        """Rounds until told to stop, or until the town is wanted down and everything has ended."""
        while not self.stopping:
            if not self.lock.is_in_place():
                # Open files would let us go on for ever, and act on another town that is made at the same path.
                log.error("the town's directory was deleted or replaced; ending")
                break
            try:
                if self.round():
                    self.tmux.end_when_empty()
                    break
                self._wait()
            except (GastownError, DatabaseError, OSError) as error:
                # A full disk or a locked ledger: nothing was half done, and the next round tries again. It is not hung.
                log.error("round failed: %s", error.line() if isinstance(error, GastownError) else error)
                self._beat()
                self.wake.wait(BUSY_ROUND)
                self.wake.clear()
        self.executor.close()

    def stop(self) -> None:
        """Ends the loop after this round; agents go on."""
        self.stopping = True
        self.wake.set()

    def round(self) -> bool:
        """One round; returns whether the supervisor's work is over (town wanted down, nothing left)."""
        self._versions = (data_version(self.ctx.ledger), data_version(self.ctx.telemetry))
        self.watch.tick(boot_now())
        for outcome in self.executor.collect():
            self._settle(outcome)
        spool.drain(self.ctx)
        if not self._is_estopped:
            # Before anything is decided: what proves a message goes with the run that is cleaned away.
            self.courier.follow_up()
        panes = self._panes()
        config, broken = held.settings(self.ctx)
        held.tell(self.ctx, broken)
        if held.TOWN not in broken:
            rules.compile_rules(self.ctx, config)
        ruling = spending.rule(self.ctx, config)
        seen = observe(self.ctx, self.watch, panes, self.executor.busy, config.max_polecats, broken, ruling, self.reader)
        self._is_estopped = seen.is_estopped
        stop.apply(self.ctx, seen)
        spending.tell(self.ctx, seen.ruling, seen.runs)
        actions = decide(seen)
        self._note(actions)
        for action in actions:
            self._start(action)
        again_in = None
        if not seen.is_estopped:
            deacon.land_convoys(self.ctx)
            again_in = self.courier.deliver(seen, panes)
            self.prompts.attend(seen, panes)
        self.collector.collect(seen.runs, boot_now())
        self._keep(seen)
        self._beat()
        is_active = bool(seen.runs) or bool(self.executor.busy)
        # Our own connection's commits do not move data_version, so what the loop itself has changed is looked at anew.
        changed = any(isinstance(action, _AT_ONCE) for action in actions)
        rest = POLL if changed or self.collector.is_behind else BUSY_ROUND if is_lively(seen) else QUIET_ROUND
        self._next_round = boot_now() + (rest if again_in is None else min(rest, again_in))
        return seen.wanted == "down" and not seen.is_estopped and not (is_active or seen.retired or actions)

    def _wait(self) -> None:
        """Until something changed, an act ended, or the time for a round has come."""
        while not self.stopping and boot_now() < self._next_round:
            is_typing = self.courier.is_typing and not self._is_estopped
            if is_typing:
                self.courier.follow_up()
            if self.wake.wait(POLL if self.executor.busy or is_typing else POLL_AT_REST):
                break
            if (data_version(self.ctx.ledger), data_version(self.ctx.telemetry)) != self._versions:
                break
            if self.ctx.layout.estop.exists() != self._is_estopped:
                break
        self.wake.clear()

    def _panes(self) -> tuple[PaneFact, ...] | None:
        """tmux's listing; an empty one only when the server is proven not to run; None when unknown.

        A server that lives without its socket (a cleaner of /tmp took it) gets it back here.
        """
        try:
            state = self.tmux.state()
            if state is ServerState.DOWN:
                return ()
            if state is ServerState.HUNG:
                self.tmux.ensure()
            return self.tmux.snapshot()
        except TmuxUnavailable as error:
            log.warning("tmux: %s", error.line())
            return None

    def _beat(self) -> None:
        """The heartbeat is a file's time: it needs no room on the disk."""
        try:
            self.ctx.layout.heartbeat.touch()
        except OSError as error:
            log.error("no heartbeat: %s", error)

    def _start(self, action: Action) -> None:
        act = ACTS[type(action)]
        if isinstance(action, _AT_ONCE):
            try:
                act(self.ctx, action)
            except Conflict as lost:
                log.info("%s: %s", action.key, lost.line())
            except GastownError as error:
                self._settle(Outcome(action, error))
            else:
                self._settle(Outcome(action, None))
        else:
            self.executor.submit(action, act)

    def _settle(self, outcome: Outcome) -> None:
        action, error = outcome.action, outcome.error
        if error is None:
            if isinstance(action, what.EndRun) and action.state == RunState.LOST:
                self.watch.failed(self._agent_of(action.run))
            elif not isinstance(action, what.StartAgent):
                if self.watch.failures(action.key) >= LAUNCH_TRIES:
                    incidents.resolve(self.ctx.ledger, "act_failed", action.key, actor=SUPERVISOR, now=self.ctx.now())
                self.watch.succeeded(action.key)
            return
        rest = self.watch.failed(action.key)
        log.error("%s %s: %s (again in %.0f s)", type(action).__name__, action.key, error.line(), rest)
        hopeless = isinstance(error, (ConfigError, NotFound, UsageError)) or self.watch.failures(action.key) >= LAUNCH_TRIES
        if isinstance(action, what.LaunchRun) and hopeless:
            why = f"could not be started: {error.line()}"
            end = what.EndRun(action.key, why, action.run, RunState.FAILED.value, failed=True, incident="start_up")
            self.watch.succeeded(action.key)
            self.executor.submit(end, witness.end_run)
        elif self.watch.failures(action.key) >= LAUNCH_TRIES:
            detail = f"{type(action).__name__} {action.key}: {error.line()}"
            incidents.raise_one(
                self.ctx.ledger, "act_failed", action.key, detail, severity="high", actor=SUPERVISOR, now=self.ctx.now()
            )

    def _agent_of(self, run: str) -> str:
        return runs.get(self.ctx.ledger, run).agent

    def _keep(self, seen: Observation) -> None:
        """A backup when the ledger has changed and the last one is old, and housekeeping with it."""
        at, version = self._backed_up
        if boot_now() - at > deacon.BACKUP_EVERY and version != self._versions[0]:
            self._backed_up = (boot_now(), self._versions[0])
            back_up(self.ctx.ledger, self.ctx.layout.backups, now=self.ctx.now())
            deacon.keep_house(self.ctx)
            self.collector.keep_house(seen.runs)

    def _note(self, actions: list[Action]) -> None:
        """The decision log: what was decided and why; a repeated round is written once."""
        text = "\n".join(
            json.dumps({"act": type(action).__name__, "key": action.key, "reason": action.reason}, ensure_ascii=False)
            for action in actions
        )
        if text and text != self._decided:
            with open(self.ctx.layout.logs / "decisions.jsonl", "a", encoding="utf-8") as stream:
                stream.write(f'{{"at": {self.ctx.now():.3f}}}\n{text}\n')
        self._decided = text


def is_lively(seen: Observation) -> bool:
    """Whether something moves that must be looked at every second: acts, merges, runs that come up, work or go.

    Agents that rest or wait for a person are looked at less often; their next hook report wakes the loop anyway.
    """
    if seen.busy or any(merge.state in LANE_STATES for merge in seen.merges):
        return True
    for run in seen.runs:
        report = seen.facts[run.id].report if run.id in seen.facts else None
        if run.state is not RunState.WORKING or report is None or report.state in (AgentState.WORKING, AgentState.STARTING):
            return True
    return False
