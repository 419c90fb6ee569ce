"""The telemetry's statements, without an import: the hook must be able to use them in a few milliseconds."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS hook_events (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, agent TEXT NOT NULL, run TEXT NOT NULL, event TEXT NOT NULL,
  detail TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS hook_events_by_run ON hook_events (run);
CREATE TABLE IF NOT EXISTS reports (
  run TEXT PRIMARY KEY, agent TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL, rule TEXT NOT NULL,
  at REAL NOT NULL, since REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rule_uses (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, agent TEXT NOT NULL, run TEXT NOT NULL, rule TEXT NOT NULL,
  verdict TEXT NOT NULL, what TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS rule_counts (
  rule TEXT PRIMARY KEY, uses INTEGER NOT NULL, last_at REAL NOT NULL) STRICT, WITHOUT ROWID;
"""
REPORT = (
    "INSERT INTO reports VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run) DO UPDATE SET agent = excluded.agent,"
    " since = CASE WHEN state = excluded.state THEN since ELSE excluded.since END,"
    " state = excluded.state, detail = excluded.detail, rule = excluded.rule, at = excluded.at"
)
"""Parameters: run, agent, state, detail, rule, at, since. `since` is kept while the state stays the same."""
LOG = "INSERT INTO hook_events (at, agent, run, event, detail) VALUES (?, ?, ?, ?, ?)"
TRIM = (
    "DELETE FROM hook_events WHERE run = ? AND id <= (SELECT id FROM hook_events WHERE run = ? ORDER BY id DESC LIMIT 1 OFFSET ?)"
)
"""Parameters: run, run, how many to keep."""
RULE_USED = "INSERT INTO rule_uses (at, agent, run, rule, verdict, what) VALUES (?, ?, ?, ?, ?, ?)"
RULE_COUNT = "INSERT INTO rule_counts VALUES (?, 1, ?) ON CONFLICT (rule) DO UPDATE SET uses = uses + 1, last_at = excluded.last_at"
"""Parameters: rule, at."""
RULE_TRIM = "DELETE FROM rule_uses WHERE id <= ?"
KEPT_RULE_USES = 1_000
LAST = "SELECT state, rule FROM reports WHERE run = ?"
KEPT_EVENTS_PER_RUN = 500
TRIM_EVERY = 100
"""Ids between two trims: one delete for a hundred inserts."""
