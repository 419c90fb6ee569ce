"""Dialogs that stand in real panes become questions, are answered with keys once, and are settled when they go."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gastown_tui.core.requests import choices_of, note_of, risk_of
from gastown_tui.core.rows import Request, Run
from gastown_tui.core.states import RequestState, RunState
from gastown_tui.infra.act.sessions import SessionSpec, create_session
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, events, incidents, messages, requests, runs, telemetry
from gastown_tui.services import requests as asking
from gastown_tui.services import rules
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town
from gastown_tui.supervisor import prompts as module
from gastown_tui.supervisor.prompts import Prompts
from gastown_tui.supervisor.scheduler import new_run
from worlds import seen

pytestmark = pytest.mark.tmux
SCREENS = Path(__file__).parent.parent / "drivers" / "screens"
PAINTER = Path(__file__).parent.parent / "support" / "painter.py"
AGENT = "ms/crew/ace"


@dataclass
class Stage:
    """A town with one painted agent, and the supervisor's part that looks at its dialogs."""

    ctx: TownContext
    run: Run
    place: Path
    pane: str
    watcher: Prompts

    def round(self) -> None:
        panes = [pane for pane in TmuxServer(self.ctx.layout).snapshot() if pane.run == self.run.id]
        self.watcher.attend(seen(runs=tuple(runs.active(self.ctx.ledger))), panes)

    def until(self, condition: Callable[[], object], seconds: float = 40.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{self.screen()}\n{requests.REQUESTS.all(self.ctx.ledger)}"
            self.round()
            threading.Event().wait(0.1)

    def rounds(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def screen(self) -> str:
        return "\n".join(TmuxServer(self.ctx.layout).capture(self.pane))

    def open(self) -> list[Request]:
        return requests.open_ones(self.ctx.ledger)

    def asked(self) -> Request:
        self.until(self.open)
        (request,) = self.open()
        return request

    def now(self, request: Request) -> Request:
        return requests.get(self.ctx.ledger, request.id)

    def keys(self) -> list[bytes]:
        path = self.place / "keys"
        return path.read_bytes().split(b"\n")[:-1] if path.exists() else []

    def paint(self, name: str) -> None:
        (self.place / "screen").write_text((SCREENS / f"{name}.txt").read_text())
        os.kill(int((self.place / "pid").read_text()), signal.SIGUSR1)

    def cards(self) -> list[str]:
        return [card.detail for card in incidents.open_ones(self.ctx.ledger) if card.kind == module.CARD]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Stage]]:
    """Starts a painted agent of a driver; ends its tmux server afterwards."""
    for name in ("TMUX", "GT_TOWN", "GT_RUN", "GT_AGENT"):
        monkeypatch.delenv(name, raising=False)
    with tempfile.TemporaryDirectory(prefix="gtp-", ignore_cleanup_errors=True) as name:
        base = Path(name).resolve()
        monkeypatch.setenv("HOME", name)
        ctx = create_town(base / "town", name="town")
        server = TmuxServer(ctx.layout)

        def make(driver: str, screen: str, after: str = "") -> Stage:
            place = base / "paint"
            place.mkdir()
            (place / "screen").write_text((SCREENS / f"{screen}.txt").read_text())
            (place / "after").write_text((SCREENS / f"{after or 'claude330-ready'}.txt").read_text())
            agents.ensure(ctx.ledger, AGENT, driver, actor="overseer", now=1.0)
            run = new_run(AGENT, "", driver, 1, 1, time.time())
            runs.create(ctx.ledger, run, actor="supervisor")
            for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
                runs.move(ctx.ledger, run.id, state, actor="supervisor", now=time.time(), facts={"worktree": str(place)})
            server.ensure()
            argv = (sys.executable, "-I", "-S", str(PAINTER), str(place))
            spec = SessionSpec(AGENT, run.id, run.token, ctx.layout.root, argv, place, width=120, height=40)
            pane = create_session(ctx.layout, spec)
            return Stage(ctx, runs.get(ctx.ledger, run.id), place, pane, Prompts(ctx))

        yield make
        ctx.close()
        subprocess.run(["tmux", "-S", str(ctx.layout.tmux_socket), "kill-server"], capture_output=True, check=False)


@pytest.mark.parametrize(
    ("driver", "screen", "after", "key", "typed"),
    [
        ("claude", "claude-permission-bash2", "", "deny", [b"3"]),
        ("claude", "claude330-ask-question", "", "2", [b"\x1b[B", b"\r"]),
        ("claude", "claude330-plan", "", "always", [b"1"]),
        ("claude", "claude-trust-dialog", "", "allow", [b"\r"]),
        ("codex", "codex-permission", "codex-ready", "allow", [b"y"]),
        ("codex", "codex-hook-trust-dialog", "codex-ready", "deny", [b"\x1b[B", b"\x1b[B", b"\r"]),
    ],
)
def test_a_dialog_is_asked_and_answered_by_its_own_keys_once(
    stage: Callable[..., Stage], driver: str, screen: str, after: str, key: str, typed: list[bytes]
) -> None:
    town = stage(driver, screen, after)
    request = town.asked()
    assert (request.agent, request.run, request.channel, request.directory) == (AGENT, town.run.id, "pane", str(town.place))
    asking.answer(town.ctx, request.id, key)
    town.until(lambda: town.now(request).proof == "taken")
    town.rounds(1.5)
    assert town.keys() == typed
    assert town.open() == []
    assert town.cards() == []
    kinds = [event.kind for event in events.after(town.ctx.ledger, 0, 100) if event.kind.startswith("request.")]
    assert kinds == ["request.opened", "request.answered", "request.taken"]


def test_the_agents_labels_and_the_risk_are_there(stage: Callable[..., Stage]) -> None:
    request = stage("codex", "codex-permission").asked()
    assert [one.label for one in choices_of(request)] == [
        "Yes, proceed",
        "Yes, and don't ask again for commands that start with `git init -q /home/toast/outside`",
        "No, and tell Codex what to do differently",
    ]
    assert request.title == "Bash: git init -q /home/toast/outside && echo made"
    assert "the scripted test wants this" in request.detail
    assert [kind for kind, _ in risk_of(request)] == ["outside"]


def test_a_reason_follows_a_refusal_as_a_message(stage: Callable[..., Stage]) -> None:
    town = stage("codex", "codex-permission", "codex-ready")
    request = town.asked()
    asking.answer(town.ctx, request.id, "deny", "keep inside the worktree")
    town.until(lambda: town.now(request).proof == "taken")
    (delivery,) = messages.waiting(town.ctx.ledger, AGENT)
    message = messages.get(town.ctx.ledger, delivery.message)
    assert message.sender == "overseer"
    assert "keep inside the worktree" in message.body


@pytest.mark.parametrize("is_by_key", [True, False])
def test_a_run_that_was_refused_is_not_taken_to_ask_for_ever(stage: Callable[..., Stage], is_by_key: bool) -> None:
    """Codex and Gemini CLI end a turn whose call was refused without a word; messages wait for a run that asks."""
    town = stage("codex", "codex-permission", "codex-ready")
    telemetry.report(town.ctx.telemetry, town.run.id, AGENT, "permission", "Bash: x", "PermissionRequest:0", now=time.time())
    request = town.asked()
    if is_by_key:
        asking.answer(town.ctx, request.id, "deny", "no")
    else:
        subprocess.run(["tmux", "-S", str(town.ctx.layout.tmux_socket), "send-keys", "-t", town.pane, "n"], check=True)
    town.until(lambda: town.now(request).proof == "taken" or town.now(request).state is RequestState.SETTLED)
    report = telemetry.reports(town.ctx.telemetry)[town.run.id]
    assert (report.state, report.rule) == ("idle", "RequestEnded")


def test_a_run_that_was_allowed_is_at_work_until_a_later_screen_says_otherwise(stage: Callable[..., Stage]) -> None:
    town = stage("codex", "codex-permission", "codex-ready")
    telemetry.report(town.ctx.telemetry, town.run.id, AGENT, "permission", "Bash: x", "PermissionRequest:0", now=time.time())
    request = town.asked()
    asking.answer(town.ctx, request.id, "allow")
    town.until(lambda: town.now(request).proof == "taken")
    report = telemetry.reports(town.ctx.telemetry)[town.run.id]
    assert (report.state, report.at < request.created_at - 5.0) == ("working", True)


def test_a_dialog_on_a_screen_that_never_rests_is_seen(stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    """opencode's is drawn anew all the time."""
    monkeypatch.setattr(module, "RESTLESS", 0.5)
    monkeypatch.setattr(module, "QUIET", 1000.0)
    town = stage("codex", "codex-permission")
    assert town.asked().title.startswith("Bash: git init")


@pytest.mark.parametrize("is_told", [True, False])
def test_a_standing_rule_presses_the_key_where_a_hook_told_the_call(stage: Callable[..., Stage], is_told: bool) -> None:
    town = stage("codex", "codex-permission", "codex-ready")
    made = rules.add(town.ctx, "allow", "Bash", "git init *")
    if is_told:
        hook = TownContext(town.ctx.layout, AGENT, town.run.id)
        subject = json.dumps({"tool": "Bash", "input": {"command": "git init -q x"}, "waiter": 0})
        asking.publish(hook, "permission", "Bash: git init -q x", "git init -q x", str(town.place), [], "fp", subject=subject)
        hook.close()
        town.until(town.keys)
        assert town.keys() == [b"y"]
        ((by, key),) = [(one.answered_by, one.answer) for one in requests.REQUESTS.all(town.ctx.ledger)]
        assert (by, key) == (f"rule {made.id}", "allow")
        assert rules.listing(town.ctx)[0].uses == 1
    else:
        town.asked()
        town.rounds(1.5)
        assert town.keys() == [], "what is cut from a screen is no ground for a rule"


def test_an_answer_that_is_not_taken_is_told_and_asked_anew_and_never_typed_twice(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROOF_SECONDS", 1.0)
    town = stage("claude", "claude-permission-bash2")
    (town.place / "deaf").touch()
    request = town.asked()
    asking.answer(town.ctx, request.id, "allow")
    town.until(lambda: town.now(request).proof == "unproven")
    again = town.asked()
    assert again.id != request.id
    assert "not seen to be taken" in note_of(again)
    assert len(town.cards()) == 1
    town.rounds(1.5)
    assert town.keys() == [b"1"]
    (town.place / "deaf").unlink()
    asking.answer(town.ctx, again.id, "deny")
    town.until(lambda: town.now(again).proof == "taken")
    assert town.keys() == [b"1", b"3"]
    assert town.cards() == []


def test_an_answer_to_a_dialog_that_has_changed_is_not_sent(stage: Callable[..., Stage]) -> None:
    town = stage("claude", "claude-permission-bash2")
    request = town.asked()
    town.paint("claude-permission-write")
    town.until(lambda: "create notes.md" in town.screen())
    asking.answer(town.ctx, request.id, "allow")
    town.until(lambda: town.now(request).proof == "changed")
    assert town.keys() == []
    assert len(town.cards()) == 1
    assert town.asked().title == "Write: notes.md"


def test_after_a_crash_between_wish_and_key_nothing_is_sent_again(
    stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROOF_SECONDS", 1.0)
    town = stage("claude", "claude-permission-bash2")
    request = town.asked()
    asking.answer(town.ctx, request.id, "allow")
    requests.prove(town.ctx.ledger, request.id, "pressing", actor="supervisor", now=time.time())
    town.until(lambda: town.now(request).proof == "unproven")
    assert town.keys() == []


def test_what_is_answered_in_the_pane_is_settled(stage: Callable[..., Stage]) -> None:
    town = stage("codex", "codex-permission", "codex-ready")
    request = town.asked()
    subprocess.run(["tmux", "-S", str(town.ctx.layout.tmux_socket), "send-keys", "-t", town.pane, "y"], check=True)
    town.until(lambda: town.now(request).state is RequestState.SETTLED)


def test_another_dialog_is_another_question(stage: Callable[..., Stage]) -> None:
    town = stage("claude", "claude-permission-bash2")
    first = town.asked()
    town.paint("claude330-ask-question")
    town.until(lambda: town.now(first).state is RequestState.SETTLED)
    assert town.asked().kind == "question"
    town.paint("claude-permission-bash2")
    town.until(lambda: [one for one in town.open() if one.fingerprint == first.fingerprint and one.id != first.id])


def published(town: Stage, kind: str, options: list[tuple[str, str]], waiter: int) -> Request:
    """What a hook asks."""
    hook = TownContext(town.ctx.layout, AGENT, town.run.id)
    try:
        subject = json.dumps({"tool": "Bash", "input": {"command": "make"}, "waiter": waiter})
        request = asking.publish(hook, kind, "Bash: make", "make", "/x", options, f"fp-{waiter}", subject=subject)
    finally:
        hook.close()
    return requests.get(town.ctx.ledger, request)


def test_a_question_of_a_hook_is_settled_when_its_dialog_has_gone(stage: Callable[..., Stage]) -> None:
    """A long command that was allowed in the pane: the CLI tells the hook nothing until it ends."""
    town = stage("claude", "claude330-working-thinking")
    request = published(town, "permission", [("allow", "Allow once"), ("deny", "Deny")], os.getpid())
    town.until(lambda: town.now(request).state is RequestState.SETTLED)


def test_a_question_of_a_waiting_hook_stays_the_hooks(stage: Callable[..., Stage]) -> None:
    town = stage("claude", "claude330-permission-bash")
    request = published(town, "permission", [("allow", "Allow once"), ("deny", "Deny")], os.getpid())
    town.rounds(2.5)
    assert town.open() == [request]


def test_a_dialog_whose_answer_is_being_taken_is_not_asked_anew(stage: Callable[..., Stage]) -> None:
    """A CLI shows it for a moment after its hook has answered; when it stays, it is a question again."""
    town = stage("claude", "claude330-permission-bash")
    request = published(town, "permission", [("allow", "Allow once"), ("deny", "Deny")], os.getpid())
    town.rounds(1.5)
    asking.answer(town.ctx, request.id, "allow")
    town.rounds(2.5)
    assert town.open() == []
    assert town.asked().channel == "pane"


def test_a_question_whose_hook_has_gone_is_answered_by_keys(stage: Callable[..., Stage]) -> None:
    """Killed, or timed out: the dialog still stands, and nobody reads the row."""
    town = stage("claude", "claude330-permission-bash")
    ended = subprocess.Popen(["true"])
    ended.wait()
    request = published(town, "permission", [("allow", "Allow once"), ("deny", "Deny")], ended.pid)
    town.until(lambda: town.now(request).channel == "pane")
    assert len(choices_of(town.now(request))) == 4
    asking.answer(town.ctx, request.id, "allow")
    town.until(lambda: town.now(request).proof == "taken")
    assert town.keys() == [b"1"]


def test_a_plan_gets_the_answers_of_its_dialog(stage: Callable[..., Stage]) -> None:
    town = stage("claude", "claude330-plan")
    request = published(town, "plan", [], os.getpid())
    town.until(lambda: choices_of(town.now(request)))
    assert town.now(request).detail == "make"
    asking.answer(town.ctx, request.id, "deny", "smaller steps")
    town.until(lambda: town.now(request).proof == "taken")
    assert town.keys() == [b"2"]


def test_a_dead_agent_leaves_no_question_behind(stage: Callable[..., Stage]) -> None:
    town = stage("claude", "claude-permission-bash2")
    request = town.asked()
    runs.move(town.ctx.ledger, town.run.id, RunState.LOST, actor="supervisor", now=time.time())
    assert town.now(request).state is RequestState.EXPIRED
    assert town.open() == []
