"""Other CLIs' words for what Claude Code's hooks say: tool names on the way in, verdicts on the way out.

A driver names its CLI's dialect in GT_DIALECT; without one the words are Claude Code's. Standard library only, and quick.
"""

from __future__ import annotations

import os

VARIABLE = "GT_DIALECT"
_TOOLS = {
    # Gemini CLI
    "run_shell_command": "Bash",
    "write_file": "Write",
    "replace": "Edit",
    "read_file": "Read",
    # opencode, pi
    "bash": "Bash",
    "write": "Write",
    "edit": "Edit",
    "read": "Read",
}
_PATHS = ("filePath", "path")
_NAMES = {"oldString": "old_string", "newString": "new_string"}
_HIDES_ITS_DIALOG = frozenset({"codex", "gemini", "pi", "copilot"})
"""CLIs whose permission hook holds their dialog back: it must leave at once."""


def dialect() -> str:
    """The running CLI's dialect, "" for Claude Code's own words."""
    return os.environ.get(VARIABLE, "")


def may_wait() -> bool:
    """Whether a permission hook may wait for a person beside the CLI's own dialog."""
    return dialect() not in _HIDES_ITS_DIALOG


def may_answer() -> bool:
    """Whether what a permission hook says at once is taken as the answer."""
    return dialect() in ("", "codex", "opencode")


def as_question(event: str, payload: dict[str, object]) -> tuple[str, dict[str, object]]:
    """(event, payload) where a CLI's notice of its dialog tells the whole call: a question to a person, and no mere notice."""
    told = payload.get("details")
    if payload.get("notification_type") != "ToolPermission" or not isinstance(told, dict):
        return event, payload
    tool, given = "", {}
    match told.get("type"):
        case "exec":
            tool, given = "Bash", {"command": told.get("command")}
        case "edit":
            tool, given = "Edit", {"file_path": told.get("filePath"), "diff": told.get("fileDiff")}
        case "info":
            urls = told.get("urls")
            if isinstance(urls, list) and urls:
                tool, given = "WebFetch", {"url": " ".join(map(str, urls))}
            else:
                tool, given = str(told.get("title")), {"description": told.get("prompt")}
        case "mcp":
            tool, given = f"mcp__{told.get('serverName')}__{told.get('toolName')}", {"title": told.get("title")}
        case _:
            return event, payload  # a question or a plan, which only its screen tells
    return "PermissionRequest", {**payload, "tool_name": tool, "tool_input": given}


def common(payload: dict[str, object]) -> dict[str, object]:
    """The payload with Claude Code's names of tools, paths, notifications and last words."""
    if "sessionId" in payload:  # Copilot puts all its events but this one into Claude Code's words
        payload = {**payload, "session_id": payload["sessionId"]}
    if payload.get("notification_type") == "ToolPermission" and "tool_name" not in payload:
        return {**payload, "notification_type": "permission_prompt"}
    if "prompt_response" in payload:
        return {**payload, "last_assistant_message": payload["prompt_response"]}
    name, given = payload.get("tool_name"), payload.get("tool_input")
    if not isinstance(name, str) or name not in _TOOLS:
        return payload
    if isinstance(given, dict) and "file_path" not in given:
        path = next((given[key] for key in _PATHS if isinstance(given.get(key), str)), None)
        given = given if path is None else {**given, "file_path": path}
    if isinstance(given, dict):
        given = {_NAMES.get(key, key): value for key, value in given.items()}
    return {**payload, "tool_name": _TOOLS[name], "tool_input": given}


def worded(event: str, answer: str) -> str:
    """An answer for the CLI in its own words; "" where it has none for that."""
    if not answer or event == "SessionStart":
        # What is said at the start is for the model, and only Claude Code and Codex take plain text there.
        return answer if dialect() in ("", "codex") else ""
    if event == "PermissionRequest":
        return answer
    if '"allow"' in answer:
        return ""  # an own rule decides there; Codex would complain
    if dialect() != "gemini":
        return answer
    import json

    told = json.loads(answer)["hookSpecificOutput"]
    return json.dumps({"decision": "deny", "reason": told["permissionDecisionReason"]})
