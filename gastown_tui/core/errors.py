"""The tree of errors that a person may see.

Every error carries a message (what), a hint (what to do next) and a code that the command line exits with.

    GastownError              1  failed
    ├─ UsageError             2  the call's words are wrong
    │  └─ ConfigError         2  a file's content is wrong; names file and key
    ├─ NotFound               3  no such rig, bead, agent …
    ├─ Conflict               4  lost a race, or the state moved meanwhile
    │  ├─ InvalidTransition   4  this state does not allow that step
    │  └─ UnprovenWork        4  would destroy work that is not proven to be elsewhere
    ├─ NotAllowed             4  the caller may not do that
    └─ Unavailable            5  something outside does not answer
       ├─ TmuxUnavailable     5
       ├─ LedgerUnavailable   5  locked, read-only, full disk, newer schema
       └─ GitFailed           5  a git command failed; carries its last lines
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of `gt` and `gastown`, the same in every verb."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    UNAVAILABLE = 5
    INTERRUPTED = 130


class GastownError(Exception):
    """Base of every error we raise: `message` says what, `hint` what to do next."""

    code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def line(self) -> str:
        """One plain line for stderr, a toast or a card."""
        text = f"{self.message} ({self.hint})" if self.hint else self.message
        return " ".join(text.split())


class UsageError(GastownError):
    """The words of the call are wrong."""

    code = ExitCode.USAGE


class ConfigError(UsageError):
    """A file that people edit has wrong content; the message names file and key or line."""


class NotFound(GastownError):
    """No such rig, bead, agent, convoy, message or request."""

    code = ExitCode.NOT_FOUND

    @classmethod
    def of(cls, kind: str, name: str, *, hint: str = "") -> NotFound:
        """The usual wording: `no bead called "gt-x1"`."""
        return cls(f'no {kind} called "{name}"', hint=hint)


class Conflict(GastownError):
    """Lost a race: somebody else holds it, or the state moved meanwhile."""

    code = ExitCode.CONFLICT


class InvalidTransition(Conflict):
    """The present state does not allow that step."""


class UnprovenWork(Conflict):
    """Refused because it would destroy work that is not proven to be elsewhere."""


class NotAllowed(GastownError):
    """The caller may not do that, for example an agent calling an overseer's verb."""

    code = ExitCode.CONFLICT


class Unavailable(GastownError):
    """Something outside does not answer, or cannot be written."""

    code = ExitCode.UNAVAILABLE


class TmuxUnavailable(Unavailable):
    """tmux is missing, too old, or does not answer. Never to be read as `no sessions`."""


class LedgerUnavailable(Unavailable):
    """The ledger is locked, read-only, on a full disk, or of a newer schema."""


class GitFailed(Unavailable):
    """A git command failed; `command` is its argument list, `tail` the end of what it printed."""

    def __init__(self, command: Sequence[str], tail: str, *, hint: str = "") -> None:
        self.command = tuple(command)
        self.tail = tail
        last = next((line.strip() for line in reversed(tail.splitlines()) if line.strip()), "no output")
        super().__init__(f"git {command[0] if command else ''} failed: {last}", hint=hint)
