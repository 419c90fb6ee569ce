"""The Messages API on the wire: a plain message, its stream of events, and its errors.

Order and shape of the events follow the public API description: `message_start`, per block a start, deltas and a stop,
then `message_delta` with the stop reason and usage, then `message_stop`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from gastown_tui.rehearsal import conversation
from gastown_tui.rehearsal.forms import CALL_CHUNK, CHUNK, LIMIT_SECONDS, Asked, Beat, Failure, Json, Piece, chunks
from gastown_tui.rehearsal.player import Answer
from gastown_tui.rehearsal.scenario import Fault


def _failure(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> Failure:
    body: Json = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_rehearsal"}
    return Failure(status, body, headers or {})


_RATE_LIMIT = _failure(429, "rate_limit_error", "This request would exceed the rate limit.", {"retry-after": "1"})
_OVERLOADED = _failure(529, "overloaded_error", "Overloaded")
_SERVER_ERROR = _failure(500, "api_error", "Internal server error")
_FAILURES: Mapping[Fault, Failure] = {
    Fault.RATE_LIMIT: _RATE_LIMIT,
    Fault.RATE_LIMIT_ONCE: _RATE_LIMIT,
    Fault.OVERLOADED: _OVERLOADED,
    Fault.OVERLOADED_ONCE: _OVERLOADED,
    Fault.SERVER_ERROR: _SERVER_ERROR,
    Fault.SERVER_ERROR_ONCE: _SERVER_ERROR,
    Fault.UNAUTHORIZED: _failure(401, "authentication_error", "invalid x-api-key"),
    Fault.NO_CREDIT: _failure(400, "invalid_request_error", "Your credit balance is too low to access the API."),
    Fault.TOO_LONG: _failure(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
}
_KINDS = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 413: "invalid_request_error"}


class Messages:
    """`POST /v1/messages`: Claude Code and the built-in agent."""

    def ask(self, path: str, body: Mapping[str, object]) -> Asked:
        return Asked(conversation.parse(body), str(body.get("model") or "rehearsal"), body.get("stream") is True)

    def whole(self, answer: Answer, model: str) -> Json:
        return {
            "id": f"msg_{answer.key}",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": _blocks(answer),
            "stop_reason": "tool_use" if answer.call else "end_turn",
            "stop_sequence": None,
            "usage": _usage(answer),
        }

    def pieces(self, answer: Answer, model: str) -> Iterator[Piece]:
        message = self.whole(answer, model)
        opening = {**message, "content": [], "stop_reason": None, "usage": {**_usage(answer), "output_tokens": 1}}
        yield _piece({"type": "message_start", "message": opening})
        yield _piece({"type": "ping"}, Beat.THINK)
        for index, block in enumerate(_blocks(answer)):
            yield from _block_pieces(index, block)
        ending: Json = {"stop_reason": message["stop_reason"], "stop_sequence": None}
        yield _piece({"type": "message_delta", "delta": ending, "usage": {"output_tokens": answer.output_tokens}})
        yield _piece({"type": "message_stop"})

    def fault(self, fault: Fault, now: float) -> Failure | None:
        if fault is not Fault.USAGE_LIMIT:
            return _FAILURES.get(fault)
        headers = {
            "anthropic-ratelimit-unified-status": "rejected",
            "anthropic-ratelimit-unified-reset": str(int(now) + LIMIT_SECONDS),
            "anthropic-ratelimit-unified-representative-claim": "five_hour",
            "retry-after": str(LIMIT_SECONDS),
        }
        return _failure(429, "rate_limit_error", "This request would exceed your account's rate limit.", headers)

    def refusal(self, status: int, message: str) -> Failure:
        return _failure(status, _KINDS.get(status, "api_error"), message)


def _piece(data: Json, beat: Beat = Beat.NONE) -> Piece:
    return Piece(data, str(data["type"]), beat)


def _blocks(answer: Answer) -> list[Json]:
    """Content blocks of an answer; never empty, because the API's is not."""
    blocks: list[Json] = []
    if answer.text or answer.call is None:
        blocks.append({"type": "text", "text": answer.text or "…"})
    if answer.call:
        blocks.append({"type": "tool_use", "id": f"toolu_{answer.key}", "name": answer.call.name, "input": dict(answer.call.input)})
    return blocks


def _usage(answer: Answer) -> Json:
    return {
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "cache_read_input_tokens": answer.cached_tokens,
        "cache_creation_input_tokens": 0,
    }


def _block_pieces(index: int, block: Json) -> Iterator[Piece]:
    is_text = block["type"] == "text"
    start: Json = {**block, "text": ""} if is_text else {**block, "input": {}}
    yield _piece({"type": "content_block_start", "index": index, "content_block": start})
    whole = str(block["text"]) if is_text else json.dumps(block["input"], ensure_ascii=False)
    for part in chunks(whole, CHUNK if is_text else CALL_CHUNK):
        delta: Json = {"type": "text_delta", "text": part} if is_text else {"type": "input_json_delta", "partial_json": part}
        yield _piece({"type": "content_block_delta", "index": index, "delta": delta}, Beat.DELTA)
    yield _piece({"type": "content_block_stop", "index": index})
