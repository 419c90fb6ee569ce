"""The agent's file tools: read, write, edit, search. Whether a call may run is policy.py's to say, not theirs.

Run as a program it searches: `files.py ROOT PATTERN GLOB`. So it imports nothing but the standard library.
"""

from __future__ import annotations

import fnmatch
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

READ_LINES = 2_000
LINE_LIMIT = 2_000
READ_BYTES = 10 * 1024 * 1024
SEARCH_MATCHES = 200
SEARCH_BYTES = 2 * 1024 * 1024
"""Larger files are hardly sources."""
_SKIPPED = frozenset(
    {".git", "node_modules", ".venv", "venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "target"}
)


class ToolError(Exception):
    """A tool could not do its work; the text is for the model."""


def read_file(path: Path, offset: int = 1, limit: int = READ_LINES) -> str:
    """Numbered lines from line `offset` on."""
    text = _text_of(path)
    lines = text.splitlines()
    first = max(1, offset)
    shown = lines[first - 1 : first - 1 + max(1, limit)]
    out = [f"{number:>6}\t{line[:LINE_LIMIT]}" for number, line in enumerate(shown, first)]
    left = len(lines) - (first - 1) - len(shown)
    if left > 0:
        out.append(f"[… {left} more lines; read on with offset {first + len(shown)}]")
    return "\n".join(out) if out else "[the file is empty]" if not lines else f"[the file has only {len(lines)} lines]"


def write_file(path: Path, content: str) -> str:
    """Creates or replaces a file whole, with its directories."""
    if path.is_dir():
        raise ToolError(f"{path} is a directory")
    existed = path.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as error:
        raise ToolError(f"cannot write {path}: {error.strerror}") from error
    return f"{'Replaced' if existed else 'Created'} {path} ({len(content.splitlines())} lines)."


def edit_file(path: Path, old: str, new: str, *, every: bool = False) -> str:
    """Replaces `old`, which must be there exactly once unless `every` is set."""
    text = _text_of(path)
    found = text.count(old) if old else 0
    if not found:
        raise ToolError(f"the old text is not in {path}; read the file and copy it exactly")
    if found > 1 and not every:
        raise ToolError(f"the old text is {found} times in {path}; give more lines around it, or set all")
    try:
        _replace(path, text.replace(old, new))
    except OSError as error:
        raise ToolError(f"cannot write {path}: {error.strerror}") from error
    return f"Replaced {found} place{'s' if found > 1 else ''} in {path}."


def search(root: Path, pattern: str, glob: str = "") -> str:
    """Lines that match a regular expression below `root`, as path:line:text."""
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ToolError(f"not a regular expression: {error}") from error
    if not root.exists():
        raise ToolError(f"no such file or directory: {root}")
    matches: list[str] = []
    for path in _files(root):
        name = str(path.relative_to(root)) if path != root else path.name
        if glob and not (fnmatch.fnmatch(name, glob) or fnmatch.fnmatch(path.name, glob)):
            continue
        for number, line in enumerate(_lines_of(path), 1):
            if expression.search(line):
                matches.append(f"{name}:{number}:{line[:120]}")
            if len(matches) >= SEARCH_MATCHES:
                return "\n".join([*matches, f"[… stopped at {SEARCH_MATCHES} matches]"])
    return "\n".join(matches) or "[no match]"


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for directory, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in _SKIPPED)
        for file in sorted(files):
            yield Path(directory) / file


def _lines_of(path: Path) -> list[str]:
    """Lines of a text file; none for what is large, binary, no plain file or unreadable."""
    try:
        if not path.is_file() or path.stat().st_size > SEARCH_BYTES:
            return []
        data = path.read_bytes()
    except OSError:
        return []
    return [] if b"\0" in data[:8_192] else data.decode("utf-8", "replace").splitlines()


def _text_of(path: Path) -> str:
    try:
        if path.is_dir():
            raise ToolError(f"{path} is a directory: {', '.join(sorted(entry.name for entry in path.iterdir())[:100]) or 'empty'}")
        if path.exists() and not path.is_file():
            raise ToolError(f"{path} is no plain file")
        if path.stat().st_size > READ_BYTES:
            raise ToolError(f"{path} is larger than {READ_BYTES} bytes; use the shell to look at parts")
        data = path.read_bytes()
    except OSError as error:
        raise ToolError(f"cannot read {path}: {error.strerror}") from error
    if b"\0" in data[:8_192]:
        raise ToolError(f"{path} is not text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ToolError(f"{path} is not UTF-8 text") from error


def _replace(path: Path, content: str) -> None:
    """Whole or not at all, keeping the mode of what was there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    mode = path.stat().st_mode & 0o7777 if path.exists() else None
    try:
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            file.write(content)
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    try:
        sys.stdout.write(search(Path(sys.argv[1]), sys.argv[2], sys.argv[3]) + "\n")
    except ToolError as error:
        sys.exit(str(error))
