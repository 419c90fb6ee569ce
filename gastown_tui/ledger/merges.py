"""Merges: submissions on their way to a rig's target branch."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from gastown_tui.core.errors import NotFound
from gastown_tui.core.rows import Merge, Run
from gastown_tui.core.states import MERGE_TRANSITIONS, MergeState, check_transition
from gastown_tui.ledger import events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

MERGES = Table("merges", Merge, {"state": MergeState})
FACTS = frozenset({"rebased_head", "gated_tree", "target_before", "target_after", "log", "approved_by", "approved_at", "attempt"})
_OPEN = "('queued', 'rebasing', 'gating', 'awaiting_approval', 'landing')"


def submit(conn: sqlite3.Connection, run: Run, rig: str, head: str, *, actor: str, now: float) -> Merge:
    """Queues the run's head. A second call of the same run with the same head returns the first merge."""
    with transaction(conn):
        same = MERGES.one(conn, "run = ? AND submitted_head = ?", run.id, head)
        if same is not None:
            return same
        cursor = conn.execute(
            "INSERT INTO merges (rig, bead, run, agent, branch, state, submitted_head, rebased_head, gated_tree, target_before,"
            " target_after, attempt, detail, log, approved_by, approved_at, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, 'queued', ?, '', '', '', '', 0, '', '', '', NULL, ?, ?)",
            (rig, run.bead, run.id, run.agent, run.branch, head, now, now),
        )
        merge = get(conn, int(cursor.lastrowid or 0))
        _tell(conn, merge, "merge.queued", actor=actor, now=now, data={"head": head})
        return merge


def find(conn: sqlite3.Connection, merge: int) -> Merge | None:
    return MERGES.one(conn, "id = ?", merge)


def get(conn: sqlite3.Connection, merge: int) -> Merge:
    """The merge, or NotFound."""
    found = find(conn, merge)
    if found is None:
        raise NotFound.of("merge", str(merge), hint="see gt mq list")
    return found


def open_ones(conn: sqlite3.Connection, rig: str = "") -> list[Merge]:
    """Merges in the lane, oldest first (a returned one keeps its place by number)."""
    return MERGES.all(conn, f"state IN {_OPEN} AND (? = '' OR rig = ?) ORDER BY id", rig, rig)


def unfinished(conn: sqlite3.Connection) -> list[Merge]:
    """All that are not merged or rejected, oldest first."""
    return MERGES.all(conn, "state NOT IN ('merged', 'rejected') ORDER BY id")


def newest_ended(conn: sqlite3.Connection, limit: int = 20) -> list[Merge]:
    """Merged and rejected ones, newest first."""
    return MERGES.all(conn, "state IN ('merged', 'rejected') ORDER BY updated_at DESC LIMIT ?", limit)


def of_bead(conn: sqlite3.Connection, bead: str) -> list[Merge]:
    """All submissions of a bead, oldest first."""
    return MERGES.all(conn, "bead = ? ORDER BY id", bead)


def move(
    conn: sqlite3.Connection,
    merge: int,
    state: MergeState,
    *,
    actor: str,
    now: float,
    detail: str = "",
    facts: Mapping[str, object] | None = None,
) -> Merge:
    """Changes a merge's state, its facts and its event together."""
    unknown = set(facts or {}) - FACTS
    if unknown:
        raise ValueError(f"not facts of a merge: {sorted(unknown)}")
    with transaction(conn):
        old = get(conn, merge)
        check_transition(f"merge {merge}", MERGE_TRANSITIONS, old.state, state)
        conn.execute("UPDATE merges SET state = ?, detail = ?, updated_at = ? WHERE id = ?", (state, detail, now, merge))
        for column, value in (facts or {}).items():
            conn.execute(f"UPDATE merges SET {column} = ? WHERE id = ?", (value, merge))
        new = get(conn, merge)
        data = {"merge": merge, "detail": detail, "head": new.rebased_head or new.submitted_head}
        _tell(conn, new, f"merge.{state.value}", actor=actor, now=now, data=data)
        return new


def _tell(conn: sqlite3.Connection, merge: Merge, kind: str, *, actor: str, now: float, data: Mapping[str, object]) -> None:
    subject = f"{merge.rig}/refinery"
    events.record(conn, now=now, kind=kind, actor=actor, subject=subject, rig=merge.rig, bead=merge.bead, run=merge.run, data=data)
