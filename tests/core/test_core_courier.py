"""What may be typed into whom, and in which form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gastown_tui.core.courier import INLINE_CHARACTERS, choose, wrap
from gastown_tui.core.observation import RunFacts
from gastown_tui.core.rows import Delivery
from gastown_tui.core.states import DeliveryState, RunState
from worlds import PANE, facts, run

TO_TOAST = Delivery("m1", "ms/polecats/toast", DeliveryState.QUEUED, "", "", 1.0, None)
RESTS = facts("idle", since=10.0)


@pytest.mark.parametrize(
    ("name", "fact", "is_chosen"),
    [
        ("rests", RESTS, True),
        ("works", facts("working"), False),
        ("rested just now", facts("idle", since=99.9), False),
        ("waits for a permission", facts("permission", since=10.0), False),
        ("dead", facts("idle", since=10.0, pane=replace(PANE, dead=True)), False),
        ("copy mode", facts("idle", since=10.0, pane=replace(PANE, in_mode=True)), False),
        ("a person is attached", facts("idle", since=10.0, pane=replace(PANE, attached=True)), False),
        ("no pane known", facts("idle", since=10.0, pane=None), False),
        ("never reported", RunFacts(pane=PANE), False),
    ],
)
def test_only_into_a_living_resting_pane_without_a_person(name: str, fact: RunFacts, is_chosen: bool) -> None:
    chosen = choose([TO_TOAST], [], [run(driver="claude")], {"run1": fact}, frozenset(), 100.0)
    assert bool(chosen) is is_chosen, name


def test_one_at_a_time() -> None:
    second = replace(TO_TOAST, message="m2")
    assert [one.delivery.message for one in choose([TO_TOAST, second], [], [run()], {"run1": RESTS}, frozenset(), 100.0)] == ["m1"]
    under_way = replace(TO_TOAST, message="m0", state=DeliveryState.SUBMITTED)
    assert choose([TO_TOAST], [under_way], [run()], {"run1": RESTS}, frozenset(), 100.0) == []


def test_agents_that_pull_are_never_typed_into() -> None:
    assert choose([TO_TOAST], [], [run(driver="builtin")], {"run1": RESTS}, frozenset({"builtin"}), 100.0) == []


def test_a_run_that_is_not_working_gets_nothing() -> None:
    assert choose([TO_TOAST], [], [run(state=RunState.STARTING)], {"run1": RESTS}, frozenset(), 100.0) == []


@pytest.mark.parametrize("body", ["!rm -rf ~", "/clear", "# note", "plain"])
def test_text_never_begins_like_a_command(body: str) -> None:
    text, goes_into_file = wrap("m1", "overseer", "", body, "/f")
    assert text == f"[message m1 from overseer] {body}"
    assert not goes_into_file


@pytest.mark.parametrize("body", ["x" * (INLINE_CHARACTERS + 1), "a\nb\nc\nd"])
def test_long_text_goes_through_a_file(body: str) -> None:
    assert wrap("m1", "overseer", "", body, "/f/m1.md") == ("[message m1 from overseer] Read /f/m1.md and act on it.", True)
