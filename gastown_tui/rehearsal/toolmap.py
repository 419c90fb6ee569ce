"""Maps a script's acts to the tools that the asking CLI offers: the built-in agent's, or Claude Code's."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from gastown_tui.rehearsal.scenario import Step


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call of an answer."""

    name: str
    input: Mapping[str, object]


def tool_call(step: Step, content: str, tools: frozenset[str], directory: str, gt_command: str) -> ToolCall | None:
    """The call that does `step`, or None when it has no act or no offered tool can do it.

    Args:
        content: what a write step writes.
        directory: joined to relative paths for CLIs that want absolute ones; "" leaves them.
        gt_command: how `gt` is called in a shell, for CLIs without a tool for it.
    """
    call = _builtin(step, content) if "shell" in tools or "gt" in tools else _claude(step, content, directory, gt_command)
    return call if call is not None and call.name in tools else None


def _builtin(step: Step, content: str) -> ToolCall | None:
    if step.write:
        return ToolCall("write", {"path": step.write.path, "content": content})
    if step.edit:
        return ToolCall("edit", {"path": step.edit.path, "old": step.edit.old, "new": step.edit.new})
    if step.read is not None:
        return ToolCall("read", {"path": step.read})
    if step.search is not None:
        return ToolCall("search", {"pattern": step.search})
    if step.shell is not None:
        return ToolCall("shell", {"command": step.shell})
    if step.gt is not None:
        return ToolCall("gt", {"arguments": gt_arguments(step.gt)})
    return None


def _claude(step: Step, content: str, directory: str, gt_command: str) -> ToolCall | None:
    def absolute(path: str) -> str:
        return str(PurePosixPath(directory) / path) if directory else path

    if step.write:
        return ToolCall("Write", {"file_path": absolute(step.write.path), "content": content})
    if step.edit:
        return ToolCall(
            "Edit",
            {"file_path": absolute(step.edit.path), "old_string": step.edit.old, "new_string": step.edit.new},
        )
    if step.read is not None:
        return ToolCall("Read", {"file_path": absolute(step.read)})
    if step.search is not None:
        return ToolCall("Bash", {"command": shlex.join(["git", "grep", "-n", "-e", step.search]), "description": "Search"})
    if step.shell is not None:
        return ToolCall("Bash", {"command": step.shell, "description": "Run a command"})
    if step.gt is not None:
        return ToolCall("Bash", {"command": f"{gt_command} {shlex.join(gt_arguments(step.gt))}", "description": "Tell the town"})
    return None


def gt_arguments(value: str | list[str]) -> list[str]:
    """The argument list of a gt step; a string is split like a shell would, without running one."""
    return shlex.split(value) if isinstance(value, str) else list(value)
