"""The town as one immutable picture, for the console, `gt status` and the mayor.

Built by `services.snapshot` from the ledger, the telemetry and one listing of all panes. Equal parts compare equal,
so that a reader can skip what did not change.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gastown_tui.core.evidence import Light, StateVerdict
from gastown_tui.core.rows import Bead, Event, Incident, Merge, Request
from gastown_tui.core.states import ConvoyState, DeliveryState, Dial
from gastown_tui.core.usage import NOTHING_SPENT, Spent


@dataclass(frozen=True, slots=True)
class PaneFact:
    """One tmux pane of ours, as tmux tells it. Strings are foreign text."""

    pane: str
    window: str
    session: str
    agent: str
    """From the session's @gt_agent option, like run and token."""
    run: str
    token: str
    pid: int
    dead: bool
    exit_status: int | None
    exit_signal: int | None
    title: str
    command: str
    width: int
    height: int
    last_activity: float
    """tmux's window_activity: the last output, whole seconds."""
    in_mode: bool
    """Copy mode or another mode is on: typed text would be lost."""
    attached: bool
    """A person's client is attached to the agent's session."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a run's transcript says. Strings are foreign text; times are Unix seconds, 0.0 when nothing was said yet."""

    run: str
    at: float = 0.0
    """When its newest record was read."""
    model: str = ""
    context: int = 0
    """Tokens that its conversation holds."""
    window: int = 0
    """Tokens that it may hold, 0 when that is not known."""
    context_at: float = 0.0
    said: str = ""
    """The agent's last words, cut."""
    said_at: float = 0.0
    state: str = ""
    """What its newest record says about its state (AgentState), "" for nothing."""
    detail: str = ""
    rule: str = ""
    state_at: float = 0.0
    skipped: int = 0
    """Records that could not be read."""

    @property
    def fill(self) -> float | None:
        """Share of the context in use, None when it is not known."""
        return self.context / self.window if self.context and self.window else None


@dataclass(frozen=True, slots=True)
class AgentView:
    """One agent as a front end shows it."""

    address: str
    role: str
    rig: str
    name: str
    driver: str
    verdict: StateVerdict
    run: str = ""
    run_state: str = ""
    bead: str = ""
    bead_title: str = ""
    pane: str = ""
    window: str = ""
    session: str = ""
    branch: str = ""
    worktree: str = ""
    token: str = ""
    attached: bool = False
    spent: Spent | None = None
    """What its run has used and what that cost."""
    digest: Digest | None = None
    """What its transcript says."""
    request: str = ""
    """Id of its oldest open request, "" when none."""


@dataclass(frozen=True, slots=True)
class ConvoyView:
    """A convoy with its progress."""

    id: str
    title: str
    state: ConvoyState
    total: int
    landed: int
    """Closed as merged or accepted."""
    working: int
    waiting: int
    """Not ready: waits for another bead or a person."""
    needs: str = ""
    """Name of an agent of this convoy that waits for a person, "" when none."""
    beads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RigView:
    """A rig with its dial and its counts."""

    name: str
    prefix: str
    target: str
    dial: Dial
    state: str
    max_polecats: int
    ready: int
    open: int
    origin: str


@dataclass(frozen=True, slots=True)
class SupervisorView:
    """Whether the supervisor lives: `up`, `down`, `hung` (lock held, heartbeat stale) or `unknown`."""

    state: str
    heartbeat_at: float | None
    pid: int | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The overseer's words to one agent, and how far they got."""

    message: str
    receiver: str
    kind: str
    words: str
    """Their beginning. Foreign text."""
    state: DeliveryState
    detail: str
    sent_at: float
    at: float
    """Since when it is in that state."""


@dataclass(frozen=True, slots=True)
class RuleUse:
    """One application of a standing rule."""

    at: float
    agent: str
    run: str
    rule: str
    verdict: str
    what: str
    """The tool call in one line. Foreign text."""


@dataclass(frozen=True, slots=True)
class TownSnapshot:
    """Everything a front end needs for one picture of the town."""

    root: str
    taken_at: float
    supervisor: SupervisorView
    wanted: str
    """up | paused | down"""
    is_estopped: bool
    is_rehearsal: bool
    """The model is scripted, and the screen must say so."""
    rigs: tuple[RigView, ...] = ()
    agents: tuple[AgentView, ...] = ()
    requests: tuple[Request, ...] = ()
    """Open ones, oldest first."""
    answered: tuple[Request, ...] = ()
    """Those that ended in the last day, newest first."""
    ruled: tuple[RuleUse, ...] = ()
    """What standing rules answered in the last day, newest first."""
    convoys: tuple[ConvoyView, ...] = ()
    merges: tuple[Merge, ...] = ()
    """All that are not merged or rejected, then the newest ended ones."""
    incidents: tuple[Incident, ...] = ()
    beads: tuple[Bead, ...] = ()
    """All that are not closed, and those closed in the last day."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Bead id → why it is not ready, for every open bead that is not."""
    events: tuple[Event, ...] = ()
    """The newest, oldest first."""
    landed_today: int = 0
    today: Spent = NOTHING_SPENT
    """What the town has spent since the (UTC) day began."""
    spent_on: dict[str, Spent] = field(default_factory=dict)
    """Bead → what its runs have spent, for the beads above."""
    outgoing: tuple[Outgoing, ...] = ()
    """What the overseer has said to agents and is under way, or was settled in the last minutes; the newest first."""
    unread_mail: int = 0
    """Letters to the overseer that were not read."""

    def counts(self) -> dict[Light, int]:
        """How many agents show each light."""
        totals = dict.fromkeys(Light, 0)
        for agent in self.agents:
            totals[agent.verdict.light] += 1
        return totals
