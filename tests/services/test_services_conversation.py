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
