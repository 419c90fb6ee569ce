"""Runs: one incarnation each. At most one active run per agent and per bead, by unique index."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from gastown_tui.core.errors import Conflict, NotFound
from gastown_tui.core.rows import Run
from gastown_tui.core.states import ACTIVE_RUN_STATES, ENDED_RUN_STATES, RUN_TRANSITIONS, RunState, RunWish, check_transition
from gastown_tui.ledger import agents, events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

RUNS = Table("runs", Run, {"state": RunState, "wish": RunWish})
FACTS = frozenset(
    {
        "conversation",
        "session",
        "pane",
        "worktree",
        "branch",
        "base",
        "head",
        "save_ref",
        "pid",
        "pid_started",
        "boot_id",
        "exit_status",
        "exit_signal",
    }
)
"""Columns that acts fill in; states have functions of their own."""
ACTIVE = ", ".join(f"'{state.value}'" for state in sorted(ACTIVE_RUN_STATES))


def create(conn: sqlite3.Connection, run: Run, *, actor: str) -> None:
    """Adds a queued run; raises Conflict when its agent or bead has an active one."""
    with transaction(conn):
        agent = agents.get(conn, run.agent)
        try:
            RUNS.insert(conn, run)
        except sqlite3.IntegrityError as error:
            raise Conflict(f"{run.agent} or {run.bead or 'its bead'} has an active run already") from error
        data = {"attempt": run.attempt, "driver": run.driver}
        _tell(conn, run, "run.queued", agent.rig, actor=actor, now=run.created_at, data=data)


def find(conn: sqlite3.Connection, run: str) -> Run | None:
    return RUNS.one(conn, "id = ?", run)


def get(conn: sqlite3.Connection, run: str) -> Run:
    """The run, or NotFound."""
    found = find(conn, run)
    if found is None:
        raise NotFound.of("run", run)
    return found


def active(conn: sqlite3.Connection) -> list[Run]:
    """All active runs, oldest first."""
    return RUNS.all(conn, f"state IN ({ACTIVE}) ORDER BY created_at")


def ended_since(conn: sqlite3.Connection, at: float) -> list[Run]:
    """Runs that ended at or after that time, oldest first."""
    return RUNS.all(conn, "ended_at >= ? ORDER BY created_at", at)


def active_of_agent(conn: sqlite3.Connection, agent: str) -> Run | None:
    return RUNS.one(conn, f"agent = ? AND state IN ({ACTIVE})", agent)


def active_of_bead(conn: sqlite3.Connection, bead: str) -> Run | None:
    return RUNS.one(conn, f"bead = ? AND state IN ({ACTIVE})", bead)


def of_bead(conn: sqlite3.Connection, bead: str) -> list[Run]:
    """All runs on a bead, oldest first."""
    return RUNS.all(conn, "bead = ? ORDER BY created_at", bead)


def of_agent(conn: sqlite3.Connection, agent: str, limit: int = 20) -> list[Run]:
    """The newest runs of an agent, newest first."""
    return RUNS.all(conn, "agent = ? ORDER BY created_at DESC LIMIT ?", agent, limit)


def with_worktree(conn: sqlite3.Connection) -> list[Run]:
    """Ended runs whose worktree has not been given back yet (its path is emptied when it is)."""
    return RUNS.all(conn, f"worktree <> '' AND state NOT IN ({ACTIVE}) ORDER BY created_at")


def set_facts(conn: sqlite3.Connection, run: str, facts: Mapping[str, object]) -> None:
    """Fills in what an act found or made (`FACTS`), inside the caller's transaction or its own."""
    unknown = set(facts) - FACTS
    if unknown:
        raise ValueError(f"not facts of a run: {sorted(unknown)}")
    with transaction(conn):
        for column, value in facts.items():
            conn.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", (value, run))


def wish(conn: sqlite3.Connection, run: str, wanted: RunWish, *, actor: str, now: float) -> None:
    """Says what is wanted of an active run; a stop is never weakened to something less."""
    with transaction(conn):
        old = get(conn, run)
        if old.state in ENDED_RUN_STATES or old.wish in (wanted, RunWish.STOP):
            return
        conn.execute("UPDATE runs SET wish = ? WHERE id = ?", (wanted, run))
        _tell(conn, old, f"run.wanted_{wanted.value}", agents.get(conn, old.agent).rig, actor=actor, now=now, data={})


def move(
    conn: sqlite3.Connection,
    run: str,
    state: RunState,
    *,
    actor: str,
    now: float,
    reason: str = "",
    facts: Mapping[str, object] | None = None,
) -> Run:
    """Changes a run's state with its event; times of start, readiness and end follow from it."""
    with transaction(conn):
        old = get(conn, run)
        check_transition(f"run {run}", RUN_TRANSITIONS, old.state, state)
        conn.execute("UPDATE runs SET state = ?, reason = ? WHERE id = ?", (state, reason, run))
        if state is RunState.STARTING:
            conn.execute("UPDATE runs SET started_at = ? WHERE id = ?", (now, run))
        elif state is RunState.WORKING:
            conn.execute("UPDATE runs SET ready_at = ? WHERE id = ?", (now, run))
        elif state in ENDED_RUN_STATES:
            conn.execute("UPDATE runs SET ended_at = ? WHERE id = ?", (now, run))
            conn.execute("UPDATE requests SET state = 'expired', answered_at = ? WHERE run = ? AND state = 'open'", (now, run))
            # Nobody is left to take what was answered.
            untaken = "run = ? AND state = 'answered' AND channel = 'pane' AND proof IN ('', 'pressing', 'pressed')"
            conn.execute(f"UPDATE requests SET proof = 'changed' WHERE {untaken}", (run,))
        set_facts(conn, run, facts or {})
        agent = agents.get(conn, old.agent)
        _tell(conn, old, f"run.{state.value}", agent.rig, actor=actor, now=now, data={"reason": reason} if reason else {})
        return get(conn, run)


def _tell(conn: sqlite3.Connection, run: Run, kind: str, rig: str, *, actor: str, now: float, data: Mapping[str, object]) -> None:
    events.record(conn, now=now, kind=kind, actor=actor, subject=run.agent, rig=rig, bead=run.bead, run=run.id, data=data)
