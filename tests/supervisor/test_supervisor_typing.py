"""Messages typed into a CLI in a real tmux: each way in which one could be lost, doubled or mixed up."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from towns import home
from typing_desk import AGENT, Desk

from gastown_tui.core.config import AgentConfig, ScreenConfig
from gastown_tui.core.rows import Event
from gastown_tui.core.states import DeliveryState
from gastown_tui.drivers import registry
from gastown_tui.infra.act import sessions
from gastown_tui.ledger import events, incidents, intents
from gastown_tui.services import messages as service
from gastown_tui.services.town import create_town
from gastown_tui.supervisor.courier import Courier

pytestmark = pytest.mark.tmux
__all__ = ["home"]
D = DeliveryState


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory(prefix="gtd-", ignore_cleanup_errors=True) as name:
        ctx = create_town(Path(name).resolve() / "t", name="town")
        made = Desk(ctx)
        try:
            yield made
        finally:
            made.close()
            ctx.close()


def typed(message: str, text: str) -> str:
    return f"[message {message} from overseer] {text}"


def test_seen_when_the_hook_has_told_it(desk: Desk) -> None:
    desk.start()
    message = desk.say("it's \"9 by 9\", `isn't` it? $HOME äöü 漢字 🧪")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "it's \"9 by 9\", `isn't` it? $HOME äöü 漢字 🧪")]
    states = [event.kind for event in events_of(desk, message)]
    assert states == ["message.queued", "message.leased", "message.pasted", "message.submitted", "message.seen"]
    assert intents.open_ones(desk.ctx.ledger) == []


def events_of(desk: Desk, message: str) -> list[Event]:
    return events.of_message(desk.ctx.ledger, message, AGENT)


@pytest.mark.parametrize("text", ["!touch pwned", "/clear the board", "#remember", "-x"])
def test_no_text_is_a_command_of_the_cli(desk: Desk, text: str) -> None:
    desk.start()
    message = desk.say(text)
    desk.becomes(message, D.SEEN)
    assert desk.got() == [{"prompt": typed(message, text), "run": desk.run}]


def test_a_long_text_arrives_whole_through_a_file(desk: Desk) -> None:
    desk.start()
    text = "\n".join(f'{number}: it\'s "quoted" `ticks` $HOME ${{x}} \\ äöü 漢字 🧪\ttab \x1b[201~ \x07' for number in range(60))
    assert len(text.encode()) > 3000
    message = desk.say(text)
    desk.becomes(message, D.SEEN)
    (entry,) = desk.got()
    assert entry["file"] == text
    assert len(str(entry["prompt"])) < 200


def test_a_busy_agent_gets_it_when_it_rests(desk: Desk) -> None:
    desk.start(turn=5.0)
    first, second = desk.say("one"), desk.say("two")
    desk.becomes(first, D.SEEN)
    desk.waits_because(second, "it is working")
    assert desk.prompts() == [typed(first, "one")]
    desk.becomes(second, D.SEEN)
    assert desk.prompts() == [typed(first, "one"), typed(second, "two")]


def test_the_same_text_twice_is_two_messages(desk: Desk) -> None:
    desk.start()
    both = [desk.say("go on"), desk.say("go on")]
    for message in both:
        desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "go on") for message in both]


def test_a_person_s_draft_is_kept_and_the_message_waits(desk: Desk) -> None:
    desk.start(draft="what I was about to")
    message = desk.say("mine")
    desk.waits_because(message, "a half-typed draft")
    desk.keys("-l", " say")
    desk.until(lambda: "about to say" in desk.screen(), "the draft")
    desk.look()
    assert desk.got() == []
    desk.keys("Enter")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == ["what I was about to say", typed(message, "mine")]


def test_grey_words_of_the_cli_are_no_draft(desk: Desk) -> None:
    desk.start(ghost="now write the tests")
    message = desk.say("mine")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "mine")]


def test_nothing_is_typed_while_a_person_reads_back(desk: Desk) -> None:
    desk.start()
    desk.server.command("copy-mode", "-t", desk.pane)
    message = desk.say("hello")
    desk.waits_because(message, "a person reads back")
    desk.server.command("send-keys", "-t", desk.pane, "-X", "cancel")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "hello")]


def test_a_console_that_shows_the_pane_is_in_nobodys_way(desk: Desk) -> None:
    """A viewer session has the window linked; tmux then takes the pane's newest session for the one that is meant."""
    desk.start()
    (pane,) = desk.server.snapshot()
    viewer = ("new-session", "-d", "-s", "view", "cat", ";", "set-option", "-t", "=view:", "@gt_viewer", "1")
    desk.server.command(*viewer, ";", "link-window", "-s", pane.window, "-t", "=view:")
    desk.until(lambda: desk.server.command("display-message", "-p", "-t", pane.pane, "#{session_name}") == ["view"], "the viewer")
    message = desk.say("hello")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "hello")]


def test_a_dead_pane_gets_nothing_and_tmux_lives(desk: Desk) -> None:
    desk.start()
    message = desk.say("hello")
    desk.keys("C-d")
    desk.until(lambda: any(pane.dead for pane in desk.server.snapshot()), "its death")
    desk.waits_because(message, "its program has ended")
    assert desk.server.process() is not None


def test_a_pane_that_dies_before_the_paste_is_not_pasted_into(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between our look at the composer and the paste anything may happen; tmux's own test stands in one command with it."""
    desk.start()
    paste = sessions.paste

    def dies_first(*given: object) -> None:
        desk.keys("C-d")
        desk.until(lambda: any(pane.dead for pane in desk.server.snapshot()), "its death")
        paste(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(sessions, "paste", dies_first)
    message = desk.say("hello")
    desk.waits_because(message, "has ended")
    assert "message.leased" in [event.kind for event in events_of(desk, message)]
    assert desk.server.process() is not None
    assert intents.open_ones(desk.ctx.ledger) == []


@pytest.mark.parametrize("swallowed", [1, 2])
def test_a_swallowed_enter_is_seen_and_pressed_again(desk: Desk, swallowed: int) -> None:
    desk.start(swallow=swallowed)
    message = desk.say("hello")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "hello")]


def test_enter_is_not_pressed_for_ever(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gastown_tui.supervisor.courier.ENTER_AGAIN", (0.2, 0.2, 0.2))
    desk.start(swallow=99)
    message = desk.say("hello")
    failed = desk.becomes(message, D.FAILED)
    assert failed.detail == "Enter was pressed 4 times; its text still stands in the composer"
    (card,) = incidents.open_ones(desk.ctx.ledger)
    assert (card.kind, card.subject) == ("undelivered", AGENT)
    second = desk.say("and this")
    desk.waits_because(second, "a half-typed draft")
    assert desk.got() == []


def test_enter_is_not_pressed_when_a_person_has_typed_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gastown_tui.supervisor.courier.ENTER_AGAIN", (0.2, 0.2, 0.2))
    monkeypatch.setattr("gastown_tui.supervisor.courier.PROOF_LIMIT", 1.0)
    desk.start(swallow=1)
    message = desk.say("hello")
    desk.becomes(message, D.SUBMITTED)
    desk.keys("-l", "world")
    desk.becomes(message, D.UNPROVEN)
    assert desk.got() == []
    desk.keys("Enter")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "helloworld")]
    assert incidents.open_ones(desk.ctx.ledger) == [], "what was found after all is no trouble any more"


def test_a_lost_paste_is_unproven_and_never_typed_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gastown_tui.supervisor.courier.PASTE_LIMIT", 0.5)
    desk.start(deaf=1)
    message = desk.say("hello")
    desk.becomes(message, D.UNPROVEN)
    second = desk.say("and this")
    desk.becomes(second, D.SEEN)
    assert desk.prompts() == [typed(second, "and this")]
    assert desk.delivery(message).state is D.UNPROVEN


def test_a_slow_cli_is_waited_for(desk: Desk) -> None:
    desk.start(slow=1.0, late=1.0)
    message = desk.say("hello")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "hello")]


def test_a_transcript_proves_what_no_hook_told(desk: Desk) -> None:
    desk.start(hooks=False)
    message = desk.say("hello")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "hello")]


@pytest.fixture
def own_cli() -> Iterator[str]:
    """A CLI of the town's own: no hooks, no transcript that we know, no bracketed paste."""
    registry.adopt({"own": AgentConfig(command=["own"], takes_lines=False, screen=ScreenConfig(like="claude"))})
    yield "own"
    registry.adopt({})


def test_a_cli_without_hooks_is_proven_by_its_screen(desk: Desk, own_cli: str) -> None:
    desk.start(driver=own_cli, hooks=False, transcript=False, brackets=False)
    for text in ("hello", "two\nlines"):
        message = desk.say(text)
        assert desk.becomes(message, D.SEEN).detail == "its conversation shows it"
    first, second = desk.got()
    assert "hello" in str(first["prompt"])
    assert second["file"] == "two\nlines"


def test_what_a_silent_cli_took_is_unproven(desk: Desk, own_cli: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gastown_tui.supervisor.courier.PROOF_LIMIT", 1.0)
    desk.start(driver=own_cli, hooks=False, transcript=False, silent=True)
    message = desk.say("hello")
    assert desk.becomes(message, D.UNPROVEN).detail == "the agent has not shown it"
    desk.look()
    assert desk.delivery(message).state is D.UNPROVEN


def test_escape_is_never_pressed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gastown_tui.supervisor.courier.ENTER_AGAIN", (0.2, 0.2, 0.2))
    desk.start(draft="mine", swallow=2, turn=0.5)
    first, second = desk.say("one"), desk.say("two " * 300)
    desk.waits_because(first, "a half-typed draft")
    desk.keys("C-u")
    for message in (first, second):
        desk.becomes(message, D.SEEN)
    assert [entry for entry in desk.got() if "escape" in entry] == []


@pytest.mark.parametrize("is_pressed", [False, True])
def test_an_agent_that_restarts_in_between_is_not_typed_into_again(desk: Desk, is_pressed: bool) -> None:
    """What went with a run's composer is fenced; what may have been sent is unproven. The next run gets neither."""
    first = desk.start(dies_of="enter" if is_pressed else "paste")
    message = desk.say("hello")
    if is_pressed:
        desk.becomes(message, D.SUBMITTED, D.UNPROVEN)
    else:
        desk.becomes(message, D.LEASED, D.PASTED, D.UNPROVEN, D.FENCED)
    desk.end()
    desk.start()
    desk.becomes(message, D.FENCED, D.UNPROVEN)
    assert desk.delivery(message).run == first
    later = desk.say("later")
    desk.becomes(later, D.SEEN)
    assert desk.prompts() == [typed(later, "later")]


def test_a_queued_message_survives_a_restart(desk: Desk) -> None:
    desk.start(draft="busy with this")
    message = desk.say("hello")
    desk.waits_because(message, "a half-typed draft")
    desk.end()
    desk.start()
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(message, "hello")]


def interrupt(desk: Desk, text: str) -> str:
    return service.interrupt(desk.ctx, AGENT, text)


def escapes(desk: Desk) -> int:
    return sum("escape" in entry for entry in desk.got())


def test_an_interruption_ends_the_turn_and_is_read_then(desk: Desk) -> None:
    """Before what was queued earlier; the key is pressed once, and the screen proves the end, since no hook tells of it."""
    desk.start(turn=300.0)
    busy = desk.say("work")
    desk.becomes(busy, D.SEEN)
    later = desk.say("later")
    desk.waits_because(later, "it is working")
    urgent = interrupt(desk, "stop that")
    desk.becomes(urgent, D.SEEN)
    assert escapes(desk) == 1
    assert desk.prompts() == [typed(busy, "work"), typed(urgent, "stop that")]
    assert [event.kind for event in events_of(desk, urgent)][:2] == ["message.queued", "message.interrupted"]
    assert desk.delivery(later).state is D.QUEUED
    assert intents.open_ones(desk.ctx.ledger) == []


def test_an_interruption_of_an_agent_that_rests_presses_nothing(desk: Desk) -> None:
    desk.start()
    message = interrupt(desk, "read this")
    desk.becomes(message, D.SEEN)
    assert escapes(desk) == 0


def test_a_turn_is_not_interrupted_over_a_draft(desk: Desk) -> None:
    desk.start(turn=300.0)
    busy = desk.say("work")
    desk.becomes(busy, D.SEEN)
    desk.keys("-l", "what I was about to")
    desk.until(lambda: "about to" in desk.screen(), "the draft")
    message = interrupt(desk, "stop that")
    desk.waits_because(message, "a half-typed draft")
    desk.look()
    assert escapes(desk) == 0
    desk.keys("C-u")
    desk.becomes(message, D.SEEN)


def test_what_does_not_stop_is_interrupted_once(desk: Desk) -> None:
    desk.start(turn=300.0, stops=False)
    busy = desk.say("work")
    desk.becomes(busy, D.SEEN)
    message = interrupt(desk, "stop that")
    desk.waits_because(message, "it is working; its turn was interrupted")
    desk.courier = Courier(desk.ctx)  # as after a crash
    desk.rounds_until(lambda: desk.ctx.now() - desk.delivery(message).updated_at > 3.0, "three seconds")
    assert escapes(desk) == 1
    assert desk.delivery(message).state is D.QUEUED


def test_an_old_wish_to_interrupt_ends_no_other_turn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.start(turn=300.0)
    busy = desk.say("work")
    desk.becomes(busy, D.SEEN)
    message = interrupt(desk, "stop that")
    monkeypatch.setattr("gastown_tui.supervisor.interrupting.INTERRUPT_WITHIN", 0.0)
    desk.waits_because(message, "it is working")
    assert escapes(desk) == 0


def test_a_prompt_of_ours_that_an_interruption_puts_back_is_taken_out(desk: Desk) -> None:
    """Claude Code does so when it is interrupted before it has answered."""
    desk.start(turn=300.0, restores=True)
    busy = desk.say("work\non two lines")
    desk.becomes(busy, D.SEEN)
    message = interrupt(desk, "stop that")
    desk.becomes(message, D.SEEN)
    assert desk.prompts() == [typed(busy, "work\non two lines"), typed(message, "stop that")]
