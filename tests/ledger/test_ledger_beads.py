from __future__ import annotations

import sqlite3

import pytest

from gastown_tui.core.errors import Conflict, InvalidTransition, LedgerUnavailable, NotFound, UsageError
from gastown_tui.core.rows import Dependency, Rig
from gastown_tui.core.states import BeadOutcome, Dial
from gastown_tui.ledger import beads, comments, connection, convoys, deps, events, labels, migrations, readiness, rigs
from gastown_tui.ledger.beads import NewBead
from gastown_tui.services.context import TownContext


@pytest.fixture
def conn(town: TownContext) -> sqlite3.Connection:
    rigs.add(town.ledger, Rig("mines", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
    return town.ledger


def new(conn: sqlite3.Connection, title: str = "a bead", **more: object) -> str:
    return beads.create(conn, NewBead("mines", "ms", title, **more), actor="overseer", now=1.0).id  # type: ignore[arg-type]


def test_each_change_is_told_in_its_transaction(conn: sqlite3.Connection) -> None:
    bead = new(conn)
    beads.sling(conn, bead, "mines/polecats", actor="overseer", now=2.0)
    beads.claim(conn, bead, "mines/polecats/toast", now=3.0)
    beads.begin(conn, bead, actor="mines/polecats/toast", now=4.0)
    beads.begin(conn, bead, actor="mines/polecats/toast", now=5.0)
    beads.submit(conn, bead, actor="mines/polecats/toast", now=6.0)
    beads.close(conn, bead, BeadOutcome.MERGED, actor="supervisor", now=7.0)
    kinds = [event.kind for event in events.of_bead(conn, bead)]
    assert kinds == ["bead.created", "bead.slung", "bead.hooked", "bead.started", "bead.submitted", "bead.closed"]
    assert beads.get(conn, bead).started_at == 4.0


def test_a_failed_step_leaves_no_event_and_no_change(conn: sqlite3.Connection) -> None:
    bead = new(conn)
    with pytest.raises(InvalidTransition):
        beads.submit(conn, bead, actor="x", now=2.0)
    beads.claim(conn, bead, "mines/polecats/toast", now=2.0)
    with pytest.raises(Conflict, match="hooked with mines/polecats/toast"):
        beads.claim(conn, bead, "mines/polecats/nux", now=3.0)
    assert [event.kind for event in events.of_bead(conn, bead)] == ["bead.created", "bead.hooked"]
    assert beads.get(conn, bead).assignee == "mines/polecats/toast"


def test_release_counts_failures_and_a_new_sling_forgets_them(conn: sqlite3.Connection) -> None:
    bead = new(conn)
    for _ in range(2):
        beads.claim(conn, bead, "mines/polecats/toast", now=2.0)
        beads.release(conn, bead, actor="supervisor", reason="lost", failed=True, now=3.0)
    assert beads.get(conn, bead).attempts == 2
    beads.sling(conn, bead, "mines/polecats", actor="overseer", now=4.0)
    assert beads.get(conn, bead).attempts == 0


@pytest.mark.parametrize("title", ["", "   ", "x" * 501, "a\0b"])
def test_bad_titles_are_refused(conn: sqlite3.Connection, title: str) -> None:
    with pytest.raises(UsageError):
        new(conn, title)
    assert beads.every(conn) == []


def test_search_takes_wildcards_as_they_are(conn: sqlite3.Connection) -> None:
    bead = new(conn, "100% sure_thing \\ done")
    new(conn, "100 x sure thing")
    for text in ("100%", "sure_", "\\ done"):
        assert [found.id for found in beads.search(conn, text)] == [bead]


def test_a_circle_of_needs_is_refused_by_name(conn: sqlite3.Connection) -> None:
    one, two, three = new(conn, "1"), new(conn, "2"), new(conn, "3")
    deps.add(conn, one, two, actor="x", now=1.0)
    deps.add(conn, two, three, "parent-child", actor="x", now=1.0)
    with pytest.raises(Conflict, match=f"{three} → {one} → {two} → {three}"):
        deps.add(conn, three, one, "waits-for", actor="x", now=1.0)
    deps.add(conn, three, one, "related", actor="x", now=1.0)
    with pytest.raises(NotFound):
        deps.add(conn, one, "ms-none", actor="x", now=1.0)
    with pytest.raises(UsageError):
        deps.add(conn, one, one, actor="x", now=1.0)


def test_restored_edges_may_dangle_or_circle_and_are_explained(conn: sqlite3.Connection) -> None:
    one, two = new(conn, "1"), new(conn, "2")
    for edge in ((one, two), (two, one), (one, "far-1")):
        deps.restore(conn, Dependency(*edge, "blocks", "x", 1.0, "{}"))
    _, why = readiness.reasons(conn, 5.0)
    assert set(why) == {one, two}


def test_ready_by_query_is_ready_by_the_rules(conn: sqlite3.Connection) -> None:
    one, two, three = new(conn, "1", priority=3), new(conn, "2"), new(conn, "3", priority=0)
    deps.add(conn, three, two, actor="x", now=1.0)
    assert [bead.id for bead in readiness.ready(conn, 5.0)] == [two, one]
    beads.claim(conn, two, "a", now=2.0)
    beads.submit(conn, two, actor="a", now=2.0)
    assert three not in [bead.id for bead in readiness.ready(conn, 5.0)]
    beads.close(conn, two, BeadOutcome.MERGED, actor="s", now=3.0)
    assert [bead.id for bead in readiness.ready(conn, 5.0)] == [three, one]


def test_labels_and_comments_are_sets_and_lists(conn: sqlite3.Connection) -> None:
    bead = new(conn)
    for word in ("b", "a", "b"):
        labels.add(conn, bead, word, actor="x", now=1.0)
    assert labels.of_bead(conn, bead) == ["a", "b"]
    with pytest.raises(NotFound):
        labels.remove(conn, bead, "c", actor="x", now=1.0)
    comments.add(conn, bead, "one", author="x", now=1.0)
    comments.add(conn, bead, "two", author="y", now=1.0)
    assert [(one.author, one.text) for one in comments.of_bead(conn, bead)] == [("x", "one"), ("y", "two")]


def test_a_convoy_lands_when_all_its_beads_are_closed(conn: sqlite3.Connection) -> None:
    one, two = new(conn, "1"), new(conn, "2")
    convoy = convoys.create(conn, "both", [one, two], owner="overseer", now=1.0)
    beads.close(conn, one, BeadOutcome.ACCEPTED, actor="x", now=2.0)
    assert convoys.land_complete(conn, actor="s", now=2.0) == []
    beads.close(conn, two, BeadOutcome.DROPPED, actor="x", now=2.0)
    assert convoys.land_complete(conn, actor="s", now=2.0) == [convoy.id]
    assert convoys.land_complete(conn, actor="s", now=2.0) == []


def test_nested_transactions_undo_their_own_part(conn: sqlite3.Connection) -> None:
    with connection.transaction(conn):
        kept = new(conn, "kept")
        with pytest.raises(NotFound), connection.transaction(conn):
            deps.add(conn, new(conn, "undone"), "ms-none", actor="x", now=1.0)
    assert [bead.id for bead in beads.every(conn)] == [kept]


def test_another_schema_is_said_plainly(town: TownContext) -> None:
    town.ledger.execute("PRAGMA user_version=99")
    with pytest.raises(LedgerUnavailable, match="schema 99"):
        migrations.check(town.ledger)


def test_migrating_again_changes_nothing(town: TownContext) -> None:
    assert migrations.migrate(town.ledger) == 0


def test_a_read_only_ledger_is_said_plainly(town: TownContext) -> None:
    reader = connection.connect(town.layout.ledger, read_only=True)
    with pytest.raises(LedgerUnavailable, match="cannot be used"), connection.transaction(reader):
        reader.execute("INSERT INTO settings VALUES ('a', 'b')")
    reader.close()
