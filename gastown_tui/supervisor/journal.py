"""Intent before act: what is about to be done is committed first, and settled once it is proven.

An ordinary error abandons the intent. A crash leaves it open; recovery asks the kind's probe whether it happened. The
steps themselves can all be repeated, so that an open intent only decides what is told, never what is lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.rows import Intent
from gastown_tui.core.states import IntentState
from gastown_tui.ledger import events, intents
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

Probe = Callable[[TownContext, Mapping[str, object]], bool | None]
"""Did it happen? None when that cannot be told now."""


@contextmanager
def intent(ctx: TownContext, kind: str, key: str, intended: Mapping[str, object], *, expected: str = "") -> Iterator[None]:
    """Commits the intent, runs the act in the block, settles."""
    for left in intents.INTENTS.all(ctx.ledger, "key = ? AND state = 'open'", key):
        # A crash left it; the block below repeats the act, which finds what is there already.
        intents.settle(ctx.ledger, left.id, IntentState.ABANDONED, "repeated after a crash", now=ctx.now())
    number = intents.begin(ctx.ledger, kind, key, intended, expected=expected, now=ctx.now())
    try:
        yield
    except Exception as error:
        intents.settle(ctx.ledger, number, IntentState.ABANDONED, str(error)[:500], now=ctx.now())
        raise
    intents.settle(ctx.ledger, number, IntentState.DONE, now=ctx.now())


def recover(ctx: TownContext, probes: Mapping[str, Probe]) -> list[Intent]:
    """Asks about every intent that a crash left open; returns those that could not be told."""
    unsettled = []
    for left in intents.open_ones(ctx.ledger):
        probe = probes.get(left.kind)
        happened = probe(ctx, json.loads(left.intended)) if probe else None
        if happened is None and probe:
            unsettled.append(left)
            continue
        state = IntentState.DONE if happened else IntentState.ABANDONED
        with transaction(ctx.ledger):
            intents.settle(ctx.ledger, left.id, state, "told by recovery", now=ctx.now())
            data = {"kind": left.kind, "key": left.key, "happened": bool(happened)}
            events.record(ctx.ledger, now=ctx.now(), kind="intent.recovered", actor=SUPERVISOR, subject="supervisor", data=data)
    return unsettled
