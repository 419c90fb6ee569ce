"""Mail as rows: one for each thread, and a thread in full with what became of each of its messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gastown_tui.core.ids import OVERSEER
from gastown_tui.core.rows import Delivery, Message
from gastown_tui.core.states import DeliveryState
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, Spans, clean, clean_lines, wrap
from gastown_tui.tui.viewmodels.common import BLANK, age, clock, keys, short, title

if TYPE_CHECKING:
    from gastown_tui.services.mail import Thread

VIEWS = ("mine", "all", "archive")
"""The overseer's own mail, all of the town's, what was put away."""
_VIEW_WORDS = {"mine": "yours", "all": "all of the town", "archive": "archive"}
FATES: dict[DeliveryState, Span] = {
    DeliveryState.QUEUED: ("waits until it rests", "soft"),
    DeliveryState.LEASED: ("on its way", "soft"),
    DeliveryState.PASTED: ("in its composer", "soft"),
    DeliveryState.SUBMITTED: ("submitted", "working"),
    DeliveryState.SEEN: ("seen", "working"),
    DeliveryState.FAILED: ("not delivered", "broken"),
    DeliveryState.EXPIRED: ("too old, not delivered", "broken"),
    DeliveryState.SUPERSEDED: ("overtaken by a newer one", "soft"),
    DeliveryState.FENCED: ("its run had ended, not delivered", "broken"),
    DeliveryState.UNPROVEN: ("not proven to have arrived", "stalled"),
}
"""How far a message got with one receiver, in words and tone."""


def visible(threads: Sequence[Thread], view: str) -> list[Thread]:
    """The threads of a view."""
    return [thread for thread in threads if thread.is_archived == (view == "archive")]


def mail_rows(threads: Sequence[Thread] | None, view: str, now: float) -> list[Row]:
    """One row for each thread, newest first."""
    right = f"{_VIEW_WORDS[view]} · {key_of('mail.view')} changes"
    if threads is None:
        return [title("MAIL", right), BLANK, Row((("reading …", "soft"),))]
    shown = visible(threads, view)
    unread = sum(thread.unread for thread in shown)
    head = Row(
        (
            ("MAIL  ", "b soft"),
            (f"{len(shown)} thread{'' if len(shown) == 1 else 's'}", "ink"),
            (f"  {unread} unread" if unread else "", "b ink"),
        ),
        ((right, "faint"),),
    )
    if not shown:
        words = {"mine": "no mail", "all": "nobody has written a letter", "archive": "nothing was put away"}[view]
        return [head, BLANK, Row(((words, "b soft"), (f"  {key_of('mail.write')} writes to an agent", "soft")))]
    return [head, BLANK, *(_thread_row(thread, now) for thread in shown)]


def _thread_row(thread: Thread, now: float) -> Row:
    who = ", ".join(short(one) for one in thread.people[:3]) or "you"
    if len(thread.people) > 3:
        who += f" +{len(thread.people) - 3}"
    fresh = bool(thread.unread)
    newest = thread.messages[-1]
    state = _worst(thread.deliveries[newest.id]) if newest.sender == OVERSEER else None
    right: list[Span] = []
    if len(thread.messages) > 1:
        right.append((f"{len(thread.messages)}  ", "faint"))
    if state is not None:
        right.append((f"{FATES[state.state][0]}  ", FATES[state.state][1]))
    right.append((age(now - thread.at).rjust(3), "b ink" if fresh else "soft"))
    left: Spans = (
        ("@ " if fresh else "  ", "b focus"),
        (f"{who:<12} ", "b ink" if fresh else "soft"),
        (clean(thread.subject) or "without words", "b ink" if fresh else "ink"),
    )
    return Row(left, tuple(right), key=f"t:{thread.id}")


def _worst(deliveries: Sequence[Delivery]) -> Delivery | None:
    """The delivery that a person would ask about: failed before waiting before seen."""
    order = {"broken": 0, "stalled": 1, "soft": 2, "working": 3}
    return min(deliveries, key=lambda one: order[FATES[one.state][1]], default=None)


def thread_rows(thread: Thread | None, now: float, width: int) -> list[Row]:
    """A thread in full, oldest first."""
    if thread is None:
        return [Row((("nothing selected", "faint"),))]
    rows = [Row(((part, "b ink"),)) for part in wrap(clean(thread.subject), width)]
    for message in thread.messages:
        rows += [BLANK, *_message_rows(message, thread.deliveries[message.id], now, width)]
    offered = [(key_of("mail.reply"), "reply"), (key_of("mail.archive"), "back" if thread.is_archived else "archive")]
    return [*rows, BLANK, Row(keys(*offered))]


def _message_rows(message: Message, deliveries: Sequence[Delivery], now: float, width: int) -> list[Row]:
    who = "you" if message.sender == OVERSEER else clean(message.sender)
    kind = {"nudge": " · nudge", "say": " · word", "interrupt": " · interruption"}.get(message.kind, "")
    rows = [
        Row(
            ((f"{who}{kind}", "b soft"),),
            ((f"{clock(message.created_at)}  {age(now - message.created_at)} ago", "faint"),),
            ground="raised" if message.sender == OVERSEER else "",
        )
    ]
    for line in clean_lines(message.body):
        rows += [Row(((part, "ink"),)) for part in wrap(line, width)]
    for one in deliveries:
        if one.receiver == OVERSEER:
            if message.sender != OVERSEER:
                rows.append(Row((("to you", "faint"), (f", read {clock(one.read_at)}" if one.read_at else ", not read", "faint"))))
            continue
        words, tone = FATES[one.state]
        when = f" {clock(one.updated_at)}" if one.state is not DeliveryState.QUEUED else ""
        why = f" · {clean(one.detail)}" if one.detail else ""
        rows.append(Row((("to ", "faint"), (f"{clean(one.receiver)}  ", "soft"), (f"{words}{when}", tone), (why, "soft"))))
    return rows


def last_from(thread: Thread) -> Message:
    """The message that a reply answers: the newest of somebody else, else one's own."""
    return next((message for message in reversed(thread.messages) if message.sender != OVERSEER), thread.messages[-1])
