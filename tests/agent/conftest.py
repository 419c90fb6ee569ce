from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gastown_tui.agent import session
from gastown_tui.agent.loop import Agent
from gastown_tui.agent.settings import Settings, read
from gastown_tui.agent.surface import DENY, Answer, Level, Question
from gastown_tui.agent.town import NoTown, Town
from gastown_tui.core.evidence import AgentState
from gastown_tui.rehearsal import scenario
from gastown_tui.rehearsal.server import RehearsalServer

Serve = Callable[..., RehearsalServer]


@dataclass
class Recorder:
    """A surface that keeps what it was shown and answers questions from a list."""

    answers: list[Answer] = field(default_factory=list)
    text: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)
    results: list[tuple[str, str, bool]] = field(default_factory=list)
    notices: list[tuple[str, Level]] = field(default_factory=list)
    states: list[tuple[AgentState, str]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    on_text: Callable[[], None] = lambda: None
    on_state: Callable[[AgentState], None] = lambda _: None
    on_call: Callable[[], None] = lambda: None
    never_answers: bool = False

    def show_user(self, text: str, sender: str) -> None:
        return

    def show_text(self, delta: str) -> None:
        self.text += delta
        self.on_text()

    def end_text(self) -> None:
        return

    def show_call(self, tool: str, summary: str) -> None:
        self.calls.append((tool, summary))
        self.on_call()

    def show_result(self, tool: str, text: str, is_error: bool) -> None:
        self.results.append((tool, text, is_error))

    def notice(self, text: str, level: Level = Level.INFO) -> None:
        self.notices.append((text, level))

    def set_state(self, state: AgentState, detail: str = "") -> None:
        if not self.states or self.states[-1][0] is not state:
            self.states.append((state, detail))
        self.on_state(state)

    def set_fill(self, share: float) -> None:
        return

    async def ask(self, question: Question) -> Answer:
        import asyncio

        self.questions.append(question)
        if self.never_answers:
            await asyncio.get_running_loop().create_future()
        return self.answers.pop(0) if self.answers else Answer(DENY)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a rehearsal server for the scenario text given; stopped afterwards."""
    running: list[tuple[RehearsalServer, threading.Thread]] = []

    def start(text: str, *, pace: float = 0.0) -> RehearsalServer:
        path = tmp_path / "scenario.toml"
        path.write_text(text, encoding="utf-8")
        server = RehearsalServer(scenario.load(path), pace=pace)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((server, thread))
        return server

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join(5)


@dataclass
class Workshop:
    """Where an agent under test works."""

    directory: Path
    environment: dict[str, str]
    agents: list[Agent] = field(default_factory=list)

    def settings(self, *arguments: str) -> Settings:
        return read(list(arguments), self.environment, str(self.directory))

    def agent(self, recorder: Recorder, *arguments: str, town: Town | None = None) -> Agent:
        agent = session.build(self.settings(*arguments), recorder, town or NoTown())
        agent.jitter = lambda: 0.0
        self.agents.append(agent)
        return agent


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    directory = tmp_path / "work"
    directory.mkdir()
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home"), "ANTHROPIC_AUTH_TOKEN": "scripted"}
    shop = Workshop(directory, environment)
    yield shop
    for agent in shop.agents:
        agent.transcript.close()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()
