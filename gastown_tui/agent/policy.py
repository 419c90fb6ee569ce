"""What the agent may do unasked: a pure function of the call, the autonomy, the directory and what was allowed before.

It stops mistakes, not malice: an agent runs as the person who started it, and test runners execute the code under test.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

from gastown_tui.agent import commands
from gastown_tui.agent.commands import GT_WORDS, SimpleCommand


class Autonomy(StrEnum):
    """read: only looking is unasked. edit: the worktree, git, gt and tests too. full: everything."""

    READ = "read"
    EDIT = "edit"
    FULL = "full"


class Verdict(StrEnum):
    """allow: go on; ask: a person decides; deny: never, whoever says so."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with its reason, and the pattern that "always" would remember."""

    verdict: Verdict
    reason: str
    pattern: str = ""


_PRIVATE = re.compile(r"(^|/)(\.ssh|\.aws|\.gnupg|\.netrc|\.config/gh|\.docker|\.kube|\.git-credentials|\.gastown)(/|$)")
"""Where secrets live: even looking there asks."""
_NEVER = re.compile(
    r"\brm\s+(-\w+\s+)*-\w*[rR]\w*\s+(-\w+\s+)*(--no-preserve-root\s+)?(/|~|\$HOME|/\*)(\s|$)"
    r"|\bmkfs|\bdd\b.*\bof=/dev/|:\(\)\s*\{|\b(shutdown|reboot|poweroff|halt)\b\s*(-|now|$)|\btmux\b.*\bkill-server\b"
)
"""What no answer can allow: it destroys the machine or the town."""
_LOOKING = frozenset(
    "ls cat head tail wc pwd echo printf grep egrep fgrep rg sort uniq cut diff file stat which true false test [ date tree du "
    "nl basename dirname realpath cmp comm column tr fold less more".split()
)
_GIT_LOOKING = frozenset("status diff log show rev-parse ls-files grep blame merge-base describe shortlog cat-file ls-tree".split())
_GIT_WORKING = frozenset("add commit branch switch checkout restore stash merge rebase cherry-pick mv rm tag reset revert".split())
_GIT_ASKED = re.compile(
    r"^(--force.*|--hard|-[a-zA-Z]*f|-D|-M|-x|--exec.*|--ext-diff|--textconv|-O.*|--open-files-in-pager.*|--output.*|--upload-pack.*"
    r"|--receive-pack.*|--no-verify|-i|--interactive|-S.*|--gpg-sign.*)$"
)
"""Options of git that lose work, run programs or write elsewhere."""
_TESTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "pytest": ((),),
    "python": (("-m", "pytest"), ("-m", "unittest"), ("-m", "compileall"), ("-m", "mypy"), ("-m", "ruff")),
    "npm": (("test",), ("run", "test"), ("run", "lint"), ("run", "build"), ("run", "check")),
    "pnpm": (("test",), ("run", "test"), ("run", "lint"), ("run", "build")),
    "yarn": (("test",), ("lint",), ("build",)),
    "node": (("--test",),),
    "cargo": (("test",), ("check",), ("clippy",), ("fmt",), ("build",)),
    "go": (("test",), ("vet",), ("build",), ("fmt",)),
    "make": (("test",), ("lint",), ("check",), ("build",)),
    "uv": (("run", "pytest"), ("run", "ruff"), ("run", "mypy")),
    "tox": ((),),
    "nox": ((),),
    "ruff": (("check",), ("format",)),
    "mypy": ((),),
    "ctest": ((),),
    "dotnet": (("test",), ("build",)),
    "mvn": (("test",), ("verify",)),
    "gradle": (("test",), ("check",)),
}
_SUBCOMMANDS = frozenset("git npm pnpm yarn cargo go make uv pip pip3 docker kubectl python python3 node sh bash apt brew".split())
"""Programs whose second word matters as much as the first when "always" is said."""


def decide(
    tool: str, arguments: Mapping[str, object], *, autonomy: Autonomy, directory: str, always: Collection[str] = ()
) -> Decision:
    """Whether a tool call may run.

    Args:
        tool: read | search | write | edit | shell | gt; anything else asks.
        directory: the real path of the agent's working directory.
        always: patterns that a person allowed for this session.
    """
    decision = _decide(tool, arguments, autonomy, directory)
    if decision.verdict is Verdict.ASK and autonomy is Autonomy.FULL:
        return Decision(Verdict.ALLOW, "full autonomy", decision.pattern)
    if decision.verdict is Verdict.ASK and decision.pattern and decision.pattern in always:
        return Decision(Verdict.ALLOW, "allowed for this session", decision.pattern)
    return decision


def _decide(tool: str, arguments: Mapping[str, object], autonomy: Autonomy, directory: str) -> Decision:
    if tool in ("read", "search"):
        path = resolve(directory, str(arguments.get("path") or "."))
        if _PRIVATE.search(path) and not is_inside(directory, path):
            return Decision(Verdict.ASK, "secrets may live there", f"{tool}:{path}")
        return Decision(Verdict.ALLOW, "looking")
    if tool in ("write", "edit"):
        return _decide_write(tool, resolve(directory, str(arguments.get("path") or "")), autonomy, directory)
    if tool == "gt":
        return Decision(Verdict.ALLOW, "the town's own verbs")
    if tool == "shell":
        return _decide_shell(str(arguments.get("command") or ""), autonomy, directory)
    return Decision(Verdict.ASK, "an unknown tool", f"{tool}:")


def _decide_write(tool: str, path: str, autonomy: Autonomy, directory: str) -> Decision:
    if not is_inside(directory, path):
        return Decision(Verdict.ASK, "outside the working directory", f"write:{PurePath(path).parent}/")
    if is_inside(f"{directory}/.git", path):
        return Decision(Verdict.ASK, "inside git's own directory", f"write:{path}")
    if autonomy is Autonomy.READ:
        return Decision(Verdict.ASK, "changes a file", "write:./")
    return Decision(Verdict.ALLOW, f"{tool} in the working directory")


def _decide_shell(command: str, autonomy: Autonomy, directory: str) -> Decision:
    if _NEVER.search(command):
        return Decision(Verdict.DENY, "it would destroy more than work")
    reading = commands.read(command)
    pattern = _pattern(command, reading)
    if reading.oddity:
        return Decision(Verdict.ASK, f"it has {reading.oddity}", pattern)
    for simple in reading.commands:
        reason = _objection(simple, autonomy, directory)
        if reason:
            return Decision(Verdict.ASK, reason, pattern)
    return Decision(Verdict.ALLOW, "known commands")


def _pattern(command: str, reading: commands.Reading) -> str:
    """One plain command is remembered by its program (and subcommand or script), anything else word by word."""
    if reading.oddity or len(reading.commands) != 1 or reading.commands[0].writes:
        return f"shell:{command}"
    words = reading.commands[0].words
    if words[0] in _SUBCOMMANDS:
        # An option in second place (`sh -c …`) decides nothing by itself, so the whole command is remembered.
        return f"shell:{command}" if len(words) < 2 or words[1].startswith("-") else f"shell:{words[0]} {words[1]}"
    return f"shell:{words[0]}" if words[0] not in ("rm", "sudo", "env", "xargs", "mv", "chmod", "chown") else f"shell:{command}"


def _objection(simple: SimpleCommand, autonomy: Autonomy, directory: str) -> str:
    """Why this call needs a person, or ""."""
    if any(_PRIVATE.search(word) for word in simple.words):
        return "secrets may live there"
    for target in simple.writes:
        if target != "/dev/null" and (autonomy is Autonomy.READ or not is_inside(directory, resolve(directory, target))):
            return f"it writes {target}"
    program, rest = simple.program, simple.words[1:]
    if program in GT_WORDS:
        return ""
    if program == "git":
        return _git_objection(rest, autonomy)
    if program == "find":
        acts = [word for word in rest if re.match(r"-(exec|ok|delete|fprint|fls)", word)]
        return f"find {acts[0]} acts" if acts else ""
    if program in _LOOKING:
        return "it writes a file" if program == "sort" and any(word.startswith(("-o", "--output")) for word in rest) else ""
    if program in ("cd", "mkdir", "touch"):
        paths = [word for word in rest if not word.startswith("-")]
        if program != "cd" and autonomy is Autonomy.READ:
            return f"{program} changes the directory"
        # After a cd the later words mean other paths, so only going further in is plain.
        return (
            ""
            if paths and all(is_inside(directory, resolve(directory, path)) for path in paths)
            else "it leaves the working directory"
        )
    if autonomy is not Autonomy.READ and _is_test(program, rest):
        return ""
    return f"{program} is not on the list of known commands"


def _git_objection(rest: tuple[str, ...], autonomy: Autonomy) -> str:
    subcommand = rest[0] if rest else ""
    if subcommand.startswith("-"):
        return "git's own options can run programs"
    allowed = _GIT_LOOKING if autonomy is Autonomy.READ else _GIT_LOOKING | _GIT_WORKING
    if subcommand not in allowed:
        return f"git {subcommand} asks"
    # What follows -m is a message, not an option.
    for previous, word in zip(("", *rest[1:]), rest[1:], strict=False):
        if previous not in ("-m", "--message", "-am") and _GIT_ASKED.match(word):
            return f"git {subcommand} {word} asks"
    return ""


def _is_test(program: str, rest: tuple[str, ...]) -> bool:
    name = "python" if re.fullmatch(r"python3?(\.\d+)?", program) else program
    return any(rest[: len(start)] == start for start in _TESTS.get(name, ()))


def resolve(directory: str, path: str) -> str:
    """The real, absolute path that `path` means in `directory`: links are followed, so that none leads out unseen."""
    return os.path.realpath(Path(directory) / os.path.expanduser(path.replace("\0", "")))  # noqa: PTH111 (an unknown ~user stays)


def is_inside(directory: str, path: str) -> bool:
    """True for the directory itself and everything below."""
    return path == directory or path.startswith(directory.rstrip("/") + "/")
