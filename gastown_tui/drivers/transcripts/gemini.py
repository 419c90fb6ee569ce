"""Gemini CLI's session file: one message a line, written again with its tool calls once they have run. Tried with 0.61.0.

It never says that a turn has ended, so it says nothing about states but errors.
"""

from __future__ import annotations

from collections.abc import Mapping

from gastown_tui.core.credit import is_out_of_credit
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.transcript import Call, Entry, Item, Sign, What
from gastown_tui.drivers.transcripts.reading import (
    Json,
    change,
    detail_of,
    number_of,
    one_line,
    record_of,
    records_of,
    summary,
    text_of,
    time_of,
    words_of,
)

_REMEMBERED = 64
"""Messages that may still be written again."""


class GeminiParser:
    """Remembers which messages and calls it has told."""

    def __init__(self) -> None:
        self._told: dict[str, None] = {}
        self._newest = 0.0

    def state(self) -> dict[str, str]:
        return {"told": " ".join(self._told), "newest": repr(self._newest)}

    def restore(self, state: Mapping[str, str]) -> None:
        self._told = dict.fromkeys(state.get("told", "").split())
        self._newest = float(state.get("newest", "0"))

    def parse(self, record: Json) -> list[Item]:
        rewritten = records_of(record_of(record.get("$set")).get("messages"))
        if rewritten:
            # The whole conversation again, perhaps compressed: what is old was told.
            newest = self._newest
            return [item for one in rewritten if time_of(one.get("timestamp")) > newest for item in self._message(one)]
        return self._message(record) if record.get("id") and record.get("type") else []

    def _is_new(self, name: str) -> bool:
        name = name.replace(" ", "_")
        if name in self._told:
            return False
        self._told[name] = None
        while len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]
        return True

    def _message(self, record: Json) -> list[Item]:
        name, at, words = text_of(record.get("id")), time_of(record.get("timestamp")), words_of(record.get("content"))
        is_new = self._is_new(name)
        self._newest = max(self._newest, at)
        match record.get("type"):
            case "user":
                is_said = is_new and words.strip() and not words.lstrip().startswith("<session_context>")
                return [Entry(What.USER, at, words)] if is_said else []
            case "error":
                state = AgentState.LIMIT if is_out_of_credit(words) or "RESOURCE_EXHAUSTED" in words else AgentState.ERROR
                sign = Sign(state, one_line(words), at, "error record")
                return [Entry(What.ERROR, at, words), sign] if is_new else []
            case "info" | "warning":
                return [Entry(What.NOTE, at, words)] if is_new and words.strip() else []
            case "gemini":
                items: list[Item] = [Entry(What.AGENT, at, words)] if is_new and words.strip() else []
                for call in records_of(record.get("toolCalls")):
                    if self._is_new(text_of(call.get("id"))):
                        items += _called(call, at)
                return [*items, *_usage(record, name, at)]
        return []


def _usage(record: Json, name: str, at: float) -> list[Item]:
    tokens = record_of(record.get("tokens"))
    if not tokens:
        return []
    cached = number_of(tokens.get("cached"))
    fresh = max(0, number_of(tokens.get("input")) - cached) + number_of(tokens.get("tool"))
    output = number_of(tokens.get("output")) + number_of(tokens.get("thoughts"))
    return [Call(name, text_of(record.get("model")), at, fresh, output, cached, 0)]


def _called(call: Json, at: float) -> list[Item]:
    name, given = text_of(call.get("name")), record_of(call.get("args"))
    path = text_of(given.get("file_path"))
    pairs: list[tuple[str, str]] = []
    if path and "new_string" in given:
        pairs = [(text_of(given.get("old_string")), text_of(given.get("new_string")))]
    elif path and isinstance(given.get("content"), str):
        pairs = [("", text_of(given.get("content")))]
    detail = change(path, pairs) if pairs else detail_of(given)
    answers = (record_of(record_of(one.get("functionResponse")).get("response")) for one in records_of(call.get("result")))
    shown = call.get("resultDisplay")
    output = text_of(shown) or "\n".join(text_of(answer.get("output")) or text_of(answer.get("error")) for answer in answers)
    ended = time_of(call.get("timestamp")) or at
    is_failed = call.get("status") in ("error", "cancelled")
    return [
        Entry(What.TOOL, at, summary(given), text_of(call.get("id")), name, detail, is_diff=bool(pairs)),
        Entry(What.RESULT, ended, output, text_of(call.get("id")), is_failed=is_failed),
    ]
