"""The hook as its own process, as an agent CLI runs it: what it reports, answers and survives."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import gastown_tui
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.rows import Request, Rig, Run
from gastown_tui.core.states import Dial, RequestState, RunState
from gastown_tui.hook import ask, lean
from gastown_tui.ledger import agents, connection, migrations, requests, rigs, runs, telemetry
from gastown_tui.services import requests as questions
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor import spool

AGENT, RUN, TOKEN = "ms/polecats/ace", "run00001", "t" * 32
PACKAGES = str(Path(gastown_tui.__file__).resolve().parent.parent)
CODE = f"import sys; sys.path.insert(0, {PACKAGES!r}); from gastown_tui.hook import main; sys.exit(main())"
BASH: dict[str, object] = {
    "session_id": "c-1",
    "cwd": "/somewhere",
    "prompt_id": "p-1",
    "tool_name": "Bash",
    "tool_input": {"command": "make install", "description": "Install it"},
}
SUGGESTION = {
    "type": "addRules",
    "rules": [{"toolName": "Bash", "ruleContent": "make install:*"}],
    "behavior": "allow",
    "destination": "localSettings",
}
QUESTION: dict[str, object] = {
    "tool_name": "AskUserQuestion",
    "tool_input": {
        "questions": [
            {
                "question": "Which colour?",
                "header": "Colour",
                "options": [{"label": "Red", "description": "a red one"}, {"label": "Blue", "description": "a blue one"}],
                "multiSelect": False,
            }
        ]
    },
}


@pytest.fixture
def town(tmp_path: Path) -> TownLayout:
    """A town with one running polecat."""
    layout = TownLayout(tmp_path.resolve() / "to #wn")
    layout.private.mkdir(parents=True)
    layout.logs.mkdir()
    connection.create(layout.ledger)
    conn = connection.connect(layout.ledger)
    migrations.migrate(conn)
    rigs.add(conn, Rig("ms", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
    agents.ensure(conn, AGENT, "claude", actor="overseer", now=1.0)
    run = Run(
        id=RUN, agent=AGENT, bead="", attempt=1, state=RunState.QUEUED, reason="", token=TOKEN, epoch=1, driver="claude",
        conversation="", session="", pane="", worktree="", branch="", base="", head="", save_ref="", pid=None,
        pid_started=None, boot_id="", created_at=1.0, started_at=None, ready_at=None, ended_at=None, exit_status=None,
        exit_signal=None,
    )  # fmt: skip
    runs.create(conn, run, actor="supervisor")
    conn.close()
    telemetry.prepare(layout.telemetry)
    return layout


@pytest.fixture
def start(town: TownLayout) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts the hook with a payload; kills what is left of it afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(event: str, payload: object = BASH, **environment: str) -> subprocess.Popen[bytes]:
        given = {
            "GT_TOWN": str(town.root),
            "GT_AGENT": AGENT,
            "GT_RUN": RUN,
            "GT_TOKEN": TOKEN,
            "PATH": "/usr/bin:/bin",
            **environment,
        }
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", CODE, event],
            env={name: value for name, value in given.items() if value},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
        )
        started.append(process)
        assert process.stdin is not None
        process.stdin.write(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        process.stdin.close()
        process.stdin = None
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def hook(start: Callable[..., subprocess.Popen[bytes]]) -> Callable[..., str]:
    """Runs the hook to its end and returns its stdout; it must exit 0 and say nothing on stderr."""

    def run(event: str, payload: object = BASH, **environment: str) -> str:
        out, err = (process := start(event, payload, **environment)).communicate(timeout=30)
        assert (process.returncode, err) == (0, b"")
        return out.decode()

    return run


def reported(town: TownLayout) -> tuple[str, str, str]:
    conn = telemetry.open_telemetry(town.telemetry)
    try:
        found = telemetry.reports(conn)[RUN]
        return found.state, found.detail, found.rule
    finally:
        conn.close()


def drained(town: TownLayout) -> int:
    ctx = TownContext(town, actor="supervisor")
    try:
        return spool.drain(ctx)
    finally:
        ctx.close()


def opened(town: TownLayout, seconds: float = 20.0) -> Request:
    """The one open request, as soon as there is one."""
    conn = connection.connect(town.ledger)
    try:
        end = time.monotonic() + seconds
        while not (found := requests.open_ones(conn)):
            assert time.monotonic() < end, "no request was published"
            os.sched_yield()
        return found[0]
    finally:
        conn.close()


def state_of(town: TownLayout, request: str) -> RequestState:
    conn = connection.connect(town.ledger)
    try:
        return requests.get(conn, request).state
    finally:
        conn.close()


def overseer_answers(town: TownLayout, key: str, text: str = "") -> Request:
    ctx = TownContext(town)
    try:
        return questions.answer(ctx, opened(town).id, key, text)
    finally:
        ctx.close()


@pytest.mark.parametrize(
    ("event", "payload", "state"),
    [
        ("SessionStart", {"source": "startup"}, "idle"),
        ("SessionStart", {"source": "compact"}, "working"),
        ("UserPromptSubmit", {"prompt": "go"}, "working"),
        ("PreToolUse", {"tool_name": "Bash", "tool_input": {"command": "$GT done"}}, "working"),
        ("Stop", {"background_tasks": []}, "idle"),
        ("Stop", {"background_tasks": [{"id": 1}]}, "background"),
        ("StopFailure", {"error": "rate_limit", "last_assistant_message": "429"}, "limit"),
        ("StopFailure", {"error": "unknown", "last_assistant_message": "You've hit your 5-hour limit · resets 10:06am"}, "limit"),
        ("StopFailure", {"error": "authentication_failed"}, "login"),
        ("StopFailure", {"error": "billing_error"}, "limit"),
        ("StopFailure", {"error": "unknown", "last_assistant_message": "Credit balance too low · Add funds"}, "limit"),
        ("StopFailure", {"error": "overloaded", "error_details": "You exceeded your current quota"}, "limit"),
        ("StopFailure", {"error": "server_error"}, "error"),
        ("PreCompact", {"trigger": "auto"}, "working"),
        ("Notification", {"notification_type": "permission_prompt", "message": "needs you"}, "permission"),
        ("SessionEnd", {"reason": "other"}, "dead"),
    ],
)
def test_event_becomes_a_state(town: TownLayout, hook: Callable[..., str], event: str, payload: object, state: str) -> None:
    hook(event, payload)
    assert reported(town)[0] == state


def test_a_session_with_a_first_prompt_starts_and_is_reminded_of_the_town(town: TownLayout, hook: Callable[..., str]) -> None:
    said = hook("SessionStart", {"source": "startup"}, GT_PROMPTED="1")
    assert reported(town)[0] == "starting"
    assert AGENT in said
    assert "$GT prime" in said
    assert said.count("\n") == 1


def test_idle_reminder_does_not_hide_a_limit(town: TownLayout, hook: Callable[..., str]) -> None:
    hook("StopFailure", {"error": "rate_limit", "last_assistant_message": "429"})
    hook("Notification", {"notification_type": "idle_prompt"})
    assert reported(town)[0] == "limit"


def test_end_of_a_sub_agent_changes_nothing(town: TownLayout, hook: Callable[..., str]) -> None:
    hook("UserPromptSubmit", {"prompt": "go"})
    hook("SubagentStop", {"agent_id": "a1"})
    assert reported(town) == ("working", "a new prompt", "UserPromptSubmit")


def test_a_tool_call_that_nothing_is_said_about_writes_nothing(town: TownLayout, hook: Callable[..., str]) -> None:
    """Which tool runs is in the transcript."""
    hook("UserPromptSubmit", {"prompt": "go"})
    before = town.telemetry.stat().st_mtime_ns
    assert hook("PreToolUse") == ""
    assert town.telemetry.stat().st_mtime_ns == before
    assert reported(town)[2] == "UserPromptSubmit"


def test_prompts_are_logged_so_that_a_message_can_be_found_in_them(town: TownLayout, hook: Callable[..., str]) -> None:
    hook("UserPromptSubmit", {"prompt": "m4f2: please " + "x" * 9000, "session_id": "c-7"})
    conn = telemetry.open_telemetry(town.telemetry)
    (_, event, data), *_ = telemetry.events_of(conn, RUN)
    conn.close()
    assert event == "UserPromptSubmit"
    assert data["session"] == "c-7"
    assert str(data["prompt"]).startswith("m4f2: please")
    assert len(str(data["prompt"])) == 4000


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"garbage {",
        b"[1, 2]",
        b'"text"',
        b"\xff\xfe\x00",
        b'{"tool_name": "\\ud800", "tool_input": 7}',
        b"{" * 200_000,
        b'{"a":' * 200_000,
    ],
    ids=["nothing", "text", "list", "string", "bytes", "surrogate", "open", "deep"],
)
def test_garbage_on_stdin_is_survived_and_still_reported(town: TownLayout, hook: Callable[..., str], payload: bytes) -> None:
    assert hook("UserPromptSubmit", payload) == ""
    assert reported(town)[0] == "working"


@pytest.mark.parametrize("event", ["PreToolUse", "PermissionRequest", "Stop", "SessionStart"])
@pytest.mark.parametrize("environment", [{"GT_TOWN": ""}, {"GT_TOWN": "/nowhere/at/all"}, {"GT_RUN": ""}])
def test_without_a_town_it_says_and_does_nothing(hook: Callable[..., str], event: str, environment: dict[str, str]) -> None:
    assert hook(event, BASH, **environment) == ""


def test_without_an_event_it_does_nothing(hook: Callable[..., str]) -> None:
    assert hook("") == ""


def test_a_missing_database_spools_and_the_spool_is_drained_later(town: TownLayout, hook: Callable[..., str]) -> None:
    town.telemetry.unlink()
    hook("Stop", {"last_assistant_message": "over"})
    telemetry.prepare(town.telemetry)
    assert drained(town) == 1
    assert reported(town) == ("idle", "over", "Stop")
    assert list(town.spool.iterdir()) == []


def test_a_spooled_report_does_not_overrule_a_newer_one(town: TownLayout, hook: Callable[..., str]) -> None:
    whole = town.telemetry.read_bytes()
    town.telemetry.write_bytes(b"not a database at all, " * 100)
    for leftover in town.private.glob("runtime.db-*"):
        leftover.unlink()
    hook("Stop", {})
    town.telemetry.write_bytes(whole)
    hook("UserPromptSubmit", {"prompt": "go on"})
    assert drained(town) == 1
    assert reported(town)[0] == "working"


def test_a_locked_database_delays_it_shortly_and_then_spools(town: TownLayout, hook: Callable[..., str]) -> None:
    conn = sqlite3.connect(town.telemetry, isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    hook("Stop", {})
    assert time.monotonic() - began < 8
    conn.close()
    assert len(list(town.spool.glob("hook-*.json"))) == 1


def test_the_spool_does_not_grow_for_ever(town: TownLayout, hook: Callable[..., str]) -> None:
    town.telemetry.unlink()
    town.spool.mkdir()
    for number in range(1000):
        (town.spool / f"hook-{number}.json").touch()
    hook("Stop", {})
    assert len(list(town.spool.iterdir())) == 1000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_closed_and_a_full_stdout_are_survived(town: TownLayout) -> None:
    environment = {"GT_TOWN": str(town.root), "GT_AGENT": AGENT, "GT_RUN": RUN}
    with open("/dev/full", "wb") as full:
        argv = [sys.executable, "-I", "-S", "-c", CODE, "SessionStart"]
        done = subprocess.run(argv, env=environment, input=b"{}", stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "OSError" in (town.logs / "hook.log").read_text()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_town_is_survived(town: TownLayout, hook: Callable[..., str]) -> None:
    town.telemetry.unlink()
    town.private.chmod(0o500)
    try:
        assert hook("PreToolUse") == ""
    finally:
        town.private.chmod(0o700)


@pytest.mark.parametrize(
    ("key", "text", "decision"),
    [
        ("allow", "", {"behavior": "allow"}),
        ("deny", "use make test", {"behavior": "deny", "message": "use make test"}),
        ("deny", "", {"behavior": "deny", "message": "The overseer said no."}),
        ("always", "", {"behavior": "allow", "updatedPermissions": [{**SUGGESTION, "destination": "session"}]}),
    ],
)
def test_the_overseers_answer_goes_back_to_the_cli(
    town: TownLayout, start: Callable[..., subprocess.Popen[bytes]], key: str, text: str, decision: object
) -> None:
    process = start("PermissionRequest", {**BASH, "permission_suggestions": [SUGGESTION]})
    request = opened(town)
    assert (request.kind, request.agent, request.run, request.directory) == ("permission", AGENT, RUN, "/somewhere")
    assert (request.title, request.detail) == ("Bash: make install", "make install\nInstall it")
    assert reported(town) == ("permission", "Bash: make install", f"PermissionRequest:{process.pid}")
    overseer_answers(town, key, text)
    out, _ = process.communicate(timeout=20)
    assert json.loads(out)["hookSpecificOutput"] == {"hookEventName": "PermissionRequest", "decision": decision}
    assert process.returncode == 0
    assert reported(town)[0] == "working"


def test_an_answer_answers_once(town: TownLayout, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    first = start("PermissionRequest")
    overseer_answers(town, "allow")
    first.communicate(timeout=20)
    second = start("PermissionRequest")
    request = opened(town)
    assert request.state is RequestState.OPEN
    assert second.poll() is None


def test_a_question_is_answered_by_label_or_in_own_words(town: TownLayout, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    answers = []
    for key, text in (("2", ""), ("1", "a green one")):
        process = start("PermissionRequest", QUESTION)
        request = opened(town)
        assert (request.kind, request.title) == ("question", "Which colour?")
        assert [label for _, label in questions.options_of(request)] == ["Red", "Blue"]
        overseer_answers(town, key, text)
        out, _ = process.communicate(timeout=20)
        decision = json.loads(out)["hookSpecificOutput"]["decision"]
        assert decision["behavior"] == "allow"
        assert decision["updatedInput"]["questions"] == QUESTION["tool_input"]["questions"]  # type: ignore[index]
        answers.append(decision["updatedInput"]["answers"])
    assert answers == [{"Which colour?": "Blue"}, {"Which colour?": "a green one"}]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_answer_in_the_pane_settles_the_request(
    town: TownLayout, start: Callable[..., subprocess.Popen[bytes]], number: signal.Signals
) -> None:
    process = start("PermissionRequest")
    request = opened(town)
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert (out, process.returncode) == (b"", 0)
    assert state_of(town, request.id) is RequestState.SETTLED
    assert reported(town)[0] == "working"


@pytest.mark.parametrize(("then", "state"), [([], "working"), ([("Stop", {"last_assistant_message": "over"})], "idle")])
def test_a_call_that_was_allowed_in_the_pane_settles_the_request(
    town: TownLayout,
    start: Callable[..., subprocess.Popen[bytes]],
    hook: Callable[..., str],
    tmp_path: Path,
    then: list[tuple[str, object]],
    state: str,
) -> None:
    """The CLI says nothing then; its transcript does. What happened meanwhile is not overwritten."""
    transcript = tmp_path / "c.jsonl"
    call = {"type": "tool_use", "id": "t-2", "name": "Bash", "input": BASH["tool_input"]}
    lines = [
        {"message": {"content": [{**call, "id": "t-1"}]}},
        {"message": {"content": [{"type": "tool_result", "tool_use_id": "t-1"}]}},
    ]
    transcript.write_text(
        "".join(json.dumps(line) + "\n" for line in [*lines, {"message": {"content": [call]}}, {"message": {"content": "text"}}])
    )
    process = start("PermissionRequest", {**BASH, "transcript_path": str(transcript)})
    request = opened(town)
    for event, payload in then:
        hook(event, payload)
    assert reported(town)[0] == "permission"
    with transcript.open("a") as file:
        file.write('garbage\n{"message": {"content": [{"type": "tool_result", "tool_use_id": "t-2"}]}}\n')
    out, _ = process.communicate(timeout=20)
    assert (out, process.returncode) == (b"", 0)
    assert state_of(town, request.id) is RequestState.SETTLED
    assert reported(town)[0] == state


def test_a_hook_whose_cli_died_settles_and_leaves(town: TownLayout) -> None:
    cli_code = (
        "import subprocess, sys; child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE);"
        "child.stdin.write(b'{}'); child.stdin.close(); sys.stdin.read()"
    )
    environment = {"GT_TOWN": str(town.root), "GT_AGENT": AGENT, "GT_RUN": RUN}
    command = [sys.executable, "-c", cli_code, sys.executable, "-I", "-S", "-c", CODE, "PermissionRequest"]
    cli = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)
    assert cli.stdin is not None
    request = opened(town)
    cli.stdin.close()
    cli.wait(10)
    end = time.monotonic() + 20
    while state_of(town, request.id) is RequestState.OPEN:
        assert time.monotonic() < end
    assert state_of(town, request.id) is RequestState.SETTLED


def test_an_expired_request_makes_the_hook_leave(town: TownLayout, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = start("PermissionRequest")
    request = opened(town)
    conn = connection.connect(town.ledger)
    requests.end(conn, request.id, RequestState.EXPIRED, actor="supervisor", now=2.0)
    conn.close()
    out, _ = process.communicate(timeout=20)
    assert (out, process.returncode) == (b"", 0)


def test_work_of_sub_agents_does_not_hide_a_waiting_question(
    town: TownLayout, start: Callable[..., subprocess.Popen[bytes]], hook: Callable[..., str]
) -> None:
    process = start("PermissionRequest")
    request = opened(town)
    hook("PostToolUse", {"tool_name": "Read"})
    hook("Stop", {})
    assert reported(town)[0] == "permission"
    assert state_of(town, request.id) is RequestState.OPEN
    assert process.poll() is None


def test_a_killed_hook_is_cleaned_up_by_the_next_event(
    town: TownLayout, start: Callable[..., subprocess.Popen[bytes]], hook: Callable[..., str]
) -> None:
    process = start("PermissionRequest")
    request = opened(town)
    process.kill()
    process.wait()
    hook("UserPromptSubmit", {"prompt": "go on"})
    assert reported(town)[0] == "working"
    assert state_of(town, request.id) is RequestState.SETTLED


@pytest.mark.parametrize(("key", "mode"), [("allow", "default"), ("always", "acceptEdits"), ("deny", "")])
def test_a_plan_is_approved_with_or_without_edits_or_sent_back_with_words(
    town: TownLayout, start: Callable[..., subprocess.Popen[bytes]], key: str, mode: str
) -> None:
    given = {"plan": "# Mines first\n\n1. lay them", "planFilePath": "/p.md"}
    process = start("PermissionRequest", {"tool_name": "ExitPlanMode", "tool_input": given})
    request = opened(town)
    assert (request.kind, request.title, request.detail) == ("plan", "its plan is ready: Mines first", given["plan"])
    assert [one["key"] for one in json.loads(request.options)] == ["always", "allow", "deny"]
    assert reported(town)[0] == "plan"
    overseer_answers(town, key, "" if mode else "smaller steps")
    out, _ = process.communicate(timeout=30)
    decision = json.loads(out)["hookSpecificOutput"]["decision"]
    if mode:
        assert decision["behavior"] == "allow"
        assert decision["updatedInput"] == given, "without it the newest Claude Code keeps its dialog"
        assert [(one["type"], one["mode"], one["destination"]) for one in decision["updatedPermissions"]] == [
            ("setMode", mode, "session")
        ]
    else:
        assert decision == {"behavior": "deny", "message": "smaller steps"}


def test_a_plan_is_shown_at_once_and_settled_by_what_follows(town: TownLayout, hook: Callable[..., str]) -> None:
    """Where the CLI's hook would hide its dialog."""
    plan = {"tool_name": "ExitPlanMode", "tool_input": {"plan": "1. do it"}}
    assert hook("PermissionRequest", plan, GT_DIALECT="codex") == ""
    request = opened(town)
    assert (request.kind, request.detail, request.options) == ("plan", "1. do it", "[]")
    hook("Notification", {"notification_type": "permission_prompt"})
    assert reported(town)[0] == "plan"
    hook("PostToolUse", plan)
    assert state_of(town, request.id) is RequestState.SETTLED
    assert reported(town)[0] == "working"


@pytest.mark.parametrize("dialect", ["codex", "opencode"])
@pytest.mark.parametrize("verdict", ["allow", "deny"])
def test_a_standing_rule_answers_the_permission_of_other_clis(
    town: TownLayout, hook: Callable[..., str], dialect: str, verdict: str
) -> None:
    rule = {"id": "r1", "verdict": verdict, "tool": "Bash", "pattern": "make *", "rig": "", "role": ""}
    town.rules.write_text(json.dumps({"version": 1, "rules": [rule]}))
    told = json.loads(hook("PermissionRequest", {**BASH, "tool_name": "Bash"}, GT_DIALECT=dialect))
    assert told["hookSpecificOutput"]["decision"]["behavior"] == verdict
    conn = telemetry.open_telemetry(town.telemetry)
    assert telemetry.rule_counts(conn)["r1"][0] == 1
    conn.close()
    assert reported(town)[0] == "working"


def test_a_notice_that_tells_the_whole_call_is_a_question(town: TownLayout, hook: Callable[..., str]) -> None:
    """Gemini CLI's: its screen cuts a long command, its notice does not."""
    details = {"type": "edit", "filePath": "/x/a.py", "fileDiff": "-old\n+new"}
    notice = {"notification_type": "ToolPermission", "message": "m", "cwd": "/x", "details": details}
    assert hook("Notification", notice, GT_DIALECT="gemini") == ""
    request = opened(town)
    assert (request.kind, request.title, request.detail, request.options) == (
        "permission",
        "Edit: /x/a.py",
        "/x/a.py\n-old\n+new",
        "[]",
    )


def test_a_broken_ledger_leaves_the_question_to_the_pane(town: TownLayout, hook: Callable[..., str]) -> None:
    town.ledger.write_bytes(b"not a database at all, " * 100)
    assert hook("PermissionRequest") == ""
    assert reported(town)[0] == "permission"
    assert "PermissionRequest" in (town.logs / "hook.log").read_text()


def test_the_diff_of_an_edit_is_shown_in_full(town: TownLayout, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    edit = {"file_path": "/r/a.py", "old_string": "a\nb", "new_string": "a\nc"}
    start("PermissionRequest", {**BASH, "tool_name": "Edit", "tool_input": edit})
    assert opened(town).detail == "/r/a.py\n-a\n-b\n+a\n+c"


@pytest.mark.parametrize(
    "command",
    [
        "git push",
        "git push --force origin main",
        "cd x && git -C . push origin HEAD:main",
        "A=1 env B=2 git push",
        "true; (git push)",
        "bash -c 'git push -f'",
        "sh -c \"bash -c 'git push'\"",
        "git commit -m x\ngit push",
        "git update-ref refs/heads/main HEAD",
        "git worktree remove --force ../x",
        "git reflog expire --all",
        "sudo tmux -S /x kill-server",
        "sqlite3 {town}/.gastown/ledger.db 'delete from beads'",
        "rm -rf {town}/.gastown/runs",
    ],
)
def test_what_must_never_happen_is_denied(town: TownLayout, hook: Callable[..., str], command: str) -> None:
    said = hook(
        "PreToolUse",
        {"tool_name": "Bash", "tool_input": {"command": command.replace("{town}", town.root.as_posix().replace(" #", "\\ \\#"))}},
    )
    told = json.loads(said)["hookSpecificOutput"]
    assert (told["hookEventName"], told["permissionDecision"]) == ("PreToolUse", "deny")
    assert told["permissionDecisionReason"].startswith("Gas Town: ")


@pytest.mark.parametrize(
    "command",
    [
        "git commit -m 'push the button'",
        'git commit -m "git push"',
        "cat > notes.md <<'EOF'\ngit push\nEOF",
        "git stash push -m x",
        "git worktree list",
        "echo 'unbalanced",
        "{town}/.gastown/bin/gt done",
        "tail {town}/.gastown/logs/gate.log",
        "git log --grep push",
    ],
)
def test_what_is_fine_or_unclear_is_left_to_the_cli(town: TownLayout, hook: Callable[..., str], command: str) -> None:
    assert (
        hook(
            "PreToolUse",
            {
                "tool_name": "Bash",
                "tool_input": {"command": command.replace("{town}", town.root.as_posix().replace(" #", "\\ \\#"))},
            },
        )
        == ""
    )


@pytest.mark.parametrize(
    ("command", "is_allowed"),
    [
        ("$GT done", True),
        ('"$GT" mail send mayor "all is well"', True),
        ("${GT} escalate 'costs $5; (a lot)'", True),
        ("$GT done; rm -rf /", False),
        ("$GT done && x", False),
        ('$GT mail send mayor "$(cat /etc/passwd)"', False),
        ("$GT mail send mayor `id`", False),
        ("$GT hook > /tmp/x", False),
        ("$GT done\nrm x", False),
        ("$GT escalate \"it's $(id) isn't it\"", False),
        ("$GTX done", False),
        ("x $GT done", False),
    ],
)
def test_only_a_plain_call_of_the_town_is_allowed(hook: Callable[..., str], command: str, is_allowed: bool) -> None:
    said = hook("PreToolUse", {"tool_name": "Bash", "tool_input": {"command": command}})
    assert ('"allow"' in said) is is_allowed


@pytest.mark.parametrize(
    ("path", "is_denied"), [(".gastown/ledger.db", True), ("ms/repo.git/refs/heads/main", True), ("ms/polecats/ace/a.py", False)]
)
def test_files_of_the_town_are_not_written(town: TownLayout, hook: Callable[..., str], path: str, is_denied: bool) -> None:
    said = hook("PreToolUse", {"tool_name": "Write", "tool_input": {"file_path": str(town.root / path), "content": ""}})
    assert ("deny" in said) is is_denied


def test_no_tool_runs_while_the_town_is_stopped(town: TownLayout, hook: Callable[..., str]) -> None:
    town.estop.touch()
    assert "E-stop" in hook("PreToolUse", {"tool_name": "Read", "tool_input": {}})


def test_the_hot_path_imports_nothing_heavy(town: TownLayout) -> None:
    code = (
        f"import sys; sys.path.insert(0, {PACKAGES!r}); sys.argv = ['gt-hook', 'PreToolUse'];"
        "from gastown_tui.hook import main; main(); print(' '.join(sys.modules))"
    )
    environment = {"GT_TOWN": str(town.root), "GT_AGENT": AGENT, "GT_RUN": RUN}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        env=environment,
        input=json.dumps({"tool_name": "Bash", "tool_input": {"command": "$GT done"}}).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    loaded = set(done.stdout.decode().rpartition("}")[2].split())
    assert reported(town)[0] == "working"
    assert not loaded & {
        "asyncio", "click", "dataclasses", "datetime", "enum", "hashlib", "inspect", "json", "pathlib", "pydantic", "re", "rich",
        "shlex", "subprocess", "textual", "typing",
    }  # fmt: skip
    assert len(loaded) < 60


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "ä\\u00e4\\ud83d\\ude00\\n", "b": [1, -2.5e3, true, false, null, {"c": {}}], "d": "line\nbreak"}',
        "{}",
        '"x"',
        "[]",
        " 7 ",
    ],
)
def test_the_lean_reader_reads_json_like_the_whole_one(text: str) -> None:
    assert lean.parse(text.strip()) == json.loads(text, strict=False)


def test_the_lean_writer_writes_json() -> None:
    flat: dict[str, str | int] = {"a": 'quote " back \\ tab \t ä 😀 \x00', "n": -7, "t": True}
    assert json.loads(lean.write(flat)) == flat
    assert lean.write({}) == "{}"


def test_without_the_private_halves_the_whole_modules_stand_in() -> None:
    code = (
        f"import sys; sys.path.insert(0, {PACKAGES!r}); sys.modules['_json'] = None\n"
        "from gastown_tui.hook import lean\n"
        "assert lean.parse('{\"a\": [1]}') == {'a': [1]} and 'json' in sys.modules\n"
        "assert lean.write({'a': 'b'}) == '{\"a\": \"b\"}'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("suggestion", "offered"),
    [
        ({"type": "addDirectories", "directories": ["/x"], "destination": "localSettings"}, "Always in this session: reach /x"),
        ({"type": "setMode", "mode": "acceptEdits", "destination": "session"}, "Always in this session: all edits"),
        ({"type": "setMode", "mode": "bypassPermissions", "destination": "session"}, ""),
    ],
)
def test_always_is_offered_as_the_cli_offers_it_but_no_mode_in_which_nothing_asks(
    suggestion: dict[str, object], offered: str
) -> None:
    payload = {**BASH, "permission_suggestions": [suggestion]}
    assert dict(ask.options_of("permission", payload)).get("always", "") == offered
    assert [one["destination"] for one in ask.session_rules(payload)] == (["session"] if offered else [])
