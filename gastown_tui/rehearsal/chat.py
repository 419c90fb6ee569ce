"""OpenAI's Chat Completions API on the wire: what opencode, pi, Copilot and aider speak to an endpoint of their user's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from gastown_tui.rehearsal import conversation, openai_errors
from gastown_tui.rehearsal.forms import CALL_CHUNK, CHUNK, Asked, Beat, Failure, Json, Piece, chunks, in_common, objects, plain_text
from gastown_tui.rehearsal.player import Answer
from gastown_tui.rehearsal.scenario import Fault

_TEXT = ("text",)
_ROLES = {"user": "user", "assistant": "assistant", "tool": "tool", "developer": "system", "system": "system"}


class Chat:
    """`POST /v1/chat/completions`."""

    def ask(self, path: str, body: Mapping[str, object]) -> Asked:
        given = [(_ROLES.get(str(one.get("role")), "assistant"), one) for one in objects(body.get("messages"))]
        messages = [(role, plain_text(one.get("content"), _TEXT)) for role, one in given]
        # The system prompt comes first; what follows later is context.
        system = messages.pop(0)[1] if messages and messages[0][0] == "system" else ""
        tools = list(_tools(body.get("tools")))
        common = in_common(messages, tools, system, is_side=not tools)
        return Asked(conversation.parse(common), str(body.get("model") or "rehearsal"), body.get("stream") is True)

    def whole(self, answer: Answer, model: str) -> Json:
        message: Json = {"role": "assistant", "content": answer.text or None}
        if answer.call:
            message["tool_calls"] = [{k: v for k, v in _call(answer).items() if k != "index"}]
        choice: Json = {"index": 0, "message": message, "finish_reason": _reason(answer), "logprobs": None}
        return {**_head(answer, model, "chat.completion"), "choices": [choice], "usage": _usage(answer)}

    def pieces(self, answer: Answer, model: str) -> Iterator[Piece]:
        head = _head(answer, model, "chat.completion.chunk")

        def piece(delta: Json, beat: Beat = Beat.NONE, reason: str | None = None) -> Piece:
            return Piece({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}, beat=beat)

        yield piece({"role": "assistant", "content": ""}, Beat.THINK)
        for part in chunks(answer.text, CHUNK):
            yield piece({"content": part}, Beat.DELTA)
        if answer.call:
            call = _call(answer)
            arguments = json.dumps(dict(answer.call.input), ensure_ascii=False)
            opened: Json = {**call, "function": {"name": answer.call.name, "arguments": ""}}
            yield piece({"tool_calls": [opened]})
            for part in chunks(arguments, CALL_CHUNK):
                yield piece({"tool_calls": [{"index": 0, "function": {"arguments": part}}]}, Beat.DELTA)
        yield piece({}, reason=_reason(answer))
        yield Piece({**head, "choices": [], "usage": _usage(answer)})
        yield Piece("[DONE]")

    def fault(self, fault: Fault, now: float) -> Failure | None:
        return openai_errors.fault(fault, now)

    def refusal(self, status: int, message: str) -> Failure:
        return openai_errors.refusal(status, message)


def _tools(value: object) -> Iterator[tuple[str, object]]:
    for tool in objects(value):
        function = tool.get("function")
        if isinstance(function, Mapping) and isinstance(function.get("name"), str):
            yield str(function["name"]), function.get("parameters")


def _head(answer: Answer, model: str, kind: str) -> Json:
    return {"id": f"chatcmpl-{answer.key}", "object": kind, "created": 0, "model": model}


def _call(answer: Answer) -> Json:
    call = answer.call
    function: Json = {"name": call.name, "arguments": json.dumps(dict(call.input), ensure_ascii=False)} if call else {}
    return {"index": 0, "id": f"call_{answer.key}", "type": "function", "function": function}


def _reason(answer: Answer) -> str:
    return "tool_calls" if answer.call else "stop"


def _usage(answer: Answer) -> Json:
    total = answer.input_tokens + answer.cached_tokens
    return {
        "prompt_tokens": total,
        "completion_tokens": answer.output_tokens,
        "total_tokens": total + answer.output_tokens,
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens},
    }
