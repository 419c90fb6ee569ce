"""Launches as values, and availability of programs that are absent, old, silent or without a login."""

from __future__ import annotations

import json
import shlex
import sys
import time
from pathlib import Path

import pytest

from gastown_tui.core.errors import ConfigError, NotFound
from gastown_tui.drivers import registry
from gastown_tui.drivers.base import LaunchRequest
from gastown_tui.drivers.claude_settings import EVENTS

ENVIRONMENT = {"HOME": "/home/o", "PATH": "/usr/bin:/bin", "ANTHROPIC_API_KEY": "sk-secret", "AWS_PROFILE": "p", "UNRELATED": "x"}


def request(tmp_path: Path, **more: object) -> LaunchRequest:
    facts: dict[str, object] = {
        "town": tmp_path,
        "run": "r1",
        "agent": "ms/polecats/ace",
        "role": "polecat",
        "worktree": tmp_path / "ms" / "polecats" / "ace",
        "run_directory": tmp_path / ".gastown" / "runs" / "r1",
        "gt": tmp_path / ".gastown" / "bin" / "gt",
        "gt_hook": tmp_path / "it's here" / "gt-hook",
        "prompt": "Run $GT prime",
        **more,
    }
    return LaunchRequest(**facts)  # type: ignore[arg-type]


def settings_of(asked: LaunchRequest) -> dict[str, dict[str, object]]:
    launch = registry.get("claude").launch(asked, ENVIRONMENT)
    (text,) = launch.files.values()
    found: dict[str, dict[str, object]] = json.loads(text)
    return found


def test_claude_gets_its_hooks_from_a_file_of_the_run_and_no_secret_in_sight(tmp_path: Path) -> None:
    asked = request(tmp_path)
    launch = registry.get("claude").launch(asked, ENVIRONMENT)
    (path,) = launch.files
    assert path.is_relative_to(asked.run_directory)
    assert launch.argv[1:3] == ("--settings", str(path))
    assert launch.argv[-2:] == ("--", "Run $GT prime")
    assert launch.argv[launch.argv.index("--session-id") + 1] == launch.conversation
    assert launch.secrets == {"ANTHROPIC_API_KEY": "sk-secret"}
    assert "sk-secret" not in str(launch.argv) + str(launch.environment) + str(launch.files)
    assert launch.environment["AWS_PROFILE"] == "p"
    assert "UNRELATED" not in launch.environment
    assert {"CLAUDECODE", "CLAUDE_CODE_SESSION_ID"} <= set(launch.unset)
    hooks = settings_of(asked)["hooks"]
    assert set(hooks) == set(EVENTS)
    for event, (entry,) in hooks.items():  # type: ignore[misc]
        assert shlex.split(entry["hooks"][0]["command"]) == [str(asked.gt_hook), event]  # type: ignore[index]


def test_a_conversation_is_the_runs_own_and_can_be_resumed(tmp_path: Path) -> None:
    claude = registry.get("claude")
    first = claude.launch(request(tmp_path), {})
    assert first.conversation == claude.launch(request(tmp_path), {}).conversation
    assert first.conversation != claude.launch(request(tmp_path, run="r2"), {}).conversation
    environment = {"HOME": str(tmp_path)}
    asked = request(tmp_path, run="r2", conversation=first.conversation)
    lost = claude.launch(asked, environment)
    assert lost.argv[lost.argv.index("--session-id") + 1] == lost.conversation != first.conversation
    transcript = claude.transcript(request(tmp_path), environment)
    assert transcript is not None
    transcript.parent.mkdir(parents=True)
    transcript.touch()
    again = claude.launch(asked, environment)
    assert again.argv[again.argv.index("--resume") + 1] == again.conversation == first.conversation
    assert "--session-id" not in again.argv
    assert claude.transcript(asked, environment) == transcript


@pytest.mark.parametrize(
    ("role", "autonomy", "mode"),
    [("polecat", "edit", "acceptEdits"), ("crew", "full", "bypassPermissions"), ("mayor", "edit", "default")],
)
def test_the_permission_mode_is_always_ours(tmp_path: Path, role: str, autonomy: str, mode: str) -> None:
    argv = registry.get("claude").launch(request(tmp_path, role=role, autonomy=autonomy), {}).argv
    assert argv[argv.index("--permission-mode") + 1] == mode


def test_a_mayor_may_not_edit_and_nobody_may_push(tmp_path: Path) -> None:
    polecat, mayor = (settings_of(request(tmp_path, role=role))["permissions"] for role in ("polecat", "mayor"))
    assert {"Edit", "Write", "NotebookEdit"} <= set(mayor["deny"])  # type: ignore[call-overload]
    assert "Bash(git commit:*)" not in mayor["allow"]  # type: ignore[operator]
    assert "Bash(git commit:*)" in polecat["allow"]  # type: ignore[operator]
    for rules in (polecat, mayor):
        assert "Bash(git push:*)" in rules["deny"]  # type: ignore[operator]
        assert f"Edit(/{tmp_path}/.gastown/**)" in rules["deny"]  # type: ignore[operator]


def test_the_rigs_own_gates_run_unasked(tmp_path: Path) -> None:
    rules = settings_of(request(tmp_path, gates=(("sh", "run all.sh", "--fast"),)))["permissions"]
    assert "Bash(sh 'run all.sh' --fast:*)" in rules["allow"]  # type: ignore[operator]


def test_a_rehearsal_uses_no_login_and_no_configuration_of_the_user(tmp_path: Path) -> None:
    launch = registry.get("claude").launch(
        request(tmp_path, settings={"rehearsal": "1", "base_url": "http://127.0.0.1:9"}), ENVIRONMENT
    )
    assert launch.secrets == {"ANTHROPIC_AUTH_TOKEN": "rehearsal"}
    assert launch.environment["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:9"
    assert Path(launch.environment["CLAUDE_CONFIG_DIR"]).is_relative_to(tmp_path / ".gastown")
    assert "AWS_PROFILE" not in launch.environment


def test_settings_of_the_town_reach_the_cli(tmp_path: Path) -> None:
    settings = {"model": "opus", "base_url": "http://gw", "arguments": '["--effort", "low"]', "env": '{"A": "1"}'}
    launch = registry.get("claude").launch(request(tmp_path, settings=settings), {})
    assert launch.argv[launch.argv.index("--model") + 1] == "opus"
    assert launch.argv[-4:] == ("--effort", "low", "--", "Run $GT prime")
    assert (launch.environment["ANTHROPIC_BASE_URL"], launch.environment["A"]) == ("http://gw", "1")
    for broken in ({"arguments": "{}"}, {"arguments": "["}, {"env": "[]"}):
        with pytest.raises(ConfigError):
            registry.get("claude").launch(request(tmp_path, settings=broken), {})


def test_the_builtin_agent_runs_in_our_own_interpreter(tmp_path: Path) -> None:
    asked = request(tmp_path, role="mayor", settings={"rehearsal": "1", "base_url": "http://127.0.0.1:9"})
    launch = registry.get("builtin").launch(asked, ENVIRONMENT)
    assert launch.argv[:4] == (sys.executable, "-P", "-m", "gastown_tui.agent")
    assert launch.argv[launch.argv.index("--tools") + 1] == "town"
    assert launch.argv[launch.argv.index("--base-url") + 1] == "http://127.0.0.1:9"
    assert launch.secrets == {"ANTHROPIC_AUTH_TOKEN": "rehearsal"}
    assert "ANTHROPIC_API_KEY" in launch.unset
    transcript = registry.get("builtin").transcript(asked, {})
    assert launch.argv[launch.argv.index("--transcript") + 1] == str(transcript) == launch.conversation
    gone = registry.get("builtin").launch(request(tmp_path, conversation=str(tmp_path / "gone.jsonl")), {})
    assert "--resume" not in gone.argv
    (tmp_path / "there.jsonl").touch()
    there = registry.get("builtin").launch(request(tmp_path, conversation=str(tmp_path / "there.jsonl")), {})
    assert there.argv[there.argv.index("--resume") + 1] == str(tmp_path / "there.jsonl")
    real = registry.get("builtin").launch(request(tmp_path), ENVIRONMENT)
    assert real.secrets == {"ANTHROPIC_API_KEY": "sk-secret"}
    assert "sk-secret" not in str(real.argv) + str(real.environment)


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def state_of(tmp_path: Path, **environment: str) -> tuple[str, str]:
    given = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home"), **environment}
    command = str(tmp_path / "bin" / "claude")
    found = registry.get("claude").availability(given, {"command": command})
    return found.state, found.version


def test_availability_of_claude(tmp_path: Path) -> None:
    assert state_of(tmp_path) == ("absent", "")
    script(tmp_path / "bin" / "claude", "echo '1.0.128 (Claude Code)'")
    assert state_of(tmp_path) == ("too_old", "1.0.128")
    script(tmp_path / "bin" / "claude", "echo '2.1.330 (Claude Code)'")
    assert state_of(tmp_path) == ("no_login", "2.1.330")
    assert state_of(tmp_path, ANTHROPIC_API_KEY="k") == ("ready", "2.1.330")
    state = tmp_path / "home" / ".claude.json"
    state.write_text("{broken")
    assert state_of(tmp_path)[0] == "no_login"
    state.write_text('{"oauthAccount": {"emailAddress": "x"}}')
    assert state_of(tmp_path)[0] == "ready"
    script(tmp_path / "bin" / "claude", "exit 3")
    assert state_of(tmp_path)[0] == "unknown"


def test_availability_never_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gastown_tui.drivers.claude.VERSION_SECONDS", 0.3)
    script(tmp_path / "bin" / "claude", "cat; exec tail -f /dev/null")
    began = time.monotonic()
    given = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    assert registry.get("claude").availability(given, {"command": str(tmp_path / "bin" / "claude")}).state == "unknown"
    assert time.monotonic() - began < 5


def test_availability_of_the_builtin_agent() -> None:
    builtin = registry.get("builtin")
    assert builtin.availability({}, {}).state == "no_login"
    assert builtin.availability({"ANTHROPIC_API_KEY": "k"}, {}).state == "ready"
    assert builtin.availability({}, {"rehearsal": "http://127.0.0.1:9"}).state == "ready"


def test_the_registry_tells_what_it_found_of_every_driver(tmp_path: Path) -> None:
    program = script(tmp_path / "bin" / "claude", "echo '2.1.330 (Claude Code)'")
    settings = {"claude": {"command": str(program)}}
    given = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    assert [name for name, _ in registry.available(given, settings)] == list(registry.DRIVERS)
    assert dict(registry.available(given, settings))["claude"].state == "no_login"
    assert dict(registry.available({**given, "CLAUDE_CODE_OAUTH_TOKEN": "t"}, settings))["claude"].state == "ready"
    with pytest.raises(NotFound):
        registry.get("clyde")
