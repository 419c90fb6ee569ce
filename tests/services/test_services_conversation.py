"""A transcript as a conversation: who really speaks."""

from __future__ import annotations

import json
from pathlib import Path

from gastown_tui.services.conversation import Turn, _turns


def test_a_brief_is_nobodys_word_and_fenced_messages_are_notes(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [
        {"type": "session", "at": 1},
        {"type": "user", "at": 2, "text": "You are mayor, a mayor"},
        {
            "type": "assistant",
            "at": 3,
            "content": [
                {"type": "text", "text": "Good day"},
                {"type": "tool_use", "name": "gt", "input": {"arguments": ["ready"]}},
            ],
        },
        {"type": "user", "at": 4, "text": "build it", "sender": "overseer"},
        {"type": "user", "at": 5, "text": '<message from="supervisor" id="m1">\ncv-1 landed\n</message>'},
        {"type": "user", "at": 6, "text": "typed into its own terminal"},
    ]
    path = tmp_path / "transcript.jsonl"
    path.write_text("\n".join(map(json.dumps, records)) + "\n{half")
    assert _turns(path) == [
        Turn(3.0, "agent", "Good day"),
        Turn(3.0, "receipt", "gt ready"),
        Turn(4.0, "you", "build it"),
        Turn(5.0, "note", "supervisor: cv-1 landed"),
        Turn(6.0, "you", "typed into its own terminal"),
    ]


def test_claude_codes_records_are_read_too(tmp_path: Path) -> None:
    def record(kind: str, content: object, **more: object) -> dict[str, object]:
        return {"type": kind, "timestamp": "2026-11-24T09:26:03.500Z", "message": {"role": kind, "content": content}, **more}

    records = [
        {"type": "mode", "mode": "normal"},
        record("user", "You are mayor: speak with the overseer. Verbs: $GT status"),
        record("user", "[message m1 from overseer] build it"),
        record("user", "a remark of its own", isMeta=True),
        record("assistant", [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "I look."}]),
        record("assistant", [{"type": "tool_use", "name": "Bash", "input": {"command": "gt ready"}}]),
        record("user", [{"type": "tool_result", "content": "nothing", "tool_use_id": "t"}]),
        record("user", [{"type": "text", "text": "[message m2 from supervisor] cv-1 landed"}]),
        record("assistant", [{"type": "text", "text": "a side talk"}], isSidechain=True),
        {"type": "assistant", "message": {"content": None}, "timestamp": "no time"},
    ]
    path = tmp_path / "claude.jsonl"
    path.write_text("\n".join(map(json.dumps, records)))
    assert [(turn.speaker, turn.text) for turn in _turns(path)] == [
        ("you", "build it"),
        ("agent", "I look."),
        ("receipt", "Bash gt ready"),
        ("note", "supervisor: cv-1 landed"),
    ]
    assert _turns(path)[0].at == 1795512363.5
