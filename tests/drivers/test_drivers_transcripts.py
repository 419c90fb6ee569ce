"""Transcripts of real CLIs (samples/: written by the CLIs themselves, with long texts cut) as conversation, usage and state."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.transcript import Call, Entry, Item, Sign, What
from gastown_tui.drivers.transcripts.claude import ClaudeParser
from gastown_tui.drivers.transcripts.lines import Lines
from gastown_tui.drivers.transcripts.opencode import OpencodeParser
from gastown_tui.drivers.transcripts.places import KINDS
from gastown_tui.drivers.transcripts.reading import Reader

SAMPLES = Path(__file__).parent / "transcripts" / "samples"


def read(sample: str) -> list[Item]:
    kind = KINDS[sample.partition("-")[0]]
    reader = Reader(kind.parser())
    items = reader.feed((SAMPLES / f"{sample}.jsonl").read_bytes())
    assert reader.skipped == 0
    return items


def spoken(items: list[Item]) -> list[tuple[What, str]]:
    return [(one.what, one.name or one.text) for one in items if isinstance(one, Entry) and one.what is not What.RESULT]


def calls(items: list[Item]) -> dict[str, tuple[int, int, int, int]]:
    return {one.id: (one.input, one.output, one.cache_read, one.cache_write) for one in items if isinstance(one, Call)}


def newest_sign(items: list[Item]) -> Sign:
    return [one for one in items if isinstance(one, Sign)][-1]


def test_claude_code_at_work() -> None:
    items = read("claude-work")
    assert spoken(items) == [
        (What.USER, "please do the work"),
        (What.AGENT, "I look around first."),
        (What.TOOL, "Bash"),
        (What.TOOL, "Write"),
        (What.TOOL, "Edit"),
        (What.TOOL, "Bash"),
        (What.AGENT, "Done: **a.txt** says hello there."),
    ]
    # The sums are those of the CLI's own account of this session (its `cost-state` record).
    found = calls(items)
    assert [sum(one[kind] for one in found.values()) for kind in range(4)] == [2811, 78, 61166, 0]
    assert {one.model for one in items if isinstance(one, Call)} == {"claude-opus-5-5"}
    edit = next(one for one in items if isinstance(one, Entry) and one.name == "Edit")
    assert edit.is_diff
    assert edit.detail.splitlines()[-2:] == ["-hello", "+hello there"]
    results = [one for one in items if isinstance(one, Entry) and one.what is What.RESULT]
    assert [one.is_failed for one in results] == [False, False, False, True]
    assert results[0].id == next(one.id for one in items if isinstance(one, Entry) and one.name == "Bash")
    assert (newest_sign(items).state, newest_sign(items).detail) == (AgentState.IDLE, "Done: **a.txt** says hello there.")


@pytest.mark.parametrize(
    ("detail", "hour"),
    [
        ({"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 70}, 70),
        ({"ephemeral_1h_input_tokens": 900}, 100),
        ({"ephemeral_1h_input_tokens": "x"}, 0),
        (None, 0),
    ],
)
def test_what_claude_code_keeps_for_an_hour_is_counted_apart(detail: object, hour: int) -> None:
    usage = {"input_tokens": 1, "output_tokens": 2, "cache_creation_input_tokens": 100, "cache_creation": detail}
    record = {"type": "assistant", "message": {"id": "m1", "model": "claude-opus-5-5", "usage": usage, "content": []}}
    (call,) = (one for one in Reader(ClaudeParser()).feed(json.dumps(record).encode() + b"\n") if isinstance(one, Call))
    assert (call.cache_write, call.cache_hour) == (100, hour)


def test_a_message_in_two_records_is_one_answer() -> None:
    """Text and tool call of one answer are two records with the same id and usage."""
    ids = [one.id for one in read("claude-work") if isinstance(one, Call)]
    assert len(ids) == 6
    assert len(set(ids)) == 5


@pytest.mark.parametrize(
    ("sample", "state", "words"),
    [
        ("claude-limit", AgentState.LIMIT, "API Error: Request rejected (429)"),
        ("claude-login", AgentState.LOGIN, "Not logged in · Please run /login"),
        ("claude-overload", AgentState.ERROR, "529"),
    ],
)
def test_claude_codes_errors_are_states(sample: str, state: AgentState, words: str) -> None:
    items = read(sample)
    signs = [one for one in items if isinstance(one, Sign)]
    assert AgentState.RETRYING in [one.state for one in signs]
    assert signs[-1].state is state
    assert words in signs[-1].detail
    assert calls(items) == {}, "what the CLI wrote itself costs nothing"


CREDIT = "You exceeded your current quota, please check your plan and billing details"


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (
            "claude",
            {
                "type": "assistant",
                "isApiErrorMessage": True,
                "error": "billing_error",
                "message": {
                    "role": "assistant",
                    "model": "<synthetic>",
                    "content": [{"type": "text", "text": "Credit balance too low"}],
                },
            },
        ),
        ("codex", {"type": "event_msg", "payload": {"type": "error", "message": "unexpected status 402 Payment Required"}}),
        ("pi", {"type": "message", "message": {"role": "assistant", "stopReason": "error", "errorMessage": f"Error: {CREDIT}"}}),
        ("gemini", {"id": "e1", "type": "error", "content": "Billing is not enabled for this project."}),
        ("builtin", {"type": "error", "at": 7, "text": "Your credit balance is too low to access the API.", "status": 400}),
    ],
)
def test_an_account_without_credit_is_at_its_limit(kind: str, record: dict[str, object]) -> None:
    (sign,) = [one for one in Reader(KINDS[kind].parser()).feed(json.dumps(record).encode() + b"\n") if isinstance(one, Sign)]
    assert sign.state is AgentState.LIMIT


def test_codex_at_work() -> None:
    items = read("codex-work")
    assert spoken(items) == [
        (What.USER, "do the work"),
        (What.AGENT, "Step 0."),
        (What.TOOL, "exec_command"),
        (What.AGENT, "Step 1."),
        (What.TOOL, "apply_patch"),
        (What.AGENT, "Step 2."),
        (What.TOOL, "exec_command"),
        (What.AGENT, "All done."),
    ]
    # 1200 to 1500 tokens in, of which 1000 were cached each time: as its own sum says, 5400 and 4000.
    assert list(calls(items).values()) == [(number, 40, 1000, 0) for number in (200, 300, 400, 500)]
    call = next(one for one in items if isinstance(one, Call))
    assert (call.model, call.window, call.context) == ("gpt-5.4", 258_400, 1240)
    patch = next(one for one in items if isinstance(one, Entry) and one.name == "apply_patch")
    assert (patch.text, patch.is_diff) == ("c.txt", True)
    assert [one.is_failed for one in items if isinstance(one, Entry) and one.what is What.RESULT] == [False, True, True]
    assert (newest_sign(items).state, newest_sign(items).detail) == (AgentState.IDLE, "All done.")


def test_gemini_at_work() -> None:
    """It writes a message again once its calls have run: told once, and its answers count once."""
    items = read("gemini-work")
    assert spoken(items) == [
        (What.USER, "do the work"),
        (What.AGENT, "Step 0."),
        (What.TOOL, "run_shell_command"),
        (What.AGENT, "Step 1."),
        (What.TOOL, "write_file"),
        (What.AGENT, "Step 2."),
        (What.TOOL, "replace"),
        (What.AGENT, "All done."),
    ]
    assert list(calls(items).values()) == [(number, 45, 1000, 0) for number in (200, 300, 400, 500)]
    assert [one for one in items if isinstance(one, Sign)] == [], "it never says that a turn has ended"
    replaced = next(one for one in items if isinstance(one, Entry) and one.name == "replace")
    assert replaced.detail.splitlines()[-2:] == ["-hello", "+hello there"]


def test_pi_at_work() -> None:
    items = read("pi-work")
    assert [name for what, name in spoken(items) if what is What.TOOL] == ["bash", "write", "edit"]
    assert list(calls(items).values()) == [(number, 40, 1000, 0) for number in (200, 300, 400, 500)]
    assert [one.is_failed for one in items if isinstance(one, Entry) and one.what is What.RESULT] == [False, False, True]
    assert (newest_sign(items).state, newest_sign(items).detail) == (AgentState.IDLE, "All done.")


def test_opencode_at_work() -> None:
    rows = [json.loads(line) for line in (SAMPLES / "opencode-work.jsonl").read_text().splitlines()]
    messages = {row["id"]: row["data"] for row in rows if row["table"] == "message"}
    given = sorted(
        (row for row in rows if row["table"] != "session"), key=lambda row: (row["time_updated"], row["table"] == "message")
    )
    parser, items = OpencodeParser(), []
    for row in [*given, *given]:  # rows come again when they change
        message = messages[row["id"]] if row["table"] == "message" else messages[row["message_id"]]
        record = {
            "table": row["table"],
            "id": row["id"],
            "at": row["time_updated"],
            "side": 0,
            "data": row["data"],
            "message": message,
        }
        items += parser.parse(record)
    assert spoken(items) == [
        (What.USER, '"do the work"'),
        (What.AGENT, "Step 0."),
        (What.TOOL, "bash"),
        (What.TOOL, "invalid"),
        (What.AGENT, "Step 1."),
        (What.TOOL, "invalid"),
        (What.AGENT, "Step 2."),
        (What.AGENT, "All done."),
    ]
    assert list(calls(items).values()) == [(number, 40, 1000, 0) for number in (200, 300, 400, 500)]
    assert newest_sign(items).state is AgentState.IDLE


def test_the_built_in_agent_is_read() -> None:
    usage = {"input_tokens": 3, "output_tokens": 5, "cache_read_input_tokens": 7, "cache_creation_input_tokens": 11}
    edit = {"type": "tool_use", "id": "t1", "name": "edit", "input": {"path": "a", "old": "x", "new": "y"}}
    lines: list[dict[str, object]] = [
        {"type": "session", "at": 1},
        {"type": "user", "at": 2, "text": "build it", "sender": "overseer"},
        {
            "type": "assistant",
            "at": 3,
            "id": "m1",
            "model": "m",
            "content": [edit],
            "stop_reason": "tool_use",
            "usage": usage,
            "window": 99,
        },
        {
            "type": "tool_result",
            "at": 4,
            "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "no", "is_error": True}],
        },
        {"type": "usage", "at": 5, "id": "u1", "model": "m", "usage": usage},
        {
            "type": "assistant",
            "at": 6,
            "id": "m2",
            "model": "m",
            "text": "half",
            "content": [],
            "stop_reason": "interrupted",
            "usage": usage,
        },
        {"type": "error", "at": 7, "text": "too many", "status": 429},
    ]
    items = Reader(KINDS["builtin"].parser()).feed("\n".join(map(json.dumps, lines)).encode() + b"\n")
    assert [(one.id, one.context, one.window) for one in items if isinstance(one, Call)] == [("m1", 26, 99), ("u1", 26, 0)]
    assert newest_sign(items).state is AgentState.LIMIT
    tool = next(one for one in items if isinstance(one, Entry) and one.what is What.TOOL)
    assert (tool.text, tool.is_diff) == ("a", True)


def _cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["claude-work", "codex-work", "gemini-work", "pi-work"]), st.lists(st.integers(0, 10**6), max_size=12))
def test_however_the_bytes_are_cut_the_items_are_the_same(sample: str, places: list[int]) -> None:
    data = (SAMPLES / f"{sample}.jsonl").read_bytes()
    reader = Reader(KINDS[sample.partition("-")[0]].parser())
    assert [item for part in _cut(data, places) for item in reader.feed(part)] == read(sample)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["claude-work", "codex-work", "gemini-work", "pi-work"]), st.integers(0, 10**6))
def test_a_reader_goes_on_from_any_line_with_what_its_parser_remembers(sample: str, place: int) -> None:
    lines = (SAMPLES / f"{sample}.jsonl").read_bytes().splitlines(keepends=True)
    middle = place % (len(lines) + 1)
    kind = KINDS[sample.partition("-")[0]]
    first = Reader(kind.parser())
    items = first.feed(b"".join(lines[:middle]))
    parser = kind.parser()
    parser.restore(json.loads(json.dumps(first.parser.state())))
    assert items + Reader(parser).feed(b"".join(lines[middle:])) == read(sample)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line), max_size=8), st.lists(st.integers(0, 400), max_size=6)
)
def test_lines_are_whole_and_long_ones_are_passed_over(lines: list[bytes], places: list[int]) -> None:
    splitter = Lines(limit=20)
    found = [line for part in _cut(b"".join(line + b"\n" for line in lines), places) for line in splitter.feed(part)]
    assert found == [line for line in lines if len(line) <= 20 and line.strip()]
    assert splitter.too_long == sum(len(line) > 20 for line in lines)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["type", "message", "content", "usage", "text", "id", "payload", "info", "role", "tokens", "input", "timestamp", "at", "$set",
         "messages", "toolCalls", "data", "state", "arguments", "last_token_usage", "total_tokens", "isApiErrorMessage", "error"]
    ), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip
_TYPES = st.sampled_from(["assistant", "user", "system", "message", "event_msg", "response_item", "gemini", "note", "tool_result"])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(KINDS)), _TYPES, _JSON, st.binary(max_size=30))
def test_no_record_stops_a_reader(name: str, kind: str, value: object, rubbish: bytes) -> None:
    reader = Reader(KINDS[name].parser())
    record = {**(value if isinstance(value, dict) else {"message": value, "payload": value}), "type": kind}
    reader.feed(json.dumps(record).encode() + b"\n" + rubbish + b"\n")
    said = json.dumps({"type": "user", "at": 1, "text": "hello"}).encode()
    if name == "builtin":
        assert [item.text for item in reader.feed(said + b"\n") if isinstance(item, Entry)] == ["hello"]
    assert all(isinstance(word, str) for word in reader.parser.state().values())
