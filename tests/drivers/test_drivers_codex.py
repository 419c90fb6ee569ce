"""Codex's launch as a value."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from gastown_tui.drivers import registry
from gastown_tui.drivers.base import Launch, LaunchRequest
from gastown_tui.drivers.codex import EVENTS, rollout, trust_hash

CODEX = registry.get("codex")
ENVIRONMENT = {
    "HOME": "/home/o",
    "PATH": "/usr/bin:/bin",
    "OPENAI_API_KEY": "sk-secret",
    "CODEX_HOME": "/home/o/c",
    "UNRELATED": "x",
}


def request(tmp_path: Path, **more: object) -> LaunchRequest:
    facts: dict[str, object] = {
        "town": tmp_path,
        "run": "r1",
        "agent": "ms/polecats/ace",
        "role": "polecat",
        "worktree": tmp_path / 'ms "x"' / "ace",
        "run_directory": tmp_path / ".gastown" / "runs" / "r1",
        "gt": tmp_path / ".gastown" / "bin" / "gt",
        "gt_hook": tmp_path / "it's here" / "gt-hook",
        "prompt": "-Run $GT prime",
        **more,
    }
    return LaunchRequest(**facts)  # type: ignore[arg-type]


def overrides(launch: Launch) -> dict[str, Any]:
    """The `-c` words as the one TOML document that they stand for."""
    words = [word for flag, word in zip(launch.argv, launch.argv[1:], strict=False) if flag == "-c"]
    return tomllib.loads("\n".join(words))


def test_hooks_trust_and_role_come_on_the_command_line_and_no_secret_is_in_sight(tmp_path: Path) -> None:
    asked = request(tmp_path)
    launch = CODEX.launch(asked, ENVIRONMENT)
    assert launch.files == {}
    assert launch.directories == ()
    assert launch.argv[-2:] == ("--", "-Run $GT prime")
    assert launch.secrets == {"OPENAI_API_KEY": "sk-secret"}
    assert "sk-secret" not in str(launch.argv) + str(launch.environment)
    assert launch.environment["CODEX_HOME"] == "/home/o/c"
    assert "UNRELATED" not in launch.environment
    found = overrides(launch)
    assert found["projects"] == {str(asked.worktree): {"trust_level": "trusted"}}
    assert "ms/polecats/ace" in found["developer_instructions"]
    hooks = found["hooks"]
    assert set(hooks) == {*EVENTS, "state"}
    assert len(hooks["state"]) == len(EVENTS)
    for event in EVENTS:
        (hook,) = hooks[event][0]["hooks"]
        assert hook["command"].endswith(f"gt-hook' {event}")
    assert launch.argv[launch.argv.index("--sandbox") + 1] == "workspace-write"
    assert CODEX.launch(request(tmp_path, autonomy="full"), {}).argv.count("--dangerously-bypass-approvals-and-sandbox") == 1


def test_a_hook_is_known_by_the_hash_that_codex_computes() -> None:
    """Codex 0.169.0 stores hashes of this form; with another one it would ask a person about our hooks."""
    known = "sha256:a4c1aa162f6611248cb2e17b36413edd063d5a7901d10ad75ae08e1a45f17d75"
    assert trust_hash("pre_tool_use", "/opt/town/.gastown/bin/gt-hook PreToolUse", 10) == known


def test_the_sandbox_lets_commits_and_the_ledger_through(tmp_path: Path) -> None:
    bare, worktree = tmp_path / "repo.git", tmp_path / "ace"
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.invalid"]
    for words in (
        ["init", "-q", "-b", "main", str(tmp_path / "seed")],
        ["-C", str(tmp_path / "seed"), *identity, "commit", "-q", "--allow-empty", "-m", "first"],
        ["clone", "-q", "--bare", str(tmp_path / "seed"), str(bare)],
        ["-C", str(bare), "worktree", "add", "-q", "-b", "x", str(worktree), "main"],
    ):
        subprocess.run(["git", *words], check=True, capture_output=True)

    def roots(role: str) -> list[Path]:
        found = overrides(CODEX.launch(request(tmp_path, worktree=worktree, role=role), {}))
        return [Path(one) for one in found["sandbox_workspace_write"]["writable_roots"]]

    private = tmp_path / ".gastown"
    assert roots("polecat") == [private, bare, bare / "worktrees" / "ace"]
    assert roots("mayor") == [private]


def test_a_conversation_is_resumed_and_a_rehearsal_touches_nothing_of_the_user(tmp_path: Path) -> None:
    settings = {"rehearsal": "1", "base_url": "http://127.0.0.1:9"}
    launch = CODEX.launch(request(tmp_path, settings=settings, conversation="abc", prompt=""), ENVIRONMENT)
    assert launch.argv[launch.argv.index("resume") + 1] == launch.conversation == "abc"
    home = Path(launch.environment["CODEX_HOME"])
    assert launch.directories == (home,)
    assert home.is_relative_to(tmp_path / ".gastown")
    assert "OPENAI_API_KEY" in launch.unset
    assert list(launch.secrets.values()) == ["rehearsal"]
    provider = overrides(launch)["model_providers"]["gastown"]
    assert (provider["base_url"], provider["env_key"]) == ("http://127.0.0.1:9/v1", *launch.secrets)
    own = overrides(CODEX.launch(request(tmp_path, settings={"base_url": "http://gw/v1", "model": "m"}), ENVIRONMENT))
    assert own["model_providers"]["gastown"]["env_key"] == "OPENAI_API_KEY"


def test_availability(tmp_path: Path) -> None:
    program = tmp_path / "codex"
    given = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}

    def state(text: str, **more: str) -> str:
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
        return CODEX.availability({**given, **more}, {"command": str(program)}).state

    assert CODEX.availability(given, {"command": str(program)}).state == "absent"
    assert state("echo codex-cli 0.99.0") == "too_old"
    assert state("echo WARNING: no alias >&2; echo codex-cli 0.169.0") == "no_login"
    assert state("echo codex-cli 0.169.0", CODEX_API_KEY="k") == "ready"
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "auth.json").write_text("{}")
    assert state("echo codex-cli 0.169.0") == "ready"
    assert state("exit 1") == "unknown"


def test_a_rollout_is_found_by_its_conversation_only(tmp_path: Path) -> None:
    place = tmp_path / "sessions" / "2026" / "11" / "24" / "rollout-2026-11-24T12-00-00-0123-abcd.jsonl"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({}))
    assert rollout(tmp_path, "0123-abcd") == place
    assert rollout(tmp_path, "*") is None
    assert rollout(tmp_path, "") is None
