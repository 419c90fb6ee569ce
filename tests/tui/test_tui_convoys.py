"""Convoys: what is left and how long it may take, folding, and the selected bead beside the list."""

from __future__ import annotations

from dataclasses import replace

import pytest
from piloting import until

from gastown_tui.core.rows import Bead
from gastown_tui.core.snapshot import ConvoyView, SupervisorView, TownSnapshot
from gastown_tui.core.states import BeadOutcome, BeadState, ConvoyState
from gastown_tui.tui.app import Console
from gastown_tui.tui.place import Place
from gastown_tui.tui.viewmodels.convoys import convoy_detail, convoy_rows, time_left
from gastown_tui.tui.widgets.rows import RowList, Rows

NOW = 1_764_000_000.0


def bead(name: str, state: BeadState = BeadState.OPEN, **more: object) -> Bead:
    made = Bead(name, "mines", "Part", "", "", "task", 2, state, None, "", "", "", None, None, "overseer", NOW - 9e4, NOW - 600, None, None, None, 0, "{}")  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def with_landings(*minutes: int, working: int = 2, **more: object) -> TownSnapshot:
    """A convoy of ten beads, of which one landed so many minutes ago for each of `minutes`."""
    closed = [
        bead(f"ms-{index}", BeadState.CLOSED, outcome=BeadOutcome.MERGED, closed_at=NOW - 60 * ago)
        for index, ago in enumerate(minutes)
    ]
    left = [bead(f"ms-{index}") for index in range(len(minutes), 10)]
    names = tuple(one.id for one in (*closed, *left))
    convoy = ConvoyView("cv-1", "Minesweeper", ConvoyState.OPEN, 10, len(minutes), working, 0, "", names)
    town = TownSnapshot("/town", NOW, SupervisorView("up", NOW, 7), "up", False, False)
    return replace(town, beads=(*closed, *left), convoys=(convoy,), **more)  # type: ignore[arg-type]


def left_of(snapshot: TownSnapshot) -> tuple[float | None, str]:
    return time_left(snapshot.convoys[0], snapshot, NOW)


def test_the_time_left_comes_from_its_own_landings() -> None:
    seconds, words = left_of(with_landings(60, 30))
    assert seconds == 60 * 60 * 8  # two landings in an hour are one gap of an hour until now; eight are left
    assert words.startswith("about 8h left at the pace of 2 landings since ")
    assert "~8h left" in convoy_rows(with_landings(60, 30), (), NOW)[1].plain()


def test_a_pause_makes_the_pace_slower() -> None:
    brisk, _ = left_of(with_landings(20, 10, 1))
    slow, _ = left_of(with_landings(120, 110, 101))
    assert brisk is not None
    assert slow is not None
    assert slow > brisk * 4


@pytest.mark.parametrize(
    ("snapshot", "why"),
    [
        (with_landings(), "fewer than two"),
        (with_landings(10), "fewer than two"),
        (with_landings(20, 10, working=0), "nobody works on it"),
        (with_landings(20, 10, wanted="paused"), "stands still"),
        (with_landings(20, 10, is_estopped=True), "stands still"),
    ],
)
def test_an_unknown_time_stays_unknown(snapshot: TownSnapshot, why: str) -> None:
    seconds, words = left_of(snapshot)
    assert seconds is None
    assert why in words
    assert "left" not in convoy_rows(snapshot, (), NOW)[1].plain()
    assert any(why.split()[0] in row.plain() for row in convoy_detail(snapshot.convoys[0], snapshot, NOW, 200))


def test_what_is_over_has_no_time_left() -> None:
    snapshot = with_landings(20, 10)
    over = replace(snapshot.convoys[0], state=ConvoyState.LANDED)
    assert time_left(over, snapshot, NOW) == (None, "")


def test_many_closed_beads_are_one_row_until_they_are_unfolded() -> None:
    snapshot = with_landings(40, 30, 20)
    assert "✓ ms-0 … ms-2, 3 closed" in "\n".join(row.plain() for row in convoy_rows(snapshot, (), NOW))
    assert not any(row.key == "b:ms-0" for row in convoy_rows(snapshot, (), NOW))
    assert any(row.key == "b:ms-0" for row in convoy_rows(snapshot, ("l:cv-1",), NOW))
    assert any(row.key == "b:ms-0" for row in convoy_rows(with_landings(40, 30), (), NOW))


def said(console: Console) -> str:
    return "\n".join(row.plain() for row in console.screen.query_one("#preview", Rows).rows)


async def test_what_is_selected_stands_beside_the_list(town: object) -> None:
    console = town.console(Place(mode="convoys"))  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: console.snapshot.root and "AT IT" in said(console))
        assert "time left unknown" in said(console)
        await pilot.press("j", "j", "j")
        await until(pilot, lambda: "Corners have three." in said(console))
        assert "HOLDS UP" in said(console)
        await pilot.press("4")
        await until(pilot, lambda: console.current_mode == "beads" and "Icons" in said(console))
        await pilot.press("j")
        await until(pilot, lambda: "Corners have three." in said(console))


async def test_a_narrow_screen_has_the_list_alone(town: object) -> None:
    console = town.console(Place(mode="convoys"))  # type: ignore[attr-defined]
    async with console.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: console.snapshot.root and len(console.screen.query_one("#tree", RowList).rows) > 3)
        await until(pilot, lambda: console.screen.query_one("#tree").size.width == 80)
        assert not console.screen.query_one("#preview").display
