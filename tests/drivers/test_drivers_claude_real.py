"""The real Claude Code CLI under our settings: hooks, permissions beside its dialog, work, prompts and resumption."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from real_clis import EDIT, WRITE, script

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.states import RequestState
from gastown_tui.drivers.registry import get
from gastown_tui.services import rules
from gastown_tui.services.context import TownContext

DRIVER = "claude"
Stage = Any
"""conftest.Stage, which test modules cannot import."""
pytestmark = [pytest.mark.claude, pytest.mark.tmux, pytest.mark.xdist_group("claude")]

WORK = script(
    "do the work",
    'gt = "prime"',
    'shell = "$GT mail check"',
    WRITE,
    EDIT,
    "shell = \"git add -A && git commit -q -m 'add a' && git status --short\"",
    'gt = "done"',
    'say = "handed in"',
)
ASK = (
    script(
        "try it",
        'shell = "python3 -c \'open(\\"asked.txt\\", \\"w\\")\'"',
        'shell = "python3 -c \'open(\\"asked.txt\\", \\"w\\")\'"',
        'say = "that was it"',
    )
    + script("touch it", 'shell = "touch ruled.txt && touch ruled.txt"', 'say = "touched or not"')
    + script("talk", 'say = "we talk"')
)


def test_a_polecats_work_needs_no_person(stage: Callable[[str], Stage]) -> None:
    """Commit and `gt done` in a worktree whose git directory lies outside, in an empty HOME, without one dialog."""
    town = stage(WORK)
    town.start(town.request("runwork1", "please do the work"))
    town.until(lambda: town.state("runwork1") == "idle", "runwork1")
    names = [event for event, _ in town.events("runwork1")]
    assert names[:2] == ["SessionStart", "UserPromptSubmit"]
    assert names[-1] == "Stop"
    assert names.count("PreToolUse") == 1, "only what was answered: $GT, and no reads and writes"
    assert town.requests() == []
    assert (town.layout.logs / "gt.log").read_text().splitlines() == [
        f"ms/polecats/ace: {verb}" for verb in ("prime", "mail check", "done")
    ]
    log = ["git", "-C", str(town.worktree), "log", "-1", "--format=%an|%s"]
    assert subprocess.run(log, capture_output=True, text=True, check=True).stdout == "ms/polecats/ace|add a\n"
    assert list(town.worktree.glob(".claude*")) == []
    home = Path.home()
    assert [path.name for path in home.iterdir() if path.name != ".cache"] == []


def test_a_long_first_prompt_arrives_whole_and_the_transcript_is_where_we_say(stage: Callable[[str], Stage]) -> None:
    town = stage(ASK)
    lines = [f'{number}: it\'s "quoted" `ticks` $HOME ${{x}} \\ äöü 漢字 — talk' for number in range(60)]
    prompt = "-talk about this\n" + "\n".join(lines)
    assert len(prompt) > 3000
    request = town.request("runlong1", prompt)
    conversation = town.start(request)
    town.until(lambda: town.state("runlong1") == "idle", "runlong1")
    said = [data["prompt"] for event, data in town.events("runlong1") if event == "UserPromptSubmit"]
    assert said == [prompt]
    transcript = get("claude").transcript(request, {})
    assert transcript is not None
    assert transcript.stem == conversation

    def written() -> bool:
        lines = transcript.read_text().splitlines() if transcript.exists() else []
        return any(json.loads(line).get("message", {}).get("content") == prompt for line in lines)

    town.until(written, "runlong1")


@pytest.mark.parametrize(("key", "is_run", "calls"), [("allow", True, 2), ("always", True, 1), ("deny", False, 2)])
def test_the_overseer_answers_beside_the_dialog(stage: Callable[[str], Stage], key: str, is_run: bool, calls: int) -> None:
    town = stage(ASK)
    town.start(town.request("runask01", "please try it"))
    for number in range(calls):
        town.until(lambda: [one for one in town.requests() if one.state is RequestState.OPEN], "runask01")
        town.until(lambda: "Do you want to proceed?" in town.screen("runask01"), "runask01")
        assert town.state("runask01") == "permission"
        (request,) = [one for one in town.requests() if one.state is RequestState.OPEN]
        assert request.detail.startswith("python3 -c ")
        assert Path(request.directory) == town.worktree
        assert number or not (town.worktree / "asked.txt").exists()
        town.answer(request.id, key, "not now" if key == "deny" else "")
    town.until(lambda: town.state("runask01") == "idle", "runask01")
    assert (town.worktree / "asked.txt").exists() is is_run
    assert len(town.requests()) == calls
    assert list(town.worktree.glob(".claude*")) == []


@pytest.mark.parametrize(("key", "is_run"), [("1", True), ("Escape", False)])
def test_an_answer_in_the_pane_settles_the_request(stage: Callable[[str], Stage], key: str, is_run: bool) -> None:
    town = stage(ASK)
    town.start(town.request("runpane1", "please try it"))
    town.until(lambda: "Do you want to proceed?" in town.screen("runpane1"), "runpane1")
    town.until(lambda: [one for one in town.requests() if one.state is RequestState.OPEN], "runpane1")
    (first,) = town.requests()
    town.press_until(lambda: town.request_state(first.id) is not RequestState.OPEN, "runpane1", key)
    assert town.request_state(first.id) is RequestState.SETTLED
    if is_run:
        town.until((town.worktree / "asked.txt").exists, "runpane1")
    else:
        town.until(lambda: "Interrupted" in town.screen("runpane1"), "runpane1")
        assert not (town.worktree / "asked.txt").exists()


def test_a_killed_session_is_resumed_with_its_conversation(stage: Callable[[str], Stage]) -> None:
    town = stage(ASK)
    request = town.request("runkill1", "please talk")
    conversation = town.start(request)
    town.until(lambda: town.state("runkill1") == "idle", "runkill1")
    transcript = get("claude").transcript(request, {})
    assert transcript is not None
    # Its hook may tell of a turn's end before the turn is written down.
    town.until(lambda: transcript.exists() and "we talk" in transcript.read_text(), "runkill1")
    pid = town.tmux("display-message", "-p", "-t", "=runkill1:", "#{pane_pid}").strip()
    subprocess.run(["kill", "-9", pid], check=True)
    town.until(lambda: town.tmux("display-message", "-p", "-t", "=runkill1:", "#{pane_dead}").strip() == "1", "runkill1")
    again = town.start(town.request("runkill2", "go on: talk", conversation=conversation))
    assert again == conversation
    town.until(lambda: town.state("runkill2") == "idle", "runkill2")
    first = next(data for event, data in town.events("runkill2") if event == "SessionStart")
    assert (first["source"], first["session"]) == ("resume", conversation)
    assert "please talk" in town.screen("runkill2")


def test_a_mayor_cannot_edit_files(stage: Callable[[str], Stage]) -> None:
    town = stage(WORK)
    town.start(town.request("runmayor", "please do the work", role="mayor"))
    town.until(lambda: "add a" in town.screen("runmayor") or town.state("runmayor") in ("idle", "permission"), "runmayor")
    assert not (town.worktree / "a.txt").exists()


COLOURS = {
    "question": "Which colour should it be?",
    "header": "Colour",
    "options": [{"label": "Red", "description": "a red one"}, {"label": "Blue", "description": "a blue one"}],
    "multiSelect": False,
}


@pytest.mark.parametrize(("key", "text", "said"), [("2", "", "Blue"), ("1", "a green one", "a green one")])
def test_a_question_is_answered_from_the_console(stage_calling: Callable[..., Stage], key: str, text: str, said: str) -> None:
    town = stage_calling("AskUserQuestion", {"questions": [COLOURS]})
    town.start(town.request("runquest", "please ask"))
    town.until(lambda: "Enter to select" in town.screen("runquest"), "runquest")
    town.until(town.requests, "runquest")
    (request,) = town.requests()
    assert (request.kind, request.title, town.state("runquest")) == ("question", COLOURS["question"], "question")
    town.answer(request.id, key, text)
    town.until(lambda: town.state("runquest") == "idle", "runquest")
    # The hook tells of the end before the last frame is drawn.
    town.until(lambda: f'="{said}"' in " ".join(town.screen("runquest").split()), "runquest")


@pytest.mark.parametrize("key", ["always", "pane"])
def test_a_plan_is_answered_from_the_console_or_in_its_pane(stage_calling: Callable[..., Stage], key: str) -> None:
    town = stage_calling("ExitPlanMode", {"plan": "1. do it"})
    asked = town.request("runplan1", "please plan")
    town.start(replace(asked, settings={**asked.settings, "arguments": '["--permission-mode", "plan"]'}))
    town.until(lambda: town.state("runplan1") == "plan", "runplan1")
    town.until(lambda: "Exit plan mode?" in town.screen("runplan1"), "runplan1")
    found = get("claude").classify(town.screen("runplan1"), "", 1.0)
    assert found is not None
    assert found.state is AgentState.PLAN
    town.until(town.requests, "runplan1")
    (request,) = town.requests()
    if key == "pane":
        town.press_until(lambda: town.request_state(request.id) is RequestState.SETTLED, "runplan1", "1")
    else:
        town.answer(request.id, key)
    town.until(lambda: town.state("runplan1") == "idle", "runplan1")
    if key == "always":
        town.until(lambda: "accept edits on" in town.screen("runplan1"), "runplan1")


def test_a_push_is_denied_and_the_agent_is_told_why(stage_calling: Callable[..., Stage]) -> None:
    town = stage_calling("Bash", {"command": "git commit --allow-empty -qm x && git push origin HEAD:main", "description": "push"})
    asked = town.request("runpush1", "please push", autonomy="full")
    town.start(asked)
    town.until(lambda: town.state("runpush1") == "idle", "runpush1")
    town.until(lambda: "agents do not push" in " ".join(town.screen("runpush1").split()), "runpush1")
    log = ["git", "-C", str(town.worktree), "log", "-1", "--format=%s"]
    assert subprocess.run(log, capture_output=True, text=True, check=True).stdout == "first\n"


@pytest.mark.parametrize(("verdict", "is_run"), [("allow", True), ("deny", False)])
def test_a_standing_rule_answers_before_anybody_is_asked(stage: Callable[[str], Stage], verdict: str, is_run: bool) -> None:
    town = stage(ASK)
    ctx = TownContext(town.layout)
    try:
        rules.add(ctx, verdict, "Bash", "touch *", "ms")
    finally:
        ctx.close()
    town.start(town.request("runrule1", "please touch it"))
    town.until(lambda: town.state("runrule1") == "idle", "runrule1")
    assert (town.worktree / "ruled.txt").exists() is is_run
    assert town.requests() == []
    ctx = TownContext(town.layout)
    try:
        assert [(use.verdict, use.what) for use in rules.recent(ctx, 0.0)] == [
            (verdict, "Bash: touch ruled.txt && touch ruled.txt")
        ]
    finally:
        ctx.close()
