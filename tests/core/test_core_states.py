from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown_tui.core.errors import InvalidTransition
from gastown_tui.core.states import (
    ACTIVE_RUN_STATES,
    BEAD_TRANSITIONS,
    DELIVERY_TRANSITIONS,
    ENDED_RUN_STATES,
    LANE_STATES,
    MERGE_TRANSITIONS,
    OPEN_MERGE_STATES,
    RUN_TRANSITIONS,
    BeadState,
    DeliveryState,
    MergeState,
    RunState,
    check_transition,
)

TABLES: list[tuple[type[StrEnum], Mapping[StrEnum, frozenset[StrEnum]]]] = [
    (BeadState, BEAD_TRANSITIONS),  # type: ignore[list-item]
    (RunState, RUN_TRANSITIONS),  # type: ignore[list-item]
    (MergeState, MERGE_TRANSITIONS),  # type: ignore[list-item]
    (DeliveryState, DELIVERY_TRANSITIONS),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("states", "table"), TABLES)
def test_a_table_knows_every_state_and_only_those(states: type[StrEnum], table: Mapping[StrEnum, frozenset[StrEnum]]) -> None:
    assert set(table) == set(states)
    assert set().union(*table.values()) <= set(states)


@pytest.mark.parametrize(("states", "table"), TABLES)
def test_every_state_can_be_reached_from_the_first(states: type[StrEnum], table: Mapping[StrEnum, frozenset[StrEnum]]) -> None:
    reached = {next(iter(states))}
    while more := set().union(*(table[state] for state in reached)) - reached:
        reached |= more
    assert reached == set(states)


@given(st.sampled_from(list(BeadState)), st.sampled_from(list(BeadState)))
def test_a_step_is_taken_or_refused_as_the_table_says(old: BeadState, new: BeadState) -> None:
    if new in BEAD_TRANSITIONS[old]:
        check_transition("bead x", BEAD_TRANSITIONS, old, new)
    else:
        with pytest.raises(InvalidTransition, match=f"{old.value} and cannot become {new.value}"):
            check_transition("bead x", BEAD_TRANSITIONS, old, new)


def test_an_ended_run_never_moves_again() -> None:
    assert all(not RUN_TRANSITIONS[state] for state in ENDED_RUN_STATES)
    assert all(RUN_TRANSITIONS[state] for state in ACTIVE_RUN_STATES)


def test_what_has_merged_stays_merged_and_lands_only_through_landing() -> None:
    assert not MERGE_TRANSITIONS[MergeState.MERGED]
    assert [state for state in MergeState if MergeState.MERGED in MERGE_TRANSITIONS[state]] == [MergeState.LANDING]
    assert MergeState.REJECTED not in MERGE_TRANSITIONS[MergeState.LANDING]
    assert LANE_STATES < OPEN_MERGE_STATES


def test_a_message_that_was_pasted_is_never_queued_again_by_itself() -> None:
    assert DeliveryState.QUEUED not in DELIVERY_TRANSITIONS[DeliveryState.PASTED]
    assert DeliveryState.QUEUED not in DELIVERY_TRANSITIONS[DeliveryState.SUBMITTED]
