"""The schema, as numbered steps that are never edited once released.

`PRAGMA user_version` is the number of steps applied. Only the holder of the supervisor lock (or `gt init`) migrates,
after a backup; everybody else calls `check` and is told plainly when versions do not match.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from gastown_tui.core.errors import LedgerUnavailable
from gastown_tui.ledger.connection import transaction

_M001 = """
CREATE TABLE rigs (
  name TEXT PRIMARY KEY, prefix TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, target TEXT NOT NULL, dial TEXT NOT NULL,
  max_polecats INTEGER NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL) STRICT;
CREATE TABLE beads (
  id TEXT PRIMARY KEY, rig TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL, acceptance TEXT NOT NULL,
  kind TEXT NOT NULL, priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 4), state TEXT NOT NULL, outcome TEXT,
  close_reason TEXT NOT NULL, assignee TEXT NOT NULL, slung_to TEXT NOT NULL, slung_at REAL, dial TEXT,
  created_by TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL, started_at REAL, closed_at REAL,
  defer_until REAL, attempts INTEGER NOT NULL, extra TEXT NOT NULL,
  CHECK ((state = 'closed') = (closed_at IS NOT NULL)), CHECK ((state = 'closed') = (outcome IS NOT NULL))) STRICT;
CREATE INDEX beads_by_state ON beads (state, rig);
CREATE INDEX beads_by_assignee ON beads (assignee) WHERE assignee <> '';
CREATE TABLE deps (
  bead TEXT NOT NULL REFERENCES beads (id) ON DELETE CASCADE, target TEXT NOT NULL, kind TEXT NOT NULL,
  created_by TEXT NOT NULL, created_at REAL NOT NULL, metadata TEXT NOT NULL, PRIMARY KEY (bead, target, kind),
  CHECK (bead <> target)) STRICT, WITHOUT ROWID;
CREATE INDEX deps_by_target ON deps (target);
CREATE TABLE labels (
  bead TEXT NOT NULL REFERENCES beads (id) ON DELETE CASCADE, label TEXT NOT NULL,
  PRIMARY KEY (bead, label)) STRICT, WITHOUT ROWID;
CREATE TABLE comments (
  id INTEGER PRIMARY KEY, bead TEXT NOT NULL REFERENCES beads (id) ON DELETE CASCADE, author TEXT NOT NULL,
  text TEXT NOT NULL, created_at REAL NOT NULL) STRICT;
CREATE INDEX comments_by_bead ON comments (bead);
CREATE TABLE agents (
  address TEXT PRIMARY KEY, role TEXT NOT NULL, rig TEXT NOT NULL, name TEXT NOT NULL, driver TEXT NOT NULL,
  wanted TEXT NOT NULL, created_at REAL NOT NULL, epoch INTEGER NOT NULL) STRICT;
CREATE TABLE runs (
  id TEXT PRIMARY KEY, agent TEXT NOT NULL REFERENCES agents (address), bead TEXT NOT NULL, attempt INTEGER NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL, token TEXT NOT NULL, epoch INTEGER NOT NULL, driver TEXT NOT NULL,
  conversation TEXT NOT NULL, session TEXT NOT NULL, pane TEXT NOT NULL, worktree TEXT NOT NULL, branch TEXT NOT NULL,
  base TEXT NOT NULL, head TEXT NOT NULL, save_ref TEXT NOT NULL, pid INTEGER, pid_started REAL, boot_id TEXT NOT NULL,
  created_at REAL NOT NULL, started_at REAL, ready_at REAL, ended_at REAL, exit_status INTEGER, exit_signal INTEGER) STRICT;
CREATE UNIQUE INDEX one_active_run_per_agent ON runs (agent)
  WHERE state IN ('queued', 'preparing', 'starting', 'working', 'finishing');
CREATE UNIQUE INDEX one_active_run_per_bead ON runs (bead)
  WHERE bead <> '' AND state IN ('queued', 'preparing', 'starting', 'working', 'finishing');
CREATE INDEX runs_by_bead ON runs (bead);
CREATE INDEX runs_by_state ON runs (state);
CREATE TABLE merges (
  id INTEGER PRIMARY KEY, rig TEXT NOT NULL, bead TEXT NOT NULL, run TEXT NOT NULL, agent TEXT NOT NULL,
  branch TEXT NOT NULL, state TEXT NOT NULL, submitted_head TEXT NOT NULL, rebased_head TEXT NOT NULL,
  gated_tree TEXT NOT NULL, target_before TEXT NOT NULL, target_after TEXT NOT NULL, attempt INTEGER NOT NULL,
  detail TEXT NOT NULL, log TEXT NOT NULL, approved_by TEXT NOT NULL, approved_at REAL, created_at REAL NOT NULL,
  updated_at REAL NOT NULL) STRICT;
CREATE UNIQUE INDEX one_open_merge_per_bead ON merges (bead)
  WHERE state IN ('queued', 'rebasing', 'gating', 'awaiting_approval', 'landing');
CREATE INDEX merges_by_state ON merges (state);
CREATE TABLE convoys (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL, created_at REAL NOT NULL,
  closed_at REAL) STRICT;
CREATE TABLE convoy_beads (
  convoy TEXT NOT NULL REFERENCES convoys (id) ON DELETE CASCADE, bead TEXT NOT NULL REFERENCES beads (id) ON DELETE CASCADE,
  PRIMARY KEY (convoy, bead)) STRICT, WITHOUT ROWID;
CREATE INDEX convoys_by_bead ON convoy_beads (bead);
CREATE TABLE messages (
  id TEXT PRIMARY KEY, sender TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, kind TEXT NOT NULL,
  thread TEXT NOT NULL, created_at REAL NOT NULL) STRICT;
CREATE TABLE deliveries (
  message TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE, receiver TEXT NOT NULL, state TEXT NOT NULL,
  detail TEXT NOT NULL, run TEXT NOT NULL, updated_at REAL NOT NULL, read_at REAL,
  PRIMARY KEY (message, receiver)) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_receiver ON deliveries (receiver, state);
CREATE TABLE requests (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, agent TEXT NOT NULL, run TEXT NOT NULL, bead TEXT NOT NULL,
  title TEXT NOT NULL, detail TEXT NOT NULL, directory TEXT NOT NULL, options TEXT NOT NULL, fingerprint TEXT NOT NULL,
  state TEXT NOT NULL, answer TEXT NOT NULL, answer_text TEXT NOT NULL, answered_by TEXT NOT NULL,
  created_at REAL NOT NULL, answered_at REAL) STRICT;
CREATE INDEX requests_by_state ON requests (state, run);
CREATE TABLE incidents (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, severity TEXT NOT NULL, state TEXT NOT NULL,
  detail TEXT NOT NULL, count INTEGER NOT NULL, first_at REAL NOT NULL, last_at REAL NOT NULL,
  acknowledged_by TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX one_open_incident ON incidents (kind, subject) WHERE state <> 'resolved';
CREATE TABLE notes (
  id INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, author TEXT NOT NULL,
  created_at REAL NOT NULL) STRICT;
CREATE INDEX notes_by_scope ON notes (scope, kind);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, subject TEXT NOT NULL,
  rig TEXT NOT NULL, bead TEXT NOT NULL, run TEXT NOT NULL, data TEXT NOT NULL) STRICT;
CREATE INDEX events_by_bead ON events (bead) WHERE bead <> '';
CREATE INDEX events_by_subject ON events (subject);
CREATE TABLE intents (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, expected TEXT NOT NULL, intended TEXT NOT NULL,
  state TEXT NOT NULL, result TEXT NOT NULL, created_at REAL NOT NULL, settled_at REAL) STRICT;
CREATE UNIQUE INDEX one_open_intent ON intents (key) WHERE state = 'open';
CREATE TABLE usage (
  run TEXT NOT NULL, model TEXT NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL, cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL, calls INTEGER NOT NULL, day TEXT NOT NULL, PRIMARY KEY (run, model, day)) STRICT, WITHOUT ROWID;
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

_M002 = """
CREATE TABLE usage_places (
  run TEXT NOT NULL, file TEXT NOT NULL, offset INTEGER NOT NULL, inode INTEGER NOT NULL, mark TEXT NOT NULL,
  counter TEXT NOT NULL, parser TEXT NOT NULL, skipped INTEGER NOT NULL, updated_at REAL NOT NULL,
  PRIMARY KEY (run, file)) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_day ON usage (day);
"""

_M003 = """
ALTER TABLE runs ADD COLUMN wish TEXT NOT NULL DEFAULT '';
"""

_M004 = """
ALTER TABLE requests ADD COLUMN channel TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN proof TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN subject TEXT NOT NULL DEFAULT '{}';
"""

_M005 = """
CREATE TABLE review_comments (
  id INTEGER PRIMARY KEY, bead TEXT NOT NULL REFERENCES beads (id) ON DELETE CASCADE, merge INTEGER NOT NULL,
  path TEXT NOT NULL, line INTEGER NOT NULL, side TEXT NOT NULL, quoted TEXT NOT NULL, body TEXT NOT NULL,
  author TEXT NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL) STRICT;
CREATE INDEX review_comments_by_bead ON review_comments (bead);
"""

_M006 = """
CREATE TABLE archive (
  owner TEXT NOT NULL, thread TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (owner, thread)) STRICT, WITHOUT ROWID;
CREATE INDEX messages_by_thread ON messages (thread);
"""

# SQLite 3.40's checks call NOT NULL columns of a STRICT table without rowid NULL when its key is not its first columns.
_M007 = """
CREATE TABLE usage_ordered (
  run TEXT NOT NULL, model TEXT NOT NULL, day TEXT NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL,
  cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL, calls INTEGER NOT NULL,
  PRIMARY KEY (run, model, day)) STRICT, WITHOUT ROWID;
INSERT INTO usage_ordered SELECT run, model, day, input, output, cache_read, cache_write, calls FROM usage;
DROP TABLE usage;
ALTER TABLE usage_ordered RENAME TO usage;
CREATE INDEX usage_by_day ON usage (day);
"""

_M008 = """
ALTER TABLE usage ADD COLUMN cache_hour INTEGER NOT NULL DEFAULT 0;
"""

MIGRATIONS: Sequence[str] = (_M001, _M002, _M003, _M004, _M005, _M006, _M007, _M008)


def version(conn: sqlite3.Connection) -> int:
    """How many steps this database has."""
    value: int = conn.execute("PRAGMA user_version").fetchone()[0]
    return value


def migrate(conn: sqlite3.Connection) -> int:
    """Applies the missing steps, each in a transaction with its number; returns how many were applied."""
    start = version(conn)
    for number, script in enumerate(MIGRATIONS[start:], start + 1):
        with transaction(conn):
            for statement in script.split(";\n"):
                if statement.strip():
                    conn.execute(statement)
            conn.execute(f"PRAGMA user_version={number:d}")
    return max(0, len(MIGRATIONS) - start)


def check(conn: sqlite3.Connection) -> None:
    """Raises LedgerUnavailable when this program and the ledger are of different schemas."""
    found = version(conn)
    if found == len(MIGRATIONS):
        return
    if found > len(MIGRATIONS):
        raise LedgerUnavailable(
            f"the ledger has schema {found}, this program knows {len(MIGRATIONS)}",
            hint="update gastown-tui to the version that made it",
        )
    raise LedgerUnavailable(f"the ledger has schema {found}, this program needs {len(MIGRATIONS)}", hint="run: gt up")
