"""States and their allowed transitions, as tables. The ledger refuses whatever is not listed here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from gastown_tui.core.errors import InvalidTransition


class BeadState(StrEnum):
    """`blocked` is not here: it is computed from dependencies (core.readiness)."""

    OPEN = "open"
    HOOKED = "hooked"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    CLOSED = "closed"
    DEFERRED = "deferred"
    NEEDS_HELP = "needs_help"


class BeadOutcome(StrEnum):
    """How a closed bead ended. Only `merged` and `accepted` release dependants as done; `dropped` releases them too."""

    MERGED = "merged"
    ACCEPTED = "accepted"
    DROPPED = "dropped"


class RunState(StrEnum):
    """One incarnation of an agent."""

    QUEUED = "queued"
    PREPARING = "preparing"
    STARTING = "starting"
    WORKING = "working"
    FINISHING = "finishing"
    SUCCEEDED = "succeeded"
    PAUSED = "paused"
    ESCALATED = "escalated"
    FAILED = "failed"
    LOST = "lost"
    CANCELLED = "cancelled"


class RunWish(StrEnum):
    """What is wanted of an active run; the supervisor makes it so. A polecat's bead goes back to the open ones on `stop`."""

    NONE = ""
    STOP = "stop"
    RESTART = "restart"
    """End it and start a new one; its conversation goes on where it can."""
    HANDOFF = "handoff"
    """The same once it rests, with an empty conversation: the agent's own wish."""


class MergeState(StrEnum):
    """`awaiting_approval` is a green merge under the dial `ask`; `drafted` is where the dial `draft` stops."""

    QUEUED = "queued"
    REBASING = "rebasing"
    GATING = "gating"
    AWAITING_APPROVAL = "awaiting_approval"
    LANDING = "landing"
    MERGED = "merged"
    DRAFTED = "drafted"
    CONFLICT = "conflict"
    GATE_FAILED = "gate_failed"
    REJECTED = "rejected"


class Dial(StrEnum):
    """How far work goes without a person: stop at a branch, land after approval, land when green."""

    DRAFT = "draft"
    ASK = "ask"
    AUTO = "auto"


class ConvoyState(StrEnum):
    """A convoy is landed when every bead in it is closed as merged or accepted (dropped ones do not count)."""

    OPEN = "open"
    LANDED = "landed"
    CANCELLED = "cancelled"


class RequestState(StrEnum):
    """A question to a person. `settled` means answered in the pane itself; `expired` that its run is gone."""

    OPEN = "open"
    ANSWERED = "answered"
    SETTLED = "settled"
    EXPIRED = "expired"


class DeliveryState(StrEnum):
    """Where a message to one receiver stands. `unproven` is never sent again by itself."""

    QUEUED = "queued"
    LEASED = "leased"
    PASTED = "pasted"
    SUBMITTED = "submitted"
    SEEN = "seen"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    FENCED = "fenced"
    UNPROVEN = "unproven"


class ReviewState(StrEnum):
    """A remark on a line of a diff: `draft` until its agent is told."""

    DRAFT = "draft"
    SENT = "sent"
    RESOLVED = "resolved"


class IntentState(StrEnum):
    """Journal: an intent is open until its act is proven done, proven not done, or given up."""

    OPEN = "open"
    DONE = "done"
    ABANDONED = "abandoned"


class IncidentState(StrEnum):
    """Something went wrong that a person may need to know."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


ACTIVE_RUN_STATES = frozenset({RunState.QUEUED, RunState.PREPARING, RunState.STARTING, RunState.WORKING, RunState.FINISHING})
ENDED_RUN_STATES = frozenset(RunState) - ACTIVE_RUN_STATES
LANE_STATES = frozenset({MergeState.QUEUED, MergeState.REBASING, MergeState.GATING, MergeState.LANDING})
"""Merge states in which the refinery has something to do."""
OPEN_MERGE_STATES = LANE_STATES | {MergeState.AWAITING_APPROVAL}

B, R, M = BeadState, RunState, MergeState
BEAD_TRANSITIONS: Mapping[BeadState, frozenset[BeadState]] = {
    B.OPEN: frozenset({B.HOOKED, B.CLOSED, B.DEFERRED, B.NEEDS_HELP}),
    B.HOOKED: frozenset({B.IN_PROGRESS, B.OPEN, B.SUBMITTED, B.CLOSED, B.NEEDS_HELP}),
    B.IN_PROGRESS: frozenset({B.SUBMITTED, B.OPEN, B.CLOSED, B.NEEDS_HELP}),
    B.SUBMITTED: frozenset({B.CLOSED, B.OPEN, B.NEEDS_HELP}),
    B.CLOSED: frozenset({B.OPEN}),
    B.DEFERRED: frozenset({B.OPEN, B.CLOSED}),
    B.NEEDS_HELP: frozenset({B.OPEN, B.CLOSED, B.DEFERRED}),
}
_ENDINGS = frozenset({R.PAUSED, R.ESCALATED, R.FAILED, R.LOST, R.CANCELLED})
RUN_TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    R.QUEUED: frozenset({R.PREPARING}) | _ENDINGS,
    R.PREPARING: frozenset({R.STARTING}) | _ENDINGS,
    R.STARTING: frozenset({R.WORKING, R.FINISHING}) | _ENDINGS,
    R.WORKING: frozenset({R.FINISHING}) | _ENDINGS,
    R.FINISHING: frozenset({R.SUCCEEDED}) | _ENDINGS,
    **{state: frozenset() for state in (_ENDINGS | {R.SUCCEEDED})},
}
MERGE_TRANSITIONS: Mapping[MergeState, frozenset[MergeState]] = {
    M.QUEUED: frozenset({M.REBASING, M.REJECTED}),
    M.REBASING: frozenset({M.GATING, M.CONFLICT, M.QUEUED, M.REJECTED}),
    M.GATING: frozenset({M.LANDING, M.AWAITING_APPROVAL, M.DRAFTED, M.GATE_FAILED, M.QUEUED, M.REJECTED}),
    M.AWAITING_APPROVAL: frozenset({M.LANDING, M.QUEUED, M.REJECTED}),
    M.LANDING: frozenset({M.MERGED, M.QUEUED}),
    M.DRAFTED: frozenset({M.QUEUED, M.REJECTED}),
    M.CONFLICT: frozenset({M.QUEUED, M.REJECTED}),
    M.GATE_FAILED: frozenset({M.QUEUED, M.REJECTED}),
    M.REJECTED: frozenset({M.QUEUED}),
    M.MERGED: frozenset(),
}
D = DeliveryState
_SETTLED = (D.SEEN, D.FAILED, D.EXPIRED, D.SUPERSEDED, D.FENCED)
DELIVERY_TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    D.QUEUED: frozenset(D) - {D.QUEUED},
    D.LEASED: frozenset(D) - {D.LEASED},
    D.PASTED: frozenset({D.SUBMITTED, D.SEEN, D.FAILED, D.UNPROVEN}),
    D.SUBMITTED: frozenset({D.SEEN, D.FAILED, D.UNPROVEN}),
    D.UNPROVEN: frozenset({D.SEEN}),
    **{
        state: frozenset()
        for state in (
            D.SEEN,
            D.FAILED,
            D.EXPIRED,
            D.SUPERSEDED,
            D.FENCED,
        )
    },
}

State = TypeVar("State", bound=StrEnum)


def check_transition(what: str, table: Mapping[State, frozenset[State]], old: State, new: State) -> None:
    """Raises InvalidTransition when `table` does not allow `old` → `new` for the thing called `what`."""
    if new not in table[old]:
        raise InvalidTransition(f"{what} is {old.value} and cannot become {new.value}")
