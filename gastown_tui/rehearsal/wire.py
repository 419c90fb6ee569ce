"""The Messages API on the wire: a plain message, its stream of events, and its errors.

Order and shape of the events follow the public API description: `message_start`, per block a start, deltas and a stop,
then `message_delta` with the stop reason and usage, then `message_stop`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gastown_tui.rehearsal.player import Answer
from gastown_tui.rehearsal.scenario import Fault

Json = dict[str, object]
CHUNK = 14
"""Characters in one delta; small, so that a streamed answer looks like one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error answer: status, the API's error type, its words, and extra headers."""

    status: int
    kind: str
    message: str
    headers: Mapping[str, str]

    def body(self) -> Json:
        return {"type": "error", "error": {"type": self.kind, "message": self.message}, "request_id": "req_rehearsal"}


_RATE_LIMIT = Failure(429, "rate_limit_error", "This request would exceed the rate limit.", {"retry-after": "1"})
_OVERLOADED = Failure(529, "overloaded_error", "Overloaded", {})
_SERVER_ERROR = Failure(500, "api_error", "Internal server error", {})
FAILURES: Mapping[Fault, Failure] = {
    Fault.RATE_LIMIT: _RATE_LIMIT,
    Fault.RATE_LIMIT_ONCE: _RATE_LIMIT,
    Fault.OVERLOADED: _OVERLOADED,
    Fault.OVERLOADED_ONCE: _OVERLOADED,
    Fault.SERVER_ERROR: _SERVER_ERROR,
    Fault.SERVER_ERROR_ONCE: _SERVER_ERROR,
    Fault.UNAUTHORIZED: Failure(401, "authentication_error", "invalid x-api-key", {}),
    Fault.NO_CREDIT: Failure(400, "invalid_request_error", "Your credit balance is too low to access the API.", {}),
    Fault.TOO_LONG: Failure(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", {}),
}
"""Faults that are an error answer; the others spoil a stream."""


def blocks_of(answer: Answer) -> list[Json]:
    """Content blocks of an answer; never empty, because the API's is not."""
    blocks: list[Json] = []
    if answer.text or answer.call is None:
        blocks.append({"type": "text", "text": answer.text or "…"})
    if answer.call:
        blocks.append({"type": "tool_use", "id": f"toolu_{answer.key}", "name": answer.call.name, "input": dict(answer.call.input)})
    return blocks


def usage_of(answer: Answer) -> Json:
    return {
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "cache_read_input_tokens": answer.cached_tokens,
        "cache_creation_input_tokens": 0,
    }


def message_of(answer: Answer, model: str) -> Json:
    """The whole message, as a request without `stream` gets it."""
    return {
        "id": f"msg_{answer.key}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": blocks_of(answer),
        "stop_reason": "tool_use" if answer.call else "end_turn",
        "stop_sequence": None,
        "usage": usage_of(answer),
    }


def events_of(answer: Answer, model: str) -> Iterator[tuple[str, Json]]:
    """The same message as a stream of (event name, data)."""
    message = message_of(answer, model)
    opening = {**message, "content": [], "stop_reason": None, "usage": {**usage_of(answer), "output_tokens": 1}}
    yield "message_start", {"type": "message_start", "message": opening}
    yield "ping", {"type": "ping"}
    for index, block in enumerate(blocks_of(answer)):
        yield from _block_events(index, block)
    ending: Json = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": ending, "usage": {"output_tokens": answer.output_tokens}}
    yield "message_stop", {"type": "message_stop"}


def _block_events(index: int, block: Json) -> Iterator[tuple[str, Json]]:
    is_text = block["type"] == "text"
    start: Json = {**block, "text": ""} if is_text else {**block, "input": {}}
    yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": start}
    whole = str(block["text"]) if is_text else json.dumps(block["input"], ensure_ascii=False)
    size = CHUNK if is_text else 200
    for offset in range(0, len(whole), size):
        part = whole[offset : offset + size]
        delta: Json = {"type": "text_delta", "text": part} if is_text else {"type": "input_json_delta", "partial_json": part}
        yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
    yield "content_block_stop", {"type": "content_block_stop", "index": index}


def encode_event(name: str, data: Json) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
