"""Markdown of a model as rows: signs become style, words stay, nothing is wider than its room."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gastown_tui.tui.viewmodels.prose import CODE, FAINT, INK, STRONG, prose_rows


def said(text: str, width: int = 40) -> list[str]:
    return ["".join(part for part, _ in row) for row in prose_rows(text, width)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [""]),
        ("one\ntwo", ["one", "two"]),
        ("one\n\n\ntwo", ["one", "", "two"]),
        ("# Plan\ntext", ["Plan", "", "text"]),
        ("go\n- a\n- b\n  - c", ["go", "", "• a", "• b", "  • c"]),
        ("3. a\n4. b", ["3. a", "4. b"]),
        ("- words that do not fit into one row of forty", ["• words that do not fit into one row of", "  forty"]),
        ("> quoted", ["│ quoted"]),
        ("```py\nx = 1\n\n  y\n```", ["x = 1", "", "  y"]),
        ("[here](http://x/y) <http://z>", ["here (http://x/y) http://z"]),
        ("|a|bee|\n|-|-|\n|one|**2**|", ["a    bee", "one  2"]),
        ("<b>5 * 3</b> [red]x[/red]", ["<b>5 * 3</b> [red]x[/red]"]),
        ("a\x1b]52;c;eA==\x07b \x1b[31mred\x1b[0m", ["ab red"]),
    ],
)
def test_rows(text: str, rows: list[str]) -> None:
    assert said(text) == rows


def test_signs_become_style() -> None:
    assert prose_rows("say *so* and **so** with `x`", 40) == (
        (("say ", INK), ("so", STRONG), (" and ", INK), ("so", STRONG), (" with ", INK), ("x", CODE)),
    )
    assert prose_rows("- x", 40) == ((("• ", FAINT), ("x", INK)),)


def test_a_table_that_is_too_wide_is_said_row_by_row() -> None:
    assert said("|name|what|\n|-|-|\n|a|long words that do not fit here|", 20) == [
        "name · what",
        "a · long words that",
        "do not fit here",
    ]


WRITING = st.text(st.sampled_from("ab *_`#->|[]()1.\n\t漢é🙂"), max_size=200)


@given(WRITING, st.integers(12, 60))
def test_no_row_is_wider_than_its_room_and_no_letter_is_lost(text: str, width: int) -> None:
    rows = said(text, width)
    nested = max((cell_len(re.match(r"[ │•\d.]*", row).group()) for row in rows), default=0)  # type: ignore[union-attr]
    assert all(cell_len(row) <= max(width, nested + 8) for row in rows)
    letters = re.findall(r"[ab漢é🙂]", text)
    assert sorted(re.findall(r"[ab漢é🙂]", "".join(rows))) == sorted(letters) or "](" in text or "|" in text
