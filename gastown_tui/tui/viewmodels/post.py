"""What a person said to agents, as lines of the conversation with the mayor: the words, and how far they got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from gastown_tui.core.rows import Delivery
from gastown_tui.core.states import DeliveryState
from gastown_tui.services.outbox import LOST, Sent
from gastown_tui.tui.viewmodels.chat import Said
from gastown_tui.tui.viewmodels.common import clock, short
from gastown_tui.tui.viewmodels.mail import FATES

_SHOWN = 120
"""Characters of the words that a receipt repeats."""

_LINES = 6
"""Receivers of a broadcast that are told of one by one, those whom it did not reach first."""

Why = Callable[[Delivery], str]


def not_taken_up(found: Iterable[Sent], why: Why) -> list[Said]:
    """Your words to the mayor that it has not taken up."""
    return [
        Said("you", one.message.body, one.message.created_at, note=fate(to, why(to)), is_good=to.state not in LOST)
        for one in found
        for to in one.deliveries
    ]


def receipts(found: Sequence[Sent], why: Why) -> list[Said]:
    """Your words to others, one receipt for a whole broadcast."""
    threads: dict[tuple[str, str], list[Sent]] = {}
    for one in found:
        threads.setdefault((one.message.thread, one.message.body), []).append(one)
    return [_receipt(group, why) for group in threads.values()]


def _receipt(group: Sequence[Sent], why: Why) -> Said:
    message = group[0].message
    ways = [to for one in group for to in one.deliveries]
    words = " ".join(message.body.split())
    if len(words) > _SHOWN:
        words = f"{words[: _SHOWN - 1]}…"
    act = {"nudge": "nudged", "interrupt": "interrupted"}.get(message.kind, "told")
    is_good = not any(to.state in LOST for to in ways)
    if len(ways) == 1:
        return Said(
            "receipt", f"{act} {short(ways[0].receiver)}: {words}", message.created_at, fate(ways[0], why(ways[0])), is_good
        )
    counts = Counter(FATES[to.state][0] for to in ways)
    note = ", ".join(f"{number} {state}" for state, number in counts.items())
    open_ones = [to for to in ways if to.state is not DeliveryState.SEEN]
    lines = [f"{short(to.receiver)}: {fate(to, why(to))}" for to in sorted(open_ones, key=lambda to: to.state not in LOST)]
    more = [f"and {len(lines) - _LINES} more"] if len(lines) > _LINES else []
    text = "\n".join([f"{act} {len(ways)} agents: {words}", *lines[:_LINES], *more])
    return Said("receipt", text, message.created_at, note, is_good)


def fate(delivery: Delivery, why: str) -> str:
    """`seen 14:05`, `waits until it rests · it is working`."""
    if delivery.state is DeliveryState.SEEN:
        return f"seen {clock(delivery.updated_at)}"
    return f"{FATES[delivery.state][0]} · {why}" if why else FATES[delivery.state][0]
