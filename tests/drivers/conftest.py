"""Real agent CLIs in a real tmux on a private socket, with a scripted model, a town and an empty HOME."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from real_clis import program_of

from gastown_tui.core.layout import TownLayout
from gastown_tui.core.rows import Request, Rig, Run
from gastown_tui.core.states import Dial, RequestState, RunState
from gastown_tui.drivers.base import LaunchRequest
from gastown_tui.drivers.registry import get
from gastown_tui.infra.environment import clean_environment
from gastown_tui.ledger import agents, connection, migrations, requests, rigs, runs, telemetry
from gastown_tui.rehearsal import scenario
from gastown_tui.rehearsal.server import RehearsalServer
from gastown_tui.services import requests as questions
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import write_commands

AGENT = "ms/polecats/ace"
PATIENCE = 60.0
SLOW = {"opencode": 180.0}
"""CLIs that fetch parts of themselves at the first start in an empty home."""


@pytest.fixture(autouse=True)
def clean_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No town, tmux, git or session of ours around the test; an empty HOME."""
    for name in list(os.environ):
        if name.startswith(("GT_", "GIT_", "TMUX", "XDG_", "CLAUDE", "ANTHROPIC_", "CODEX_", "OPENAI_", "GEMINI_")):
            monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@dataclass
class Stage:
    """A town with one polecat, and what it takes to run a real CLI in it."""

    layout: TownLayout
    worktree: Path
    url: str
    program: Path
    socket: Path
    driver: str

    def request(self, run: str, prompt: str, **more: object) -> LaunchRequest:
        """A launch request for a new run."""
        directory = self.layout.run_directory(run)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        facts: dict[str, object] = {
            "town": self.layout.root,
            "run": run,
            "agent": AGENT,
            "role": "polecat",
            "worktree": self.worktree,
            "run_directory": directory,
            "gt": self.layout.bin / "gt",
            "gt_hook": self.layout.bin / "gt-hook",
            "prompt": prompt,
            "settings": {"rehearsal": "1", "base_url": self.url, "command": str(self.program)},
            **more,
        }
        return LaunchRequest(**facts)  # type: ignore[arg-type]

    def start(self, request: LaunchRequest) -> str:
        """Starts the run's CLI in a session named after the run; returns its conversation id."""
        conn = connection.connect(self.layout.ledger)
        previous = runs.active_of_agent(conn, AGENT)
        if previous is not None:
            runs.move(conn, previous.id, RunState.LOST, actor="supervisor", now=time.time())
        runs.create(conn, replace(new_run(request.run), driver=self.driver), actor="supervisor")
        conn.close()
        launch = get(self.driver).launch(request, dict(os.environ))
        for path, text in launch.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for directory in launch.directories:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        environment = {
            **clean_environment(os.environ, TERM="tmux-256color", LANG="C.UTF-8"),
            **launch.environment,
            **launch.secrets,
            "GT_TOWN": str(self.layout.root),
            "GT_AGENT": AGENT,
            "GT_RUN": request.run,
            "GT": str(request.gt),
            "GT_HOOK": str(request.gt_hook),
            "GIT_AUTHOR_NAME": AGENT,
            "GIT_COMMITTER_NAME": AGENT,
            "EMAIL": "ms.polecats.ace@gastown.invalid",
        }
        environment["PATH"] = f"{self.layout.bin}{os.pathsep}{environment['PATH']}"
        words = [f"{name}={value}" for name, value in environment.items()]
        self.tmux(
            "new-session",
            "-d",
            "-s",
            request.run,
            "-x",
            "120",
            "-y",
            "40",
            "-c",
            str(request.worktree),
            "env",
            "-i",
            *words,
            *launch.argv,
        )
        self.tmux("set-option", "-w", "-t", f"={request.run}:", "remain-on-exit", "on")
        return launch.conversation

    def tmux(self, *words: str) -> str:
        argv = ["tmux", "-f", "/dev/null", "-S", str(self.socket), *words]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    def screen(self, run: str) -> str:
        return self.tmux("capture-pane", "-p", "-t", f"={run}:")

    def press_until(self, condition: Callable[[], object], run: str, key: str) -> None:
        """Presses a key until it took: a dialog ignores keys in its first moments."""
        pressed = 0.0

        def is_done() -> bool:
            nonlocal pressed
            if condition():
                return True
            if time.monotonic() - pressed > 1.0:
                pressed = time.monotonic()
                self.tmux("send-keys", "-t", f"={run}:", key)
            return False

        self.until(is_done, run)

    def state(self, run: str) -> str:
        conn = telemetry.open_telemetry(self.layout.telemetry)
        try:
            found = telemetry.reports(conn).get(run)
            return found.state if found else ""
        finally:
            conn.close()

    def events(self, run: str) -> list[tuple[str, dict[str, object]]]:
        conn = telemetry.open_telemetry(self.layout.telemetry)
        try:
            return [(event, data) for _, event, data in telemetry.events_of(conn, run, 500)]
        finally:
            conn.close()

    def requests(self) -> list[Request]:
        conn = connection.connect(self.layout.ledger)
        try:
            return requests.REQUESTS.all(conn)
        finally:
            conn.close()

    def request_state(self, request: str) -> RequestState:
        return next(one.state for one in self.requests() if one.id == request)

    def answer(self, request: str, key: str, text: str = "") -> None:
        ctx = TownContext(self.layout)
        try:
            questions.answer(ctx, request, key, text)
        finally:
            ctx.close()

    def until(self, condition: Callable[[], object], run: str) -> None:
        """Waits for a condition; shows the screen when it does not come true."""
        patience = SLOW.get(self.driver, PATIENCE)
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"not within {patience} s; state {self.state(run)!r}; screen:\n{self.screen(run)}")
            threading.Event().wait(0.05)


def new_run(run: str) -> Run:
    return Run(
        id=run, agent=AGENT, bead="", attempt=1, state=RunState.QUEUED, reason="", token="t" * 32, epoch=1, driver="claude",
        conversation="", session="", pane="", worktree="", branch="", base="", head="", save_ref="", pid=None,
        pid_started=None, boot_id="", created_at=1.0, started_at=None, ready_at=None, ended_at=None, exit_status=None,
        exit_signal=None,
    )  # fmt: skip


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Stage]]:
    """Makes a stage for a scenario text; ends its tmux server, model and files afterwards. The test names its CLI by a
    parameter `driver`, or its module by DRIVER."""
    parameters = getattr(request.node, "callspec", None)
    driver: str = (parameters.params.get("driver") if parameters else None) or request.module.DRIVER
    program = program_of(driver)
    with tempfile.TemporaryDirectory(prefix="gtc-", ignore_cleanup_errors=True) as name:
        base = Path(name).resolve()
        made: list[tuple[Stage, RehearsalServer, threading.Thread]] = []

        def make(text: str) -> Stage:
            (base / "scenario.toml").write_text(text, encoding="utf-8")
            server = RehearsalServer(scenario.load(base / "scenario.toml"), pace=0.0)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            layout = make_town(base / "town.d", driver)
            worktree = make_worktree(layout)
            stage = Stage(layout, worktree, server.url, program, base / "s", driver)
            made.append((stage, server, thread))
            return stage

        yield make
        for one, server, thread in made:
            end_all(one)
            server.shutdown()
            server.server_close()
            thread.join(5)


def end_all(stage: Stage) -> None:
    """Ends the tmux server and waits until no CLI is left that could still write into the town."""
    listed = subprocess.run(
        ["tmux", "-S", str(stage.socket), "list-panes", "-a", "-F", "#{pane_pid}"], capture_output=True, text=True, check=False
    )
    subprocess.run(["tmux", "-S", str(stage.socket), "kill-server"], capture_output=True, check=False)
    end = time.monotonic() + 10
    for pid in map(int, listed.stdout.split()):
        while is_alive(pid) and time.monotonic() < end:
            threading.Event().wait(0.02)
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def make_town(root: Path, driver: str) -> TownLayout:
    layout = TownLayout(root)
    for directory in (layout.private, layout.logs, layout.bin):
        directory.mkdir(parents=True)
    connection.create(layout.ledger)
    conn = connection.connect(layout.ledger)
    migrations.migrate(conn)
    rigs.add(conn, Rig("ms", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
    agents.ensure(conn, AGENT, driver, actor="overseer", now=1.0)
    conn.close()
    telemetry.prepare(layout.telemetry)
    write_commands(layout)
    gt = f'#!/bin/sh\necho "$GT_AGENT: $*" >> {shlex.quote(str(layout.logs / "gt.log"))}\n'
    (layout.bin / "gt").write_text(gt)
    return layout


def make_worktree(layout: TownLayout) -> Path:
    """A polecat's worktree on the rig's bare repository: its git directory lies outside of it."""
    bare, worktree = layout.root / "ms" / "repo.git", layout.root / "ms" / "polecats" / "ace"
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.invalid"]
    seed = layout.root / "seed"
    commands = [
        ["init", "-q", "-b", "main", str(seed)],
        ["-C", str(seed), *identity, "commit", "-q", "--allow-empty", "-m", "first"],
        ["clone", "-q", "--bare", str(seed), str(bare)],
        ["-C", str(bare), "worktree", "add", "-q", "-b", "polecat/ace/ms-1", str(worktree), "main"],
    ]
    for command in commands:
        subprocess.run(["git", *command], check=True, capture_output=True)
    return worktree


class OneCall(BaseHTTPRequestHandler):
    """A model that calls one tool by name, whatever it is asked, and then says what came back."""

    tool = ""
    given: object = None

    def log_message(self, *_: object) -> None: ...

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_HEAD

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        blocks = [block for message in asked["messages"] for block in message["content"] if isinstance(block, dict)]
        results = [block for block in blocks if block.get("type") == "tool_result"]
        if asked.get("tools") and not results:
            block = {"type": "tool_use", "id": "toolu_1", "name": self.tool, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(self.given)}
        else:
            block = {"type": "text", "text": ""}
            delta = {"type": "text_delta", "text": f"came back: {results[0]['content'] if results else ''}"}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": asked["model"], "stop_sequence": None}
        usage = {"input_tokens": 9, "output_tokens": 9}
        events = [
            {"type": "message_start", "message": {**message, "content": [], "stop_reason": None, "usage": usage}},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use" if "id" in block else "end_turn"}, "usage": usage},
            {"type": "message_stop"},
        ]
        body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        if not asked.get("stream"):
            body = json.dumps({**message, "content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn", "usage": usage})
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if asked.get("stream") else "application/json")
        self.send_header("content-length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


@pytest.fixture
def stage_calling(stage: Callable[[str], Stage]) -> Iterator[Callable[[str, object], Stage]]:
    """A stage whose model calls one tool that no scenario has."""
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def make(tool: str, given: object) -> Stage:
        handler = type("Handler", (OneCall,), {"tool": tool, "given": given})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((server, thread))
        plain = stage('[[script]]\nmatch = "."\n[[script.step]]\nsay = "x"\n')
        return replace(plain, url=f"http://127.0.0.1:{server.server_address[1]}")

    yield make
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join(5)
