"""What the supervisor sees in one round, and what it may decide to do about it. Plain values: no I/O, no clock.

`None` where a fact could not be learnt means unknown, and no rule may read it as absent, dead or idle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gastown_tui.core.budget import FREE, Ruling
from gastown_tui.core.rows import Agent, Bead, Merge, Rig, Run
from gastown_tui.core.snapshot import PaneFact


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run's own hooks said last."""

    state: str
    at: float
    since: float


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known about one active run outside the ledger."""

    pane: PaneFact | None = None
    """Its pane, None when tmux answered and has none. Meaningless while `Observation.panes_known` is false."""
    report: RunReport | None = None
    exit_status: int | None = None
    exit_signal: int | None = None
    has_exited: bool = False
    """Its launcher wrote an exit record."""
    asks_person: bool = False
    """A question of it waits for a person."""
    missing_rounds: int = 0
    """In how many rounds in a row tmux answered and the pane was not there."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One round's picture."""

    now: float
    """Watched time in seconds: it stands still while nobody watched (sleep, stopped supervisor)."""
    wanted: str
    """up | paused | down"""
    is_estopped: bool
    may_judge: bool
    """False in the first round after a gap: ages are not to be trusted yet, so nothing is ended."""
    panes_known: bool
    rigs: tuple[Rig, ...]
    agents: tuple[Agent, ...]
    ready: tuple[Bead, ...]
    """Slung beads that are ready, most urgent first."""
    beads: Mapping[str, Bead]
    """The beads of active runs and open merges, and every bead on a hook."""
    runs: tuple[Run, ...]
    """Active ones."""
    retired: tuple[Run, ...]
    """Ended ones that still hold a worktree."""
    merges: tuple[Merge, ...]
    """In the lane, awaiting approval included."""
    facts: Mapping[str, RunFacts]
    busy: frozenset[str]
    """Keys of acts that are under way; nothing new is decided about them."""
    resting_since: Mapping[str, float] = field(default_factory=dict)
    """Agent → watched time before which it shall not be started again (back-off)."""
    last_agent: Mapping[str, str] = field(default_factory=dict)
    """Bead → agent of its newest run, for a fix run by the same hand."""
    watched_since: Mapping[str, float] = field(default_factory=dict)
    """Run → watched time at which its present state was first seen."""
    max_polecats: int = 8
    """Polecats of the whole town at once."""
    ruling: Ruling = FREE
    """What the budgets forbid."""
    cards: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(kind, subject) → detail of the cards that the person has before them."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do, with its reason for the decision log. `key` names what it acts on: one act at a time."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dispatch(Action):
    """Claim a bead for an agent (made when new) and queue its run."""

    bead: str
    agent: str
    rig: str


@dataclass(frozen=True, slots=True)
class HookBead(Action):
    """Put a bead on the hook of an agent that already runs (crew), and tell it."""

    bead: str
    agent: str


@dataclass(frozen=True, slots=True)
class StartAgent(Action):
    """Queue a run without a bead for an agent that is wanted."""

    agent: str


@dataclass(frozen=True, slots=True)
class LaunchRun(Action):
    """Prepare the worktree and the session of a queued or half-prepared run."""

    run: str


@dataclass(frozen=True, slots=True)
class MarkWorking(Action):
    """The agent has shown that it is ready."""

    run: str


@dataclass(frozen=True, slots=True)
class EndRun(Action):
    """Stop the session (if any), save what the worktree holds, and end the run as `state`."""

    run: str
    state: str
    failed: bool = False
    """Counts as an attempt of the bead."""
    needs_help: bool = False
    """Its bead waits for a person afterwards."""
    incident: str = ""
    """Kind of incident to raise, "" for none."""
    unsling: bool = False
    """Its bead shall wait until somebody slings it again."""


@dataclass(frozen=True, slots=True)
class ReturnWorktree(Action):
    """Save and remove the worktree of an ended run."""

    run: str


@dataclass(frozen=True, slots=True)
class AdvanceMerge(Action):
    """Let the lane take the next step with this merge."""

    merge: int


@dataclass(frozen=True, slots=True)
class RaiseCard(Action):
    """Tell the person; nothing else is done."""

    kind: str
    subject: str
    detail: str
    severity: str = "medium"


@dataclass(frozen=True, slots=True)
class ClearCard(Action):
    """The cause of a card is gone."""

    kind: str
    subject: str
