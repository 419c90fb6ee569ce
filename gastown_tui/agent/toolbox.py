"""The tools that the model is offered, and how each is run."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.agent import files, policy, process
from gastown_tui.agent.files import ToolError

Json = dict[str, object]
SHELL_LIMIT = 120.0
LONGEST_SHELL_LIMIT = 900.0
GT_LIMIT = 120.0
SEARCH_LIMIT = 30.0


def _schema(name: str, description: str, required: list[str], **properties: Json) -> Json:
    return {
        "name": name,
        "description": description,
        "input_schema": {"type": "object", "properties": properties, "required": required, "additionalProperties": False},
    }


def _text(description: str) -> Json:
    return {"type": "string", "description": description}


def _number(description: str) -> Json:
    return {"type": "integer", "description": description}


_PATH = _text("Path, relative to the working directory or absolute.")
READ = _schema(
    "read",
    "Read a text file with line numbers.",
    ["path"],
    path=_PATH,
    offset=_number("First line, from 1."),
    limit=_number("How many lines."),
)
SEARCH = _schema(
    "search",
    "Find lines that match a regular expression in the files below a directory.",
    ["pattern"],
    pattern=_text("Python regular expression."),
    path=_text("Where to look; the working directory when left out."),
    glob=_text("Only files with such a name, for example *.py."),
)
WRITE = _schema(
    "write", "Create a file or replace it whole.", ["path", "content"], path=_PATH, content=_text("The whole new content.")
)
EDIT = _schema(
    "edit",
    "Replace text in a file. The old text must be there exactly once, unless all is set.",
    ["path", "old", "new"],
    path=_PATH,
    old=_text("Exact text to replace, without line numbers."),
    new=_text("Text to put there."),
    all={"type": "boolean", "description": "Replace every place."},
)
SHELL = _schema(
    "shell",
    "Run a command with sh in the working directory. No input, output and errors together; it is ended at its time limit.",
    ["command"],
    command=_text("The command."),
    timeout=_number(f"Seconds, {int(SHELL_LIMIT)} when left out."),
)
GT = _schema(
    "gt",
    "Talk to the town: run gt with these arguments, for example ['prime'], ['done'], ['mail', 'send', 'mayor', '-m', 'text'].",
    ["arguments"],
    arguments={"type": "array", "items": {"type": "string"}, "description": "Arguments, one string each."},
)
KITS: Mapping[str, tuple[Json, ...]] = {"full": (READ, SEARCH, WRITE, EDIT, SHELL, GT), "town": (READ, SEARCH, GT)}
"""`town` is for agents that must not touch code: the mayor."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the model gets back."""

    text: str
    is_error: bool = False


class Toolbox:
    """Tools bound to a working directory and an environment."""

    def __init__(self, kit: str, directory: str, environment: Mapping[str, str]) -> None:
        self.directory = directory
        self._environment = dict(environment)
        gt = environment.get("GT") or shutil.which("gt", path=environment.get("PATH")) or ""
        self._gt = gt
        self.schemas: list[Json] = [tool for tool in KITS[kit] if tool["name"] != "gt" or gt]
        """Outside a town, and without a gt to call, there is no such tool."""

    def knows(self, name: str) -> bool:
        return any(tool["name"] == name for tool in self.schemas)

    async def run(self, name: str, arguments: Mapping[str, object]) -> ToolResult:
        """Runs a tool; everything that goes wrong becomes a result for the model."""
        try:
            if not self.knows(name):
                raise ToolError(f"there is no tool called {name}")
            return await self._run(name, arguments)
        except ToolError as error:
            return ToolResult(str(error), is_error=True)
        except OSError as error:
            return ToolResult(f"{name} failed: {error.strerror}", is_error=True)
        except ValueError as error:
            # NUL bytes and lone surrogates cannot be given to a program or a file.
            return ToolResult(f"{name} failed: {error}", is_error=True)

    async def _run(self, name: str, arguments: Mapping[str, object]) -> ToolResult:
        match name:
            case "read":
                path = self._path(arguments)
                offset, count = _int(arguments, "offset", 1), _int(arguments, "limit", files.READ_LINES)
                return ToolResult(await asyncio.to_thread(files.read_file, path, offset, count))
            case "search":
                root = policy.resolve(self.directory, _str(arguments, "path", "."))
                words = [root, _str(arguments, "pattern"), _str(arguments, "glob", "")]
                # A process of its own: some expressions take for ever, and a thread cannot be ended.
                return await self._program([sys.executable, "-I", files.__file__, *words], SEARCH_LIMIT)
            case "write":
                written = await asyncio.to_thread(files.write_file, self._path(arguments), _str(arguments, "content"))
                return ToolResult(self._short(written))
            case "edit":
                old, new = _str(arguments, "old"), _str(arguments, "new")
                every = arguments.get("all") is True
                edited = await asyncio.to_thread(files.edit_file, self._path(arguments), old, new, every=every)
                return ToolResult(self._short(edited))
            case "shell":
                limit = min(LONGEST_SHELL_LIMIT, float(max(1, _int(arguments, "timeout", int(SHELL_LIMIT)))))
                return await self._program(["/bin/sh", "-c", _str(arguments, "command")], limit)
            case _:
                return await self._program([self._gt, *_strings(arguments, "arguments")], GT_LIMIT)

    async def _program(self, arguments: list[str], limit: float) -> ToolResult:
        outcome = await process.run(arguments, directory=self.directory, environment=self._environment, limit=limit)
        text = outcome.output.rstrip("\n")
        if outcome.timed_out:
            return ToolResult(f"{text}\n[ended at its time limit of {limit:.0f} s]".lstrip(), is_error=True)
        if outcome.status:
            return ToolResult(f"{text}\n[exit status {outcome.status}]".lstrip(), is_error=True)
        return ToolResult(text or "[no output]")

    def _short(self, text: str) -> str:
        """Paths below the working directory as the agent knows them."""
        return text.replace(f"{self.directory}/", "")

    def _path(self, arguments: Mapping[str, object]) -> Path:
        given = _str(arguments, "path")
        if not given or "\0" in given:
            raise ToolError("path must name a file")
        return Path(policy.resolve(self.directory, given))


def summary(name: str, arguments: Mapping[str, object]) -> str:
    """One short line about a call, for the screen. Foreign text."""
    if name == "gt":
        words = arguments.get("arguments")
        return " ".join(str(word) for word in words) if isinstance(words, list) else ""
    value = arguments.get({"shell": "command", "search": "pattern"}.get(name, "path"), "")
    return " ".join(str(value).split())[:200]


def detail(name: str, arguments: Mapping[str, object]) -> str:
    """The whole of what a call would do, for a permission question. Foreign text."""
    if name == "write":
        return f"{arguments.get('path', '')}\n\n{arguments.get('content', '')}"
    if name == "edit":
        old, new = str(arguments.get("old", "")), str(arguments.get("new", ""))
        lines = [f"- {line}" for line in old.splitlines()] + [f"+ {line}" for line in new.splitlines()]
        return "\n".join([str(arguments.get("path", "")), "", *lines])
    return str(arguments.get("command", "")) if name == "shell" else summary(name, arguments)


def _str(arguments: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = arguments.get(key, default)
    if not isinstance(value, str):
        raise ToolError(f"{key} must be a string")
    return value


def _int(arguments: Mapping[str, object], key: str, default: int) -> int:
    value = arguments.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ToolError(f"{key} must be a whole number")
    return value


def _strings(arguments: Mapping[str, object], key: str) -> list[str]:
    value = arguments.get(key)
    if not isinstance(value, list) or not all(isinstance(word, str) and "\0" not in word for word in value):
        raise ToolError(f"{key} must be a list of strings")
    return [str(word) for word in value]
