"""The one door to the anthropic SDK: streams an answer, and turns every error into a Failure of our own.

The SDK costs over a second of CPU to import, so that happens on first use (`warm_up` does it beforehand, in a thread).
It keeps no conversation on the server and retries nothing by itself: both are ours, in the transcript and in backoff.py.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gastown_tui.agent.backoff import Failure, FailureKind
from gastown_tui.agent.context import tokens_of
from gastown_tui.core.usage import Tokens

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import MessageParam, OutputConfigParam, TextBlockParam, ToolParam

Json = dict[str, object]
MAX_TOKENS = 16_384
"""Longest answer: enough for a large file, small enough for every present model."""
CONNECT_TIMEOUT = 15.0
READ_TIMEOUT = 180.0
"""Between two pieces of a stream; the API sends pings while a model thinks."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer of the model."""

    id: str
    model: str
    content: list[Json]
    """Blocks in the API's shape, ready to be sent back."""
    stop_reason: str
    tokens: Tokens

    @property
    def text(self) -> str:
        return "\n".join(str(block["text"]) for block in self.content if block.get("type") == "text")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model, where. Empty strings leave it to the SDK's own environment variables."""

    model: str
    base_url: str = ""
    api_key: str = ""
    auth_token: str = ""
    read_timeout: float = READ_TIMEOUT


class ModelFailed(Exception):
    """A model call failed; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Model:
    """A model behind the Messages API."""

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        self._client: anthropic.AsyncAnthropic | None = None

    async def warm_up(self) -> None:
        """Imports the SDK without holding up the event loop; costs nothing later."""
        if "anthropic" not in sys.modules:
            await asyncio.to_thread(_import_sdk)

    async def stream(
        self, *, system: str, messages: Sequence[Json], tools: Sequence[Json], on_text: Callable[[str], None]
    ) -> Reply:
        """One answer, its text given to `on_text` as it comes. Cancelling the task ends the request.

        Raises:
            ModelFailed: with the reason; nothing of a broken answer is kept.
        """
        return await self._call(_request(self.settings.model, system, messages, tools), on_text)

    async def structured(self, prompt: str, schema: Json) -> Reply:
        """One answer whose text is JSON that fits `schema`.

        Raises:
            ModelFailed: with the reason.
        """
        request = _request(self.settings.model, "", [{"role": "user", "content": prompt}], [])
        request["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        return await self._call(request, lambda _: None)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _call(self, request: Json, on_text: Callable[[str], None]) -> Reply:
        await self.warm_up()
        import anthropic
        import httpx2

        is_whole = False
        try:
            client = self._open()
            async with client.messages.stream(
                max_tokens=MAX_TOKENS,
                model=str(request["model"]),
                messages=cast("list[MessageParam]", request["messages"]),
                system=cast("list[TextBlockParam]", request["system"]) if request.get("system") else anthropic.omit,
                tools=cast("list[ToolParam]", request["tools"]) if request.get("tools") else anthropic.omit,
                output_config=cast("OutputConfigParam", request["output_config"]) if "output_config" in request else anthropic.omit,
            ) as events:
                async for event in events:
                    if event.type == "text":
                        on_text(event.text)
                    elif event.type == "message_stop":
                        is_whole = True
                if not is_whole:
                    raise ModelFailed(Failure(FailureKind.BROKEN_STREAM, "the connection was closed"))
                return _reply(await events.get_final_message())
        except anthropic.AnthropicError as error:
            raise ModelFailed(_failure(error)) from error
        except httpx2.TimeoutException as error:
            raise ModelFailed(Failure(FailureKind.TIMEOUT, "the answer stopped coming")) from error
        except httpx2.HTTPError as error:
            raise ModelFailed(Failure(FailureKind.BROKEN_STREAM, str(error))) from error
        except (TypeError, ValueError, AssertionError) as error:
            # The SDK tells missing credentials with a TypeError, and a nonsensical stream with the others.
            kind = FailureKind.NO_KEY if "authentication" in str(error) else FailureKind.BROKEN_STREAM
            raise ModelFailed(Failure(kind, str(error))) from error

    def _open(self) -> anthropic.AsyncAnthropic:
        if self._client is None:
            import anthropic

            settings = self.settings
            self._client = anthropic.AsyncAnthropic(
                api_key=settings.api_key or None,
                auth_token=settings.auth_token or None,
                base_url=settings.base_url or None,
                max_retries=0,
                timeout=anthropic.Timeout(settings.read_timeout, connect=min(CONNECT_TIMEOUT, settings.read_timeout)),
            )
        return self._client


def _import_sdk() -> None:
    """Without the garbage collector: it looks through thousands of new classes again and again, a fifth of the time."""
    gc.disable()
    try:
        importlib.import_module("anthropic")
    finally:
        gc.freeze()
        gc.enable()


def _request(model: str, system: str, messages: Sequence[Json], tools: Sequence[Json]) -> Json:
    """The request, with cache marks after the system prompt and after the newest message."""
    mark: Json = {"type": "ephemeral"}
    copied = [dict(message) for message in messages]
    last = copied[-1]
    content = last["content"]
    blocks: list[Json] = (
        [{"type": "text", "text": content}] if isinstance(content, str) else [dict(b) for b in cast("list[Json]", content)]
    )
    if blocks and blocks[-1].get("type") in ("text", "tool_result"):
        blocks[-1]["cache_control"] = mark
    last["content"] = blocks
    request: Json = {"model": model, "messages": copied, "tools": list(tools)}
    if system:
        request["system"] = [{"type": "text", "text": system, "cache_control": mark}]
    return request


def _reply(message: anthropic.types.Message) -> Reply:
    content = [kept for block in message.content if (kept := _kept(block.model_dump(mode="json", exclude_none=True)))]
    return Reply(message.id, message.model, content, message.stop_reason or "", tokens_of(message.usage.model_dump()))


_KEPT_KEYS = {
    "text": ("type", "text"),
    "tool_use": ("type", "id", "name", "input"),
    "thinking": ("type", "thinking", "signature"),
    "redacted_thinking": ("type", "data"),
}


def _kept(block: Json) -> Json | None:
    """A block as the API takes it back; None for an empty text, which it refuses."""
    keys = _KEPT_KEYS.get(str(block.get("type")))
    if block.get("type") == "text" and not str(block.get("text", "")).strip():
        return None
    return block if keys is None else {key: block[key] for key in keys if key in block}


def _failure(error: anthropic.AnthropicError) -> Failure:
    import anthropic

    if isinstance(error, anthropic.APITimeoutError):
        return Failure(FailureKind.TIMEOUT, "")
    if isinstance(error, anthropic.APIConnectionError):
        return Failure(FailureKind.NETWORK, str(error.__cause__ or error))
    if not isinstance(error, anthropic.APIStatusError):
        kind = FailureKind.NO_KEY if "credential" in str(error).lower() or "api_key" in str(error) else FailureKind.REFUSED
        return Failure(kind, str(error))
    kind_said, message = _said(error.body, error.message)
    return Failure(
        classify(error.status_code, kind_said, message), message, error.status_code, _retry_after(error.response.headers)
    )


def _said(body: object, fallback: str) -> tuple[str, str]:
    """(type, message) of an API error body."""
    inner = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(inner, Mapping):
        return str(inner.get("type", "")), str(inner.get("message", fallback))
    return "", fallback


def classify(status: int, kind: str, message: str) -> FailureKind:
    """Which failure an HTTP status and the API's own error type mean. Pure."""
    by_kind = {
        "overloaded_error": FailureKind.OVERLOADED,
        "rate_limit_error": FailureKind.RATE_LIMIT,
        "authentication_error": FailureKind.UNAUTHORIZED,
        "billing_error": FailureKind.NO_CREDIT,
        "timeout_error": FailureKind.TIMEOUT,
    }
    if kind in by_kind:
        return by_kind[kind]
    if "credit balance" in message.lower():
        return FailureKind.NO_CREDIT
    if status == 413 or "prompt is too long" in message.lower():
        return FailureKind.TOO_LONG
    by_status = {
        401: FailureKind.UNAUTHORIZED,
        402: FailureKind.NO_CREDIT,
        403: FailureKind.FORBIDDEN,
        404: FailureKind.UNKNOWN_MODEL,
        408: FailureKind.TIMEOUT,
        409: FailureKind.SERVER,
        429: FailureKind.RATE_LIMIT,
        529: FailureKind.OVERLOADED,
    }
    return by_status.get(status, FailureKind.SERVER if status >= 500 or kind == "api_error" else FailureKind.REFUSED)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from `retry-after`; dates are left to our own waits."""
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def parse_json(text: str) -> object:
    """JSON of a structured answer, also when a model put a fence around it.

    Raises:
        ValueError: it is not JSON.
    """
    stripped = text.strip()
    if stripped.startswith("```"):
        stripped = stripped.split("\n", 1)[-1].rsplit("```", 1)[0]
    return json.loads(stripped)
