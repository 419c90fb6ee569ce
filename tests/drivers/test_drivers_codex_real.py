"""The real Codex CLI under our settings: hooks without its dialog, work in its own sandbox, prompts, questions, resumption."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from real_clis import EDIT, PUSH, WRITE, script

from gastown_tui.core.evidence import AgentState, Evidence
from gastown_tui.core.states import RequestState
from gastown_tui.drivers.codex import rollout
from gastown_tui.drivers.registry import get

DRIVER = "codex"
Stage = Any
"""conftest.Stage, which test modules cannot import."""
pytestmark = [pytest.mark.codex, pytest.mark.tmux, pytest.mark.xdist_group("codex")]

SCENARIO = (
    script(
        "do the work",
        'shell = "$GT prime"',
        'shell = "$GT mail check"',
        WRITE,
        EDIT,
        "shell = \"git add -A && git commit -q -m 'add a' && git status --short\"",
        'shell = "$GT done"',
        'say = "handed in"',
    )
    + script("try it", 'shell = "touch asked.txt"\nescalate = true', 'say = "that was it"')
    + script("push it", PUSH, 'say = "that was it"')
    + script("talk", 'say = "we talk"')
    + script("limit me", 'say = "x"\nfault = "usage_limit"')
    + script("refuse me", 'say = "x"\nfault = "unauthorized"')
)


def seen(town: Stage, run: str) -> Evidence:
    """What the screen alone says."""
    title = town.tmux("display-message", "-p", "-t", f"={run}:", "#{pane_title}").strip()
    found = get(DRIVER).classify(town.screen(run), title, 1.0)
    return found if found is not None else Evidence(None, AgentState.UNKNOWN, "", 1.0, 1.0, "")  # type: ignore[arg-type]


def subject(town: Stage) -> str:
    log = ["git", "-C", str(town.worktree), "log", "-1", "--format=%an|%s"]
    return subprocess.run(log, capture_output=True, text=True, check=True).stdout.strip()


def test_a_polecats_work_needs_no_person_and_stays_in_the_sandbox(stage: Callable[[str], Stage]) -> None:
    """Commit and `gt done` in a worktree whose git directory lies outside, in an empty HOME, without one dialog."""
    town = stage(SCENARIO)
    town.start(town.request("runwork1", "please do the work"))
    town.until(lambda: town.state("runwork1") == "idle", "runwork1")
    names = [event for event, _ in town.events("runwork1")]
    assert names[:2] == ["SessionStart", "UserPromptSubmit"]
    assert names[-1] == "Stop"
    assert names.count("PreToolUse") == 3, "only what was answered: $GT"
    assert town.requests() == []
    assert (town.layout.logs / "gt.log").read_text().splitlines() == [
        f"ms/polecats/ace: {verb}" for verb in ("prime", "mail check", "done")
    ]
    assert subject(town) == "ms/polecats/ace|add a"
    assert (town.worktree / "a.txt").read_text() == "hello there\n"
    assert [path.name for path in town.worktree.iterdir() if path.name not in (".git", "a.txt")] == []
    assert [path.name for path in Path.home().iterdir()] == []
    assert "hook" not in town.screen("runwork1").lower()
    town.until(lambda: seen(town, "runwork1").state is AgentState.IDLE, "runwork1")


def test_a_long_first_prompt_arrives_whole_and_the_transcript_is_where_we_say(stage: Callable[[str], Stage]) -> None:
    town = stage(SCENARIO)
    lines = [f'{number}: it\'s "quoted" `ticks` $HOME ${{x}} \\ äöü 漢字 🚀 — talk' for number in range(60)]
    prompt = "-talk about this\n" + "\n".join(lines)
    assert len(prompt) > 3000
    town.start(town.request("runlong1", prompt))
    town.until(lambda: town.state("runlong1") == "idle", "runlong1")
    said = [data["prompt"] for event, data in town.events("runlong1") if event == "UserPromptSubmit"]
    assert said == [prompt]
    session = str(town.events("runlong1")[-1][1]["session"])
    written = rollout(town.layout.private / "rehearsal" / "codex", session)
    assert written is not None
    assert "token_count" in written.read_text()


@pytest.mark.parametrize(("key", "is_run"), [("y", True), ("Escape", False)])
def test_a_question_is_published_at_once_and_answered_in_the_pane(stage: Callable[[str], Stage], key: str, is_run: bool) -> None:
    """Its hook hides the dialog while it runs, so ours must not wait."""
    town = stage(SCENARIO)
    town.start(town.request("runask01", "please try it"))
    town.until(lambda: "Would you like to run the following command?" in town.screen("runask01"), "runask01")
    assert town.state("runask01") == "permission"
    (request,) = town.requests()
    assert request.detail.splitlines()[0] == "touch asked.txt"
    found = seen(town, "runask01")
    assert (found.state, "touch asked.txt" in found.detail) == (AgentState.PERMISSION, True)
    town.press_until(lambda: "Would you like" not in town.screen("runask01"), "runask01", key)
    if is_run:
        town.until(lambda: town.request_state(request.id) is RequestState.SETTLED, "runask01")
        assert town.state("runask01") == "idle"
    else:
        town.until(lambda: seen(town, "runask01").state is AgentState.IDLE, "runask01")
    assert (town.worktree / "asked.txt").exists() is is_run


def test_a_push_is_denied_and_the_agent_is_told_why(stage: Callable[[str], Stage]) -> None:
    town = stage(SCENARIO)
    town.start(town.request("runpush1", "please push it", autonomy="full"))
    town.until(lambda: town.state("runpush1") == "idle", "runpush1")
    assert "agents do not push" in " ".join(town.screen("runpush1").split())
    assert subject(town) == "x|first"


def test_a_killed_session_is_resumed_with_its_conversation(stage: Callable[[str], Stage]) -> None:
    town = stage(SCENARIO)
    town.start(town.request("runkill1", "please talk"))
    town.until(lambda: town.state("runkill1") == "idle", "runkill1")
    conversation = str(town.events("runkill1")[-1][1]["session"])
    pid = town.tmux("display-message", "-p", "-t", "=runkill1:", "#{pane_pid}").strip()
    subprocess.run(["kill", "-9", pid], check=True)
    town.until(lambda: town.tmux("display-message", "-p", "-t", "=runkill1:", "#{pane_dead}").strip() == "1", "runkill1")
    town.start(town.request("runkill2", "go on: talk", conversation=conversation))
    town.until(lambda: town.state("runkill2") == "idle", "runkill2")
    assert {data["session"] for _, data in town.events("runkill2")} == {conversation}
    assert "please talk" in town.screen("runkill2")


@pytest.mark.parametrize(("prompt", "state"), [("limit me", AgentState.LIMIT), ("refuse me", AgentState.ERROR)])
def test_what_went_wrong_is_read_from_the_screen(stage: Callable[[str], Stage], prompt: str, state: AgentState) -> None:
    town = stage(SCENARIO)
    town.start(town.request("runlimit", prompt))
    town.until(lambda: seen(town, "runlimit").state in (state, AgentState.LOGIN), "runlimit")
    assert seen(town, "runlimit").state is state
