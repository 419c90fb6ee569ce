"""Ending an agent's turn because a person says so: the CLI's own key, pressed once for each message that asks for it.

The wish to press is committed before, so that no crash presses twice. Nothing is pressed into a dialog, over a half-typed
draft, or once the agent rests; that the turn has ended is read from the screen, because some CLIs tell no hook of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from gastown_tui.core.courier import INTERRUPT_WITHIN, INTERRUPTIBLE, TYPABLE, Handover, Rest
from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.rows import Delivery, Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.drivers.registry import get as driver_named
from gastown_tui.infra.act import sessions
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import events, messages
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor import proof
from gastown_tui.supervisor.journal import intent

EVENT = "message.interrupted"
BETWEEN = 0.3
"""Seconds between two presses, where a CLI wants the second as a yes to the first."""
CLEAR = "C-u"
"""Deletes a line of a composer, in every CLI that has readline's keys."""
MOST_LINES = 12
DRAWN = 0.1
"""Seconds in which a composer is drawn anew."""
STILL = 1.0
"""Seconds without output after which a screen is believed to show the end of the turn."""


def wished(ctx: TownContext, queued: Iterable[Delivery]) -> dict[str, float | None]:
    """Queued messages that want a turn ended → when the key was pressed for them, None when it was not yet."""
    urgent = messages.urgent(ctx.ledger)
    return {one.message: _pressed_at(ctx, one) for one in queued if one.message in urgent}


def may_press(ctx: TownContext, wishes: dict[str, float | None]) -> frozenset[str]:
    """The messages for which the key may be pressed now: what a person wanted to stop minutes ago is another turn."""
    since = ctx.now() - INTERRUPT_WITHIN
    return frozenset(one for one, at in wishes.items() if at is None and messages.get(ctx.ledger, one).created_at >= since)


def _pressed_at(ctx: TownContext, delivery: Delivery) -> float | None:
    found = [event.at for event in events.of_message(ctx.ledger, delivery.message, delivery.receiver) if event.kind == EVENT]
    return found[-1] if found else None


def press(ctx: TownContext, handover: Handover, composer: str | None, screen: str) -> str:
    """Presses the key; returns why it was not pressed, "" when it was, or when there is no turn to end any more.

    Args:
        composer, screen: as they were seen a moment ago.

    Raises:
        Conflict, NotFound, TmuxUnavailable: as `sessions.press`.
    """
    run, delivery = handover.run, handover.delivery
    driver = driver_named(run.driver)
    if composer:
        return "a half-typed draft stands in its composer, so that its turn is not interrupted"
    seen = driver.classify(screen, "", ctx.now())
    if seen is not None and seen.state not in INTERRUPTIBLE:
        return ""
    key = f"interrupt:{delivery.message}:{delivery.receiver}"
    with intent(ctx, "message.interrupt", key, {"run": run.id, "message": delivery.message, "receiver": delivery.receiver}):
        told = {"message": delivery.message, "to": delivery.receiver, "detail": f"{driver.facts.interrupt_key} was pressed"}
        with transaction(ctx.ledger) as conn:
            events.record(conn, now=ctx.now(), kind=EVENT, actor=SUPERVISOR, subject=delivery.receiver, run=run.id, data=told)
        for number in range(driver.facts.interrupt_presses):
            if number:
                time.sleep(BETWEEN)
            sessions.press(ctx.layout, handover.pane, run.token, driver.facts.interrupt_key)
    return ""


def clear(ctx: TownContext, run: Run) -> str | None:
    """Empties a composer that holds nothing but our own words, line by line; returns what stands in it then.

    Raises:
        Conflict, NotFound, TmuxUnavailable: as `sessions.press`.
    """
    composer = proof.look(ctx, run)[1]
    for _ in range(MOST_LINES):
        if not composer:
            break
        sessions.press(ctx.layout, run.pane, run.token, CLEAR)
        time.sleep(DRAWN)
        composer = proof.look(ctx, run)[1]
    return composer


def rest_after(ctx: TownContext, run: Run, pane: PaneFact, pressed_at: float) -> Rest | None:
    """What the screen says of a turn that was to end; None as long as it does not show a prompt that waits."""
    now = ctx.now()
    still = now - max(pane.last_activity, pressed_at)
    if pane.dead or pane.in_mode or still < STILL:
        return None
    driver = driver_named(run.driver)
    seen = driver.classify("\n".join(TmuxServer(ctx.layout).capture(pane.pane)), pane.title, now)
    return Rest(seen.state, still, seen.detail) if seen is not None and seen.state in TYPABLE else None
