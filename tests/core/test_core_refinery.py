"""Whose turn it is in the lane, and where a green merge goes."""

from __future__ import annotations

import pytest

from gastown_tui.core import refinery
from gastown_tui.core.observation import AdvanceMerge
from gastown_tui.core.rows import Merge
from gastown_tui.core.states import Dial, MergeState
from worlds import RIG, bead, merge, seen


def turn(*waiting: Merge, **changes: object) -> list[int]:
    actions = refinery.decide(seen(merges=waiting, **changes))
    return [one.merge for one in actions if isinstance(one, AdvanceMerge)]


def test_the_oldest_goes_first_and_alone() -> None:
    assert turn(merge(id=2), merge(id=1)) == [1]


def test_what_was_begun_is_finished_first() -> None:
    assert turn(merge(id=1), merge(id=2, state=MergeState.LANDING)) == [2]


def test_what_waits_for_a_person_holds_up_nobody() -> None:
    assert turn(merge(id=1, state=MergeState.AWAITING_APPROVAL), merge(id=2)) == [2]


@pytest.mark.parametrize("changes", [{"is_estopped": True}, {"wanted": "down"}, {"busy": frozenset({"lane:ms"})}])
def test_the_lane_stands_still(changes: dict[str, object]) -> None:
    assert turn(merge(), **changes) == []


def test_a_paused_town_still_lands_what_was_handed_in() -> None:
    assert turn(merge(), wanted="paused") == [1]


@pytest.mark.parametrize(
    ("dial", "approved", "expected"),
    [
        (Dial.AUTO, "", MergeState.LANDING),
        (Dial.ASK, "", MergeState.AWAITING_APPROVAL),
        (Dial.ASK, "overseer", MergeState.LANDING),
        (Dial.DRAFT, "", MergeState.DRAFTED),
        (Dial.DRAFT, "overseer", MergeState.LANDING),
    ],
)
def test_after_green(dial: Dial, approved: str, expected: MergeState) -> None:
    assert refinery.after_green(dial, merge(approved_by=approved)) is expected


def test_a_beads_own_dial_overrules_the_rigs() -> None:
    assert refinery.effective_dial(RIG, bead(dial=Dial.DRAFT)) is Dial.DRAFT
    assert refinery.effective_dial(RIG, bead()) is RIG.dial


@pytest.mark.parametrize(("attempts", "expected"), [(0, False), (1, False), (2, True)])
def test_the_third_failure_is_for_a_person(attempts: int, expected: bool) -> None:
    assert refinery.needs_person(bead(attempts=attempts)) is expected
