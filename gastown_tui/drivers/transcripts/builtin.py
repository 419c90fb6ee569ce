"""The built-in agent's transcript (gastown_tui/agent/transcript.py)."""

from __future__ import annotations

from collections.abc import Mapping

from gastown_tui.core.credit import is_out_of_credit
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.transcript import Call, Entry, Item, Sign, What
from gastown_tui.drivers.transcripts.reading import (
    ANTHROPIC,
    Json,
    change,
    counts_of,
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

_STATUS = {401: AgentState.LOGIN, 403: AgentState.LOGIN, 402: AgentState.LIMIT, 429: AgentState.LIMIT}


class BuiltinParser:
    """Every record says all that is needed."""

    def state(self) -> dict[str, str]:
        return {}

    def restore(self, state: Mapping[str, str]) -> None:
        pass

    def parse(self, record: Json) -> list[Item]:
        at = time_of(record.get("at"))
        text = text_of(record.get("text"))
        match record.get("type"):
            case "user":
                return [
                    Entry(What.USER, at, text, name=text_of(record.get("sender"))),
                    Sign(AgentState.WORKING, "", at, "user record"),
                ]
            case "assistant":
                return _assistant(record, at)
            case "tool_result":
                blocks = records_of(record.get("content"))
                return [*(_result(block, at) for block in blocks), Sign(AgentState.WORKING, "", at, "tool result")]
            case "usage":
                return _usage(record, at)
            case "error":
                status = record.get("status")
                state = _STATUS.get(status if isinstance(status, int) else 0, AgentState.ERROR)
                state = AgentState.LIMIT if is_out_of_credit(text) else state
                return [Entry(What.ERROR, at, text), Sign(state, one_line(text), at, f"model error: {status or 'no answer'}")]
            case "note":
                return _note(record, text, at)
        return []


def _note(record: Json, text: str, at: float) -> list[Item]:
    kind = record.get("kind")
    entry = Entry(
        What.NOTE, at, "went on from a handoff note" if kind == "handoff" else text, detail=text if kind == "handoff" else ""
    )
    if kind == "retry":
        return [entry, Sign(AgentState.RETRYING, one_line(text), at, "retry")]
    if kind == "interrupted":
        return [entry, Sign(AgentState.IDLE, "interrupted", at, "interrupted")]
    return [entry]


def _assistant(record: Json, at: float) -> list[Item]:
    items: list[Item] = []
    for block in records_of(record.get("content")):
        if block.get("type") == "text" and text_of(block.get("text")).strip():
            items.append(Entry(What.AGENT, at, text_of(block.get("text"))))
        elif block.get("type") == "tool_use":
            items.append(_tool(block, at))
    calls = [item for item in items if isinstance(item, Entry) and item.what is What.TOOL]
    items += _usage(record, at)
    if calls:
        return [*items, Sign(AgentState.WORKING, f"{calls[-1].name}: {calls[-1].text}", at, "tool call")]
    stop = text_of(record.get("stop_reason"))
    return [*items, Sign(AgentState.IDLE, one_line(text_of(record.get("text"))), at, f"turn ended: {stop}")] if stop else items


def _usage(record: Json, at: float) -> list[Item]:
    usage = record_of(record.get("usage"))
    if not usage or record.get("stop_reason") == "interrupted":
        return []  # what an answer cost that was broken off is not known; its usage is the one before
    numbers = counts_of(usage, ANTHROPIC)
    return [Call(text_of(record.get("id")), text_of(record.get("model")), at, *numbers, False, number_of(record.get("window")))]


def _tool(block: Json, at: float) -> Entry:
    name, given = text_of(block.get("name")), record_of(block.get("input"))
    path = text_of(given.get("path"))
    pairs: list[tuple[str, str]] = []
    if path and "new" in given:
        pairs = [(text_of(given.get("old")), text_of(given.get("new")))]
    elif path and isinstance(given.get("content"), str):
        pairs = [("", text_of(given.get("content")))]
    detail = change(path, pairs) if pairs else detail_of(given)
    return Entry(What.TOOL, at, summary(given), text_of(block.get("id")), name, detail, is_diff=bool(pairs))


def _result(block: Json, at: float) -> Entry:
    words = words_of(block.get("content"))
    return Entry(What.RESULT, at, words, id=text_of(block.get("tool_use_id")), is_failed=bool(block.get("is_error")))
