"""What a tool call would risk, from its words alone: shown beside every question, and what no standing rule may allow.

Pure. It looks at no file, so links are not followed, and it knows programs by name: it stops mistakes, not malice.
What it cannot judge it says: no finding means that nothing risky was recognised.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gastown_tui.core import risk_paths, shell
from gastown_tui.core.risk_programs import judge_program, judge_variables
from gastown_tui.core.risk_words import by_words

Finding = tuple[str, str]
"""(kind, what exactly, "" when the kind says all). The second is foreign text."""

FORCE_PUSH, PUSH, LOSES, DELETES, ROOT = "force_push", "push", "loses", "deletes", "root"
SECRETS, TOWN, OUTSIDE, NETWORK, INSTALLS = "secrets", "town", "outside", "network", "installs"
DOWNLOADED, HIDDEN, ENDS, RUNS, UNKNOWN = "downloaded", "hidden", "ends", "runs", "unknown"
LABELS: dict[str, str] = {
    FORCE_PUSH: "force push",
    TOWN: "the town's own files",
    SECRETS: "secrets",
    DOWNLOADED: "runs what it downloads",
    HIDDEN: "runs what is hidden",
    ROOT: "as root",
    DELETES: "deletes",
    LOSES: "loses work in git",
    PUSH: "pushes",
    ENDS: "ends processes",
    OUTSIDE: "writes outside the worktree",
    INSTALLS: "installs packages",
    NETWORK: "network",
    RUNS: "runs code that is not read",
    UNKNOWN: "cannot be judged",
}
"""Kind → words, the worst first."""
DESTRUCTIVE = frozenset({FORCE_PUSH, TOWN, SECRETS, DOWNLOADED, HIDDEN, ROOT, DELETES, LOSES, ENDS})
"""What is never allowed with one key."""
FORBIDDEN = frozenset({FORCE_PUSH, TOWN, SECRETS, DOWNLOADED, HIDDEN})
"""What no standing rule can allow."""
_DECODERS = frozenset("base64 base32 xxd openssl gunzip zcat bunzip2 rev tr uudecode".split())
"""Programs that turn what nobody can read into something that a shell may be fed with."""
SHELL_TOOLS = frozenset({"bash", "shell", "exec_command", "local_shell", "run_shell_command", "execute", "run_terminal_cmd"})
WRITING_TOOLS = frozenset(
    {"edit", "write", "multiedit", "notebookedit", "write_file", "replace", "apply_patch", "str_replace", "create", "create file"}
)
READING_TOOLS = frozenset({"read", "grep", "glob", "ls", "read_file", "view", "search", "list", "find"})
NETWORK_TOOLS = frozenset({"webfetch", "websearch", "web_fetch", "web_search", "fetch"})
HARMLESS_TOOLS = frozenset({"askuserquestion", "exitplanmode", "enterplanmode", "todowrite", "task", "agent", "town", "gt"})
PATH_KEYS = ("file_path", "notebook_path", "path", "filePath", "absolute_path")


def assess(tool: str, given: Mapping[str, object], directory: str, *, worktree: str = "", town: str = "") -> tuple[Finding, ...]:
    """What the call risks, the worst first, each kind once.

    Args:
        tool: the CLI's own name of the tool.
        given: its input; the command, path or address in it are looked at.
        directory: where it runs, absolute.
        worktree: what the agent may write in; "" means the directory.
        town: the town's root, "" outside one.
    """
    place = risk_paths.Place(directory, worktree or directory, town)
    name = tool.lower()
    if name in SHELL_TOOLS:
        command = given.get("command")
        text = " ".join(map(str, command)) if isinstance(command, list) else command if isinstance(command, str) else ""
        found = of_command(text, place) if text.strip() else [(UNKNOWN, "no command is shown")]
    elif name in WRITING_TOOLS:
        found = _of_paths(given, place, writes=True)
    elif name in READING_TOOLS:
        found = _of_paths(given, place, writes=False)
    elif name in NETWORK_TOOLS:
        found = [(NETWORK, _text(given, "url") or _text(given, "query"))]
    elif name in HARMLESS_TOOLS:
        found = []
    else:
        found = [(UNKNOWN, f"what {tool} does is not known" if tool else "what it would do is not shown")]
    return ordered(found)


def ordered(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """The worst first, each kind once with all that was found of it."""
    merged: dict[str, list[str]] = {}
    for kind, what in found:
        known = merged.setdefault(kind, [])
        if what and what not in known:
            known.append(what)
    return tuple((kind, ", ".join(merged[kind][:4])) for kind in LABELS if kind in merged)


def of_command(command: str, place: risk_paths.Place) -> list[Finding]:
    """What a shell command risks; unordered."""
    reading = shell.read(command)
    found: list[Finding] = []
    if reading.unread:
        found.append((UNKNOWN, reading.unread))
        found += by_words(command)
    has_network = False
    for call in reading.calls:
        if "sudo" in call.wrappers or "doas" in call.wrappers:
            found.append((ROOT, ""))
        for path in call.writes:
            found += place.written(path)
        if call.writes and (not call.words or call.program in (":", "true")):
            found.append((DELETES, f"what is in {', '.join(call.writes[:2])}"))
        found += judge_variables(call)
        for path in call.reads:
            found += place.read(path)
        if call.words:
            here = judge_program(call, place)
            found += here
            has_network = has_network or any(kind == NETWORK for kind, _ in here)
    if has_network and ("a shell runs" in reading.unread or "it runs what" in reading.unread):
        found.append((DOWNLOADED, ""))
    if reading.unread == "a shell runs its input" and (names := [one.program for one in reading.calls if one.program in _DECODERS]):
        found.append((HIDDEN, f"a shell is fed by {names[0]}"))
    return found


def of_text(text: str) -> tuple[Finding, ...]:
    """Of a dialog whose call cannot be told: unknown, and what its words name."""
    return ordered([(UNKNOWN, "what it would do is not told apart on its screen"), *by_words(text)])


def _of_paths(given: Mapping[str, object], place: risk_paths.Place, *, writes: bool) -> list[Finding]:
    found: list[Finding] = []
    paths = [text for key in PATH_KEYS if (text := _text(given, key))]
    for path in paths:
        found += place.written(path) if writes else place.read(path)
    if writes and not paths:
        return [(UNKNOWN, "the file is not named")]
    return found


def _text(given: Mapping[str, object], key: str) -> str:
    value = given.get(key)
    return value if isinstance(value, str) else ""


def is_destructive(found: Sequence[Finding]) -> bool:
    """Whether one key must not be enough."""
    return any(kind in DESTRUCTIVE for kind, _ in found)


def is_forbidden(found: Sequence[Finding]) -> bool:
    """Whether no standing rule may allow it."""
    return any(kind in FORBIDDEN for kind, _ in found)


def words(found: Sequence[Finding]) -> list[str]:
    """One phrase for each finding, for people."""
    return [f"{LABELS[kind]}: {what}" if what else LABELS[kind] for kind, what in found]
