"""Named points between two steps at which a test may kill the supervisor, to see that the town converges.

A point does nothing unless GASTOWN_CRASH_AT names it. The name is remembered in the town, so that a restarted
supervisor with the same environment passes the point.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

VARIABLE = "GASTOWN_CRASH_AT"
POINTS: tuple[str, ...] = (
    "dispatch.before_claim",
    "dispatch.after_claim",
    "launch.after_preparing",
    "launch.after_worktree",
    "launch.after_session",
    "launch.after_starting",
    "end.before_kill",
    "end.after_kill",
    "end.after_save",
    "end.after_move",
    "return.after_remove",
    "merge.after_rebasing",
    "merge.after_rebase",
    "merge.after_gating",
    "merge.after_gates",
    "merge.after_landing_intent",
    "merge.after_ref",
    "merge.after_closed",
    "merge.after_cleanup",
)

MESSAGE_POINTS: tuple[str, ...] = (
    "message.after_intent",
    "message.after_paste",
    "message.after_pasted",
    "message.after_enter",
    "message.after_submitted",
)
"""Those on the way of a message that is typed; reached only where an agent does not pull."""


def crash_point(private: Path, name: str) -> None:
    """Kills this process with SIGKILL, once per town, when `name` is asked for.

    Args:
        private: the town's private directory, where the remembrance lies.
    """
    if os.environ.get(VARIABLE) != name:
        return
    mark = private / f"crashed-{name}"
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
