"""How far a terminal is behind: questions behind the output, late answers, terminals that never answer."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

import pytest
from textual import events

from gastown_tui.tui import line as room
from gastown_tui.tui.commands import COMMANDS, CommandSpec
from gastown_tui.tui.line import FAR, LAST_WAIT, MOST, PROBE_BYTES, SILENT, SLACK, Line, without_answers

MUCH = PROBE_BYTES


@dataclass
class Terminal:
    """The far end; the test says when it answers."""

    now: float = 100.0
    asked: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self.line = Line(lambda: self.now)
        self.line.open()

    def write(self, size: int = MUCH) -> bool:
        """Whether a question came with it."""
        found = re.fullmatch(r"\x1b7\x1b\[(\d+);(\d+)H\x1b\[6n\x1b8", self.line.question(size))
        if found:
            self.asked = (int(found[1]), int(found[2]))
        return found is not None

    def answer(self, after: float) -> None:
        self.now += after
        assert self.asked is not None
        row, column = self.asked
        self.line.take(events.CursorPosition(column - 1, row - 1))


def test_the_first_question_is_asked_at_once_and_the_next_after_some_output() -> None:
    terminal = Terminal()
    assert terminal.write(1)
    terminal.answer(0.01)
    terminal.now += 1
    assert not terminal.write(MUCH - 1)
    assert terminal.write(1)
    assert not terminal.write()  # one at a time
    terminal.answer(0.01)
    assert not terminal.write()  # and not too often
    terminal.now += 0.1
    assert terminal.write(1)


def test_a_late_answer_holds_until_it_comes_and_halves_what_is_drawn_at_once() -> None:
    terminal = Terminal()
    terminal.write()
    terminal.answer(0.02)
    terminal.now += 1
    terminal.write()
    terminal.now += 0.02 + SLACK * 0.9
    assert not terminal.line.is_late
    terminal.now += SLACK
    assert terminal.line.is_late
    terminal.answer(1)
    assert not terminal.line.is_late
    assert terminal.line.room == MOST // 2
    terminal.now += 1
    terminal.write()
    terminal.answer(0.05)
    assert terminal.line.room == MOST


def test_a_far_terminal_is_not_a_late_one() -> None:
    terminal = Terminal()
    terminal.write()
    terminal.answer(0.6)
    terminal.now += 1
    terminal.write()
    terminal.now += 0.6
    assert not terminal.line.is_late
    assert terminal.line.room == MOST


def test_a_terminal_that_never_answers_is_held_only_at_the_start_and_asked_no_more() -> None:
    terminal = Terminal()
    terminal.write()
    terminal.now += FAR + SLACK + 0.1
    assert terminal.line.is_late
    terminal.now += SILENT
    assert not terminal.line.is_late
    assert not terminal.write()
    terminal.answer(10)  # it does, after all
    terminal.now += 1
    assert terminal.write()


def test_a_question_that_was_lost_is_asked_again_and_its_answer_is_not_taken_for_the_new_one() -> None:
    terminal = Terminal()
    terminal.write()
    terminal.answer(0.02)
    terminal.now += 1
    terminal.write()
    lost = terminal.asked
    terminal.now += room.ASK_AGAIN
    assert terminal.line.is_late
    assert terminal.write()
    assert lost is not None
    terminal.line.take(events.CursorPosition(lost[1] - 1, lost[0] - 1))
    terminal.now += 1
    assert terminal.line.is_late
    terminal.answer(0)
    assert not terminal.line.is_late


async def test_a_terminal_is_given_away_when_its_last_answer_is_there() -> None:
    terminal = Terminal()
    terminal.write()
    closing = asyncio.create_task(terminal.line.close())
    await asyncio.sleep(0)
    assert not closing.done()
    terminal.answer(0.02)
    await closing
    terminal.now += 1
    assert not terminal.write()
    terminal.line.open()
    assert terminal.write(1)
    terminal.now += LAST_WAIT
    await terminal.line.close()  # nobody waits for ever


@pytest.mark.parametrize(
    ("pasted", "is_left"), [("a\x1b[2;9Rb", "ab"), ("a\x1b[2;26R", "a"), ("[2;9R", "[2;9R"), ("\x1b[1mx", "\x1b[1mx")]
)
def test_an_answer_in_the_middle_of_a_paste_is_taken_out(pasted: str, is_left: str) -> None:
    assert without_answers(pasted) == is_left


GRABBED = {f"ctrl+{letter}" for letter in "bghnopqst"} | {"ctrl+circumflex_accent"}
"""Keys that zellij takes by default (its modes), tmux (the prefix) and mosh (its escape). zellij takes many with Alt, too."""


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_no_command_is_reached_only_by_a_key_that_a_multiplexer_takes(command: CommandSpec) -> None:
    free = [key for key in command.keys if key not in GRABBED and not key.startswith("alt+")]
    assert free or not command.keys
