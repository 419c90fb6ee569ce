"""One scenario in every form: as Codex, opencode, pi, Copilot and Gemini CLI ask, and as they must be answered."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any

import pytest

from gastown_tui.rehearsal.server import RehearsalServer

Serve = Callable[..., RehearsalServer]
Json = dict[str, Any]

SCENARIO = """
[[script]]
match = 'Bead: (?P<bead>\\S+) Board'
resumes = true
[[script.step]]
say = "I look around for {bead}."
shell = "ls"
[[script.step]]
when = "README"
write = { path = "a/b.py", text = "print('ä')\\n" }
[[script.step]]
edit = { path = "a/b.py", old = "print", new = "pprint" }
[[script.step]]
gt = "done --summary 'all {bead}'"
[[script.step]]
say = "Finished."

[[script]]
match = "fault"
[[script.step]]
say = "survived and talked on for long enough to be cut somewhere in the middle"
fault = "FAULT"
"""


def post(server: RehearsalServer, path: str, body: Json) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.request("POST", path, body=json.dumps(body), headers={"content-type": "application/json"})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def events(text: str) -> list[Json]:
    """The data of a stream's events, without the end mark of Chat Completions."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


class Codex:
    """Responses: words around the user's come as developer messages, results as `function_call_output`."""

    path = "/v1/responses"

    def __init__(self, text: str, tools: list[str]) -> None:
        wrapped = "<environment_context>\n  <cwd>/home/x/repo</cwd>\n</environment_context>"
        self.items: list[Json] = [
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "be nice"}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": wrapped}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]},
        ]
        self.tools = [{"type": "function", "name": name, "parameters": {"properties": {"cmd": {}}}} for name in tools]

    def body(self, stream: bool) -> Json:
        return {"model": "m", "instructions": "You are Codex.", "input": self.items, "tools": self.tools, "stream": stream}

    def output(self, text: str, stream: bool) -> list[Json]:
        if not stream:
            found: list[Json] = json.loads(text)["output"]
            return found
        seen = events(text)
        assert [one["sequence_number"] for one in seen] == list(range(len(seen)))
        assert seen[0]["type"] == "response.created"
        assert seen[-1]["type"] == "response.completed"
        done = [one["item"] for one in seen if one["type"] == "response.output_item.done"]
        assert done == seen[-1]["response"]["output"]
        said = "".join(one["delta"] for one in seen if one["type"] == "response.output_text.delta")
        assert said == "".join(part["text"] for item in done if item["type"] == "message" for part in item["content"])
        return done

    def take(self, text: str, stream: bool, result: str) -> tuple[str, str, Json]:
        said, name, given = "", "", {}
        for item in self.output(text, stream):
            if item["type"] == "message":
                said = item["content"][0]["text"]
            else:
                name, given = item["name"], json.loads(item["arguments"])
                self.items += [item, {"type": "function_call_output", "call_id": item["call_id"], "output": result}]
        return said, name, given


class Opencode:
    """Chat Completions."""

    path = "/v1/chat/completions"

    def __init__(self, text: str, tools: list[str]) -> None:
        system = "You are opencode.\n<env>\n  Working directory: /home/x/repo\n</env>"
        self.messages: list[Json] = [
            {"role": "system", "content": system},
            {"role": "user", "content": [{"type": "text", "text": text}]},
        ]
        names = {
            "bash": ["command", "description"],
            "write": ["filePath", "content"],
            "edit": ["filePath", "oldString", "newString"],
        }
        schemas = {name: {"properties": {key: {} for key in names.get(name, [])}} for name in tools}
        self.tools = [{"type": "function", "function": {"name": name, "parameters": schemas[name]}} for name in tools]

    def body(self, stream: bool) -> Json:
        return {"model": "m", "messages": self.messages, "tools": self.tools, "stream": stream}

    def take(self, text: str, stream: bool, result: str) -> tuple[str, str, Json]:
        if stream:
            assert text.rstrip().endswith("data: [DONE]")
            pieces = events(text)
            assert pieces[-1]["usage"]["total_tokens"] > 0
            deltas = [choice["delta"] for piece in pieces for choice in piece["choices"]]
            calls = [call for delta in deltas for call in delta.get("tool_calls", [])]
            said = "".join(delta.get("content") or "" for delta in deltas)
            name = calls[0]["function"]["name"] if calls else ""
            arguments = "".join(call["function"]["arguments"] for call in calls)
        else:
            message = json.loads(text)["choices"][0]["message"]
            said = message["content"] or ""
            call = (message.get("tool_calls") or [{"function": {"name": "", "arguments": ""}}])[0]
            name, arguments = call["function"]["name"], call["function"]["arguments"]
        if name:
            called = {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}
            self.messages += [
                {"role": "assistant", "content": said, "tool_calls": [called]},
                {"role": "tool", "tool_call_id": "c", "content": result},
            ]
        return said, name, json.loads(arguments or "{}")


class GeminiCli:
    """generateContent: the verb is in the path, results are parts of the user's content."""

    def __init__(self, text: str, tools: list[str]) -> None:
        wrapped = "<session_context>\nI'm currently working in /home/x/repo\n</session_context>"
        self.contents: list[Json] = [
            {"role": "user", "parts": [{"text": wrapped}]},
            {"role": "model", "parts": [{"text": "Got it."}]},
            {"role": "user", "parts": [{"text": text}]},
        ]
        self.tools = [{"functionDeclarations": [{"name": name} for name in tools]}]
        self.path = "/v1beta/models/gemini-2.5-flash:generateContent"

    def body(self, stream: bool) -> Json:
        self.path = f"/v1beta/models/gemini-2.5-flash:{'streamGenerateContent' if stream else 'generateContent'}?alt=sse"
        system = {"parts": [{"text": "You are Gemini CLI.\nWorking directory: /home/x/repo"}]}
        return {"contents": self.contents, "tools": self.tools, "systemInstruction": system}

    def take(self, text: str, stream: bool, result: str) -> tuple[str, str, Json]:
        chunks = events(text) if stream else [json.loads(text)]
        assert chunks[-1]["candidates"][0]["finishReason"] == "STOP"
        assert chunks[-1]["usageMetadata"]["totalTokenCount"] > 0
        parts = [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]
        said = "".join(part.get("text", "") for part in parts)
        call = next((part["functionCall"] for part in parts if "functionCall" in part), {"name": "", "args": {}})
        if call["name"]:
            answer = {"functionResponse": {"name": call["name"], "response": {"output": result}}}
            self.contents += [{"role": "model", "parts": parts}, {"role": "user", "parts": [answer]}]
        return said, call["name"], call["args"]


ASKERS: list[tuple[Callable[[str, list[str]], Any], list[str]]] = [
    (Codex, ["exec_command", "write_stdin"]),
    (Opencode, ["bash", "write", "edit", "read"]),
    (GeminiCli, ["run_shell_command", "write_file", "replace", "read_file"]),
]


def play(server: RehearsalServer, asker: Any, stream: bool, result: str) -> list[tuple[str, str, Json]]:
    turns = []
    while not turns or turns[-1][1]:
        body = asker.body(stream)
        status, text = post(server, asker.path, body)
        assert status == 200, text
        turns.append(asker.take(text, stream, result))
    return turns


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("make", "tools"), ASKERS)
def test_a_script_is_played_in_every_form(
    serve: Serve, make: Callable[[str, list[str]], Any], tools: list[str], stream: bool
) -> None:
    server = serve(SCENARIO.replace("FAULT", "slow"), gt_command="$GT")
    turns = play(server, make("Bead: ms-1 Board", tools), stream, "README")
    assert turns[0][0] == "I look around for ms-1."
    assert turns[-1][0] == "Finished."
    shell, write, edit, done = (turn[2] for turn in turns[:4])
    words = {**done}.get("command") or done["cmd"]
    assert words == "$GT done --summary 'all ms-1'"
    assert "ls" in shell.values()
    if make is Codex:
        assert "cat > a/b.py" in write["cmd"]
        assert "print('ä')" in write["cmd"]
        assert "pprint" in edit["cmd"]
    else:
        assert "/home/x/repo/a/b.py" in write.values()
        assert "print('ä')\n" in write.values()
        assert {"print", "pprint"} <= set(edit.values())


@pytest.mark.parametrize(("make", "tools"), ASKERS)
def test_a_title_does_not_advance_the_script(serve: Serve, make: Callable[[str, list[str]], Any], tools: list[str]) -> None:
    server = serve(SCENARIO.replace("FAULT", "slow"))
    title = make("Bead: ms-1 Board", [])
    body = title.body(False)
    status, text = post(server, title.path, body)
    assert status == 200
    assert title.take(text, False, "")[1] == ""
    assert server.stats.side_calls == 1
    assert play(server, make("Bead: ms-1 Board", tools), False, "nothing")[0][0] == "I look around for ms-1."


@pytest.mark.parametrize(("fault", "openai", "google"), [
    ("rate_limit", (429, "rate_limit_exceeded"), (429, "RESOURCE_EXHAUSTED")),
    ("overloaded", (503, None), (503, "UNAVAILABLE")),
    ("unauthorized", (401, "invalid_api_key"), (401, "UNAUTHENTICATED")),
    ("no_credit", (429, "insufficient_quota"), (403, "PERMISSION_DENIED")),
    ("too_long", (400, "context_length_exceeded"), (400, "INVALID_ARGUMENT")),
])  # fmt: skip
def test_faults_are_each_apis_own_errors(serve: Serve, fault: str, openai: tuple[int, str | None], google: tuple[int, str]) -> None:
    server = serve(SCENARIO.replace("FAULT", fault))
    for make, tools in ASKERS:
        asker = make("fault", tools)
        body = asker.body(True)
        status, text = post(server, asker.path, body)
        error = json.loads(text)["error"]
        assert (status, error["status"] if make is GeminiCli else error["code"]) == (google if make is GeminiCli else openai)


def test_a_usage_limit_says_when_it_ends(serve: Serve) -> None:
    server = serve(SCENARIO.replace("FAULT", "usage_limit"))
    codex = Codex("fault", ["exec_command"])
    status, text = post(server, codex.path, codex.body(True))
    assert (status, json.loads(text)["error"]["type"]) == (429, "usage_limit_reached")
    assert json.loads(text)["error"]["resets_at"] > 1_700_000_000
    gemini = GeminiCli("fault", ["run_shell_command"])
    body = gemini.body(True)
    assert "3600s" in post(server, gemini.path, body)[1]


def test_a_dropped_stream_has_no_end(serve: Serve) -> None:
    server = serve(SCENARIO.replace("FAULT", "drop"))
    for make, tools in ASKERS:
        asker = make("fault", tools)
        body = asker.body(True)
        status, text = post(server, asker.path, body)
        assert status == 200
        assert text
        assert "response.completed" not in text
        assert "[DONE]" not in text
        assert "finishReason" not in text


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/chat/completions", "/v1beta/models/m:generateContent"])
def test_nonsense_is_refused_in_the_same_form(serve: Serve, path: str) -> None:
    server = serve(SCENARIO.replace("FAULT", "slow"))
    for body in ({}, {"input": 3, "messages": 3, "contents": 3}, {"input": [3], "messages": [3], "contents": [3]}):
        status, text = post(server, path, body)
        assert status == 400
        assert "message" in json.loads(text)["error"]


def test_gemini_counts_tokens(serve: Serve) -> None:
    server = serve(SCENARIO.replace("FAULT", "slow"))
    body = GeminiCli("x" * 4000, []).body(False)
    status, text = post(server, "/v1beta/models/m:countTokens", {"contents": body["contents"]})
    assert status == 200
    assert json.loads(text)["totalTokens"] >= 1000
