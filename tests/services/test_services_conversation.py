"""A transcript as a conversation: who really speaks."""

from __future__ import annotations

import json
from dataclasses import replace

from gastown_tui.core.states import RunState
from gastown_tui.core.transcript import Entry
from gastown_tui.drivers.transcripts.places import KINDS
from gastown_tui.drivers.transcripts.reading import Reader
from gastown_tui.ledger import agents, runs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext
from gastown_tui.services.conversation import Conversations, Turn, turns_of
from gastown_tui.supervisor.scheduler import new_run


def turns(records: list[dict[str, object]], kind: str) -> list[Turn]:
    items = Reader(KINDS[kind].parser()).feed("".join(json.dumps(record) + "\n" for record in records).encode())
    return turns_of([item for item in items if isinstance(item, Entry)])


def test_a_brief_is_nobodys_word_and_fenced_messages_are_notes() -> None:
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
    assert turns(records, "builtin") == [
        Turn(3.0, "agent", "Good day"),
        Turn(3.0, "receipt", "gt ready"),
        Turn(4.0, "you", "build it"),
        Turn(5.0, "note", "supervisor: cv-1 landed"),
        Turn(6.0, "you", "typed into its own terminal"),
    ]


def test_claude_codes_records_are_read_too() -> None:
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
    found = turns(records, "claude")
    assert [(turn.speaker, turn.text) for turn in found] == [
        ("you", "build it"),
        ("agent", "I look."),
        ("receipt", "Bash gt ready"),
        ("note", "supervisor: cv-1 landed"),
    ]
    assert found[0].at == 1795512363.5


def test_a_conversation_is_read_on_while_it_grows(town: TownContext) -> None:
    """One run of the built-in agent: what is new is added, entries keep their numbers, another run begins anew."""
    begin(town, "run00001", 1000.0)
    place = town.layout.run_directory("run00001") / "transcript.jsonl"
    log = Conversations(town)
    assert log.heard("mayor").entries == ()
    place.write_text(json.dumps({"type": "user", "at": 1001, "text": "one"}) + "\n{half")
    assert [entry.text for entry in log.heard("mayor").entries] == ["one"]
    with open(place, "a") as stream:
        stream.write("\n" + json.dumps({"type": "user", "at": 1002, "text": "two"}) + "\n")
    heard = log.heard("mayor")
    assert [entry.text for entry in heard.entries] == ["one", "two"]
    assert (heard.run, heard.skipped, heard.is_cut) == ("run00001", 1, False)
    with transaction(town.ledger):
        runs.move(town.ledger, "run00001", RunState.PAUSED, actor="test", now=1003.0)
    begin(town, "run00002", 1004.0)
    assert log.heard("mayor").run == "run00002"
    assert log.heard("nobody").run == ""


def test_of_a_huge_transcript_only_the_end_is_read(town: TownContext) -> None:
    begin(town, "run00001", 1000.0)
    place = town.layout.run_directory("run00001") / "transcript.jsonl"
    line = json.dumps({"type": "user", "at": 1001, "text": "x" * 1000}) + "\n"
    place.write_text(line * 1500 + json.dumps({"type": "user", "at": 1002, "text": "the end"}) + "\n")
    heard = Conversations(town).heard("mayor")
    assert heard.is_cut
    assert 900 < len(heard.entries) < 1000
    assert heard.entries[-1].text == "the end"
    assert heard.skipped == 0


def begin(town: TownContext, name: str, at: float) -> None:
    with transaction(town.ledger):
        agents.ensure(town.ledger, "mayor", "builtin", actor="test", now=at)
        runs.create(town.ledger, replace(new_run("mayor", "", "builtin", 1, 1, at), id=name), actor="test")
        for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
            runs.move(town.ledger, name, state, actor="test", now=at)
    town.layout.run_directory(name).mkdir(parents=True)
