"""pi's session file: one message a line. Tried with 0.73.1."""

from __future__ import annotations

from collections.abc import Mapping

from gastown_tui.core.credit import is_out_of_credit
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.transcript import Call, Entry, Item, Sign, What
from gastown_tui.drivers.transcripts.reading import (
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


class PiParser:
    """Every record says all that is needed."""

    def state(self) -> dict[str, str]:
        return {}

    def restore(self, state: Mapping[str, str]) -> None:
        pass

    def parse(self, record: Json) -> list[Item]:
        at, message = time_of(record.get("timestamp")), record_of(record.get("message"))
        if record.get("type") == "compaction":
            return [Entry(What.NOTE, at, "the conversation was compacted", detail=text_of(record.get("summary")))]
        if record.get("type") != "message":
            return []
        words = words_of(message.get("content"))
        match message.get("role"):
            case "user":
                return [Entry(What.USER, at, words), Sign(AgentState.WORKING, "", at, "user record")] if words.strip() else []
            case "toolResult":
                failed = bool(message.get("isError"))
                result = Entry(What.RESULT, at, words, text_of(message.get("toolCallId")), is_failed=failed)
                return [result, Sign(AgentState.WORKING, "", at, "tool result")]
            case "bashExecution":
                command = text_of(message.get("command"))
                name = text_of(record.get("id"))
                called = Entry(What.TOOL, at, one_line(command), name, "shell", command)
                return [
                    called,
                    Entry(What.RESULT, at, text_of(message.get("output")), name, is_failed=bool(message.get("exitCode"))),
                ]
            case "assistant":
                return _assistant(text_of(record.get("id")), message, at)
        return []


def _assistant(name: str, message: Json, at: float) -> list[Item]:
    items: list[Item] = []
    for block in records_of(message.get("content")):
        if block.get("type") == "text" and text_of(block.get("text")).strip():
            items.append(Entry(What.AGENT, at, text_of(block.get("text"))))
        elif block.get("type") == "toolCall":
            items.append(_tool(block, at))
    usage = record_of(message.get("usage"))
    if number_of(usage.get("totalTokens")):
        numbers = counts_of(usage, ("input", "output", "cacheRead", "cacheWrite"))
        items.append(Call(name, text_of(message.get("model")), at, *numbers))
    stop = text_of(message.get("stopReason"))
    if stop == "error":
        words = text_of(message.get("errorMessage")) or "the model failed"
        is_limit = "429" in words or "402" in words or is_out_of_credit(words)
        state = AgentState.LIMIT if is_limit else AgentState.LOGIN if "401" in words else AgentState.ERROR
        return [*items, Entry(What.ERROR, at, words), Sign(state, one_line(words), at, "error record")]
    if stop == "aborted":
        return [*items, Entry(What.NOTE, at, "interrupted"), Sign(AgentState.IDLE, "interrupted", at, "aborted")]
    called = next((item for item in reversed(items) if isinstance(item, Entry) and item.what is What.TOOL), None)
    if called is not None:
        return [*items, Sign(AgentState.WORKING, f"{called.name}: {called.text}", at, "tool call")]
    return [*items, Sign(AgentState.IDLE, one_line(words_of(message.get("content"))), at, f"turn ended: {stop}")] if stop else items


def _tool(block: Json, at: float) -> Entry:
    name, given = text_of(block.get("name")), record_of(block.get("arguments"))
    path = text_of(given.get("path"))
    pairs = [
        (text_of(edit.get("oldText")), text_of(edit.get("newText")))
        for edit in records_of(given.get("edits")) or [given]
        if "newText" in edit
    ]
    if not pairs and path and isinstance(given.get("content"), str):
        pairs = [("", text_of(given.get("content")))]
    is_diff = bool(path and pairs)
    return Entry(
        What.TOOL, at, summary(given), text_of(block.get("id")), name, change(path, pairs) if is_diff else detail_of(given), is_diff
    )
