"""The server against the real SDK, and against nonsense."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import pytest

from gastown_tui.rehearsal.server import RehearsalServer

Serve = Callable[..., RehearsalServer]

SCENARIO = """
[[script]]
match = 'Bead: (?P<bead>\\S+) Board'
resumes = true
[[script.step]]
say = "I look around for {bead}."
shell = "ls"
[[script.step]]
when = "README"
read = "README.md"
[[script.step]]
write = { path = "a.py", text = "print({x!r})" }
[[script.step]]
gt = "done --notes 'all {bead} done'"
[[script.step]]
say = "Finished {bead}."

[[script]]
match = "fault (?P<kind>\\\\w+)"
[[script.step]]
say = "survived {kind} and talked on for long enough to be cut somewhere in the middle"
fault = "FAULT"
"""
TOOLS: Any = [
    {"name": name, "description": "", "input_schema": {"type": "object"}} for name in ("read", "write", "edit", "shell", "gt")
]


def client_of(server: RehearsalServer, key: str = "k") -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key=key, base_url=server.url, max_retries=0, timeout=10)


def turn(client: anthropic.Anthropic, messages: list[Any]) -> Any:
    with client.messages.stream(model="m", max_tokens=100, messages=messages, tools=TOOLS) as stream:
        return stream.get_final_message()


def play(client: anthropic.Anthropic, text: str, results: dict[str, str]) -> list[Any]:
    """Answers tool calls from `results` by tool name until the model ends its turn."""
    messages: list[Any] = [{"role": "user", "content": text}]
    answers = []
    while True:
        answer = turn(client, messages)
        answers.append(answer)
        if answer.stop_reason != "tool_use":
            return answers
        call = next(block for block in answer.content if block.type == "tool_use")
        messages.append({"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in answer.content]})
        result = {"type": "tool_result", "tool_use_id": call.id, "content": results.get(call.name, "ok")}
        messages.append({"role": "user", "content": [result]})


def test_a_script_is_played_step_by_step_with_groups_and_branches(serve: Serve) -> None:
    client = client_of(serve(SCENARIO.replace('"FAULT"', '"slow"')))
    answers = play(client, "Bead: ms-1 Board", {"shell": "nothing here"})
    calls = [(b.name, b.input) for a in answers for b in a.content if b.type == "tool_use"]
    assert calls == [
        ("shell", {"command": "ls"}),
        ("write", {"path": "a.py", "content": "print({x!r})"}),
        ("gt", {"arguments": ["done", "--notes", "all ms-1 done"]}),
    ]
    assert answers[0].content[0].text == "I look around for ms-1."
    assert answers[-1].content[0].text == "Finished ms-1."
    assert answers[0].usage.input_tokens > 0
    assert answers[0].usage.output_tokens > 0
    branched = play(client, "Bead: ms-1 Board", {"shell": "README.md"})
    assert [b.name for a in branched for b in a.content if b.type == "tool_use"][1] == "read"


def test_claude_codes_tools_get_the_same_acts(serve: Serve) -> None:
    client = client_of(serve(SCENARIO.replace('"FAULT"', '"slow"')))
    tools: Any = [{"name": n, "input_schema": {"type": "object"}} for n in ("Bash", "Read", "Write", "Edit")]
    system = "<env>\nWorking directory: /home/x/repo\n</env>"
    wrapped: Any = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "<system-reminder>be nice</system-reminder>"},
                {"type": "text", "text": "Bead: ms-1 Board"},
            ],
        },
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {}}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "README"},
                {"type": "text", "text": "are you there?"},
            ],
        },
    ]
    answer = client.messages.create(model="m", max_tokens=9, messages=wrapped, tools=tools, system=system)
    assert [(b.name, b.input) for b in answer.content if b.type == "tool_use"] == [
        ("Read", {"file_path": "/home/x/repo/README.md"})
    ]


def test_side_requests_do_not_advance_the_script(serve: Serve) -> None:
    server = serve(SCENARIO.replace('"FAULT"', '"slow"'))
    client = client_of(server)
    title = client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "Bead: ms-1 Board"}], tools=[])
    assert title.stop_reason == "end_turn"
    answers = play(client, "Bead: ms-1 Board", {})
    assert answers[0].content[1].name == "shell"
    assert server.stats.side_calls == 1


def test_an_interrupted_script_goes_on_after_an_unknown_remark(serve: Serve) -> None:
    client = client_of(serve(SCENARIO.replace('"FAULT"', '"slow"')))
    messages: list[Any] = [
        {"role": "user", "content": "Bead: ms-1 Board"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "shell", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "interrupted"}]},
        {"role": "user", "content": "go on"},
    ]
    assert turn(client, messages).content[0].name == "write"
    assert "no answer" in turn(client, [{"role": "user", "content": "go on"}]).content[0].text


def test_words_after_a_finished_script_get_the_fallback(serve: Serve) -> None:
    client = client_of(serve(SCENARIO.replace('"FAULT"', '"slow"')))
    messages: list[Any] = [{"role": "user", "content": "fault x"}, {"role": "assistant", "content": "done"}]
    assert "no answer" in turn(client, [*messages, {"role": "user", "content": "hm"}]).content[0].text


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        ("rate_limit", anthropic.RateLimitError, 429),
        ("overloaded", anthropic.APIStatusError, 529),
        ("server_error", anthropic.InternalServerError, 500),
        ("unauthorized", anthropic.AuthenticationError, 401),
        ("no_credit", anthropic.BadRequestError, 400),
        ("too_long", anthropic.BadRequestError, 400),
    ],
)
def test_faults_are_the_apis_errors(serve: Serve, fault: str, error: type[anthropic.APIStatusError], status: int) -> None:
    client = client_of(serve(SCENARIO.replace("FAULT", fault)))
    with pytest.raises(error) as caught:
        turn(client, [{"role": "user", "content": f"fault {fault}"}])
    assert caught.value.status_code == status


@pytest.mark.parametrize("fault", ["rate_limit_once", "overloaded_once", "server_error_once"])
def test_one_time_faults_pass_at_the_second_try(serve: Serve, fault: str) -> None:
    client = client_of(serve(SCENARIO.replace("FAULT", fault)))
    with pytest.raises(anthropic.APIStatusError):
        turn(client, [{"role": "user", "content": "fault x"}])
    assert turn(client, [{"role": "user", "content": "fault x"}]).content[0].text.startswith("survived x")


def test_a_dropped_connection_ends_the_stream_early(serve: Serve) -> None:
    client = client_of(serve(SCENARIO.replace("FAULT", "drop")))
    with client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "fault x"}]) as stream:
        kinds = [event.type for event in stream]
    assert "text" in kinds
    assert "message_stop" not in kinds


def test_a_token_is_asked_for_when_set(serve: Serve) -> None:
    server = serve(SCENARIO.replace('"FAULT"', '"slow"'), token="secret")
    with pytest.raises(anthropic.AuthenticationError):
        turn(client_of(server, "wrong"), [{"role": "user", "content": "hi"}])
    assert turn(client_of(server, "secret"), [{"role": "user", "content": "hi"}]).stop_reason == "end_turn"


def test_tokens_are_counted_and_told(serve: Serve) -> None:
    server = serve(SCENARIO.replace('"FAULT"', '"slow"'))
    client = client_of(server)
    counted = client.messages.count_tokens(model="m", messages=[{"role": "user", "content": "x" * 4000}])
    assert counted.input_tokens >= 1000
    play(client, "Bead: ms-1 Board", {})
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    connection.request("GET", "/rehearsal/stats")
    stats = json.loads(connection.getresponse().read())
    connection.close()
    assert stats["calls"] == 4
    assert stats["count_calls"] == 1
    assert stats["output_tokens"] > 0


GARBAGE: list[tuple[str, bytes, dict[str, str]]] = [
    ("/v1/messages", b"", {}),
    ("/v1/messages", b"not json", {}),
    ("/v1/messages", b"[]", {}),
    ("/v1/messages", b"{}", {}),
    ("/v1/messages", b'{"messages": 3}', {}),
    ("/v1/messages", b'{"messages": [3]}', {}),
    ("/v1/messages", b'{"messages": [{"role": 1}]}', {}),
    ("/v1/messages", b'{"messages": [{"role": "assistant", "content": []}]}', {}),
    ("/v1/messages", b"[" * 100_000, {}),
    ("/v1/messages", b"x", {"content-length": "-5"}),
    ("/v1/messages", b"x", {"content-length": "99999999999"}),
    ("/v1/messages", b"x", {"content-length": "many"}),
    ("/nowhere", b"{}", {}),
]


def test_garbage_is_refused_and_survived(serve: Serve) -> None:
    server = serve(SCENARIO.replace('"FAULT"', '"slow"'))
    for path, body, headers in GARBAGE:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
        connection.request("POST", path, body=body, headers=headers)
        response = connection.getresponse()
        assert 400 <= response.status < 500, (path, body[:20])
        assert json.loads(response.read())["type"] == "error"
        connection.close()
    raw = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    raw.connect()
    raw.sock.sendall(b"\x00\xff\x16\x03\x01 nonsense\r\n\r\n")
    raw.close()
    assert turn(client_of(server), [{"role": "user", "content": "hi"}]).stop_reason == "end_turn"


def test_what_it_was_asked_is_kept_on_demand(serve: Serve, tmp_path: Path) -> None:
    server = serve(SCENARIO.replace('"FAULT"', '"slow"'), keep=tmp_path / "kept.jsonl")
    for words in ("first «1» 漢字", "second"):
        turn(client_of(server), [{"role": "user", "content": words}])
    kept = [json.loads(line)["messages"][0]["content"] for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    assert kept == ["first «1» 漢字", "second"]
