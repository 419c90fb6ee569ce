"""Claude Code's transcript: one record a line, tried with 2.1.197 and 2.1.330.

A message with several blocks is written as several records with the same message id and the same usage, so that usage
counts once per id. Sub-agents have files of their own beside it (`<session>/subagents/agent-*.jsonl`).
"""

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

SYNTHETIC = "<synthetic>"
"""The model of messages that the CLI made itself."""
INTERRUPTED = "[Request interrupted by user"
_ERRORS = {
    "rate_limit": AgentState.LIMIT,
    "billing_error": AgentState.LIMIT,
    "authentication_failed": AgentState.LOGIN,
    "oauth_org_not_allowed": AgentState.LOGIN,
    "overloaded": AgentState.RETRYING,
}
_STATUS = {401: AgentState.LOGIN, 403: AgentState.LOGIN, 402: AgentState.LIMIT, 429: AgentState.LIMIT}
_REMARKS = ("<local-command", "<command-name>", "<command-message>", "<system-reminder>", "Caveat: ")
"""How the CLI's own user records begin: slash commands and their output."""


class ClaudeParser:
    """Stateless but for nothing: every record says all that is needed."""

    def state(self) -> dict[str, str]:
        return {}

    def restore(self, state: Mapping[str, str]) -> None:
        pass

    def parse(self, record: Json) -> list[Item]:
        kind = record.get("type")
        at = time_of(record.get("timestamp"))
        if kind == "assistant":
            return self._assistant(record, record_of(record.get("message")), at)
        if kind == "user":
            return self._user(record, record_of(record.get("message")), at)
        if kind == "system":
            return self._system(record, at)
        return []

    def _assistant(self, record: Json, message: Json, at: float) -> list[Item]:
        is_side = bool(record.get("isSidechain"))
        model = text_of(message.get("model"))
        if record.get("isApiErrorMessage"):
            return self._failed(record, message, at)
        items: list[Item] = []
        for block in records_of(message.get("content")):
            if block.get("type") == "text" and text_of(block.get("text")).strip():
                items.append(Entry(What.AGENT, at, text_of(block.get("text")), is_side=is_side))
            elif block.get("type") == "tool_use":
                items.append(_tool(block, at, is_side))
        usage = record_of(message.get("usage"))
        if usage and model != SYNTHETIC:
            name = text_of(message.get("id")) or text_of(record.get("uuid"))
            counts = counts_of(usage, ANTHROPIC)
            hour = min(counts[3], number_of(record_of(usage.get("cache_creation")).get("ephemeral_1h_input_tokens")))
            items.append(Call(name, model, at, *counts, is_side, cache_hour=hour))
        if not is_side and items:
            items.append(_after(text_of(message.get("stop_reason")), items, at))
        return items

    def _failed(self, record: Json, message: Json, at: float) -> list[Item]:
        words = words_of(message.get("content"))
        status = record.get("apiErrorStatus")
        state = _ERRORS.get(text_of(record.get("error"))) or _STATUS.get(status if isinstance(status, int) else 0, AgentState.ERROR)
        if "hit your" in words or "usage limit" in words or is_out_of_credit(words):
            state = AgentState.LIMIT
        rule = f"api error: {text_of(record.get('error')) or status or 'unknown'}"
        found: list[Item] = [Entry(What.ERROR, at, words, is_side=bool(record.get("isSidechain")))]
        # An overload that is told as a message is no retry any more: the turn is over.
        return [*found, Sign(AgentState.ERROR if state is AgentState.RETRYING else state, one_line(words), at, rule)]

    def _user(self, record: Json, message: Json, at: float) -> list[Item]:
        is_side = bool(record.get("isSidechain"))
        content = message.get("content")
        items: list[Item] = [
            Entry(
                What.RESULT,
                at,
                words_of(block.get("content")),
                id=text_of(block.get("tool_use_id")),
                is_failed=bool(block.get("is_error")),
                is_side=is_side,
            )
            for block in records_of(content)
            if block.get("type") == "tool_result"
        ]
        words = words_of(content)
        if words.startswith(INTERRUPTED):
            return [
                *items,
                Entry(What.NOTE, at, "interrupted", is_side=is_side),
                *_sign(AgentState.IDLE, "interrupted", at, is_side),
            ]
        if record.get("isCompactSummary"):
            return [*items, Entry(What.NOTE, at, "the conversation was compacted", detail=words, is_side=is_side)]
        if record.get("isMeta") or words.lstrip().startswith(_REMARKS):
            return items
        if words.strip():
            items.append(Entry(What.USER, at, words, is_side=is_side))
        return [*items, *_sign(AgentState.WORKING, "", at, is_side)] if items else items

    def _system(self, record: Json, at: float) -> list[Item]:
        subtype = record.get("subtype")
        if subtype == "api_error":
            error = record_of(record.get("error"))
            words = text_of(error.get("formatted")) or text_of(error.get("message"))
            status = error.get("status")
            # It waits and tries again by itself; a limit too, until its tries are used up.
            return [Sign(AgentState.RETRYING, one_line(words), at, f"retry: {status if isinstance(status, int) else 'no answer'}")]
        if subtype == "compact_boundary":
            return [Entry(What.NOTE, at, "the conversation was compacted")]
        if subtype == "turn_duration":
            return [Sign(AgentState.IDLE, "", at, "turn ended")]
        return []


def _sign(state: AgentState, detail: str, at: float, is_side: bool) -> list[Item]:
    return [] if is_side else [Sign(state, detail, at, "user record")]


def _after(stop: str, items: list[Item], at: float) -> Sign:
    call = next((item for item in reversed(items) if isinstance(item, Entry) and item.what is What.TOOL), None)
    if call is not None:
        return Sign(AgentState.WORKING, f"{call.name}: {call.text}" if call.text else call.name, at, "tool call")
    if stop and stop not in ("tool_use", "pause_turn"):
        said = next((item.text for item in items if isinstance(item, Entry)), "")
        return Sign(AgentState.IDLE, one_line(said), at, f"turn ended: {stop}")
    return Sign(AgentState.WORKING, "", at, "answer")


def _tool(block: Json, at: float, is_side: bool) -> Entry:
    name, given = text_of(block.get("name")), record_of(block.get("input"))
    path = text_of(given.get("file_path"))
    pairs = [
        (text_of(edit.get("old_string")), text_of(edit.get("new_string")))
        for edit in records_of(given.get("edits")) or [given]
        if "new_string" in edit
    ]
    if not pairs and path and isinstance(given.get("content"), str):
        pairs = [("", text_of(given.get("content")))]
    detail = change(path, pairs) if path and pairs else detail_of(given)
    return Entry(
        What.TOOL, at, summary(given), text_of(block.get("id")), name, detail, is_diff=bool(path and pairs), is_side=is_side
    )
