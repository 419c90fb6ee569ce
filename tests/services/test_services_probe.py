"""Judging whether a model was told a message whole, whatever its CLI wraps the file in that it read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gastown_tui.services.context import TownContext
from gastown_tui.services.probe_talk import WHOLE, Talk

LINES = WHOLE.splitlines()
WRAPPED = {
    "as it is": f"before\n{WHOLE}\nafter",
    "claude": "\n".join(f"{number:6}→{line}" for number, line in enumerate(LINES, 1)),
    "claude with tabs": "\n".join(f"{number}\t{line}" for number, line in enumerate(LINES, 1)),
    "opencode": "<path>/m.md</path>\n<content>\n"
    + "\n".join(f"{n}: {line}" for n, line in enumerate(LINES, 1))
    + "\n\n(End)\n</content>",
}


@pytest.fixture
def talk(town: TownContext, tmp_path: Path) -> Talk:
    return Talk(town, "opencode", tmp_path / "kept.jsonl", "probe/crew/ace", tmp_path)


@pytest.mark.parametrize("name", WRAPPED)
def test_a_message_is_whole_in_the_wrapper_of_its_cli(talk: Talk, name: str) -> None:
    talk.kept.write_text(json.dumps({"messages": [{"content": [{"text": WRAPPED[name]}]}]}) + "\n")
    assert talk.was_told(WHOLE)


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize(("old", "new"), [("🧪", "?"), (" | so", " |so"), ("47: it", "4: it"), (LINES[7], LINES[7][:40])])
def test_a_message_that_lost_something_is_not(talk: Talk, name: str, old: str, new: str) -> None:
    assert old in WRAPPED[name]
    talk.kept.write_text(json.dumps({"text": WRAPPED[name].replace(old, new)}) + "\n")
    assert not talk.was_told(WHOLE)
