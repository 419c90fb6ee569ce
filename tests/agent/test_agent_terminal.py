"""The agent's terminal in a real tmux: permission by key, interruption, paste, resize, queueing, quitting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from gastown_tui.services import messages, requests
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town

pytestmark = [pytest.mark.tmux, pytest.mark.xdist_group("agent-terminal")]
ROOT = Path(__file__).resolve().parents[2]
SCENARIO = """
[[script]]
match = "^ask"
[[script.step]]
say = "I would run something."
shell = "touch made"
[[script.step]]
shell = "sh -c 'echo second > made'"
[[script.step]]
when = "denied"
say = "Then not."
[[script.step]]
say = "It is made."

[[script]]
match = "^long"
[[script.step]]
say = "A very long and slow answer that nobody wants to wait for until its very end comes."
fault = "slow"

[[script]]
match = "^limit"
[[script.step]]
say = "Over."
fault = "rate_limit"

[[script]]
match = "^hello"
[[script.step]]
say = "Good day. 日本語 \\u001b[31mred\\u001b]0;stolen\\u0007"
"""

OTHER_SESSION = "import subprocess, sys; subprocess.call(sys.argv[1:], start_new_session=True)"


class Terminal:
    """One agent in a tmux server of its own."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.directory = directory
        self.work = directory / "work"
        self.work.mkdir()
        self.transcript = directory / "t.jsonl"
        self._socket = str(directory / "s")
        self._environment = environment
        self.status = directory / "status"
        self.keeps_status = False
        """Let a shell write the exit status down: tmux 3.3a loses some. The shell is the pane's process then."""
        self.hears_hang_up = True
        """Whether the terminal's end is told by a signal: only to the processes of its own session."""

    def start(self, *arguments: str) -> None:
        settings = [f"{name}={value}" for name, value in self._environment.items()]
        agent = [sys.executable, "-m", "gastown_tui.agent", "--transcript", str(self.transcript), *arguments]
        keeper = ["sh", "-c", '"$@"; echo $? > "$0"', str(self.status)] if self.keeps_status else []
        command = ["new-session", "-d", "-x", "80", "-y", "24", "-s", "a", "-c", str(self.work)]
        keeper += [] if self.hears_hang_up else [sys.executable, "-c", OTHER_SESSION]
        command += [*keeper, "env", "-i", *settings, *agent]
        self.tmux("-f", "/dev/null", *command, ";", "set-option", "-w", "-t", "=a:", "remain-on-exit", "on")

    def join(self, town: Path) -> None:
        """Runs as the mayor of a town."""
        self._environment |= {"GT_TOWN": str(town), "GT_AGENT": "mayor", "GT_RUN": "run00001"}

    def tmux(self, *arguments: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        command = ["tmux", "-u", "-S", self._socket, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p", "-t", "=a:")

    def history(self) -> str:
        return self.tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "=a:")

    def title(self) -> str:
        return self.tmux("display-message", "-p", "-t", "=a:", "#{pane_title}").strip()

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "=a:", *keys)

    def say(self, text: str) -> None:
        self.tmux("send-keys", "-t", "=a:", "-l", text)
        self.keys("Enter")

    def lines(self, kind: str) -> list[dict[str, Any]]:
        if not self.transcript.exists():
            return []
        lines = [json.loads(line) for line in self.transcript.read_text().splitlines()]
        return [line for line in lines if line["type"] == kind]


@pytest.fixture
def wait() -> Callable[..., None]:
    def until(check: Callable[[], bool], what: Callable[[], str], seconds: float = 45.0) -> None:
        pause = threading.Event()
        for _ in range(int(seconds / 0.05)):
            if check():
                return
            pause.wait(0.05)
        pytest.fail(what())

    return until


@pytest.fixture
def terminal(serve: Any) -> Iterator[Terminal]:
    with tempfile.TemporaryDirectory(prefix="gta-") as name:
        directory = Path(name).resolve()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory / "home"),
            "PYTHONPATH": str(ROOT),
            "TERM": "tmux-256color",
            "LANG": "C.UTF-8",
            "ANTHROPIC_BASE_URL": serve(SCENARIO, pace=0.0).url,
            "ANTHROPIC_AUTH_TOKEN": "scripted",
        }
        found = Terminal(directory, environment)
        yield found
        found.tmux("kill-server")


def ready(terminal: Terminal, wait: Any, *arguments: str) -> None:
    terminal.start(*arguments)
    wait(lambda: terminal.title() == "✳ idle" and "›" in terminal.screen(), terminal.screen)


def press_until(terminal: Terminal, wait: Any, key: str, words: str) -> None:
    """A key right after typing is not taken for an answer, so it is pressed until it is."""

    def pressed() -> bool:
        if words in terminal.screen():
            return True
        if "Do you want to allow this?" in terminal.screen():
            terminal.keys(key)
        return False

    wait(pressed, terminal.screen)


def test_a_permission_is_given_by_key_and_denied_with_a_reason(terminal: Terminal, wait: Any) -> None:
    ready(terminal, wait)
    terminal.say("ask")
    wait(lambda: "Do you want to allow this?" in terminal.screen(), terminal.screen)
    assert terminal.title() == "▲ permission"
    wait(lambda: "sh -c 'echo second > made'" in terminal.screen(), terminal.screen)
    wait(lambda: "1. Allow once (y)" in terminal.screen(), terminal.screen)
    terminal.keys("x")
    press_until(terminal, wait, "1", "It is made.")
    assert (terminal.work / "made").read_text() == "second\n"
    terminal.say("ask")
    wait(lambda: "Do you want to allow this?" in terminal.screen(), terminal.screen)
    press_until(terminal, wait, "n", "Why not?")
    terminal.say("no shell here")
    wait(lambda: "Then not." in terminal.screen(), terminal.screen)
    assert "no shell here" in json.dumps(terminal.lines("tool_result"))
    wait(lambda: terminal.title() == "✳ idle", terminal.title)


def test_escape_interrupts_an_answer_and_words_wait_for_its_end(terminal: Terminal, wait: Any) -> None:
    ready(terminal, wait)
    terminal.say("long")
    wait(lambda: "A very long" in terminal.screen(), terminal.screen)
    wait(lambda: "esc to interrupt" in terminal.screen(), terminal.screen)
    assert terminal.title() == "◐ working"
    live = json.loads((terminal.directory / "t.live.json").read_text())
    assert live["text"].startswith("A very")
    terminal.say("hello")
    wait(lambda: "next: hello" in terminal.screen(), terminal.screen)
    terminal.keys("Escape")
    wait(lambda: "Good day." in terminal.screen(), terminal.screen)
    assert "Interrupted." in terminal.history()
    assert "very end comes" not in terminal.history()
    wait(lambda: not (terminal.directory / "t.live.json").exists(), terminal.screen)


def test_foreign_text_keeps_its_hands_off_the_terminal(terminal: Terminal, wait: Any) -> None:
    ready(terminal, wait)
    terminal.say("hello")
    wait(lambda: "Good day. 日本語 red" in terminal.screen(), terminal.screen)
    wait(lambda: terminal.title() == "✳ idle", terminal.title)


def test_a_large_paste_with_wide_characters_arrives_whole(terminal: Terminal, wait: Any) -> None:
    ready(terminal, wait)
    text = "\n".join(f"line {number} 日本語 🎉 $HOME `x` \\ 'q'" for number in range(400))
    assert len(text.encode()) > 10_000
    paste = terminal.directory / "paste"
    paste.write_text(text)
    terminal.tmux("load-buffer", "-b", "p", str(paste), ";", "paste-buffer", "-p", "-r", "-d", "-b", "p", "-t", "=a:")
    wait(lambda: "line 399" in terminal.screen(), terminal.screen)
    assert terminal.lines("user") == []
    terminal.keys("Enter")
    wait(lambda: len(terminal.lines("user")) == 1, terminal.screen)
    assert terminal.lines("user")[0]["text"] == text


def test_several_lines_are_typed_and_history_brings_them_back(terminal: Terminal, wait: Any) -> None:
    ready(terminal, wait)
    terminal.tmux("send-keys", "-t", "=a:", "-l", "hello\\")
    terminal.keys("Enter")
    terminal.tmux("send-keys", "-t", "=a:", "-l", "two")
    terminal.keys("C-j")
    terminal.say("three")
    wait(lambda: len(terminal.lines("assistant")) == 1, terminal.screen)
    assert terminal.lines("user")[0]["text"] == "hello\ntwo\nthree"
    wait(lambda: terminal.title() == "✳ idle", terminal.title)
    terminal.keys("Up")
    wait(lambda: "› hello" in terminal.screen().rsplit("Good day.", 1)[-1], terminal.screen)
    terminal.keys("C-c")
    wait(lambda: "three" not in terminal.screen().rsplit("Good day.", 1)[-1], terminal.screen)


def test_the_composer_survives_a_resize(terminal: Terminal, wait: Any) -> None:
    ready(terminal, wait)
    terminal.tmux("send-keys", "-t", "=a:", "-l", "hello and a draft that is long enough to be wrapped at forty columns")
    for width, height in ((40, 12), (132, 43), (80, 24)):
        terminal.tmux("resize-window", "-t", "=a:", "-x", str(width), "-y", str(height))
        wait(lambda: "forty" in terminal.screen() and "/help" in terminal.screen(), terminal.screen)
    terminal.keys("Enter")
    wait(lambda: "Good day." in terminal.screen(), terminal.screen)


def test_a_rate_limit_counts_down_and_can_be_left(terminal: Terminal, wait: Any) -> None:
    ready(terminal, wait)
    terminal.say("limit")
    wait(lambda: "rate limit (429)" in terminal.screen() and "retrying in" in terminal.screen(), terminal.screen)
    assert terminal.title() == "◌ retrying"
    terminal.keys("C-c")
    wait(lambda: terminal.title() == "✳ idle", terminal.title)


def test_first_words_are_given_and_the_conversation_goes_on_after_the_end(terminal: Terminal, wait: Any) -> None:
    terminal.keeps_status = True
    ready(terminal, wait, "--prompt", "hello")
    wait(lambda: "Good day." in terminal.screen(), terminal.screen)
    terminal.keys("C-d")
    wait(lambda: "--resume" in terminal.screen(), terminal.screen)
    wait(lambda: terminal.status.exists() and terminal.status.read_text() != "", terminal.screen)
    assert terminal.status.read_text() == "0\n"
    session = terminal.lines("session")[0]["id"]
    terminal.tmux("kill-session", "-t", "=a:")
    ready(terminal, wait, "--resume", session)
    wait(lambda: "Going on with conversation" in terminal.screen(), terminal.screen)
    terminal.say("ask")
    wait(lambda: "Do you want" in terminal.screen(), terminal.screen)
    assert len(terminal.lines("user")) == 2


def test_a_hang_up_ends_the_agent_and_its_tools(terminal: Terminal, wait: Any) -> None:
    ready(terminal, wait)
    terminal.say("ask")
    wait(lambda: "Do you want" in terminal.screen(), terminal.screen)
    pid = int(terminal.tmux("display-message", "-p", "-t", "=a:", "#{pane_pid}"))
    os.kill(pid, 15)
    wait(lambda: terminal.tmux("display-message", "-p", "-t", "=a:", "#{pane_dead}").strip() == "1", terminal.screen)
    assert terminal.lines("note")[-1]["kind"] == "interrupted"


@pytest.mark.parametrize(("words", "shown"), [("", "/help"), ("ask", "Do you want"), ("long", "A very")])
def test_an_agent_ends_when_its_terminal_is_gone_and_no_signal_says_so(
    terminal: Terminal, wait: Any, words: str, shown: str
) -> None:
    terminal.hears_hang_up = False
    ready(terminal, wait)
    if words:
        terminal.say(words)
    wait(lambda: shown in terminal.screen(), terminal.screen)
    pane = int(terminal.tmux("display-message", "-p", "-t", "=a:", "#{pane_pid}"))
    (agent,) = psutil.Process(pane).children(recursive=True)
    terminal.tmux("kill-server")
    wait(lambda: not agent.is_running(), lambda: f"{agent} outlived its terminal")


@pytest.fixture
def town(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Iterator[TownContext]:
    for name in ("GT_TOWN", "GT_AGENT", "GT_RUN"):
        monkeypatch.delenv(name, raising=False)
    overseer = create_town(terminal.directory / "town")
    terminal.join(overseer.layout.root)
    yield overseer
    overseer.close()


def test_in_a_town_it_takes_messages_at_rest_and_the_overseer_can_answer(terminal: Terminal, town: TownContext, wait: Any) -> None:
    ready(terminal, wait)
    messages.say(town, "mayor", "ask")
    wait(lambda: "Do you want to allow this?" in terminal.screen(), terminal.screen)
    wait(lambda: "✉ overseer: ask" in terminal.screen(), terminal.screen)
    terminal.tmux("send-keys", "-t", "=a:", "-l", "zz")
    requests.answer(town, requests.open_ones(town)[0].id, "allow")
    wait(lambda: "allowed once by overseer" in terminal.screen(), terminal.screen)
    wait(lambda: terminal.title() == "✳ idle", terminal.title)
    assert "Do you want to allow this?" not in terminal.screen()
    assert terminal.lines("user")[0]["sender"] == "overseer"
    messages.say(town, "mayor", "hello")
    wait(lambda: "Good day." in terminal.screen(), terminal.screen)
