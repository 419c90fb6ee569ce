"""What a terminal sends, wherever the line cuts it: no key is lost and no half of a sequence runs commands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from piloting import until
from textual import events

from gastown_tui.tui.screens.beads import BeadsScreen
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.terminal_input import CUT_SECONDS, Escape, Pasted, Piece, Sequence, TerminalInput, Typed, WithAlt
from gastown_tui.tui.widgets.immediate import WholeParser

if TYPE_CHECKING:
    from tests.tui.conftest import MadeTown

DELAY = 0.1
MOUSE = "\x1b[<35;10;5M"


def read(*packets: str, gap: float = 0.0) -> list[Piece]:
    """The pieces of packets that come `gap` seconds apart; what came then waits long enough."""
    source, pieces, now = TerminalInput(DELAY), list[Piece](), 0.0
    for packet in packets:
        pieces += [*source.tick(now), *source.feed(packet, now)]
        now += gap
    return pieces + source.tick(now + 60)


def joined(pieces: list[Piece]) -> list[Piece]:
    """Typed characters beside one another as one piece."""
    told: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Typed) and told and isinstance(told[-1], Typed):
            told[-1] = Typed(told[-1].text + piece.text)
        else:
            told.append(piece)
    return told


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("\x1b", [Escape()]),
        ("\x1b\x1b", [Escape(), Escape()]),
        ("\x1b4jj", [WithAlt("4"), Typed("jj")]),
        ("\x1b/foo\r", [WithAlt("/"), Typed("foo\r")]),
        ("\x1b\r", [WithAlt("\r")]),
        ("\x1bé", [WithAlt("é")]),
        ("\x1b[", [WithAlt("[")]),
        ("\x1bOj", [WithAlt("O"), Typed("j")]),
        ("\x1bOA", [Sequence("\x1bOA")]),
        ("\x1b\x1b[A", [Escape(), Sequence("\x1b[A")]),
        ("\x1b[[Aq", [Sequence("\x1b[[A"), Typed("q")]),
        ("j\x1b[1;5Ck", [Typed("j"), Sequence("\x1b[1;5C"), Typed("k")]),
        ("\x1b]11;rgb:0000/0000/0000\x1b\\q", [Typed("q")]),
        ("\x1bP>|tmux 3.3a\x1b\\q", [Typed("q")]),
        ("\x1b]x", [WithAlt("]"), Typed("x")]),
        ("a\x1b[200~b\n\x1b[31mc\x00\x1b[201~d", [Typed("a"), Pasted("b\n\x1b[31mc"), Typed("d")]),
    ],
)
def test_what_comes_in_one_packet(sent: str, expected: list[Piece]) -> None:
    assert joined(read(sent)) == expected


def test_it_does_not_matter_where_the_line_cuts() -> None:
    stream = f"jk\x1b[A{MOUSE}\x1b[200~pasted \x1b[0m text\r\x1b[201~x\x1bOP\x1b[27;5;13~ä\x1b4é"
    whole = joined(read(stream))
    for at in range(1, len(stream)):
        assert joined(read(stream[:at], stream[at:])) == whole, at
    assert joined(read(*stream)) == whole


@pytest.mark.parametrize("at", range(1, len(MOUSE)))
def test_a_mouse_report_cut_by_a_slow_line_is_no_keys(at: int) -> None:
    pieces = read(MOUSE[:at], MOUSE[at:], gap=0.7)
    assert [piece for piece in pieces if piece not in (Escape(), WithAlt("["))] == [Sequence(MOUSE)]


def test_an_arrow_behind_its_escape_answers_nothing() -> None:
    assert read("\x1b", "[A", gap=0.5) == [Escape(), Sequence("\x1b[A")]
    assert read("\x1b", "A", gap=0.5) == [Escape(), Typed("A")]


def test_the_rest_that_never_comes_is_dropped() -> None:
    assert read("\x1b[<35;1", "q", gap=CUT_SECONDS + 1) == [Typed("q")]


def test_a_paste_waits_for_its_end_however_slow() -> None:
    assert read("\x1b[200~ab", "cd\x1b[20", "1~", gap=30.0) == [Pasted("abcd")]


def test_a_paste_without_an_end_can_be_given_up() -> None:
    assert read("\x1b[200~ab", "\x03", "j", gap=2.0) == [Typed("j")]
    assert read("\x1b[200~ab", "\x03", "\x1b[201~", gap=0.0) == [Pasted("ab\x03")]


def keys(parser: WholeParser, data: str) -> list[tuple[str, str | None]]:
    return [(event.key, event.character) for event in parser.feed(data) if isinstance(event, events.Key)]


def test_the_parser_names_what_came() -> None:
    parser = WholeParser()
    assert keys(parser, "\x1b4\x1b?\x1b\r") == [("alt+4", "4"), ("alt+question_mark", "?"), ("alt+enter", "\r")]
    assert keys(parser, "\x1b[?1;2cq\x1b[99zq") == [("q", "q"), ("q", "q")], "what it does not know swallows nothing"
    assert [type(event) for event in parser.feed(MOUSE)] == [events.MouseMove]
    assert [event.text for event in parser.feed("\x1b[200~x\x1b[201~") if isinstance(event, events.Paste)] == ["x"]
    assert list(parser.feed("\x1b")) == []
    end = time.monotonic() + 20
    while not (told := list(parser.tick())):
        assert time.monotonic() < end
    assert [event.key for event in told if isinstance(event, events.Key)] == ["escape"]


async def test_escape_and_a_key_at_once_are_escape_and_that_key(town: MadeTown) -> None:
    console = town.console()
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: bool(console.snapshot.agents))
        await pilot.press("slash", *"rig")
        for event in WholeParser().feed("\x1b4"):
            console.post_message(event)
        await until(pilot, lambda: isinstance(console.screen, BeadsScreen))
        assert console.wall.filter == ""


async def test_an_agent_gets_escape_and_the_key_in_one_piece(town: MadeTown) -> None:
    console = town.console()
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: bool(console.snapshot.agents))
        console.focus_agent(console.snapshot.agents[0].address)
        await until(pilot, lambda: isinstance(console.screen, FocusScreen))
        await pilot.press("i")
        for event in WholeParser().feed("\x1b4\x1b/\x1b\r\x1bb"):
            console.post_message(event)
        await until(pilot, lambda: len(town.panes.typed) >= 4)
        assert [data for _, data in town.panes.typed] == [b"\x1b4", b"\x1b/", b"\x1b\r", b"\x1bb"]


async def test_alt_moves_by_words_and_breaks_a_line_where_somebody_writes(town: MadeTown) -> None:
    console = town.console()
    async with console.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: bool(console.snapshot.agents))
        await pilot.press("m", *"two", "space", *"words")
        for event in WholeParser().feed("\x1bbX\x1b\r"):
            console.post_message(event)
        await until(pilot, lambda: console.draft == "two X\nwords")
