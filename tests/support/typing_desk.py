"""One agent CLI in a real tmux, its run in a real ledger, and the courier that types into it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gastown_tui.core.rows import Delivery
from gastown_tui.core.states import DeliveryState, RunState
from gastown_tui.infra.act import sessions
from gastown_tui.infra.clock import boot_now
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, messages, runs, telemetry
from gastown_tui.services import messages as service
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.courier import Courier
from gastown_tui.supervisor.observe import observe
from gastown_tui.supervisor.scheduler import new_run
from gastown_tui.supervisor.watch import Watch

AGENT = "mayor"
FAKE = Path(__file__).with_name("fake_cli.py")
PATIENCE = 60.0


class Desk:
    """A town's mayor, played by the fake CLI; the supervisor's courier without the supervisor."""

    def __init__(self, ctx: TownContext) -> None:
        self.ctx = ctx
        self.log = ctx.layout.private / "prompts.jsonl"
        self.server = TmuxServer(ctx.layout)
        self.server.ensure()
        agents.ensure(ctx.ledger, AGENT, "claude", actor="overseer", now=ctx.now())
        self.courier = Courier(ctx)
        self.watch = Watch()
        self.pane = self.run = ""

    def start(self, bead: str = "", driver: str = "claude", **behaviour: object) -> str:
        """Starts a run of the agent with that behaviour, and waits until its composer is there."""
        ctx = self.ctx
        run = new_run(AGENT, bead, driver, 1, 1, ctx.now())
        runs.create(ctx.ledger, run, actor="supervisor")
        directory = ctx.layout.run_directory(run.id)
        directory.mkdir(parents=True, mode=0o700)
        hook = f"{shlex.quote(str(ctx.layout.bin / 'gt-hook'))} "
        events = ("SessionStart", "UserPromptSubmit", "Stop")
        hooks = {event: [{"hooks": [{"type": "command", "command": hook + event}]}] for event in events}
        (directory / "settings.json").write_text(json.dumps({"hooks": hooks}))
        given = json.dumps({"log": str(self.log), **behaviour})
        argv = (sys.executable, "-I", str(FAKE), given, "--settings", str(directory / "settings.json"), "--session-id", run.id)
        spec = sessions.SessionSpec(AGENT, run.id, run.token, ctx.layout.root, argv, ctx.layout.root, width=100, height=30)
        self.pane = sessions.create_session(ctx.layout, spec, settle=0.0)
        self.run = run.id
        facts = {"pane": self.pane, "session": spec.session, "worktree": str(ctx.layout.root), "conversation": run.id}
        for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
            runs.move(ctx.ledger, run.id, state, actor="supervisor", now=ctx.now(), facts=facts)
        self.until(lambda: "❯" in self.screen(), "the composer")
        if behaviour.get("hooks", True):
            self.until(lambda: run.id in telemetry.reports(ctx.telemetry), "the first report")
        return run.id

    def end(self, state: RunState = RunState.LOST) -> None:
        """The run ends; its session goes."""
        run = runs.get(self.ctx.ledger, self.run)
        sessions.kill_session(self.ctx.layout, run.agent, run.id, run.token)
        runs.move(self.ctx.ledger, run.id, state, actor="supervisor", now=self.ctx.now())

    def say(self, text: str, **more: str) -> str:
        return service.send(self.ctx, [AGENT], text, **{"kind": "say", **more})  # type: ignore[arg-type]

    def look(self) -> None:
        """One round of the supervisor, as far as the courier goes."""
        self.watch.tick(boot_now())
        panes = self.server.snapshot()
        self.courier.follow_up()
        self.courier.deliver(observe(self.ctx, self.watch, panes, frozenset(), 8), panes)

    def delivery(self, message: str) -> Delivery:
        return messages.delivery(self.ctx.ledger, message, AGENT)

    def becomes(self, message: str, *states: DeliveryState) -> Delivery:
        """Rounds until the message has one of the states."""
        self.rounds_until(lambda: self.delivery(message).state in states, f"message {message} to be {states}")
        return self.delivery(message)

    def waits_because(self, message: str, words: str) -> None:
        """Rounds until the message waits with these words; nothing was typed."""
        self.rounds_until(lambda: words in self.delivery(message).detail, f"{words!r}")
        assert self.delivery(message).state is DeliveryState.QUEUED

    def rounds_until(self, condition: Callable[[], object], what: str) -> None:
        def once() -> bool:
            self.look()
            return bool(condition())

        self.until(once, what)

    def until(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                told = [f"{one.message} {one.state.value} {one.detail}" for one in messages.DELIVERIES.all(self.ctx.ledger)]
                raise AssertionError(f"not within {PATIENCE} s: {what}\n{told}\n{self.screen()}")
            select_nothing(0.05)

    def screen(self) -> str:
        return sessions.capture(self.ctx.layout, self.pane)

    def keys(self, *keys: str) -> None:
        """What a person types in the agent's pane."""
        self.server.command("send-keys", "-t", self.pane, *keys)

    def got(self) -> list[dict[str, object]]:
        """What the CLI took up, in order."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def prompts(self) -> list[str]:
        return [str(entry["prompt"]) for entry in self.got() if "prompt" in entry]

    def close(self) -> None:
        subprocess.run(["tmux", "-S", str(self.ctx.layout.tmux_socket), "kill-server"], check=False, capture_output=True)


def select_nothing(seconds: float) -> None:
    """A pause between two looks."""
    import select

    select.select([], [], [], seconds)
