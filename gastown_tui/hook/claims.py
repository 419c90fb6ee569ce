"""What an event of an agent CLI says about its run. Pure; Claude Code's words, which other CLIs copy."""

from __future__ import annotations

REMINDER = "You are {agent} in a Gas Town. Before anything else run `$GT prime`: it tells you your role and your work.\n"
"""Reaches the model at the start, after /clear and after a compaction."""

ASKING = frozenset({"permission", "question", "plan"})
INTERACTIVE_TOOLS = frozenset({"AskUserQuestion", "ExitPlanMode"})
"""Tools that are questions themselves: their end answers the question."""
_FAILURES = {
    "rate_limit": "limit",
    "billing_error": "limit",
    "overloaded": "retrying",
    "authentication_failed": "login",
    "oauth_org_not_allowed": "login",
}
"""Kinds of StopFailure; every other one is an error."""
_LIMIT_WORDS = ("hit your", "usage limit", "session limit")
_ENDS_TURN = frozenset({"UserPromptSubmit", "Stop", "StopFailure", "SessionEnd"})


def claim(event: str, payload: dict[str, object], last_state: str, is_waiting: bool) -> tuple[str, str]:
    """(state, detail) of the run after `event`; state "" changes nothing.

    Args:
        last_state: what its newest report says, "" without one.
        is_waiting: a hook of the run still waits for a person's answer, so the run goes on asking whatever
            else it does meanwhile (sub-agents work on).
    """
    is_asking = (last_state in ASKING and event == "Notification") or (last_state in ("question", "plan") and event == "PreToolUse")
    if is_waiting or is_asking:
        return ("dead", "its CLI ended") if event == "SessionEnd" and text(payload, "reason") != "clear" else ("", "")
    match event:
        case "SessionStart":
            return _session_start(payload)
        case "UserPromptSubmit":
            return "working", "a new prompt"
        case "PreToolUse":
            return "working", title_of(payload)
        case "PostToolUse" | "PostToolUseFailure":
            return "working", text(payload, "tool_name")
        case "PreCompact":
            return "working", "compacting its conversation"
        case "Stop":
            tasks = _background_tasks(payload)
            if tasks:
                return "background", f"{tasks} task{'s' if tasks > 1 else ''} in the background"
            return "idle", text(payload, "last_assistant_message")
        case "StopFailure":
            return _failure(payload)
        case "Notification":
            return _notification(payload, last_state)
        case "SessionEnd":
            reason = text(payload, "reason")
            return ("", "") if reason in ("clear", "resume") else ("dead", f"its CLI ended: {reason or 'no reason given'}")
    return "", ""


def _background_tasks(payload: dict[str, object]) -> int:
    """How many run on: the CLI's list, or its length as we log it."""
    tasks = payload.get("background_tasks")
    return tasks if isinstance(tasks, int) else len(tasks) if isinstance(tasks, list) else 0


def _session_start(payload: dict[str, object]) -> tuple[str, str]:
    import os

    match text(payload, "source"):
        case "compact":
            return "working", "after a compaction"
        case "clear":
            return "idle", "a new conversation"
    # With a first prompt on its command line it is at work at once: calling it idle would invite typing.
    return ("starting" if os.environ.get("GT_PROMPTED") == "1" else "idle"), ""


def _failure(payload: dict[str, object]) -> tuple[str, str]:
    message = text(payload, "last_assistant_message") or text(payload, "error_details")
    from gastown_tui.core.credit import is_out_of_credit  # only here: most events are no failures

    if any(words in message for words in _LIMIT_WORDS) or is_out_of_credit(message):
        return "limit", message
    return _FAILURES.get(text(payload, "error"), "error"), message or text(payload, "error")


def _notification(payload: dict[str, object], last_state: str) -> tuple[str, str]:
    message = text(payload, "message")
    match text(payload, "notification_type"):
        case "permission_prompt" | "agent_needs_input":
            return "permission", message
        case "elicitation_dialog":
            return "question", message
        case "idle_prompt" if last_state in ("", "starting", "working"):
            return "idle", message
    return "", ""


def settles(event: str, payload: dict[str, object], last_state: str) -> bool:
    """Whether `event` proves that a question of the run was answered in its own pane."""
    if last_state not in ASKING:
        return False
    is_answer = event in ("PostToolUse", "PostToolUseFailure") and text(payload, "tool_name") in INTERACTIVE_TOOLS
    return event in _ENDS_TURN or is_answer or (event == "PreToolUse" and last_state == "permission")


def logged(event: str, payload: dict[str, object], limit: int) -> dict[str, str | int]:
    """What is kept of an event: never a tool's whole input or output."""
    kept: dict[str, str | int] = {"session": text(payload, "session_id")}
    for key in ("prompt", "last_assistant_message", "source", "reason", "error", "notification_type", "trigger", "agent_id"):
        if payload.get(key):
            kept[key] = text(payload, key)[:limit]
    if event == "SessionStart":
        kept["transcript"] = text(payload, "transcript_path")
    if event == "Stop":
        kept["background_tasks"] = _background_tasks(payload)
    if payload.get("tool_name"):
        kept["tool"] = title_of(payload)[:limit]
    return kept


def title_of(payload: dict[str, object]) -> str:
    """One line about a tool call, for example `Bash: make test`."""
    name, given = text(payload, "tool_name"), payload.get("tool_input")
    if not isinstance(given, dict):
        return name
    for key in ("command", "file_path", "notebook_path", "pattern", "url", "query", "description", "skill"):
        value = given.get(key)
        if isinstance(value, str) and value.strip():
            first = value.strip().splitlines()[0]
            return f"{name}: {first[:200]}"
    return name


def text(payload: dict[str, object], key: str) -> str:
    """A string of the payload, "" when it is missing or something else."""
    value = payload.get(key)
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()  # JSON can hold half a surrogate pair
