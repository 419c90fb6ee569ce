"""Google's generateContent API on the wire: what Gemini CLI speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from gastown_tui.rehearsal import conversation
from gastown_tui.rehearsal.forms import CHUNK, LIMIT_SECONDS, Asked, Beat, Failure, Json, Piece, chunks, in_common, objects
from gastown_tui.rehearsal.player import Answer
from gastown_tui.rehearsal.scenario import Fault

PREFIX = "/v1beta/models/"
_FUNCTIONS = "functionDeclarations"


def _failure(status: int, name: str, message: str, details: list[Json] | None = None) -> Failure:
    error: Json = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = details
    return Failure(status, {"error": error})


_RATE_LIMIT = _failure(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).")
_OVERLOADED = _failure(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
_SERVER_ERROR = _failure(500, "INTERNAL", "An internal error has occurred.")
_FAILURES: Mapping[Fault, Failure] = {
    Fault.RATE_LIMIT: _RATE_LIMIT,
    Fault.RATE_LIMIT_ONCE: _RATE_LIMIT,
    Fault.OVERLOADED: _OVERLOADED,
    Fault.OVERLOADED_ONCE: _OVERLOADED,
    Fault.SERVER_ERROR: _SERVER_ERROR,
    Fault.SERVER_ERROR_ONCE: _SERVER_ERROR,
    Fault.UNAUTHORIZED: _failure(401, "UNAUTHENTICATED", "API key not valid. Please pass a valid API key."),
    Fault.NO_CREDIT: _failure(403, "PERMISSION_DENIED", "Billing is not enabled for this project."),
    Fault.TOO_LONG: _failure(400, "INVALID_ARGUMENT", "The input token count exceeds the maximum number of tokens allowed."),
}
_DAILY = "GenerateRequestsPerDayPerProjectPerModel"
_NAMES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 413: "INVALID_ARGUMENT"}


class Gemini:
    """`POST /v1beta/models/MODEL:generateContent`, `:streamGenerateContent` and `:countTokens`."""

    def ask(self, path: str, body: Mapping[str, object]) -> Asked:
        model, _, verb = path.removeprefix(PREFIX).partition(":")
        messages = [found for content in objects(body.get("contents")) for found in _messages(content)]
        tools = list(_tools(body.get("tools")))
        system = body.get("systemInstruction")
        told = _text(system) if isinstance(system, Mapping) else ""
        common = in_common(messages, tools, told, is_side=not tools)
        return Asked(conversation.parse(common), model, verb.startswith("stream"))

    def whole(self, answer: Answer, model: str) -> Json:
        parts: list[Json] = [{"text": answer.text}] if answer.text or answer.call is None else []
        return _chunk(answer, model, [*parts, *_calls(answer)], is_last=True)

    def pieces(self, answer: Answer, model: str) -> Iterator[Piece]:
        # No event can be sent before the first word: the pause comes after the first of them.
        parts = chunks(answer.text, CHUNK) or ([] if answer.call else ["…"])
        for number, part in enumerate(parts):
            yield Piece(_chunk(answer, model, [{"text": part}]), beat=Beat.DELTA if number else Beat.THINK)
        yield Piece(_chunk(answer, model, _calls(answer), is_last=True))

    def fault(self, fault: Fault, now: float) -> Failure | None:
        if fault is not Fault.USAGE_LIMIT:
            return _FAILURES.get(fault)
        violation: Json = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": _DAILY}]}
        retry: Json = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{LIMIT_SECONDS}s"}
        return _failure(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", [violation, retry])

    def refusal(self, status: int, message: str) -> Failure:
        return _failure(status, _NAMES.get(status, "INTERNAL"), message)


def _messages(content: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    results = [part["functionResponse"] for part in objects(content.get("parts")) if "functionResponse" in part]
    if content.get("role") == "model":
        yield "assistant", ""
    elif results:
        yield "tool", "\n".join(_result(one) for one in results)
    else:
        yield "user", _text(content)


def _text(content: Mapping[str, object]) -> str:
    return "\n".join(str(part["text"]) for part in objects(content.get("parts")) if isinstance(part.get("text"), str))


def _result(found: object) -> str:
    response = found.get("response") if isinstance(found, Mapping) else None
    if not isinstance(response, Mapping):
        return json.dumps(response)
    text = next((response[key] for key in ("output", "error") if isinstance(response.get(key), str)), None)
    return str(text) if text is not None else json.dumps(response, ensure_ascii=False)


def _tools(value: object) -> Iterator[tuple[str, object]]:
    for group in objects(value):
        for function in objects(group.get(_FUNCTIONS)):
            if isinstance(function.get("name"), str):
                yield str(function["name"]), function.get("parametersJsonSchema") or function.get("parameters")


def _calls(answer: Answer) -> list[Json]:
    call = answer.call
    return [{"functionCall": {"name": call.name, "args": dict(call.input), "id": f"call_{answer.key}"}}] if call else []


def _chunk(answer: Answer, model: str, parts: list[Json], *, is_last: bool = False) -> Json:
    candidate: Json = {"index": 0, "content": {"role": "model", "parts": parts}}
    if is_last:
        candidate["finishReason"] = "STOP"
    total = answer.input_tokens + answer.cached_tokens
    usage: Json = {
        "promptTokenCount": total,
        "cachedContentTokenCount": answer.cached_tokens,
        "candidatesTokenCount": answer.output_tokens,
        "totalTokenCount": total + answer.output_tokens,
    }
    return {"candidates": [candidate], "modelVersion": model, "responseId": answer.key, "usageMetadata": usage}
