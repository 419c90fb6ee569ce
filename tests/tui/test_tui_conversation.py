"""The conversation in Focus: folded tools, changes, search, foreign text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from piloting import until

from gastown_tui.core.transcript import Entry, What
from gastown_tui.services.conversation import Heard
from gastown_tui.tui.screens.conversation import ConversationScreen
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.viewmodels import conversation
from gastown_tui.tui.widgets.rows import RowList

Made = Any


def plain(heard: Heard, opened: frozenset[str] = frozenset(), words: str = "", width: int = 60) -> list[str]:
    rows = conversation.conversation_rows(conversation.pieces(heard), heard, opened, words, width)
    return [row.plain() for row in rows]


def test_tools_are_folded_with_what_became_of_them(town: Made) -> None:
    rows = plain(town.conversation_now)
    assert "▸ its brief, 2 lines" in rows[0]
    assert any("▸ Edit flood.py" in row and "+1 −1" in row and "✓ 1 line" in row for row in rows)
    assert any("▸ Bash pytest -q" in row and "× 12 lines" in row for row in rows)
    assert any("Bash python draw.py" in row and "no result yet" in row for row in rows)
    assert any(row.startswith("you ") and "keep the icons as they are" in row for row in rows)
    assert not any("return flood" in row for row in rows)


def test_an_opened_change_is_a_diff_and_an_opened_tool_shows_its_output(town: Made) -> None:
    heard = town.conversation_now
    opened = frozenset(piece.key for piece in conversation.pieces(heard) if piece.can_open)
    rows = conversation.conversation_rows(conversation.pieces(heard), heard, opened, "", 60)
    grounds = {row.plain().strip(): row.ground for row in rows}
    assert grounds["+    return flood(cell)"] == "add"
    assert grounds["-    return cell"] == "del"
    assert "test_11 passed" in grounds
    assert len({row.key for row in rows if row.key}) == sum(bool(row.key) for row in rows), "every row can be selected"


def test_what_has_no_transcript_or_no_run_says_so() -> None:
    assert plain(Heard()) == ["it has had no run yet"]
    assert "no transcript" in plain(Heard("run1", is_readable=False))[0]
    assert plain(Heard("run1")) == ["nothing has been said yet"]
    told = plain(Heard("run1", entries=(Entry(What.AGENT, 1.0, "hello"),), is_cut=True, skipped=2))
    assert told[:2] == ["older parts of the conversation are not shown", "2 records could not be read"]


@pytest.mark.parametrize("what", list(What))
def test_foreign_text_is_only_text(what: What) -> None:
    evil = "[@click=app.bell]x[/] \x1b]52;c;aGk=\x07\x1b[31mred\u202e [bold]"
    entry = Entry(what, 1.0, evil, "t1", evil, evil)
    heard = Heard("run1", entries=(entry, Entry(What.RESULT, 1.0, evil, "t1")))
    for row in plain(heard, frozenset({"e:0"})):
        assert not any(ord(character) < 32 or character == "\u202e" for character in row)
    assert any("[@click=app.bell]x[/]" in row for row in plain(heard, frozenset({"e:0"}), width=200))


async def test_v_shows_the_conversation_and_goes_back(town: Made) -> None:
    console = town.console()
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: console.snapshot.root)
        console.focus_agent("mines/polecats/toast")
        await until(pilot, lambda: isinstance(console.screen, FocusScreen))
        await pilot.press("v")
        await until(pilot, lambda: isinstance(console.screen, ConversationScreen) and console.screen.query_one(RowList).rows)
        listing = console.screen.query_one(RowList)
        assert "python draw.py" in _selected(listing), "it follows the end"
        town.conversation_now = replace(
            town.conversation_now, entries=(*town.conversation_now.entries, Entry(What.AGENT, 1.0, "and one more"))
        )
        console.screen._ask()
        await until(pilot, lambda: "and one more" in _selected(listing))
        await pilot.press("left_square_bracket", "enter")
        await until(pilot, lambda: any("▾ Bash python draw.py" in row.plain() for row in listing.rows))
        await pilot.press("z")
        await until(pilot, lambda: not any("▾" in row.plain() for row in listing.rows))
        await pilot.press("slash")
        await pilot.press(*"reveal", "enter")
        await until(pilot, lambda: "def reveal(cell):" in _selected(listing))
        bar = console.screen.query_one("#conversation-bar").rows[0].plain()
        assert "3 of 3" in bar
        await pilot.press("y")
        await until(pilot, lambda: "return flood(cell)" in console.clipboard)
        await pilot.press("escape")
        assert isinstance(console.screen, ConversationScreen), "first the search goes"
        await pilot.press("v")
        await until(pilot, lambda: isinstance(console.screen, FocusScreen))


def _selected(listing: RowList) -> str:
    return "\n".join(row.plain() for row in listing.rows if row.key and row.key == listing.selected)
