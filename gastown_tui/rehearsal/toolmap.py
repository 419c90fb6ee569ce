"""Maps a script's acts to the tools that the asking CLI offers. Which CLI asks is known by its tools alone."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from gastown_tui.rehearsal.scenario import Step

_END = "END_OF_FILE_OF_THE_REHEARSAL"
_EDIT = (
    "import json, pathlib, sys; path, old, new = json.loads(sys.argv[1]); "
    "text = pathlib.Path(path).read_text(); assert text.count(old) == 1; pathlib.Path(path).write_text(text.replace(old, new))"
)
"""For CLIs that edit with patches of their own language, which a script need not speak."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call of an answer."""

    name: str
    input: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Act:
    """A step's act in plain words, before any CLI's."""

    kind: str
    """write | edit | read | search | shell | gt"""
    path: str = ""
    """As the script says it."""
    absolute: str = ""
    """The same from the root, when the working directory is known."""
    content: str = ""
    old: str = ""
    new: str = ""
    command: str = ""
    """What does it in a shell: for every act but a search, which has its own."""
    words: tuple[str, ...] = ()
    """Arguments of a gt act."""
    pattern: str = ""
    escalate: bool = False


_TITLES = {
    "write": "Write a file",
    "edit": "Edit a file",
    "read": "Read a file",
    "search": "Search",
    "shell": "Run a command",
    "gt": "Tell the town",
}
_ESCALATED = {"sandbox_permissions": "require_escalated", "justification": "It needs more than the sandbox gives."}


Fill = Callable[[_Act], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class _Tool:
    """How one tool of one CLI does an act. `needs` are parameters that tell it from another CLI's of the same name."""

    name: str
    acts: frozenset[str]
    fill: Fill
    needs: frozenset[str] = frozenset()


def _tool(name: str, acts: str, fill: Fill, needs: str = "") -> _Tool:
    return _Tool(name, frozenset(acts.split()), fill, frozenset(needs.split()))


_SHELL = "write edit read search shell gt"
TOOLS: Sequence[_Tool] = (
    # The built-in agent.
    _tool("write", "write", lambda a: {"path": a.path, "content": a.content}, "path content"),
    _tool("edit", "edit", lambda a: {"path": a.path, "old": a.old, "new": a.new}, "path old new"),
    _tool("edit", "edit", lambda a: {"path": a.path, "edits": [{"oldText": a.old, "newText": a.new}]}, "path edits"),
    _tool("read", "read", lambda a: {"path": a.path}, "path"),
    _tool("search", "search", lambda a: {"pattern": a.pattern}),
    _tool("gt", "gt", lambda a: {"arguments": list(a.words)}),
    _tool("shell", "shell gt", lambda a: {"command": a.command}),
    # Claude Code.
    _tool("Write", "write", lambda a: {"file_path": a.absolute, "content": a.content}),
    _tool("Edit", "edit", lambda a: {"file_path": a.absolute, "old_string": a.old, "new_string": a.new}),
    _tool("Read", "read", lambda a: {"file_path": a.absolute}),
    _tool("Bash", _SHELL, lambda a: {"command": a.command, "description": _TITLES[a.kind]}),
    # Copilot.
    _tool("create", "write", lambda a: {"path": a.absolute, "file_text": a.content}, "path file_text"),
    _tool("edit", "edit", lambda a: {"path": a.absolute, "old_str": a.old, "new_str": a.new}, "path old_str"),
    _tool("view", "read", lambda a: {"path": a.absolute}, "path"),
    # opencode.
    _tool("write", "write", lambda a: {"filePath": a.absolute, "content": a.content}, "filePath content"),
    _tool("edit", "edit", lambda a: {"filePath": a.absolute, "oldString": a.old, "newString": a.new}, "filePath oldString"),
    _tool("read", "read", lambda a: {"filePath": a.absolute}, "filePath"),
    _tool("bash", _SHELL, lambda a: {"command": a.command, "description": _TITLES[a.kind]}, "command description"),
    _tool("bash", _SHELL, lambda a: {"command": a.command}),
    # Gemini CLI.
    _tool("write_file", "write", lambda a: {"file_path": a.absolute, "content": a.content}),
    _tool(
        "replace",
        "edit",
        lambda a: {"file_path": a.absolute, "old_string": a.old, "new_string": a.new, "instruction": "Change it."},
    ),
    _tool("read_file", "read", lambda a: {"file_path": a.absolute}),
    _tool("run_shell_command", _SHELL, lambda a: {"command": a.command, "description": _TITLES[a.kind]}),
    # Codex: all through its shell.
    _tool("exec_command", _SHELL, lambda a: {"cmd": a.command, **(_ESCALATED if a.escalate else {})}),
    _tool("shell_command", _SHELL, lambda a: {"command": a.command}),
)
"""In the order in which they are tried: the first that is offered and can do the act does it."""


def tool_call(step: Step, content: str, tools: Mapping[str, frozenset[str]], directory: str, gt_command: str) -> ToolCall | None:
    """The call that does `step`, or None when it has no act or no offered tool can do it.

    Args:
        content: what a write step writes.
        tools: offered tool → its parameters; none when unknown, which fits every CLI.
        directory: joined to relative paths for CLIs that want absolute ones; "" leaves them.
        gt_command: how `gt` is called in a shell, for CLIs without a tool for it.
    """
    if step.call is not None:
        return ToolCall(step.call.tool, step.call.input)  # not every CLI lists all that it takes
    act = _act(step, content, directory, gt_command)
    if act is None:
        return None
    for tool in TOOLS:
        offered = tools.get(tool.name)
        if offered is not None and act.kind in tool.acts and (not offered or tool.needs <= offered):
            return ToolCall(tool.name, tool.fill(act))
    return None


def _act(step: Step, content: str, directory: str, gt_command: str) -> _Act | None:
    def absolute(path: str) -> str:
        return str(PurePosixPath(directory) / path) if directory else path

    if step.write:
        path = step.write.path
        parent = shlex.quote(str(PurePosixPath(path).parent))
        text = content if content.endswith("\n") else f"{content}\n"
        command = f"mkdir -p {parent} && cat > {shlex.quote(path)} <<'{_END}'\n{text}{_END}"
        return _Act("write", path, absolute(path), content, command=command)
    if step.edit:
        edit = step.edit
        command = shlex.join(["python3", "-c", _EDIT, json.dumps([edit.path, edit.old, edit.new])])
        return _Act("edit", edit.path, absolute(edit.path), old=edit.old, new=edit.new, command=command)
    if step.read is not None:
        return _Act("read", step.read, absolute(step.read), command=shlex.join(["cat", step.read]))
    if step.search is not None:
        return _Act("search", pattern=step.search, command=shlex.join(["git", "grep", "-n", "-e", step.search]))
    if step.shell is not None:
        return _Act("shell", command=step.shell, escalate=step.escalate)
    if step.gt is not None:
        words = gt_arguments(step.gt)
        return _Act("gt", words=tuple(words), command=f"{gt_command} {shlex.join(words)}")
    return None


def gt_arguments(value: str | list[str]) -> list[str]:
    """The argument list of a gt step; a string is split like a shell would, without running one."""
    return shlex.split(value) if isinstance(value, str) else list(value)
