"""Agents: lasting identities. Whether one lives is tmux's to know, never this table's."""

from __future__ import annotations

import sqlite3

from gastown_tui.core.errors import NotFound
from gastown_tui.core.ids import parse_address
from gastown_tui.core.rows import Agent
from gastown_tui.ledger import events
from gastown_tui.ledger.connection import transaction
from gastown_tui.ledger.mapping import Table

AGENTS = Table("agents", Agent)


def ensure(conn: sqlite3.Connection, address: str, driver: str, *, actor: str, now: float, wanted: str = "stopped") -> Agent:
    """The agent of that address, made when it is new; an existing one keeps its driver and wish."""
    with transaction(conn):
        known = find(conn, address)
        if known is not None:
            return known
        parsed = parse_address(address)
        agent = Agent(address, parsed.role.value, parsed.rig, parsed.name, driver, wanted, now, 1)
        AGENTS.insert(conn, agent)
        data = {"driver": driver, "wanted": wanted}
        events.record(conn, now=now, kind="agent.added", actor=actor, subject=address, rig=parsed.rig, data=data)
        return agent


def find(conn: sqlite3.Connection, address: str) -> Agent | None:
    return AGENTS.one(conn, "address = ?", address)


def get(conn: sqlite3.Connection, address: str) -> Agent:
    """The agent, or NotFound."""
    agent = find(conn, address)
    if agent is None:
        raise NotFound.of("agent", address, hint="see gt agents")
    return agent


def every(conn: sqlite3.Connection, rig: str = "") -> list[Agent]:
    """All agents by address, or those of one rig."""
    return AGENTS.all(conn, "? = '' OR rig = ? ORDER BY address", rig, rig)


def want(conn: sqlite3.Connection, address: str, wanted: str, *, actor: str, now: float) -> None:
    """Wishes an agent running or stopped; the supervisor makes it so."""
    with transaction(conn):
        old = get(conn, address)
        if old.wanted != wanted:
            conn.execute("UPDATE agents SET wanted = ? WHERE address = ?", (wanted, address))
            events.record(conn, now=now, kind=f"agent.wanted_{wanted}", actor=actor, subject=address, rig=old.rig)


def set_driver(conn: sqlite3.Connection, address: str, driver: str, *, actor: str, now: float) -> None:
    """Changes the CLI that its next run starts."""
    with transaction(conn):
        old = get(conn, address)
        conn.execute("UPDATE agents SET driver = ? WHERE address = ?", (driver, address))
        data = {"from": old.driver, "to": driver}
        events.record(conn, now=now, kind="agent.driver", actor=actor, subject=address, rig=old.rig, data=data)


def next_epoch(conn: sqlite3.Connection, address: str) -> int:
    """Its conversation starts anew: raises and returns the epoch, inside the caller's transaction."""
    conn.execute("UPDATE agents SET epoch = epoch + 1 WHERE address = ?", (address,))
    return get(conn, address).epoch
