"""Files: atomic writes, private directories, and reading the end of a growing JSONL file."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from gastown_tui.core.errors import Unavailable

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700


def private_directory(path: Path) -> Path:
    """Makes `path` (and its parents) when missing, and its mode 0700.

    Raises:
        Unavailable: when it cannot be made, is not a directory, or belongs to somebody else.
    """
    try:
        path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        facts = path.lstat()
        if facts.st_uid != os.getuid() or path.is_symlink():
            raise Unavailable(f"{path} belongs to somebody else", hint="remove it, then try again")
        if facts.st_mode & 0o777 != PRIVATE_DIRECTORY:
            path.chmod(PRIVATE_DIRECTORY)
    except OSError as error:
        raise Unavailable(f"cannot make the directory {path}: {error.strerror}") from error
    return path


def remove_tree(path: Path) -> None:
    """Removes a directory with all that is in it, read-only directories too; harmless when it is gone.

    Raises:
        Unavailable: something in it cannot be removed.
    """
    shutil.rmtree(path, ignore_errors=True)
    if not os.path.lexists(path):
        return
    # Build tools leave read-only directories (Go's module cache), whose entries cannot be removed.
    for place, _, _ in os.walk(path):
        if not Path(place).is_symlink():
            Path(place).chmod(PRIVATE_DIRECTORY)
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        pass  # somebody else removed the rest
    except OSError as error:
        raise Unavailable(f"cannot remove {path}: {error.strerror}") from error


def write_atomic(path: Path, content: str | bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Replaces `path` at once: a reader sees the old content or the new one, also after a crash.

    Raises:
        Unavailable: read-only directory, full disk …; then `path` is as it was.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with open(descriptor, "wb") as stream:
            os.fchmod(descriptor, mode)
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise Unavailable(f"cannot write {path}: {error.strerror}") from error


def read_json(path: Path) -> dict[str, object] | None:
    """The object in a JSON file; None when the file is missing, unreadable or holds something else."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


@dataclass(slots=True)
class TailReader:
    """Reads what was added to a JSONL file since the last call.

    Survives what other programs do to their files: it does not exist yet, is truncated, is replaced by another file,
    ends in half a line, holds lines that are not JSON objects.
    """

    path: Path
    first_bytes: int | None = None
    """On the first read of an existing file start at most this far before its end; None: at its start."""
    limit: int = 4 * 1024 * 1024
    """Bytes taken at one call, and the longest line that is kept."""
    garbage: int = 0
    """Lines so far that were no JSON objects."""
    _file: tuple[int, int] | None = field(default=None, repr=False)
    _offset: int = field(default=0, repr=False)
    _rest: bytes = field(default=b"", repr=False)

    def read(self) -> list[dict[str, object]]:
        """New complete lines as objects, oldest first; an unreadable file gives none."""
        try:
            with open(self.path, "rb") as stream:
                facts = os.fstat(stream.fileno())
                self._place(facts)
                stream.seek(self._offset)
                data = stream.read(self.limit)
        except OSError:
            return []
        self._offset += len(data)
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest if len(rest) <= self.limit else b""
        return [value for line in lines if (value := self._parse(line)) is not None]

    def _place(self, facts: os.stat_result) -> None:
        file = (facts.st_dev, facts.st_ino)
        if file == self._file and facts.st_size >= self._offset:
            return
        is_first = self._file is None
        self._file, self._offset, self._rest = file, 0, b""
        if is_first and self.first_bytes is not None:
            self._offset = max(0, facts.st_size - self.first_bytes)

    def _parse(self, line: bytes) -> dict[str, object] | None:
        if not line.strip():
            return None
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if isinstance(value, dict):
            return value
        self.garbage += 1
        return None
