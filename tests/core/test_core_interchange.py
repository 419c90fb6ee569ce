from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gastown_tui.core.errors import UsageError
from gastown_tui.core.interchange import Record, parse_lines, read_record, to_line, write_record
from gastown_tui.core.rows import Comment, Dependency
from gastown_tui.core.states import BeadOutcome, BeadState

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["title", "description", "status", "priority", "issue_type", "created_at", "updated_at", "closed_at", "labels", "dependencies",
     "comments", "metadata", "close_reason", "acceptance_criteria", "defer_until", "assignee", "odd"]
)  # fmt: skip
RECORDS = st.dictionaries(KEYS, JSON, max_size=12).map(lambda record: {**record, "id": "dm-1", "title": record.get("title") or "x"})


def back(record: Record) -> Record:
    """What comes out when nothing was changed in between."""
    taken = read_record(record, 1, "mines", 7.0)
    return write_record(taken.bead, sorted(taken.labels), list(taken.deps), list(taken.comments))


@given(RECORDS)
@settings(max_examples=300)
def test_any_record_is_refused_or_comes_out_as_it_came_in(record: Record) -> None:
    try:
        written = back(record)
    except UsageError:
        assert not (isinstance(record["title"], str) and record["title"].strip())
        return
    assert written == record
    assert json.loads(to_line(written)) == record


@given(st.text(max_size=400))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        records, others = parse_lines(text)
    except UsageError:
        return
    assert len(records) + len(others) == len([line for line in text.removeprefix("\ufeff").split("\n") if line.strip()])


RICH: Record = {
    "id": "dm-k3x",
    "title": "Grease",
    "status": "in_progress",
    "priority": 1,
    "created_at": "2026-08-01T07:15:02Z",
    "updated_at": "2026-08-02T07:15:02Z",
    "labels": ["z", "a"],
    "dependencies": [
        {"issue_id": "dm-k3x", "depends_on_id": "dm-k3x", "type": "blocks", "note": "of itself"},
        {"issue_id": "dm-k3x", "depends_on_id": "dm-2", "type": "waits-for", "metadata": '{"gate":"any-children"}'},
    ],
    "comments": [{"id": 7, "author": "ada", "text": "one", "created_at": "2026-08-01T08:00:00Z"}],
}


def test_only_what_changed_is_written_anew() -> None:
    taken = read_record(RICH, 1, "mines", 7.0)
    assert (taken.bead.state, [dep.target for dep in taken.deps]) == (BeadState.OPEN, ["dm-2"])
    closed = replace(
        taken.bead,
        state=BeadState.CLOSED,
        outcome=BeadOutcome.MERGED,
        closed_at=1_785_654_000.0,
        updated_at=1_785_654_000.0,
        title="Oil",
    )
    new_edge = Dependency("dm-k3x", "dm-9", "blocks", "overseer", 0.0, "{}")
    new_comment = Comment(12, "dm-k3x", "overseer", "two", 0.0)
    written = write_record(closed, ["a", "b"], [*taken.deps, new_edge], [*taken.comments, new_comment])
    assert {key: written[key] for key in ("status", "title", "closed_at", "labels", "metadata")} == {
        "status": "closed",
        "title": "Oil",
        "closed_at": "2026-08-02T07:00:00Z",
        "labels": ["a", "b"],
        "metadata": {"gastown": {"outcome": "merged"}},
    }
    edges = written["dependencies"]
    assert isinstance(edges, list)
    assert edges[:2] == RICH["dependencies"]
    assert edges[2]["depends_on_id"] == "dm-9"
    comments = written["comments"]
    assert isinstance(comments, list)
    assert (comments[0], comments[1]["text"]) == (RICH["comments"][0], "two")  # type: ignore[index]
    assert written["created_at"] == RICH["created_at"]
    assert read_record(written, 1, "mines", 7.0).bead.outcome is BeadOutcome.MERGED


def test_a_removed_edge_is_gone_and_an_odd_one_stays() -> None:
    taken = read_record(RICH, 1, "mines", 7.0)
    written = write_record(taken.bead, taken.labels, [], taken.comments)
    assert written["dependencies"] == RICH["dependencies"][:1]  # type: ignore[index]


@pytest.mark.parametrize(
    ("status", "state"),
    [("open", BeadState.OPEN), ("hooked", BeadState.OPEN), ("closed", BeadState.CLOSED), ("tombstone", BeadState.CLOSED), ("pinned", BeadState.DEFERRED), ("blocked", BeadState.DEFERRED), ("ours", BeadState.DEFERRED)],
)  # fmt: skip
def test_foreign_states_are_taken_so_that_nobody_starts_on_them_by_mistake(status: str, state: BeadState) -> None:
    assert read_record({"id": "a-1", "title": "x", "status": status}, 1, "mines", 7.0).bead.state is state


def test_lines_are_written_as_go_writes_them() -> None:
    assert to_line({"a": "<b>&\u2028é\ud800"}) == '{"a":"\\u003cb\\u003e\\u0026\\u2028é\\ud800"}'
