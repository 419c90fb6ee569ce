"""A whole town to send messages through: a real supervisor, crew on several CLIs, a scripted model that keeps what it was asked."""

from __future__ import annotations

import json
import random
import re
import shlex
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from killer import kill
from towns import git

from gastown_tui.core.rows import Delivery
from gastown_tui.core.states import DeliveryState, RunState
from gastown_tui.infra.launches import read_launcher
from gastown_tui.infra.locks import holder
from gastown_tui.ledger import intents, messages, runs, settings
from gastown_tui.ledger.connection import transaction
from gastown_tui.rehearsal import scenario
from gastown_tui.rehearsal.server import RehearsalServer
from gastown_tui.services import boot, control, outbox, shutdown
from gastown_tui.services import messages as service
from gastown_tui.services.context import TownContext
from gastown_tui.services.rigs import add
from gastown_tui.services.town import create_town

RIG = "post"
FAKE = Path(__file__).with_name("fake_cli.py")
MARK = re.compile(r"\[message (\w+) from")
TOKEN = re.compile(r"«\d+»")
"""In every text that is sent under fire: agents that pull are told the overseer's plain words, without a message's id."""
SCENARIO = r"""
title = "Post"
fallback = "Read."

[[script]]
match = 'Read (?P<file>/\S+) and act on it\.'
[[script.step]]
read = "{file}"
pause = 0
[[script.step]]
say = "I have read it."
pause = 0
"""


@dataclass
class PostTown:
    """A town whose agents are named after their CLIs: `builtinN`, `fakeN` (the fake CLI), `claudeN`, `codexN` (the real ones)."""

    ctx: TownContext
    bodies: list[dict[str, object]]
    """Every request that a model was sent, as parsed JSON."""
    end_server: Callable[[], None]
    agents: tuple[str, ...] = ()
    killed: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    """Token → the message to an agent that pulls which holds it."""

    def until(self, condition: Callable[[], object], what: str, limit: float = 90.0) -> None:
        """Waits as a console does: a dead supervisor is started again."""
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                told = [f"{one.message} {one.receiver} {one.state.value} {one.detail}" for one in self.deliveries()]
                log = (self.ctx.layout.logs / "supervisor.log").read_text()[-2000:]
                raise AssertionError(f"not within {limit:.0f} s: {what}\n" + "\n".join(told[-40:]) + f"\n{log}")
            boot.ensure_supervisor(self.ctx, wait=False)
            boot.wait_until(lambda: False, 0.1)

    def start(self) -> None:
        boot.set_wanted(self.ctx, "up")
        self.until(lambda: all(control.is_working(self.ctx, agent) for agent in self.agents), "every agent works")

    def deliveries(self) -> list[Delivery]:
        return messages.DELIVERIES.all(self.ctx.ledger)

    def delivery(self, message: str) -> Delivery:
        return messages.DELIVERIES.all(self.ctx.ledger, "message = ?", message)[0]

    def settle(self, message: str) -> Delivery:
        """The delivery, once nothing more happens to it."""
        self.until(lambda: outbox.is_settled(self.delivery(message)), f"message {message}")
        return self.delivery(message)

    def received(self) -> Counter[str]:
        """Message → how often it arrived, counted where it arrives: at the fakes' own model, in the conversations of the rest."""
        found: Counter[str] = Counter()
        for entry in self.fake_prompts():
            found.update(marks(str(entry.get("prompt", ""))))
        most: Counter[str] = Counter()
        for body in list(self.bodies):
            # A request holds its whole conversation, so that what came twice stands in one of them twice.
            said = json.dumps([one for one in turns_of(body) if one.get("role") == "user"], ensure_ascii=False)
            most |= Counter([*marks(said), *(self.tokens[token] for token in TOKEN.findall(said) if token in self.tokens)])
        return found + most

    def fake_prompts(self) -> list[dict[str, object]]:
        log = self.ctx.layout.root.parent / "fake.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    # Bad days

    def kill_supervisor(self) -> bool:
        found = holder(self.ctx.layout.supervisor_lock)
        return found is not None and found.is_held and found.pid > 1 and kill(found.pid)

    def kill_agent(self, agent: str) -> bool:
        run = runs.active_of_agent(self.ctx.ledger, agent)
        record = read_launcher(self.ctx.layout.run_directory(run.id)) if run is not None else None
        return run is not None and run.state is RunState.WORKING and record is not None and kill(record.child)

    def under_fire(self, seed: int, number: int, *, kills: int, pace: float, limit: float) -> str:
        """Sends that many messages while agents and supervisor are killed, and waits for the end; a line of figures."""
        dice = random.Random(seed)
        sent = 0
        chances = sorted(dice.sample(range(number), kills))
        began = time.monotonic()
        while sent < number:
            agent = dice.choice(self.agents)
            message = service.send(self.ctx, [agent], text_of(sent, dice), kind=dice.choice(["mail", "say", "nudge"]))
            if "/builtin" in agent:
                self.tokens[f"«{sent}»"] = message
            sent += 1
            if chances and sent > chances[0]:
                chances.pop(0)
                victim = dice.choice(["supervisor", *self.agents]) if self.killed else "supervisor"
                if self.kill_supervisor() if victim == "supervisor" else self.kill_agent(victim):
                    self.killed.append(victim)
            boot.ensure_supervisor(self.ctx, wait=False)
            boot.wait_until(lambda: False, dice.uniform(0, 2 * pace))
        self.until(lambda: all(outbox.is_settled(one) for one in self.deliveries()), "every message is settled", limit)
        return self.story(time.monotonic() - began)

    def story(self, seconds: float) -> str:
        states = Counter(one.state.value for one in self.deliveries())
        return f"{sum(states.values())} messages in {seconds:.0f} s: {dict(states)}; killed: {dict(Counter(self.killed))}"

    def faults(self) -> list[str]:
        """What must not be: a message that came twice, one that is called seen and never came, or that came and is called lost."""
        received = self.received()
        faults = [f"message {message} came {count} times" for message, count in received.items() if count > 1]
        lost = (DeliveryState.FAILED, DeliveryState.FENCED, DeliveryState.EXPIRED, DeliveryState.QUEUED)
        for one in self.deliveries():
            if one.state is DeliveryState.SEEN and not received[one.message]:
                faults.append(f"message {one.message} to {one.receiver} is seen and never came: {one.detail}")
            elif one.state in lost and received[one.message]:
                faults.append(f"message {one.message} to {one.receiver} is {one.state.value} and came: {one.detail}")
        return faults + [f"intent {intent.key} is open" for intent in intents.open_ones(self.ctx.ledger)]

    def close(self) -> None:
        try:
            shutdown.stop_town(self.ctx)
        finally:
            self.end_server()
            self.ctx.close()


def turns_of(body: Mapping[str, object]) -> list[dict[str, object]]:
    """The conversation in a model request of any form."""
    found = body.get("messages") or body.get("input") or body.get("contents") or []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def strings(value: object) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def marks(text: str) -> list[str]:
    """Ids of the messages in a text, each as often as it stands there."""
    return MARK.findall(text)


def text_of(number: int, dice: random.Random) -> str:
    """Short, long, of several lines, or with what a CLI may take for something else."""
    match dice.randrange(5):
        case 0:
            return f"!«{number}» `ls` $HOME 'q' \"q\" 漢字"
        case 1:
            return "\n".join([f"«{number}»", *(f"line {line}" for line in range(dice.randrange(2, 30)))])
        case 2:
            return f"/«{number}» look at @README"
        case _:
            return f"word «{number}»"


def make(
    root: Path,
    crew: Mapping[str, Mapping[str, object]],
    *,
    real: Mapping[str, Path] = MappingProxyType({}),
    script: str = "",
    pace: float = 0.0,
) -> PostTown:
    """The town, not started yet.

    Args:
        crew: name → behaviour of a fake; the name's letters are the CLI.
        real: driver → program of a real CLI.
        script, pace: more for the scripted model to say, and how fast.
    """
    root.parent.mkdir(parents=True, exist_ok=True)
    ctx = create_town(root, name="post", default_agent="builtin", mayor_driver="builtin")
    origin = root.parent / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    (origin / "README").write_text("post\n")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "Begin")
    server, bodies, thread = serve(root.parent / "scenario.toml", ctx, script, pace)
    with transaction(ctx.ledger) as conn:
        settings.put(conn, settings.REHEARSAL, server.url)
    add(ctx, RIG, str(origin), prefix="po", max_polecats=1)
    program = wrapper(root.parent, {f"{RIG}/crew/{name}": behaviour for name, behaviour in crew.items()}, real.get("claude"))
    with open(ctx.layout.config, "a", encoding="utf-8") as stream:
        stream.writelines(
            f'\n[drivers.{driver}]\ncommand = "{command}"\n' for driver, command in {**real, "claude": program}.items()
        )
    kinds = {name: name.rstrip("0123456789").replace("fake", "claude") for name in crew}
    addresses = [control.add_crew(ctx, RIG, name, kind).address for name, kind in kinds.items()]

    def end_server() -> None:
        server.shutdown()
        server.server_close()
        thread.join(5)

    return PostTown(ctx, bodies, end_server, tuple(addresses))


def serve(
    path: Path, ctx: TownContext, script: str, pace: float
) -> tuple[RehearsalServer, list[dict[str, object]], threading.Thread]:
    """The scripted model in this process, which keeps every request's body."""
    path.write_text(SCENARIO + script, encoding="utf-8")
    server = RehearsalServer(scenario.load(path), pace=pace, gt_command=str(ctx.layout.bin / "gt"))
    bodies: list[dict[str, object]] = []
    plain = server.RequestHandlerClass

    def keep(handler: object) -> dict[str, object]:
        body: dict[str, object] = plain._body(handler)  # type: ignore[attr-defined]
        bodies.append(body)
        return body

    server.RequestHandlerClass = type("Keeping", (plain,), {"_body": keep})  # type: ignore[misc, assignment]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    return server, bodies, thread


def wrapper(directory: Path, behaviours: Mapping[str, Mapping[str, object]], claude: Path | None) -> Path:
    """`claude` as the town starts it: the real one for agents called claude…, else the fake with its behaviour."""
    lines = ["#!/bin/sh", 'case "$GT_AGENT" in']
    if claude is not None:
        lines.append(f'*/claude*) exec {shlex.quote(str(claude))} "$@" ;;')
    for agent, behaviour in behaviours.items():
        given = json.dumps({"log": str(directory / "fake.jsonl"), **behaviour})
        lines.append(f'{agent}) exec {shlex.quote(sys.executable)} -I {shlex.quote(str(FAKE))} {shlex.quote(given)} "$@" ;;')
    program = directory / "claude"
    program.write_text("\n".join([*lines, "esac", 'echo "2.1.330 (Claude Code)"', ""]))
    program.chmod(0o700)
    return program


def capture(town: PostTown, agent: str) -> str:
    """An agent's screen, for a failed test's words."""
    run = runs.active_of_agent(town.ctx.ledger, agent)
    argv = ["tmux", "-S", str(town.ctx.layout.tmux_socket), "capture-pane", "-p", "-t", run.pane if run else "%0"]
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout
