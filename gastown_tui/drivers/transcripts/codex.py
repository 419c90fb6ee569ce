"""Codex's rollout file: response items for the conversation, `token_count` events for usage. Tried with 0.169.0.

Its input counts what was read from the cache too, and its usage event tells the sum so far, which names the answer:
the event is repeated with the same sum when only the rate limits changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from gastown_tui.core.credit import is_out_of_credit
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.transcript import Call, Entry, Item, Sign, What
from gastown_tui.drivers.transcripts.reading import (
    Json,
    detail_of,
    number_of,
    one_line,
    record_of,
    summary,
    text_of,
    time_of,
    words_of,
)

_CONTEXT = re.compile(r"\s*<(?:environment_context|user_instructions|INSTRUCTIONS|skills_instructions|permissions instructions)>")
_FAILED = re.compile(r"Process exited with code (?!0\b)\d+|^(?:unsupported|failed|error)\b", re.MULTILINE)
_LIMIT = re.compile(r"(?i)usage limit|rate.?limit|\b(?:402|429)\b|quota")
_LOGIN = re.compile(r"(?i)\b401\b|unauthori[sz]ed|not logged in|codex login")


class CodexParser:
    """Knows the model of the turn and the session's name between records."""

    def __init__(self) -> None:
        self._model = ""
        self._session = ""
        self._is_side = False

    def state(self) -> dict[str, str]:
        return {"model": self._model, "session": self._session, "side": "1" if self._is_side else ""}

    def restore(self, state: Mapping[str, str]) -> None:
        self._model, self._session = state.get("model", ""), state.get("session", "")
        self._is_side = bool(state.get("side"))

    def parse(self, record: Json) -> list[Item]:
        payload, at = record_of(record.get("payload")), time_of(record.get("timestamp"))
        match record.get("type"):
            case "session_meta":
                self._session = text_of(payload.get("id"))
                self._is_side = payload.get("thread_source") == "subagent" or "subagent" in str(payload.get("source", ""))
            case "turn_context":
                self._model = text_of(payload.get("model")) or self._model
            case "response_item":
                return self._item(payload, at)
            case "event_msg":
                return self._event(payload, at)
            case "compacted":
                return [Entry(What.NOTE, at, "the conversation was compacted", detail=text_of(payload.get("message")))]
        return []

    def _item(self, payload: Json, at: float) -> list[Item]:
        side = self._is_side
        match payload.get("type"):
            case "message":
                words = words_of(payload.get("content"))
                if payload.get("role") == "assistant":
                    return [Entry(What.AGENT, at, words, is_side=side)] if words.strip() else []
                if payload.get("role") == "user" and words.strip() and not _CONTEXT.match(words):
                    return [Entry(What.USER, at, words, is_side=side), *self._sign(AgentState.WORKING, "", at, "user record")]
            case "function_call" | "custom_tool_call" | "local_shell_call":
                entry = _tool(payload, at, side)
                return [entry, *self._sign(AgentState.WORKING, f"{entry.name}: {entry.text}", at, "tool call")]
            case "function_call_output" | "custom_tool_call_output":
                output = payload.get("output")
                words = text_of(output) or words_of(record_of(output).get("content")) or words_of(output)
                failed = bool(_FAILED.search(words[:400]))
                return [Entry(What.RESULT, at, words, text_of(payload.get("call_id")), is_failed=failed, is_side=side)]
        return []

    def _event(self, payload: Json, at: float) -> list[Item]:
        match payload.get("type"):
            case "token_count":
                return self._usage(record_of(payload.get("info")), at)
            case "task_started":
                return self._sign(AgentState.WORKING, "", at, "turn began")
            case "task_complete":
                return self._sign(AgentState.IDLE, one_line(text_of(payload.get("last_agent_message"))), at, "turn ended")
            case "turn_aborted":
                return [Entry(What.NOTE, at, "interrupted"), *self._sign(AgentState.IDLE, "interrupted", at, "turn aborted")]
            case "error" | "stream_error":
                words = text_of(payload.get("message"))
                if payload.get("type") == "stream_error":
                    return self._sign(AgentState.RETRYING, one_line(words), at, "stream error")
                told = f"{words} {json.dumps(payload.get('codex_error_info'))}"
                state = (
                    AgentState.LIMIT
                    if _LIMIT.search(told) or is_out_of_credit(told)
                    else AgentState.LOGIN
                    if _LOGIN.search(told)
                    else AgentState.ERROR
                )
                return [Entry(What.ERROR, at, words), *self._sign(state, one_line(words), at, "error record")]
        return []

    def _usage(self, info: Json, at: float) -> list[Item]:
        last, total = record_of(info.get("last_token_usage")), record_of(info.get("total_token_usage"))
        if not last or not number_of(last.get("total_tokens")):
            return []
        cached, written = number_of(last.get("cached_input_tokens")), number_of(last.get("cache_write_input_tokens"))
        fresh = max(0, number_of(last.get("input_tokens")) - cached - written)
        name = f"{self._session}:{number_of(total.get('total_tokens'))}"
        window = number_of(info.get("model_context_window"))
        return [Call(name, self._model, at, fresh, number_of(last.get("output_tokens")), cached, written, self._is_side, window)]

    def _sign(self, state: AgentState, detail: str, at: float, rule: str) -> list[Item]:
        return [] if self._is_side else [Sign(state, detail, at, rule)]


def _tool(payload: Json, at: float, is_side: bool) -> Entry:
    name, raw = text_of(payload.get("name")) or "shell", payload.get("arguments", payload.get("input", payload.get("action")))
    given: object = raw
    if isinstance(raw, str) and raw.lstrip().startswith("{"):
        try:
            given = json.loads(raw)
        except ValueError:
            given = raw
    patch = next(
        (text for text in (raw, record_of(given).get("input"), record_of(given).get("patch")) if isinstance(text, str)), ""
    )
    if "*** Begin Patch" in patch and not record_of(given).get("cmd"):
        files = re.findall(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", patch, re.MULTILINE)
        return Entry(
            What.TOOL, at, ", ".join(files[:4]), text_of(payload.get("call_id")), name, text_of(patch), True, is_side=is_side
        )
    return Entry(What.TOOL, at, summary(given), text_of(payload.get("call_id")), name, detail_of(given), is_side=is_side)
