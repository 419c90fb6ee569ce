"""OpenAI's Responses API on the wire: what Codex speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from gastown_tui.rehearsal import conversation, openai_errors
from gastown_tui.rehearsal.forms import CALL_CHUNK, CHUNK, Asked, Beat, Failure, Json, Piece, chunks, in_common, objects, plain_text
from gastown_tui.rehearsal.player import Answer
from gastown_tui.rehearsal.scenario import Fault

_TEXT = ("input_text", "output_text", "text")
_ROLES = {"user": "user", "assistant": "assistant", "developer": "system", "system": "system"}


class Responses:
    """`POST /v1/responses`."""

    def ask(self, path: str, body: Mapping[str, object]) -> Asked:
        given = body.get("input")
        messages = [("user", given)] if isinstance(given, str) else [_message(item) for item in objects(given)]
        tools = list(_tools(body.get("tools")))
        system = plain_text(body.get("instructions"), _TEXT)
        common = in_common(messages, tools, system, is_side=not tools)
        return Asked(conversation.parse(common), str(body.get("model") or "rehearsal"), body.get("stream") is True)

    def whole(self, answer: Answer, model: str) -> Json:
        return {
            "id": f"resp_{answer.key}",
            "object": "response",
            "created_at": 0,
            "status": "completed",
            "model": model,
            "output": _items(answer),
            "parallel_tool_calls": False,
            "usage": _usage(answer),
        }

    def pieces(self, answer: Answer, model: str) -> Iterator[Piece]:
        whole = self.whole(answer, model)
        opening = {**whole, "status": "in_progress", "output": [], "usage": None}
        for number, (data, beat) in enumerate(_events(answer, opening, whole)):
            yield Piece({**data, "sequence_number": number}, str(data["type"]), beat)

    def fault(self, fault: Fault, now: float) -> Failure | None:
        return openai_errors.fault(fault, now)

    def refusal(self, status: int, message: str) -> Failure:
        return openai_errors.refusal(status, message)


def _message(item: Mapping[str, object]) -> tuple[str, str]:
    kind = str(item.get("type", "message"))
    if kind.endswith("_output"):
        output = item.get("output")
        # Newer forms put an object or a list of parts here.
        return "tool", output if isinstance(output, str) else plain_text(output, _TEXT) or json.dumps(output)
    if kind != "message":
        return "assistant", ""
    return _ROLES.get(str(item.get("role")), "assistant"), plain_text(item.get("content"), _TEXT)


def _tools(value: object) -> Iterator[tuple[str, object]]:
    for tool in objects(value):
        if isinstance(tool.get("name"), str):
            yield str(tool["name"]), tool.get("parameters")


def _items(answer: Answer) -> list[Json]:
    items: list[Json] = []
    if answer.text or answer.call is None:
        content: Json = {"type": "output_text", "text": answer.text or "…", "annotations": []}
        items.append(
            {"id": f"msg_{answer.key}", "type": "message", "status": "completed", "role": "assistant", "content": [content]}
        )
    if answer.call:
        items.append(
            {
                "id": f"fc_{answer.key}",
                "type": "function_call",
                "status": "completed",
                "call_id": f"call_{answer.key}",
                "name": answer.call.name,
                "arguments": json.dumps(dict(answer.call.input), ensure_ascii=False),
            }
        )
    return items


def _usage(answer: Answer) -> Json:
    total = answer.input_tokens + answer.cached_tokens
    return {
        "input_tokens": total,
        "input_tokens_details": {"cached_tokens": answer.cached_tokens},
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": total + answer.output_tokens,
    }


def _events(answer: Answer, opening: Json, whole: Json) -> Iterator[tuple[Json, Beat]]:
    yield {"type": "response.created", "response": opening}, Beat.NONE
    yield {"type": "response.in_progress", "response": opening}, Beat.THINK
    for index, item in enumerate(_items(answer)):
        place: Json = {"output_index": index, "item_id": item["id"]}
        if item["type"] == "message":
            yield from _spoken(item, place)
        else:
            yield from _called(item, place)
        yield {"type": "response.output_item.done", "output_index": index, "item": item}, Beat.NONE
    yield {"type": "response.completed", "response": whole}, Beat.NONE


def _spoken(item: Json, place: Json) -> Iterator[tuple[Json, Beat]]:
    content = objects(item["content"])[0]
    started = {**item, "status": "in_progress", "content": []}
    yield {"type": "response.output_item.added", "output_index": place["output_index"], "item": started}, Beat.NONE
    part = {**place, "content_index": 0}
    yield {"type": "response.content_part.added", **part, "part": {**content, "text": ""}}, Beat.NONE
    for piece in chunks(str(content["text"]), CHUNK):
        yield {"type": "response.output_text.delta", **part, "delta": piece}, Beat.DELTA
    yield {"type": "response.output_text.done", **part, "text": content["text"]}, Beat.NONE
    yield {"type": "response.content_part.done", **part, "part": dict(content)}, Beat.NONE


def _called(item: Json, place: Json) -> Iterator[tuple[Json, Beat]]:
    started = {**item, "status": "in_progress", "arguments": ""}
    yield {"type": "response.output_item.added", "output_index": place["output_index"], "item": started}, Beat.NONE
    for piece in chunks(str(item["arguments"]), CALL_CHUNK):
        yield {"type": "response.function_call_arguments.delta", **place, "delta": piece}, Beat.DELTA
    yield {"type": "response.function_call_arguments.done", **place, "arguments": item["arguments"]}, Beat.NONE
