"""Tools, transcripts and texts at their edges."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gastown_tui.agent import toolbox
from gastown_tui.agent.schema import mismatch
from gastown_tui.agent.text import MarkdownLines, clean, excerpt, fitted, one_line
from gastown_tui.agent.toolbox import Toolbox, ToolResult
from gastown_tui.agent.transcript import repair, restore

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "ANTHROPIC_API_KEY": "secret", "ANTHROPIC_AUTH_TOKEN": "secret"}


@pytest.fixture
def tools(tmp_path: Path) -> Toolbox:
    return Toolbox("full", str(tmp_path), {**ENVIRONMENT, "GT": "/bin/echo"})


def use(tools: Toolbox, name: str, **arguments: object) -> ToolResult:
    return asyncio.run(tools.run(name, arguments))


def test_wrong_arguments_are_told_to_the_model(tools: Toolbox) -> None:
    for name, arguments in (
        ("read", {}),
        ("read", {"path": 3}),
        ("read", {"path": "none.txt"}),
        ("read", {"path": "a", "offset": "1"}),
        ("write", {"path": "", "content": "x"}),
        ("write", {"path": "a\0b", "content": "x"}),
        ("write", {"path": "a", "content": "\ud800"}),
        ("edit", {"path": "none", "old": "a", "new": "b"}),
        ("shell", {}),
        ("shell", {"command": "echo \0"}),
        ("gt", {"arguments": "done"}),
        ("search", {"pattern": "["}),
        ("fly", {}),
    ):
        assert use(tools, name, **arguments).is_error, (name, arguments)


def test_an_edit_needs_exactly_one_place(tools: Toolbox, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x\nx\n")
    path.chmod(0o755)
    assert "2 times" in use(tools, "edit", path="a.txt", old="x", new="y").text
    assert use(tools, "edit", path="a.txt", old="", new="y").is_error
    assert not use(tools, "edit", path="a.txt", old="x", new="y", all=True).is_error
    assert path.read_text() == "y\ny\n"
    assert path.stat().st_mode & 0o777 == 0o755
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_reading_is_paged_and_refuses_what_is_no_text(tools: Toolbox, tmp_path: Path) -> None:
    (tmp_path / "long").write_text("\n".join(map(str, range(5000))))
    assert "3000 more lines; read on with offset 2001" in use(tools, "read", path="long").text
    assert use(tools, "read", path="long", offset=4999, limit=5).text.split() == ["4999", "4998", "5000", "4999"]
    (tmp_path / "binary").write_bytes(b"\0\1")
    assert use(tools, "read", path="binary").is_error
    (tmp_path / "empty").touch()
    assert "empty" in use(tools, "read", path="empty").text


def test_a_search_skips_what_is_no_source_and_stops(tools: Toolbox, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x").write_text("needle")
    (tmp_path / "a.py").write_text("needle\n" * 500)
    (tmp_path / "b.txt").write_text("needle")
    found = use(tools, "search", pattern="need.e", glob="*.py").text
    assert ".git" not in found
    assert "b.txt" not in found
    assert "stopped at 200" in found
    assert use(tools, "search", pattern="nothing").text == "[no match]"


def test_an_expression_that_never_ends_is_ended(tools: Toolbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("a" * 60)
    monkeypatch.setattr(toolbox, "SEARCH_LIMIT", 0.5)
    assert "time limit" in use(tools, "search", pattern="(a+)+b").text


def test_a_command_is_ended_at_its_limit_with_its_children(tools: Toolbox) -> None:
    result = use(tools, "shell", command="echo begun; tail -f /dev/null & tail -f /dev/null", timeout=1)
    assert result.is_error
    assert result.text.startswith("begun")
    assert "time limit of 1 s" in result.text


def test_a_background_child_does_not_hold_the_call(tools: Toolbox) -> None:
    result = use(tools, "shell", command="tail -f /dev/null & echo over", timeout=20)
    assert result.text.strip() == "over"


def test_output_is_capped_in_the_middle_and_keys_are_kept_away(tools: Toolbox) -> None:
    result = use(tools, "shell", command="seq 100000")
    assert len(result.text) < 31_000
    assert result.text.startswith("1\n2\n")
    assert result.text.endswith("100000")
    assert "bytes left out" in result.text
    assert "secret" not in use(tools, "shell", command="env").text
    assert "exit status 3" in use(tools, "shell", command="exit 3").text


def test_gt_gets_arguments_not_a_shell(tools: Toolbox) -> None:
    assert use(tools, "gt", arguments=["done", "--summary", "a; $(b) 'c'"]).text == "done --summary a; $(b) 'c'"
    outside = Toolbox("full", "/", {"PATH": "/nowhere"})
    assert not outside.knows("gt")


def test_every_call_gets_its_result_and_strays_go() -> None:
    call = {"role": "assistant", "content": [{"type": "tool_use", "id": "a"}, {"type": "tool_use", "id": "b"}]}
    half = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "x"}]}
    stray = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "z", "content": "x"}]}
    for messages in ([call], [call, half], [call, {"role": "user", "content": "hello"}], [stray, call, half], [call, half, stray]):
        fixed = repair(messages)
        results = [
            block["tool_use_id"]
            for m in fixed
            if isinstance(m["content"], list)
            for block in m["content"]
            if block.get("tool_use_id")
        ]  # type: ignore[attr-defined]
        assert sorted(results) == ["a", "b"]
        assert repair(fixed) == fixed


def test_clearing_and_handing_off_begin_anew() -> None:
    lines: list[dict[str, object]] = [
        {"type": "user", "text": "one"},
        {"type": "note", "kind": "handoff", "text": "N"},
        {"type": "user", "text": "two"},
    ]
    messages, _ = restore(lines)
    assert len(messages) == 2
    assert "N" in str(messages[0]["content"])
    assert restore([*lines, {"type": "note", "kind": "clear", "text": ""}])[0] == []


def test_foreign_text_cannot_steer_the_terminal() -> None:
    hostile = "a\x1b]0;title\x07b\x1b[2Jc\x1b]52;c;eA==\x1b\\d\x9b31me\u202ef\x07\r\ng\tend\x1b"
    cleaned = clean(hostile)
    assert "\x1b" not in cleaned
    assert not any(ord(character) < 32 and character != "\n" for character in cleaned)
    assert "title" not in cleaned
    assert "\u202e" not in cleaned
    assert one_line("a\n\n b" * 200).endswith("…")
    assert excerpt("1\n2\n3", 2) == ["1", "2", "… 1 more line"]
    assert [fitted("abcdef", 6), fitted("abcdef", 5), fitted("漢字漢字", 5)] == ["abcdef", "abcd…", "漢字…"]


def test_markdown_is_styled_line_by_line() -> None:
    lines = MarkdownLines()
    assert lines.style("# T") == [("class:heading", "# T")]
    assert lines.style("- a `b` **c**") == [("", "• "), ("", "a "), ("class:code", "b"), ("", " "), ("class:strong", "c")]
    lines.style("```py")
    assert lines.style("# no heading") == [("class:code", "# no heading")]


@pytest.mark.parametrize(
    ("value", "schema", "wrong"),
    [
        ({"a": 1}, {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}, ""),
        ({}, {"type": "object", "required": ["a"]}, "answer.a is missing"),
        ({"a": True}, {"properties": {"a": {"type": "integer"}}}, "answer.a must be integer"),
        ({"b": 1}, {"properties": {}, "additionalProperties": False}, "answer.b is not allowed"),
        (["x"], {"type": "array", "items": {"enum": ["y"]}}, "answer[0] must be one of ['y']"),
        (5, {"type": "integer", "maximum": 4}, "answer must be at most 4"),
        (None, {"type": ["string", "null"]}, ""),
        ("x", {"anyOf": [{"type": "null"}, {"const": "x"}]}, ""),
        ("z", {"anyOf": [{"type": "null"}, {"const": "x"}]}, "answer fits none of its shapes"),
    ],
)
def test_answers_are_checked_against_their_schema(value: object, schema: object, wrong: str) -> None:
    assert mismatch(json.loads(json.dumps(value)), schema) == wrong
