"""Files: atomic writes, private directories, whole trees removed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from gastown_tui.core.errors import ConfigError, Unavailable

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700


def read_text(path: Path) -> str | None:
    """A settings file's text, without the byte order mark that some editors write; None when it is missing.

    Raises:
        ConfigError: it is not UTF-8.
        Unavailable: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text", hint="save it as UTF-8") from error
    except OSError as error:
        raise Unavailable(f"cannot read {path}: {error.strerror}") from error


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
