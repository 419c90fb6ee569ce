"""`gt agents classify`: captured screens are judged without a town, one object a file."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from gastown_tui.cli.commands.agents import agents

SCREENS = Path(__file__).parent.parent / "drivers" / "screens"


def test_each_file_gives_one_json_line(tmp_path: Path) -> None:
    unknown = tmp_path / "x.txt"
    unknown.write_bytes(b"\xff\xfe what is this")
    known = str(SCREENS / "claude330-ask-question.ansi")
    result = CliRunner().invoke(agents, ["classify", "--driver", "claude", "--json", known, str(unknown)])
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"file": known, "state": "question", "detail": "Which colour should the button be?", "rule": "question"},
        {"file": str(unknown), "state": "unknown", "detail": "", "rule": ""},
    ]


def test_people_get_a_line_with_the_rule() -> None:
    name = str(SCREENS / "codex-working-hung.txt")
    result = CliRunner().invoke(agents, ["classify", "--driver", "codex", name])
    assert result.stdout == f"{name}  working  busy  Working 9s\n"
