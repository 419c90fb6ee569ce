from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import worlds
from gastown_tui.core.readiness import BLOCKING_KINDS, explain_all, find_cycle
from gastown_tui.core.rows import Bead, Dependency
from gastown_tui.core.states import BeadOutcome, BeadState


def bead(number: int, state: BeadState = BeadState.OPEN, **more: object) -> Bead:
    closed = {"outcome": BeadOutcome.MERGED, "closed_at": 1.0} if state is BeadState.CLOSED else {}
    return worlds.bead(id=f"b-{number}", state=state, **closed, **more)


def edge(one: int, other: int, kind: str = "blocks") -> Dependency:
    return Dependency(f"b-{one}", f"b-{other}", kind, "x", 0.0, "{}")


def test_a_bead_waits_until_what_it_needs_is_closed() -> None:
    for state in BeadState:
        reasons = explain_all([bead(1), bead(2, state)], [edge(1, 2)], 10.0)
        assert ("b-1" in reasons) == (state is not BeadState.CLOSED)


def test_submitted_work_still_blocks() -> None:
    assert explain_all([bead(1), bead(2, BeadState.SUBMITTED)], [edge(1, 2)], 1.0)["b-1"] == "waits for b-2 (submitted)"


def test_a_target_outside_the_ledger_blocks() -> None:
    assert "not in this ledger" in explain_all([bead(1)], [edge(1, 9)], 1.0)["b-1"]


def test_blockedness_flows_down_but_an_open_parent_does_not_block() -> None:
    children = [bead(1), bead(2), bead(3), bead(4)]
    free = explain_all(children[:2], [edge(1, 2, "parent-child")], 1.0)
    assert "b-1" not in free
    deep = explain_all(children, [edge(1, 2, "parent-child"), edge(2, 3, "parent-child"), edge(3, 4)], 1.0)
    assert deep["b-1"] == "its parent b-2 its parent b-3 waits for b-4 (open)"


def test_a_fan_in_waits_for_every_child() -> None:
    beads = [bead(1), bead(2), bead(3), bead(4, BeadState.CLOSED)]
    deps = [edge(1, 2, "waits-for"), edge(3, 2, "parent-child"), edge(4, 2, "parent-child")]
    assert explain_all(beads, deps, 1.0)["b-1"] == "waits for b-3, a child of b-2"


def test_kinds_that_inform_never_block() -> None:
    for kind in ("related", "discovered-from", "parent_child", "whatever"):
        assert "b-1" not in explain_all([bead(1), bead(2)], [edge(1, 2, kind)], 1.0)


def test_deferred_parked_and_containers_say_why() -> None:
    assert explain_all([bead(1, defer_until=50.0)], [], 10.0)["b-1"] == "deferred until a later time"
    assert "b-1" not in explain_all([bead(1, defer_until=5.0)], [], 10.0)
    assert "parked" in explain_all([bead(1)], [], 1.0, frozenset({"ms"}))["b-1"]
    assert "children are the work" in explain_all([bead(1, kind="epic")], [], 1.0)["b-1"]


def test_a_chain_of_ten_thousand_is_explained() -> None:
    size = 10_000
    beads = [bead(number) for number in range(size)]
    deps = [edge(number, number + 1, "parent-child") for number in range(size - 1)] + [edge(size - 1, -1)]
    assert len(explain_all(beads, deps, 1.0)) == size


GRAPHS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.sampled_from(sorted(BLOCKING_KINDS))), max_size=25)


@given(GRAPHS, st.lists(st.sampled_from(list(BeadState)), min_size=9, max_size=9))
@settings(max_examples=200)
def test_every_open_bead_is_ready_or_says_why(edges: list[tuple[int, int, str]], states: list[BeadState]) -> None:
    beads = [bead(number, state) for number, state in enumerate(states)]
    deps = [edge(one, other, kind) for one, other, kind in edges if one != other]
    reasons = explain_all(beads, deps, 1.0)
    closed = {one.id for one in beads if one.state is BeadState.CLOSED}
    assert not closed & set(reasons)
    assert all(reason.strip() for reason in reasons.values())
    for one in beads:
        blocked = any(dep.bead == one.id and dep.kind == "blocks" and dep.target not in closed for dep in deps)
        if one.state is BeadState.OPEN and blocked:
            assert one.id in reasons


@given(GRAPHS)
def test_a_graph_that_is_grown_without_cycles_has_a_ready_bead(edges: list[tuple[int, int, str]]) -> None:
    kept: dict[str, list[str]] = {}
    deps = []
    for one, other, _ in edges:
        if one != other and not find_cycle(kept, f"b-{one}", f"b-{other}"):
            kept.setdefault(f"b-{one}", []).append(f"b-{other}")
            deps.append(edge(one, other))
    reasons = explain_all([bead(number) for number in range(9)], deps, 1.0)
    assert len(reasons) < 9


def test_a_cycle_is_named_by_its_beads() -> None:
    assert find_cycle({"b": ["c"], "c": ["a"]}, "a", "b") == ["a", "b", "c", "a"]
    assert find_cycle({"b": ["c"]}, "a", "b") == []
