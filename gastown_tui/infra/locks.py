"""One holder at a time: `flock`, with a record of who holds it.

The lock is the kernel's and goes with its process; the record only names the holder. So a record without a lock is
stale, and never a reason to wait.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from gastown_tui.core.errors import Conflict, Unavailable
from gastown_tui.infra.files import PRIVATE_FILE
from gastown_tui.infra.identity import ProcessKey, boot_id, is_alive, start_time


@dataclass(frozen=True, slots=True)
class Holder:
    """Who wrote the record of a lock."""

    pid: int
    started: float
    boot: str
    is_held: bool
    """The kernel's lock is held now. Without it the record is stale."""

    @property
    def key(self) -> ProcessKey:
        return ProcessKey(self.pid, self.started)

    def is_alive(self) -> bool | None:
        """Whether the recorded process lives; None when unknown."""
        return is_alive(self.pid, self.started) if self.boot == boot_id() else False


class Lock:
    """An exclusive lock on a file, held until `release` or the end of the process (also of a killed one)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool = False) -> None:
        """Takes the lock and writes our record.

        Raises:
            Conflict: somebody else holds it (only without `wait`).
            Unavailable: the file cannot be made.
        """
        try:
            # Never removed and never replaced: two processes must not lock two files of one name.
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        except OSError as error:
            raise Unavailable(f"cannot open the lock {self.path}: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            record = {"pid": os.getpid(), "started": start_time(os.getpid()) or 0.0, "boot": boot_id()}
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(record).encode(), 0)
        except BlockingIOError as error:
            os.close(descriptor)
            raise Conflict(f"{self.path.name} is held by another process") from error
        except OSError as error:
            os.close(descriptor)
            raise Unavailable(f"cannot lock {self.path}: {error.strerror}") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Gives the lock back; harmless when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def is_in_place(self) -> bool:
        """Whether the file at the path is still the one we hold; not so once its directory was deleted or made anew."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True  # unreadable is not gone

    def __enter__(self) -> Self:
        if self._descriptor is None:
            self.acquire(wait=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def holder(path: Path) -> Holder | None:
    """Who holds the lock at `path`, or whose stale record is in it; None when nobody ever took it."""
    try:
        with open(path, "rb") as stream:
            is_held = False
            try:
                # Shared, so that two callers who only look do not take each other for a holder.
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                is_held = True
            record = json.loads(stream.read() or b"null")
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        record = None
    if not isinstance(record, dict):
        return Holder(0, 0.0, "", True) if is_held else None
    return Holder(int(record.get("pid", 0)), float(record.get("started", 0.0)), str(record.get("boot", "")), is_held)
