"""Foreign text is data: nothing of it is markup, an escape, or a trick of direction."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from piloting import picture, ready
from rich.cells import cell_len

from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.tui.paint import Palette, Row, cells, fit, paint
from gastown_tui.tui.place import Place
from gastown_tui.tui.text import clean, clean_lines, cut, labelled, plain, wrap
from gastown_tui.tui.tokens import THEMES, TOKENS, derived


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mb\x1b[0m", "ab"),
        ("\x1b]52;c;AAAA\x07x", "x"),
        ("\x1b]0;title\x1b\\x", "x"),
        ("\x1b]0;never ends", ""),
        ("\x9b2Jx", "2Jx"),
        ("a\nb\tc\r\nd", "a b c d"),
        ("\u202egnp.exe\u200b", "gnp.exe"),
        ("⚠\ufe0f", "⚠"),
        ("\x00\x07\x08", ""),
        ("[b]not markup[/b]", "[b]not markup[/b]"),
        ("ends in esc\x1b", "ends in esc"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_plain_and_labelled_are_literal(hostile: str) -> None:
    assert "[/x]" in plain(hostile).plain
    assert not plain(hostile).spans
    assert labelled("$who says $what", who="$what", what="[b]").plain == "$what says [b]"


@pytest.mark.parametrize("width", [1, 2, 5, 9, 80])
def test_cut_and_wrap_keep_to_the_width(width: int) -> None:
    text = "漢字 and 👩‍🚀 words that go on"
    assert cell_len(cut(text, width)) <= width
    if width >= 4:
        assert all(cell_len(row) <= max(width, 4) for row in wrap(clean(text), width))
    assert clean_lines("a\n\nb") == ["a", "", "b"]


def test_wrap_loses_no_word() -> None:
    text = "git push --force-with-lease origin polecat/toast averyveryverylongwordthatdoesnotfitatall end"
    rows = wrap(text, 16, hang=2)
    assert "".join("".join(rows).split()) == "".join(text.split())


def palette() -> Palette:
    theme = THEMES["gas-town"]
    return Palette.of({**derived(theme), **theme.variables})


@pytest.mark.parametrize("width", range(1, 60, 7))
def test_a_painted_row_has_exactly_its_width(width: int) -> None:
    row = Row((("漢字漢字 name", "b ink"), (" more [/x]", "soft")), (("2m", "needs"),), key="k", edge="needs", indent=1)
    for one in (row, replace(row, right=()), replace(row, edge=""), Row()):
        strip = paint(one, width, palette(), "pane", pad=1)
        assert strip.cell_length == width
        assert cell_len(strip.text) == width


def test_the_right_part_never_gives_way() -> None:
    row = Row((("a long left part", "ink"),), (("12m", "soft"),))
    assert paint(row, 12, palette(), "pane").text == "a long … 12m"
    assert cells(fit((("abc", ""), ("def", "")), 4)) == 4
    assert fit((("abcd", ""), ("def", "")), 4)[0][0] == "abc…"


def test_every_theme_has_every_token() -> None:
    for theme in THEMES.values():
        assert set(TOKENS) <= set(theme.variables)
        assert Palette.of({**derived(theme), **theme.variables}).floor >= 3.0


def poisoned(snapshot: TownSnapshot, text: str) -> TownSnapshot:
    """The snapshot with every foreign string replaced."""

    def poison(record: object, *names: str) -> object:
        known = {field.name for field in fields(record)}  # type: ignore[arg-type]
        return replace(record, **{name: text for name in names if name in known})  # type: ignore[type-var]

    views: tuple[AgentView, ...] = tuple(poison(agent, "bead_title", "branch", "driver", "worktree") for agent in snapshot.agents)  # type: ignore[misc]
    views = tuple(replace(view, verdict=replace(view.verdict, detail=text, rule=text)) for view in views)
    return replace(
        snapshot,
        agents=views,
        requests=tuple(poison(one, "title", "detail", "directory") for one in snapshot.requests),  # type: ignore[misc]
        beads=tuple(poison(one, "title", "description", "acceptance") for one in snapshot.beads),  # type: ignore[misc]
        convoys=tuple(poison(one, "title") for one in snapshot.convoys),  # type: ignore[misc]
        merges=tuple(poison(one, "detail", "branch", "log") for one in snapshot.merges),  # type: ignore[misc]
        incidents=tuple(poison(one, "detail", "subject", "kind") for one in snapshot.incidents),  # type: ignore[misc]
        events=tuple(poison(one, "data", "actor", "subject") for one in snapshot.events),  # type: ignore[misc]
        reasons=dict.fromkeys(snapshot.reasons, text),
        rigs=tuple(poison(one, "target", "origin") for one in snapshot.rigs),  # type: ignore[misc]
    )


@pytest.mark.parametrize("mode", ["town", "inbox", "convoys", "beads", "merge", "feed", "mayor"])
@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_hostile_text_on_every_screen(town: object, hostile: str, mode: str, size: tuple[int, int]) -> None:
    town.snapshot_now = poisoned(town.snapshot_now, hostile)  # type: ignore[attr-defined]
    town.said = tuple(replace(said, text=hostile, note=hostile) for said in town.said)  # type: ignore[attr-defined]
    console = town.console(Place(mode=mode, draft=hostile))  # type: ignore[attr-defined]
    async with console.run_test(size=size, notifications=True) as pilot:
        await ready(pilot, console)
        console.hint(hostile)
        console.flash(hostile)
        for keys in (
            ["enter"],
            ["E"],
            ["escape"],
            ["question_mark"],
            ["escape"],
            ["d"],
            ["escape"],
            ["colon"],
            ["n", "o"],
            ["escape"],
        ):
            await pilot.press(*keys)
            await pilot.pause()
        assert console.is_running
        assert console._exception is None
        seen = picture(console)
        odd = [line for line in seen.split("\n") for char in line if ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char == "\u202e"]
        assert odd == []
