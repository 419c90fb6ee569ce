"""What a person said to agents, in the dock: the words, how far they got, and why not further."""

from __future__ import annotations

from dataclasses import replace

from gastown_tui.core.rows import Delivery, Message
from gastown_tui.core.snapshot import Outgoing, SupervisorView, TownSnapshot
from gastown_tui.core.states import DeliveryState
from gastown_tui.services.outbox import Sent
from gastown_tui.tui.paint import Row
from gastown_tui.tui.viewmodels import post
from gastown_tui.tui.viewmodels.chat import chat_rows
from gastown_tui.tui.viewmodels.outgoing import to_agent

TOAST, NUX = "mines/polecats/toast", "mines/crew/nux"


def sent(body: str, *to: tuple[str, DeliveryState, str], kind: str = "nudge", thread: str = "m1") -> Sent:
    message = Message(f"m-{to[0][0]}", "overseer", "", body, kind, thread, 100.0)
    return Sent(message, tuple(Delivery(message.id, who, state, detail, "", 200.0, None) for who, state, detail in to))


def why(delivery: Delivery) -> str:
    return delivery.detail


def text(rows: list[Row]) -> str:
    return "\n".join("".join(words for words, _ in row.left).rstrip() for row in rows)


def test_a_receipt_follows_its_message() -> None:
    (waits,) = post.receipts([sent("go on", (TOAST, DeliveryState.QUEUED, "it is working"))], why)
    assert (waits.who, waits.text, waits.note, waits.is_good) == (
        "receipt",
        "nudged toast: go on",
        "waits until it rests · it is working",
        True,
    )
    (seen,) = post.receipts([sent("go on", (TOAST, DeliveryState.SEEN, ""), kind="say")], why)
    assert (seen.text, seen.note) == ("told toast: go on", "seen 00:03")
    (lost,) = post.receipts([sent("go on", (TOAST, DeliveryState.UNPROVEN, "the agent has not shown it"))], why)
    assert (lost.note, lost.is_good) == ("not proven to have arrived · the agent has not shown it", False)


def test_a_broadcast_has_one_receipt() -> None:
    found = [sent("all\nof you", (who, state, "")) for who, state in ((TOAST, DeliveryState.SEEN), (NUX, DeliveryState.QUEUED))]
    (receipt,) = post.receipts(found, why)
    assert receipt.text.splitlines() == ["nudged 2 agents: all of you", "nux: waits until it rests"]
    assert receipt.note == "1 seen, 1 waits until it rests"


def test_your_words_say_why_the_mayor_has_not_taken_them_up() -> None:
    (said,) = post.not_taken_up(
        [sent("hello\x1b[2J", ("mayor", DeliveryState.QUEUED, "the supervisor does not run"), kind="say")], why
    )
    shown = text(chat_rows([said], 60, is_roomy=False))
    assert shown.startswith("you    hello")
    assert shown.endswith("waits until it rests · the supervisor does not run")
    assert "\x1b" not in shown


def test_a_note_that_does_not_fit_stands_below() -> None:
    (receipt,) = post.receipts([sent("go on", (TOAST, DeliveryState.QUEUED, "a half-typed draft stands in its composer"))], why)
    assert text(chat_rows([receipt], 120, is_roomy=False)).count("\n") == 0
    shown = text(chat_rows([receipt], 60, is_roomy=False)).splitlines()
    assert shown[0] == "✓ nudged toast: go on"
    assert " ".join(shown[1:]) == "waits until it rests · a half-typed draft stands in its composer"


def test_words_to_an_agent_are_followed_beside_its_pane() -> None:
    picture = replace(
        TownSnapshot("/t", 300.0, SupervisorView("up", 299.0, 1), "up", False, False),
        outgoing=(
            Outgoing("m2", TOAST, "interrupt", "stop\x1b[2J that", DeliveryState.QUEUED, "it is working", 250.0, 250.0),
            Outgoing("m1", TOAST, "say", "go on", DeliveryState.SEEN, "", 100.0, 180.0),
            Outgoing("m3", NUX, "say", "not yours", DeliveryState.SEEN, "", 100.0, 180.0),
        ),
    )
    rows = to_agent(picture, TOAST, 80)
    assert [("".join(words for words, _ in row.left), "".join(words for words, _ in row.right)) for row in rows] == [
        ("→ stop that", "waits until it rests · it is working"),
        ("→ go on", "seen 00:03"),
    ]
    down = replace(picture, supervisor=SupervisorView("down", None, None))
    assert "the supervisor does not run" in to_agent(down, TOAST, 80)[0].right[0][0]
    assert to_agent(picture, TOAST, 24)[0].right == (), "what does not fit stands below"
