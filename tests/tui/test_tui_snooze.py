"""What was put off sleeps for as long as it was told to, and comes back at once when it is about something else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from piloting import until

from gastown_tui.core.evidence import Light
from gastown_tui.tui.app import Console
from gastown_tui.tui.place import Place, keep_place, load_place
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.viewmodels import snooze
from gastown_tui.tui.viewmodels.inbox import inbox_rows, rail_needs
from gastown_tui.tui.viewmodels.needs import Need, needs
from gastown_tui.tui.widgets.rows import RowList

NOW = 1_764_000_000.0
NEED = Need("q:q1", "answer", "permission", "mines/polecats/toast", "ms-2", "sh x", NOW - 120, Light.NEEDS)


def test_each_time_it_sleeps_for_longer() -> None:
    snoozed: dict[str, str] = {}
    seen = []
    for _ in range(4):
        snoozed, words = snooze.put_off(NEED, snoozed, NOW)
        seen.append((snooze.until(NEED, snoozed, NOW), words.partition(" until ")[2][:2]))
    assert [until for until, _ in seen] == [NOW + 600, NOW + 3600, float("inf"), None]
    assert seen[2][1] == "it"
    assert snoozed == {}


def test_it_wakes_when_the_time_is_over_or_it_is_about_something_else() -> None:
    snoozed, _ = snooze.put_off(NEED, {}, NOW)
    assert snooze.awake([NEED], snoozed, NOW + 599) == []
    assert snooze.awake([NEED], snoozed, NOW + 600) == [NEED]
    other = replace(NEED, at=NOW - 5)
    assert snooze.awake([other], snoozed, NOW) == [other]
    assert snooze.put_off(NEED, snoozed, NOW + 700)[1].startswith("put off until "), "a new nap begins short"


@pytest.mark.parametrize("kept", ["", "x", "1 2", "a b c", "nan nan 0", "1e99 0 7"])
def test_a_broken_place_puts_nothing_off(kept: str) -> None:
    assert snooze.awake([NEED], {NEED.key: kept}, NOW) == [NEED]


def test_it_is_kept_with_the_place(tmp_path: object) -> None:
    file = tmp_path / "place.json"  # type: ignore[operator]
    snoozed, _ = snooze.put_off(NEED, {}, NOW)
    keep_place(file, Place(snoozed=snoozed))
    assert load_place(file).snoozed == snoozed


async def test_the_inbox_puts_off_and_wakes_and_w_leaves_it_alone(town: object) -> None:
    console: Console = town.console(Place(mode="inbox"))  # type: ignore[attr-defined]
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: console.snapshot.root and isinstance(console.screen, ConsoleScreen))
        listing = console.screen.query_one("#needs", RowList)
        await until(pilot, lambda: listing.has_focus and listing.selected)
        first = needs(console.snapshot)[0]
        assert listing.selected == first.key
        await pilot.press("s")
        await until(pilot, lambda: "PUT OFF" in "\n".join(row.plain() for row in listing.rows))
        keys = listing.keys()
        assert keys[-1] == first.key
        assert listing.selected == needs(console.snapshot)[1].key, "the next one is selected"
        await pilot.press("w", "w", "w", "w", "w")
        await until(pilot, lambda: console.need_key not in ("", first.key))
        listing.select(first.key)
        await pilot.press("u")
        await until(pilot, lambda: console.snoozed == {} and listing.keys()[0] == first.key)


def test_the_rail_shows_it_in_one_line_at_its_end(town: object) -> None:
    snapshot = town.snapshot_now  # type: ignore[attr-defined]
    first = needs(snapshot)[0]
    snoozed, _ = snooze.put_off(first, {}, NOW)
    before = [row.key for row in rail_needs(snapshot, NOW, 50, "") if row.key == first.key]
    after = [row.key for row in rail_needs(snapshot, NOW, 50, "", snoozed=snoozed) if row.key]
    assert len(before) > 1
    assert after[-1] == first.key
    assert after.count(first.key) == 1


def test_an_inbox_in_which_all_sleep_says_so(town: object) -> None:
    snapshot = replace(town.snapshot_now, unread_mail=0)  # type: ignore[attr-defined]
    snoozed: dict[str, str] = {}
    for need in needs(snapshot):
        snoozed, _ = snooze.put_off(need, snoozed, NOW)
    words = [row.plain() for row in inbox_rows(snapshot, NOW, snoozed)]
    assert any("nothing else waits for you" in line for line in words)
    assert sum("until " in line for line in words) == len(needs(snapshot))
