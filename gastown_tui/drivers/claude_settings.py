"""The settings file of one Claude Code run: our hooks, what it may do unasked, and what it must never do.

The rules repeat what the hook's guard refuses, so that neither of the two has to be perfect.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from pathlib import Path

from gastown_tui.drivers.base import LaunchRequest

HOOK_SECONDS = 10
REQUEST_SECONDS = 86_400
"""A person may answer tomorrow; the hook leaves by itself a little earlier."""
ALL_TOOLS = "*"
EVENTS: dict[str, str] = {
    "SessionStart": "",
    "UserPromptSubmit": "",
    "PreToolUse": ALL_TOOLS,
    "PostToolUse": "AskUserQuestion|ExitPlanMode",
    "PostToolUseFailure": "AskUserQuestion|ExitPlanMode",
    "PermissionRequest": ALL_TOOLS,
    "Notification": "",
    "Stop": "",
    "StopFailure": "",
    "SubagentStop": "",
    "PreCompact": "",
    "SessionEnd": "",
}
"""Event → matcher of tool names ("" for events without tools). The end of a tool call costs a process and says nothing
that its start and the next event do not say, except where the tool is a question itself."""
GIT_READS = (
    "status",
    "diff",
    "log",
    "show",
    "branch",
    "ls-files",
    "grep",
    "blame",
    "rev-parse",
    "merge-base",
    "describe",
    "stash list",
)
GIT_WRITES = ("add", "commit", "restore", "checkout", "switch", "rm", "mv", "rebase", "merge", "cherry-pick", "fetch", "stash")
TESTERS = (
    "make test",
    "make lint",
    "make check",
    "pytest",
    "python -m pytest",
    "python3 -m pytest",
    "python -m unittest",
    "python3 -m unittest",
    "npm test",
    "npm run test",
    "npm run lint",
    "cargo test",
    "cargo build",
    "cargo check",
    "go test",
    "go build",
    "go vet",
)
"""Usual runners of gates, beside the rig's own gates: an agent runs parts of them while it works."""
FORBIDDEN = ("git push", "git update-ref", "git worktree", "git gc", "git prune", "git filter-branch", "tmux kill-server")
"""At every autonomy."""
EDITORS = ("Edit", "Write", "MultiEdit", "NotebookEdit")


def text(request: LaunchRequest, *, is_planner: bool) -> str:
    """The file's content as JSON."""
    allow = _allowed(request) if is_planner else [*_allowed(request), *EDITORS[:2], *_bash(f"git {verb}" for verb in GIT_WRITES)]
    if not is_planner:
        allow += _bash([*TESTERS, *(shlex.join(gate) for gate in request.gates)])
    found = {
        "hooks": {event: [_entry(request.gt_hook, event, matcher)] for event, matcher in EVENTS.items()},
        "permissions": {"allow": allow, "deny": _denied(request, is_planner=is_planner)},
        "skipDangerousModePermissionPrompt": request.autonomy == "full",
        "editorMode": "normal",
        # It asks the model after each turn, and draws words into the composer that nobody typed.
        "promptSuggestionEnabled": False,
        # It would run commands unasked, and offers itself in every dialog.
        "disableAutoMode": "disable",
        # It writes a desktop entry into the user's home at every start.
        "disableDeepLinkRegistration": "disable",
    }
    return json.dumps(found, indent=1)


def _entry(gt_hook: Path, event: str, matcher: str) -> dict[str, object]:
    seconds = REQUEST_SECONDS if event == "PermissionRequest" else HOOK_SECONDS
    # The CLI takes a shell string here and nothing else.
    command = {"type": "command", "command": f"{shlex.quote(str(gt_hook))} {event}", "timeout": seconds}
    return {"matcher": matcher, "hooks": [command]} if matcher else {"hooks": [command]}


def _allowed(request: LaunchRequest) -> list[str]:
    """What every role may do unasked beside reading its working directory: look into git, and talk to the town however
    the model spells its command. Long messages of the town are files of the run."""
    commands = ["$GT", '"$GT"', "gt", "bd", str(request.gt), *(f"git {verb}" for verb in GIT_READS)]
    return [f"Read(/{request.run_directory}/messages/**)", *_bash(commands)]


def _denied(request: LaunchRequest, *, is_planner: bool) -> list[str]:
    private = f"/{request.town}/.gastown"
    rules = [*_bash(FORBIDDEN), f"Edit({private}/**)", f"Read({private}/*.db)"]
    return [*rules, *EDITORS] if is_planner else rules


def _bash(commands: Iterable[str]) -> list[str]:
    return [f"Bash({command}:*)" for command in commands]
