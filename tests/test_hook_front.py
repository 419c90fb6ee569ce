"""The lines before the hook's Python: what they let pass at once, and that everything else reaches the guard whole."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gastown_tui.core.config import RuleConfig, TownConfig
from gastown_tui.core.layout import TownLayout
from gastown_tui.hook import front, guard
from gastown_tui.ledger import telemetry
from gastown_tui.services.rules import compiled
from gastown_tui.services.town import write_commands

Run = Callable[..., tuple[str, bytes]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the lines with a stand-in for Python; gives its arguments and what it was given on stdin ("" when not started)."""
    (tmp_path / ".gastown").mkdir()
    seen = tmp_path / "seen"
    script = tmp_path / "front"
    script.write_text("#!/bin/sh\n" + front.lines(f"/bin/sh -c 'cat > {seen}.in; echo \"$*\" > {seen}.argv' python"))
    script.chmod(0o700)

    def begin(event: str, payload: object) -> tuple[str, bytes]:
        given = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        ran = subprocess.run(
            [str(script), event],
            input=given,
            env={"GT_TOWN": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=False,
        )
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
        argv = Path(f"{seen}.argv")
        return (argv.read_text().strip(), Path(f"{seen}.in").read_bytes()) if argv.exists() else ("", b"")

    return begin


def call(tool: str, **given: object) -> dict[str, object]:
    return {"cwd": "/town/.gastown/x", "tool_name": tool, "tool_input": given, "tool_use_id": "t1"}


@pytest.mark.parametrize(
    "payload",
    [
        call("Bash", command="python3 -m pytest -q && git commit -am 'x'", description="Run the tests"),
        call("bash", command="ls"),
        call("run_shell_command", command="ls"),
        call("Read", file_path="/town/.gastown/ledger.db"),
        call("mcp__mail__send", text="push"),
        call("Grep", pattern='"tool_name":"Edit"'),
    ],
)
def test_what_the_guard_would_pass_starts_nothing(run: Run, payload: dict[str, object]) -> None:
    assert run("PreToolUse", payload) == ("", b"")
    assert guard.verdict(payload, "/town") == ("", None)


@pytest.mark.parametrize("word", [*guard.SUSPICIOUS, '"$GT"', "${GT}"])
def test_a_word_that_the_guard_looks_for_reaches_it(run: Run, word: str) -> None:
    payload = call("Bash", command=f"cd x && {word} now", description="ü“\n\\ é 🦀 %s %d")
    argv, given = run("PreToolUse", payload)
    assert argv == "PreToolUse"
    assert json.loads(given) == payload


@pytest.mark.parametrize("tool", front.EDITORS)
def test_a_write_beside_the_town_starts_nothing(run: Run, tmp_path: Path, tool: str) -> None:
    assert run("PreToolUse", call(tool, file_path=str(tmp_path / "x é.py"), content='".gastown repo.git" push')) == ("", b"")


@pytest.mark.parametrize(
    "path",
    [
        "{}/.gastown/ledger.db",
        "{}/rig/repo.git/config",
        "{}/rig/polecats/ace/../../repo.git/config",
        "{}/into/x",
        "{}/linked",
        "{}/no/such/place/x",
        '{}/quo"te',
        "x.py",
        "",
    ],
)
def test_a_write_that_may_lead_into_the_town_reaches_the_guard_whole(run: Run, tmp_path: Path, path: str) -> None:
    (tmp_path / "rig" / "repo.git").mkdir(parents=True)
    (tmp_path / "rig" / "polecats" / "ace").mkdir(parents=True)
    (tmp_path / "into").symlink_to(tmp_path / "rig" / "repo.git")
    (tmp_path / "linked").symlink_to(tmp_path / "rig" / "repo.git" / "config")
    payload = call("Write", file_path=path.format(tmp_path), content="a line of “text”\n" * 20_000)
    assert json.loads(run("PreToolUse", payload)[1]) == payload


@pytest.mark.parametrize("given", [{"notebook_path": "/x"}, {"content": "x", "file_path": "/tmp/x"}, {}])
def test_a_write_of_another_shape_reaches_the_guard(run: Run, given: dict[str, object]) -> None:
    assert run("PreToolUse", call("Edit", **given))[0] == "PreToolUse"


@pytest.mark.parametrize("payload", [b"", b"no json", b'{"tool_name": "Bash"}', b'{"tool_name":5}'])
def test_what_is_not_understood_reaches_the_guard(run: Run, payload: bytes) -> None:
    assert run("PreToolUse", payload) == ("PreToolUse", payload)


def test_with_an_estop_every_call_reaches_the_guard(run: Run, tmp_path: Path) -> None:
    (tmp_path / ".gastown" / "estop").touch()
    assert run("PreToolUse", call("Read", file_path="x"))[0] == "PreToolUse"


@pytest.mark.parametrize(
    ("rules", "tool", "is_asked"),
    [
        ([("deny", "Bash", "curl *")], "Bash", True),
        ([("deny", "exec_command", "curl *")], "Bash", True),
        ([("deny", "bash", "curl *")], "shell", True),
        ([("deny", "Bash", "curl *")], "Read", False),
        ([("ask", "Read", "*.env"), ("deny", "Bash", "curl *")], "read_file", True),
        ([("ask", "Read", "*.env")], "Bash", False),
        ([("ask", "*", "*.env")], "Grep", True),
        ([("ask", "mcp__mail__*", "*")], "mcp__mail__send", True),
        ([("ask", "WebFetch", "*")], "WebFetch", True),
        ([("ask", "WebFetch", "*")], "WebFetchMore", False),
    ],
)
def test_a_call_reaches_the_guard_when_a_rule_names_its_tool(
    run: Run, tmp_path: Path, rules: list[tuple[str, str, str]], tool: str, is_asked: bool
) -> None:
    found = [RuleConfig(verdict=verdict, tool=named, pattern=pattern) for verdict, named, pattern in rules]
    (tmp_path / ".gastown" / "rules.json").write_text(compiled(TownConfig(rules=found)))
    assert (run("PreToolUse", call(tool, command="make", path="x"))[0] != "") == is_asked


@pytest.mark.parametrize("text", ["", "no rules", '{"version": 1, "rules": []}', '{\n "rules": []}'])
def test_with_rules_that_are_not_understood_every_call_reaches_the_guard(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / ".gastown" / "rules.json").write_text(text)
    assert run("PreToolUse", call("Grep", pattern="x"))[0] == "PreToolUse"


@pytest.mark.parametrize("event", ["Stop", "PermissionRequest", "PostToolUse"])
def test_every_other_event_reaches_the_hook(run: Run, event: str) -> None:
    assert run(event, call("Bash", command="ls"))[0] == event


def test_the_towns_command_refuses_and_reports_as_before(tmp_path: Path) -> None:
    layout = TownLayout(tmp_path / "to wn")
    layout.private.mkdir(parents=True)
    telemetry.prepare(layout.telemetry)
    write_commands(layout)
    environment = {"GT_TOWN": str(layout.root), "GT_RUN": "r1", "GT_AGENT": "ms/polecats/ace", "PATH": "/usr/bin:/bin"}

    def hook(command: str) -> str:
        payload = json.dumps(call("Bash", command=command), separators=(",", ":"))
        argv = [str(layout.bin / "gt-hook"), "PreToolUse"]
        ran = subprocess.run(argv, input=payload, env=environment, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
        return ran.stdout

    assert hook("make test") == ""
    assert "agents do not push" in hook("git push origin main")
    assert '"allow"' in hook("$GT done")
    reports = telemetry.reports(telemetry.open_telemetry(layout.telemetry))
    assert reports["r1"].detail == "Bash: $GT done"
    layout.rules.write_text(compiled(TownConfig(rules=[RuleConfig(verdict="deny", tool="Bash", pattern="curl *")])))
    assert "a standing rule" in hook("curl example.org")
    assert hook("make test") == ""
