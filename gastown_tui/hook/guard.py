"""What must never happen in a run, refused before it happens. A guard against mistakes, not against malice.

What it cannot decide it leaves to the CLI's own rules and dialogs by saying nothing. It allows one thing itself: a plain
call of the town's command by its variable, which Claude Code's rules cannot name (it cannot check a variable).
"""

from __future__ import annotations

import os

_GIT_VALUE_OPTIONS = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"})
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
SUSPICIOUS = (*_FORBIDDEN_GIT, "reflog", "kill-server", ".gastown")
"""A command without any of these words is refused by nothing here."""
PRIVATE_NAMES = (".gastown", "repo.git")
"""A file below no directory of these names may be written, as far as is known here."""
TOWN_WORDS = ("$GT", "${GT}")
"""What a call of the town's command holds."""
_TOWN_COMMANDS = ("$GT", '"$GT"', "${GT}", '"${GT}"')
_EXPANDED = frozenset("$`\\;&|<>()\n")


def verdict(payload: dict[str, object], town: str) -> tuple[str, tuple[str, str] | None]:
    """The CLI's JSON that allows, denies or asks about the tool call ("" says nothing), and (standing rule, its verdict)."""
    reason, rule = refusal(payload, town), ""
    decision = "deny" if reason else ""
    if not reason and is_town_call(payload):
        decision, reason = "allow", "the town's own command"
    elif not reason:
        decision, rule = by_rule(payload, town)
        reason = f"a standing rule of the overseer ({rule})" if rule else "the standing rules cannot be read"
        if os.environ.get("GT_DIALECT") and decision != "deny":
            # Only Claude Code lets a hook allow a call or ask about it.
            reason = f"{reason} wants a person asked first: $GT escalate"
            decision = "deny" if decision == "ask" else ""
    if not decision:
        return "", None
    from gastown_tui.hook import lean

    told: dict[str, str | int] = {
        "hookEventName": "PreToolUse",
        "permissionDecision": decision,
        "permissionDecisionReason": f"Gas Town: {reason}",
    }
    return f'{{"hookSpecificOutput": {lean.write(told)}}}', (rule, decision) if rule else None


def by_rule(payload: dict[str, object], town: str) -> tuple[str, str]:
    """(what the overseer's standing rules say, which rule); ("", "") when they say nothing about it.

    Rules that cannot be read answer `ask`: one of them may forbid it.
    """
    path = f"{town}/.gastown/rules.json"
    if not os.path.exists(path):  # noqa: PTH110 - pathlib alone costs 15 ms
        return "", ""
    from gastown_tui.hook import lean

    try:
        with open(path, encoding="utf-8") as file:
            made = lean.parse(file.read())
    except (OSError, ValueError):
        return "ask", ""
    known = made.get("rules") if isinstance(made, dict) else None
    if not isinstance(known, list):
        return "ask", ""
    tool, given = payload.get("tool_name"), payload.get("tool_input")
    if not isinstance(tool, str) or not isinstance(given, dict) or not known:
        return "", ""
    from gastown_tui.core import rules

    cwd = payload.get("cwd")
    agent, directory = os.environ.get("GT_AGENT", ""), os.path.realpath(cwd) if isinstance(cwd, str) else ""
    for key in ("file_path", "notebook_path", "path"):
        if isinstance(given.get(key), str):
            # Links are followed before a path is matched: a rule about `src` is not about what a link in it leads to.
            given = {**given, key: os.path.realpath(os.path.join(directory, str(given[key])))}  # noqa: PTH118
    return rules.decide(known, tool, given, agent=agent, directory=directory, town=os.path.realpath(town)) or ("", "")


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
    if not any(word in command for word in SUSPICIOUS):
        return ""  # most have nothing to look for
    return command_refusal(command, town)


def _path_refusal(path: str, town: str) -> str:
    real = os.path.realpath(path)
    root = os.path.realpath(town)
    if real.startswith(f"{root}/.gastown/") and not real.startswith(f"{root}/.gastown/runs/"):
        return "the town's own files are not yours to write"
    relative = real[len(root) + 1 :].split("/") if real.startswith(f"{root}/") else []
    if len(relative) > 1 and relative[1] == PRIVATE_NAMES[1]:
        return f"the rig's repository is not yours to write; {_HAND_IN}"
    return ""


def command_refusal(command: str, town: str) -> str:
    """Why a shell command must not run, "" when nothing in it is known to be forbidden."""
    from gastown_tui.core import shell

    for call in shell.read(command).calls:
        reason = _words_refusal(call.words, town) or _written_refusal(call.writes, town)
        if reason:
            return reason
    return ""


def _written_refusal(paths: list[str], town: str) -> str:
    private = f"{town}/.gastown/"
    return "the town's own files are not yours to touch" if any(path.startswith(private) for path in paths) else ""


def _words_refusal(words: list[str], town: str) -> str:
    if not words:
        return ""
    program, arguments = os.path.basename(words[0]), words[1:]  # noqa: PTH119
    if program == "git":
        reason = _git_refusal(arguments)
        if reason:
            return reason
    if program == "tmux" and "kill-server" in arguments:
        return "this would end every agent"
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
