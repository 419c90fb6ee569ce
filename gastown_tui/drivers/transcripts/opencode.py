"""opencode's conversation: rows of its SQLite database, as records {"table", "id", "at", "side", "data"}. Tried with 1.18.33.

Rows change while the agent works; the one who reads gives a row again whenever it did (infra/foreign_rows.py).
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
    summary,
    text_of,
    time_of,
)

_REMEMBERED = 256
QUERY = """
SELECT 'message' AS kind, m.id, m.time_updated, s.parent_id IS NOT NULL, m.data, m.data FROM message m JOIN session s ON s.id = m.session_id
  WHERE s.directory = ?1 AND s.time_created >= ?2 AND m.time_updated >= ?3
UNION ALL
SELECT 'part' AS kind, p.id, p.time_updated, s.parent_id IS NOT NULL, p.data, m.data FROM part p JOIN message m ON m.id = p.message_id
  JOIN session s ON s.id = p.session_id WHERE s.directory = ?1 AND s.time_created >= ?2 AND p.time_updated >= ?3
ORDER BY 3, 1 DESC, 2 LIMIT ?4
"""
"""Parameters: working directory, session made since (ms), row changed since (ms), how many.
Gives: table, id, changed at (ms), whether of a sub-agent, the row's JSON, its message's JSON."""
_STATUS = {401: AgentState.LOGIN, 402: AgentState.LIMIT, 429: AgentState.LIMIT}


class OpencodeParser:
    """Remembers which rows it has told."""

    def __init__(self) -> None:
        self._told: dict[str, None] = {}

    def state(self) -> dict[str, str]:
        return {"told": " ".join(self._told)}

    def restore(self, state: Mapping[str, str]) -> None:
        self._told = dict.fromkeys(state.get("told", "").split())

    def parse(self, record: Json) -> list[Item]:
        data, name = record_of(record.get("data")), text_of(record.get("id"))
        side, at = bool(record.get("side")), time_of(record.get("at"))
        if record.get("table") == "message":
            return self._message(data, name, at, side)
        return self._part(data, name, at, side, is_user=record_of(record.get("message")).get("role") == "user")

    def _is_new(self, name: str) -> bool:
        if name in self._told:
            return False
        self._told[name] = None
        while len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]
        return True

    def _message(self, data: Json, name: str, at: float, side: bool) -> list[Item]:
        times, tokens = record_of(data.get("time")), record_of(data.get("tokens"))
        if data.get("role") != "assistant" or not times.get("completed"):
            return []
        items: list[Item] = []
        ended = time_of(times.get("completed")) or at
        if number_of(tokens.get("total")) or number_of(tokens.get("output")):
            cache = record_of(tokens.get("cache"))
            output = number_of(tokens.get("output")) + number_of(tokens.get("reasoning"))
            numbers = (number_of(tokens.get("input")), output, number_of(cache.get("read")), number_of(cache.get("write")))
            items.append(Call(name, text_of(data.get("modelID")), ended, *numbers, is_side=side))
        if not self._is_new(f"{name}:end"):
            return items
        error = record_of(data.get("error"))
        if error:
            words = text_of(record_of(error.get("data")).get("message")) or text_of(error.get("name"))
            status = record_of(error.get("data")).get("statusCode")
            if error.get("name") == "MessageAbortedError":
                return [
                    *items,
                    Entry(What.NOTE, ended, "interrupted", is_side=side),
                    *_sign(AgentState.IDLE, "interrupted", ended, side, "aborted"),
                ]
            state = _STATUS.get(status if isinstance(status, int) else 0, AgentState.ERROR)
            state = AgentState.LIMIT if is_out_of_credit(words) else state
            return [
                *items,
                Entry(What.ERROR, ended, words, is_side=side),
                *_sign(state, one_line(words), ended, side, "error record"),
            ]
        if data.get("finish") in ("stop", "length"):
            items += _sign(AgentState.IDLE, "", ended, side, "turn ended")
        return items

    def _part(self, data: Json, name: str, at: float, side: bool, *, is_user: bool) -> list[Item]:
        if data.get("type") == "text":
            words = text_of(data.get("text"))
            is_whole = is_user or record_of(data.get("time")).get("end")
            if not words.strip() or data.get("synthetic") or not is_whole or not self._is_new(name):
                return []
            return [
                Entry(What.USER if is_user else What.AGENT, at, words, is_side=side),
                *(_sign(AgentState.WORKING, "", at, side, "user record") if is_user else []),
            ]
        state = record_of(data.get("state"))
        if data.get("type") != "tool" or state.get("status") not in ("completed", "error") or not self._is_new(name):
            return []
        return _called(data, state, at, side)


def _sign(state: AgentState, detail: str, at: float, side: bool, rule: str) -> list[Item]:
    return [] if side else [Sign(state, detail, at, rule)]


def _called(data: Json, state: Json, at: float, side: bool) -> list[Item]:
    given, name = record_of(state.get("input")), text_of(data.get("tool"))
    path, times = text_of(given.get("filePath")), record_of(state.get("time"))
    diff = text_of(record_of(state.get("metadata")).get("diff"))
    if not diff and path and "newString" in given:
        diff = change(path, [(text_of(given.get("oldString")), text_of(given.get("newString")))])
    elif not diff and path and isinstance(given.get("content"), str):
        diff = change(path, [("", text_of(given.get("content")))])
    call = text_of(data.get("callID"))
    output = text_of(state.get("output")) or text_of(state.get("error"))
    return [
        Entry(
            What.TOOL,
            time_of(times.get("start")) or at,
            summary(given),
            call,
            name,
            diff or detail_of(given),
            bool(diff),
            is_side=side,
        ),
        Entry(What.RESULT, time_of(times.get("end")) or at, output, call, is_failed=state.get("status") == "error", is_side=side),
    ]
