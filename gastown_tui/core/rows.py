"""The ledger's records as frozen dataclasses. Times are Unix seconds (wall clock), durations seconds.

Field names equal column names, in column order, so that a row becomes a dataclass without a map.
"""

from __future__ import annotations

from dataclasses import dataclass

from gastown_tui.core.states import (
    BeadOutcome,
    BeadState,
    ConvoyState,
    DeliveryState,
    Dial,
    IncidentState,
    IntentState,
    MergeState,
    RequestState,
    ReviewState,
    RunState,
    RunWish,
)


@dataclass(frozen=True, slots=True)
class Rig:
    """A project. `target` is the branch that the merge lane lands on, inside the rig's own bare repository."""

    name: str
    prefix: str
    origin: str
    """Path or URL that the rig was made from; "" when it has none."""
    target: str
    dial: Dial
    max_polecats: int
    state: str
    """active | parked"""
    created_at: float


@dataclass(frozen=True, slots=True)
class Bead:
    """A piece of work."""

    id: str
    rig: str
    title: str
    description: str
    acceptance: str
    kind: str
    priority: int
    """0 (most urgent) to 4."""
    state: BeadState
    outcome: BeadOutcome | None
    close_reason: str
    assignee: str
    """Address of the agent whose hook holds it, else ""."""
    slung_to: str
    """Where it was slung: `RIG/polecats` (any polecat of the rig) or one agent's address; "" when it was not."""
    slung_at: float | None
    dial: Dial | None
    """Overrides the rig's dial."""
    created_by: str
    created_at: float
    updated_at: float
    started_at: float | None
    closed_at: float | None
    defer_until: float | None
    attempts: int
    """Failed runs and returned merges since a person last acted."""
    extra: str
    """JSON object of interchange keys that we do not know, kept for export."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """`bead` needs `target`. Only some kinds block (core.readiness)."""

    bead: str
    target: str
    kind: str
    created_by: str
    created_at: float
    metadata: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on a bead."""

    id: int
    bead: str
    author: str
    text: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Agent:
    """A lasting identity. `wanted` is what a person or the scheduler asked for: running | stopped."""

    address: str
    role: str
    rig: str
    name: str
    driver: str
    wanted: str
    created_at: float
    epoch: int
    """Grows by one whenever its conversation starts anew."""


@dataclass(frozen=True, slots=True)
class Run:
    """One incarnation of an agent. `token` proves that a session, message or answer is this run's."""

    id: str
    agent: str
    bead: str
    """"" for agents without a bead (mayor, crew)."""
    attempt: int
    state: RunState
    reason: str
    token: str
    epoch: int
    driver: str
    conversation: str
    session: str
    pane: str
    worktree: str
    branch: str
    base: str
    head: str
    save_ref: str
    pid: int | None
    pid_started: float | None
    boot_id: str
    created_at: float
    started_at: float | None
    ready_at: float | None
    ended_at: float | None
    exit_status: int | None
    exit_signal: int | None
    wish: RunWish = RunWish.NONE


@dataclass(frozen=True, slots=True)
class ReviewComment:
    """A remark on one line of what a bead's work changes. `quoted` is that line's text: it finds the line in the next round."""

    id: int
    bead: str
    merge: int
    """The submission that was read when it was written."""
    path: str
    line: int
    side: str
    """new | old: whose line number `line` is."""
    quoted: str
    body: str
    author: str
    state: ReviewState
    created_at: float


@dataclass(frozen=True, slots=True)
class Merge:
    """One submission on its way to the target branch."""

    id: int
    rig: str
    bead: str
    run: str
    agent: str
    branch: str
    state: MergeState
    submitted_head: str
    rebased_head: str
    gated_tree: str
    target_before: str
    target_after: str
    attempt: int
    """Grows with every try of the lane; names the disposable worktree."""
    detail: str
    log: str
    """Path of the gate log below the town, "" when none was run."""
    approved_by: str
    approved_at: float | None
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class Convoy:
    """A batch of beads watched together."""

    id: str
    title: str
    state: ConvoyState
    owner: str
    created_at: float
    closed_at: float | None


@dataclass(frozen=True, slots=True)
class Message:
    """Mail or a nudge. Foreign text."""

    id: str
    sender: str
    subject: str
    body: str
    kind: str
    """mail | nudge | say (the overseer's words to the mayor, or another composer) | interrupt (the same, and the receiver's
    turn is ended for them)."""
    thread: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one receiver."""

    message: str
    receiver: str
    state: DeliveryState
    detail: str
    run: str
    """The run that it was given to; fences it against a later one."""
    updated_at: float
    read_at: float | None


@dataclass(frozen=True, slots=True)
class Request:
    """A question to a person. `options` is a JSON list of {"key", "label"}; `answer` one of the keys."""

    id: str
    kind: str
    """permission | question | plan | trust | approval | help"""
    agent: str
    run: str
    bead: str
    title: str
    detail: str
    directory: str
    options: str
    fingerprint: str
    state: RequestState
    answer: str
    answer_text: str
    answered_by: str
    created_at: float
    answered_at: float | None
    channel: str = ""
    """How an answer reaches whoever asked: `row` (a process waits on this row), `pane` (the supervisor types the option's
    keys), "" (nobody waits, or only its own pane can take an answer)."""
    proof: str = ""
    """What became of typed keys: "" | pressing | pressed | taken | unproven | changed (core.requests)."""
    subject: str = "{}"
    """JSON object: the tool and its input, the questions; what risk is judged by (core.requests)."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that went wrong, deduplicated by (kind, subject)."""

    id: int
    kind: str
    subject: str
    severity: str
    """low | medium | high | critical"""
    state: IncidentState
    detail: str
    count: int
    first_at: float
    last_at: float
    acknowledged_by: str


@dataclass(frozen=True, slots=True)
class Note:
    """Text kept for later: a handoff, a gate log excerpt for the next run, a memory."""

    id: int
    scope: str
    """A bead id, an agent address or a rig name."""
    kind: str
    """handoff | fix (why a submission came back) | lost (a run ended before it handed in) | memory"""
    text: str
    author: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Event:
    """One line of what happened, written in the transaction of the change it tells of."""

    seq: int
    at: float
    kind: str
    """Dotted: `bead.closed`, `run.started`, `merge.landed` …"""
    actor: str
    subject: str
    rig: str
    bead: str
    run: str
    data: str
    """JSON object."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Journal entry: an act on the world, committed before it is done. `key` is unique among open intents."""

    id: int
    kind: str
    key: str
    expected: str
    intended: str
    """JSON object with what a probe needs."""
    state: IntentState
    result: str
    created_at: float
    settled_at: float | None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one model answer (or a sum of them)."""

    run: str
    model: str
    input: int
    output: int
    cache_read: int
    cache_write: int
    calls: int
    cache_hour: int = 0
    """Of `cache_write`, what is kept for an hour."""
