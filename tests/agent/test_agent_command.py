"""`gastown agent --once`, `ask` and wrong calls, as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = """
[[script]]
match = "^work"
[[script.step]]
say = "I look."
shell = "echo hi > made"
[[script.step]]
shell = "sh -c 'echo bad > made'"
[[script.step]]
say = "Worked."

[[script]]
match = "^json"
[[script.step]]
say = '{"size": 3}'

[[script]]
match = "^prose"
[[script.step]]
say = "three"

[[script]]
match = "^nokey"
[[script.step]]
say = "x"
fault = "unauthorized"
"""
SCHEMA = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}


@pytest.fixture
def call(serve: Any, tmp_path: Path) -> Any:
    url = serve(SCENARIO).url
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(SCHEMA))
    work = tmp_path / "work"
    work.mkdir()

    def run(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_AUTH_TOKEN": "x",
            **more,
        }
        words = [argument.replace("SCHEMA", str(schema)) for argument in arguments]
        command = [sys.executable, "-m", "gastown_tui.agent", *words]
        return subprocess.run(
            command, cwd=work, env=environment, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def test_once_prints_the_answer_and_denies_what_nobody_can_allow(call: Any, tmp_path: Path) -> None:
    result = call("--once", "--prompt", "work")
    assert (result.returncode, result.stdout) == (0, "I look.\nWorked.\n")
    assert "denied" in result.stderr
    assert (tmp_path / "work" / "made").read_text() == "hi\n"
    full = call("--once", "--prompt", "work", "--autonomy", "full")
    assert full.returncode == 0
    assert (tmp_path / "work" / "made").read_text() == "bad\n"


def test_ask_gives_checked_json(call: Any) -> None:
    result = call("ask", "--schema", "SCHEMA", "json please")
    assert (result.returncode, json.loads(result.stdout)) == (0, {"size": 3})
    assert json.loads(call("ask", "--schema", "SCHEMA", "-", stdin="json from stdin").stdout) == {"size": 3}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ask", "--schema", "SCHEMA", "prose"], 1, "not JSON"),
        (["ask", "--schema", "SCHEMA", "nokey"], 5, "401"),
        (["ask", "--schema", "/nowhere/s.json", "json"], 3, "no schema file"),
        (["--once"], 2, "--once needs --prompt"),
        (["--once", "--prompt", "nokey"], 5, "401"),
        (["--once", "--prompt", "x", "--resume", "nosuch"], 3, "no conversation"),
        (["--once", "--prompt", "x", "--role-file", "/nowhere"], 3, "no role file"),
        (["--resume", "a", "--continue"], 2, "exclude one another"),
        (["--autonomy", "wild"], 2, "invalid choice"),
        (["--prompt", "x"], 1, "no terminal"),
        (["--once", "--prompt", "x", "--transcript", "/proc/nowhere/t.jsonl"], 1, "cannot write the transcript"),
    ],
)
def test_wrong_calls_and_failures_have_a_line_and_a_code(call: Any, arguments: list[str], code: int, words: str) -> None:
    result = call(*arguments)
    assert result.returncode == code, result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr
