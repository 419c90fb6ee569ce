"""What must never happen in a run, refused before it happens. A guard against mistakes, not against malice.

What it cannot decide it leaves to the CLI's own rules and dialogs by saying nothing. It allows one thing itself: a plain
call of the town's command by its variable, which Claude Code's rules cannot name (it cannot check a variable).
"""

from __future__ import annotations

import os

_PREFIXES = frozenset({"sudo", "env", "command", "exec", "nohup", "time", "nice", "timeout", "xargs", "stdbuf"})
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh"})
_GIT_VALUE_OPTIONS = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"})
_SEPARATORS = frozenset(";&|()\n")
_WRITING_TOOLS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
_HAND_IN = "hand your work in with: $GT done"
_FORBIDDEN_GIT = {
    "push": f"agents do not push; {_HAND_IN}",
    "update-ref": f"agents do not move refs; {_HAND_IN}",
    "worktree": "the town looks after the worktrees",
    "gc": "this would drop commits that the town keeps",
    "prune": "this would drop commits that the town keeps",
    "filter-branch": "this would rewrite what others build on",
}
_SUSPICIOUS = (*_FORBIDDEN_GIT, "reflog", "kill-server", ".gastown")
_DEPTH = 3
_TOWN_COMMANDS = ("$GT", '"$GT"', "${GT}", '"${GT}"')
_EXPANDED = frozenset("$`\\;&|<>()\n")


def verdict(payload: dict[str, object], town: str) -> str:
    """The CLI's JSON that denies the tool call, or "" to say nothing."""
    reason = refusal(payload, town)
    decision = "deny" if reason else ""
    if not reason and is_town_call(payload):
        decision, reason = "allow", "the town's own command"
    if not decision:
        return ""
    import json

    told = {"hookEventName": "PreToolUse", "permissionDecision": decision, "permissionDecisionReason": f"Gas Town: {reason}"}
    return json.dumps({"hookSpecificOutput": told})


def is_town_call(payload: dict[str, object]) -> bool:
    """Whether a Bash call is `$GT` with plain words: one simple command, nothing for a shell to expand or redirect."""
    given = payload.get("tool_input")
    command = given.get("command") if isinstance(given, dict) else None
    if payload.get("tool_name") != "Bash" or not isinstance(command, str):
        return False
    call = command.strip()
    spelled = next((name for name in _TOWN_COMMANDS if call == name or call.startswith(f"{name} ")), "")
    words = call[len(spelled) :]
    return bool(spelled) and not set(_without_single_quotes(words)) & _EXPANDED


def _without_single_quotes(text: str) -> str:
    """What the shell would look into. An apostrophe inside double quotes makes the rest count, which is the safe side."""
    return "".join(part for index, part in enumerate(text.split("'")) if index % 2 == 0) if '"' not in text else text


def refusal(payload: dict[str, object], town: str) -> str:
    """Why the tool call must not happen, "" when this guard does not know."""
    if os.path.exists(f"{town}/.gastown/estop"):  # noqa: PTH110 - pathlib alone costs 15 ms
        return "the town is stopped (E-stop); wait"
    tool, given = payload.get("tool_name"), payload.get("tool_input")
    if not isinstance(given, dict):
        return ""
    if tool in _WRITING_TOOLS:
        path = given.get("file_path") or given.get("notebook_path")
        return _path_refusal(path, town) if isinstance(path, str) else ""
    command = given.get("command")
    if tool != "Bash" or not isinstance(command, str):
        return ""
    if not any(word in command for word in _SUSPICIOUS):
        return ""  # reading a command word by word costs 8 ms, and most have nothing to look for
    return command_refusal(command, town)


def _path_refusal(path: str, town: str) -> str:
    real = os.path.realpath(path)
    root = os.path.realpath(town)
    if real.startswith(f"{root}/.gastown/") and not real.startswith(f"{root}/.gastown/runs/"):
        return "the town's own files are not yours to write"
    relative = real[len(root) + 1 :].split("/") if real.startswith(f"{root}/") else []
    if len(relative) > 1 and relative[1] == "repo.git":
        return f"the rig's repository is not yours to write; {_HAND_IN}"
    return ""


def command_refusal(command: str, town: str, depth: int = 0) -> str:
    """Why a shell command must not run, "" when nothing in it is known to be forbidden."""
    for words in _simple_commands(command):
        reason = _words_refusal(words, town, depth)
        if reason:
            return reason
    return ""


def _words_refusal(words: list[str], town: str, depth: int) -> str:
    while words and ("=" in words[0].partition("/")[0] or os.path.basename(words[0]) in _PREFIXES or words[0].startswith("-")):  # noqa: PTH119
        words = words[1:]
    if not words:
        return ""
    program, arguments = os.path.basename(words[0]), words[1:]  # noqa: PTH119
    if program == "git":
        reason = _git_refusal(arguments)
        if reason:
            return reason
    if program == "tmux" and "kill-server" in arguments:
        return "this would end every agent"
    if (program in _SHELLS and "-c" in arguments) or program == "eval":
        inner = " ".join(arguments) if program == "eval" else (arguments[arguments.index("-c") + 1 :] or [""])[0]
        return command_refusal(inner, town, depth + 1) if depth < _DEPTH else ""
    if program in ("cat", "ls", "head", "tail", "less", "grep", "cd"):
        return ""
    private = f"{town}/.gastown/"
    is_private = any(private in word and f"{private}bin/" not in word and f"{private}logs/" not in word for word in words)
    return "the town's own files are not yours to touch" if is_private else ""


def _git_refusal(arguments: list[str]) -> str:
    index = 0
    while index < len(arguments) and arguments[index].startswith("-"):
        index += 2 if arguments[index] in _GIT_VALUE_OPTIONS else 1
    if index >= len(arguments):
        return ""
    name, rest = arguments[index], arguments[index + 1 :]
    if name == "worktree" and rest[:1] == ["list"]:
        return ""
    if name == "reflog" and rest[:1] in (["expire"], ["delete"]):
        return _FORBIDDEN_GIT["gc"]
    return _FORBIDDEN_GIT.get(name, "")


def _simple_commands(command: str) -> list[list[str]]:
    """The words of each simple command, without here-documents; nothing when it cannot be read."""
    import re
    import shlex

    bare = re.sub(r"(<<-?\s*(['\"]?)(\w+)\2[^\n]*\n).*?^\s*\3\s*$", r"\1", command, flags=re.DOTALL | re.MULTILINE)
    lexer = shlex.shlex(bare.replace("\\\n", " ").replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    found: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word and set(word) <= _SEPARATORS:
                found.append([])
            else:
                found[-1].append(word)
    except ValueError:
        return []  # an open quote: the shell's to refuse
    return [words for words in found if words]
