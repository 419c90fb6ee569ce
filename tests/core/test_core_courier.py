"""What may be typed into whom, in which form, and what a composer shows of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gastown_tui.core.courier import Choice, Fit, Rest, choose, fit, wrap
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.observation import RunFacts
from gastown_tui.core.rows import Delivery, Message, Run
from gastown_tui.core.screen import without_ghosts
from gastown_tui.core.states import DeliveryState, RunState
from worlds import PANE, facts, run

MOST = 750
TO_TOAST = Delivery("m1", "ms/polecats/toast", DeliveryState.QUEUED, "", "", 1.0, None)
RESTS = Rest(AgentState.IDLE, 10.0)
CALM = facts("idle", since=10.0)


def pick(fact: RunFacts = CALM, rest: Rest | None = RESTS, *queued: Delivery, its: Run | None = None) -> Choice:
    theirs = its or run(driver="claude")
    return choose(queued or (TO_TOAST,), [], [theirs], {"run1": fact}, {"run1": rest} if rest else {}, frozenset({"builtin"}))


@pytest.mark.parametrize(
    ("fact", "rest", "why"),
    [
        (CALM, RESTS, ""),
        (CALM, Rest(AgentState.ERROR, 10.0), ""),
        (CALM, Rest(AgentState.WORKING, 10.0), "it is working"),
        (CALM, Rest(AgentState.PERMISSION, 10.0), "it waits for a person (permission)"),
        (CALM, Rest(AgentState.UNKNOWN, 10.0), "it is not known whether it rests"),
        (CALM, None, "it is not known whether it rests"),
        (replace(CALM, pane=replace(PANE, dead=True)), RESTS, "its program has ended"),
        (replace(CALM, has_exited=True), RESTS, "its program has ended"),
        (replace(CALM, pane=replace(PANE, in_mode=True)), RESTS, "a person reads back in its pane"),
        (replace(CALM, pane=replace(PANE, attached=True)), RESTS, "a person is attached to it"),
        (replace(CALM, pane=None), RESTS, "its pane is not known"),
    ],
)
def test_only_into_a_living_resting_pane_without_a_person(fact: RunFacts, rest: Rest | None, why: str) -> None:
    choice = pick(fact, rest)
    assert bool(choice.handovers) is (why == "")
    assert choice.reasons == ({("m1", "ms/polecats/toast"): why} if why else {})


def test_who_has_only_just_come_to_rest_is_looked_at_again() -> None:
    choice = pick(CALM, Rest(AgentState.IDLE, 0.4))
    assert (choice.handovers, choice.reasons) == ((), {})
    assert choice.again_in == pytest.approx(0.6)


def test_one_at_a_time() -> None:
    second = replace(TO_TOAST, message="m2")
    choice = pick(CALM, RESTS, TO_TOAST, second)
    assert [one.delivery.message for one in choice.handovers] == ["m1"]
    assert choice.reasons == {("m2", "ms/polecats/toast"): "another message goes first"}
    under_way = replace(TO_TOAST, message="m0", state=DeliveryState.SUBMITTED)
    assert choose([TO_TOAST], [under_way], [run(driver="claude")], {"run1": CALM}, {"run1": RESTS}, frozenset()).handovers == ()


@pytest.mark.parametrize(
    ("its", "why"),
    [
        (run(driver="builtin"), "the agent takes it when it rests"),
        (run(driver="claude", state=RunState.STARTING), "its run is starting"),
        (run(driver="claude", agent="ms/polecats/nux"), "the agent does not run"),
    ],
)
def test_who_is_never_typed_into(its: Run, why: str) -> None:
    choice = pick(its=its)
    assert (choice.handovers, choice.reasons) == ((), {("m1", "ms/polecats/toast"): why})


def letter(body: str, subject: str = "") -> Message:
    return Message("m1", "overseer", subject, body, "mail", "m1", 1.0)


@pytest.mark.parametrize("body", ["!rm -rf ~", "/clear now", "# note", "plain", "a\nb\nc", "write to me@example.org now"])
def test_text_never_begins_like_a_command(body: str) -> None:
    assert wrap(letter(body), "/f", most=MOST) == (f"[message m1 from overseer] {body}", "")


@pytest.mark.parametrize(
    "body",
    [
        "x" * MOST,
        "a\nb\nc\nd",
        "a\n\nb",
        "look at @README",
        "look at @README, then go on",
        "cost: $HOME",
        "ends with \\",
        "a\tb",
        "an \x1b[201~ escape",
        "try /help",
        "its last line ends\n",
        " indented",
        "one\r\ntwo",
        "zero\u200bwidth",
        "a\u0308 combining mark",
        "\u05e9\u05dc\u05d5\u05dd",
        "👩\u200d👩\u200d👧",
        "no\u00a0break",
    ],
)
def test_what_is_long_or_opens_a_menu_or_may_be_changed_goes_through_a_file(body: str) -> None:
    assert wrap(letter(body), "/f/m1.md", most=MOST) == ("[message m1 from overseer] Read /f/m1.md and act on it.", body)


def test_a_subject_is_told_beside_the_file() -> None:
    long = "x" * MOST
    typed = "[message m1 from overseer] Board size: Read /f and act on it."
    assert wrap(letter(long, "Board\nsize"), "/f", most=MOST) == (typed, long)
    assert wrap(letter("9 by 9", "Board size"), "/f", most=MOST) == ("[message m1 from overseer] Board size\n9 by 9", "")


def test_a_subject_that_cannot_be_typed_stands_in_the_file() -> None:
    typed = "[message m1 from overseer] Read /f and act on it."
    assert wrap(letter("hi", "\u05e9\u05dc\u05d5\u05dd"), "/f", most=MOST) == (typed, "\u05e9\u05dc\u05d5\u05dd\n\nhi")


def test_a_cli_without_bracketed_paste_gets_one_line() -> None:
    assert wrap(letter("a\nb"), "/f", most=MOST, takes_lines=False)[1]
    assert not wrap(letter("a b"), "/f", most=MOST, takes_lines=False)[1]


TYPED = '[message m1 from overseer] it\'s "9 by 9" 漢字 🧪\nsecond line'


@pytest.mark.parametrize(
    ("composer", "expected"),
    [
        (None, Fit.UNSEEN),
        ("", Fit.EMPTY),
        (TYPED, Fit.WHOLE),
        ('[message m1 from\n  overseer] it\'s "9 by 9" 漢 字\n  second\n  line', Fit.WHOLE),
        (TYPED[:-3], Fit.OTHER),
        (TYPED + " and mine", Fit.OTHER),
        ("mine " + TYPED, Fit.OTHER),
        (TYPED.replace("m1", "m2"), Fit.OTHER),
    ],
)
def test_enter_needs_the_whole_text_and_nothing_else(composer: str | None, expected: Fit) -> None:
    assert fit(composer, TYPED) is expected


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("\x1b[39m❯\u00a0\x1b[7mR\x1b[0;2m\x1b[39m\x1b[49mesend it\x1b[0m", "❯"),
        ("\x1b[1m›\x1b[0m\x1b[39m \x1b[2mAsk Codex to do anything", "›"),
        ("❯\u00a0a draft\x1b[7m \x1b[0m", "❯\u00a0a draft"),
        ("❯\u00a0a \x1b[38;2;2;2;2mcoloured\x1b[0m dr\x1b[7ma\x1b[27mft", "❯\u00a0a coloured draft"),
        ("❯\u00a0\x1b[48;5;2mon green\x1b[0m", "❯\u00a0on green"),
        ("\x1b[2mdim talk\x1b[0m", "dim talk"),
    ],
)
def test_grey_words_in_a_composer_are_nobodys(line: str, kept: str) -> None:
    assert without_ghosts(f"said\n{line}\nbelow").split("\n")[1].rstrip() == kept
