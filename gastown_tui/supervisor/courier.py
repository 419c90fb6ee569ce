"""Types queued messages into agents that do not pull them, and proves that they were taken up.

Intent is committed before the paste. After a crash a message that may have been typed is looked for by its id in the
agent's hook log; when it is not found it stands as unproven, and is never typed a second time by itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from gastown_tui.core.courier import PROOF_LIMIT, Handover, choose, wrap
from gastown_tui.core.errors import Conflict, TmuxUnavailable
from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.observation import Observation
from gastown_tui.core.rows import Delivery, Message, Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.core.states import DeliveryState
from gastown_tui.drivers.registry import get as driver_named
from gastown_tui.infra.act import sessions
from gastown_tui.infra.files import private_directory, write_atomic
from gastown_tui.ledger import messages, runs, telemetry
from gastown_tui.services.context import TownContext
from gastown_tui.services.transcripts import transcript_of
from gastown_tui.supervisor.journal import intent

_UNDER_WAY = (DeliveryState.LEASED, DeliveryState.PASTED, DeliveryState.SUBMITTED)
SEEN_EVENT = "UserPromptSubmit"


class Courier:
    """One per supervisor. Holds nothing that the ledger does not."""

    def __init__(self, ctx: TownContext) -> None:
        self.ctx = ctx

    def deliver(self, seen: Observation, panes: Sequence[PaneFact] | None) -> None:
        """Follows up what was typed, then types what may be typed now."""
        under_way = messages.waiting(self.ctx.ledger, states=_UNDER_WAY)
        for delivery in under_way:
            self._follow_up(delivery)
        if panes is None or not seen.may_judge or seen.wanted == "down":
            return
        queued = messages.waiting(self.ctx.ledger)
        if not queued:
            return
        pulls = frozenset(run.driver for run in seen.runs if driver_named(run.driver).facts.pulls_messages)
        for handover in choose(queued, under_way, seen.runs, seen.facts, pulls, seen.now):
            self._hand_over(handover)

    def _move(self, delivery: Delivery, state: DeliveryState, detail: str = "", run: str = "") -> None:
        now = self.ctx.now()
        messages.move(
            self.ctx.ledger, delivery.message, delivery.receiver, state, actor=SUPERVISOR, now=now, detail=detail, run=run
        )

    def _hand_over(self, handover: Handover) -> None:
        ctx, delivery, run = self.ctx, handover.delivery, handover.run
        driver = driver_named(run.driver)
        try:
            draft = driver.composer(sessions.capture(ctx.layout, handover.pane, lines=0))
        except (TmuxUnavailable, Conflict):
            return
        if draft != "":
            return  # a person's half-typed text, or a screen that is not understood: it waits
        message = messages.get(ctx.ledger, delivery.message)
        text = self._text(message, run.id)
        key = f"paste:{delivery.message}:{delivery.receiver}"
        with intent(ctx, "message.paste", key, {"run": run.id, "message": message.id}):
            self._move(delivery, DeliveryState.LEASED, run=run.id)
            try:
                sessions.paste(ctx.layout, handover.pane, run.token, text)
            except (TmuxUnavailable, Conflict) as error:
                self._move(delivery, DeliveryState.UNPROVEN, error.line())
                return
            self._move(delivery, DeliveryState.PASTED)
            sessions.press(ctx.layout, handover.pane, run.token, driver.facts.submit_key)
            self._move(delivery, DeliveryState.SUBMITTED)

    def _text(self, message: Message, run: str) -> str:
        directory = private_directory(self.ctx.layout.run_directory(run) / "messages")
        path = directory / f"{message.id}.md"
        text, goes_into_file = wrap(message.id, message.sender, message.subject, message.body, str(path))
        if goes_into_file:
            write_atomic(path, message.body)
        return text

    def _follow_up(self, delivery: Delivery) -> None:
        """Seen, when the run's hook log holds the message's id; fenced or unproven when it cannot be any more."""
        run = runs.find(self.ctx.ledger, delivery.run)
        if run is not None and driver_named(run.driver).facts.pulls_messages:
            self._follow_up_taken(delivery, run)
        elif run is not None and self._is_in_log(run.id, delivery.message):
            if delivery.state is DeliveryState.LEASED:
                self._move(delivery, DeliveryState.PASTED)
            self._move(delivery, DeliveryState.SEEN)
        elif run is None or run.ended_at is not None:
            self._move(delivery, DeliveryState.UNPROVEN, "its run ended before it was seen")
        elif self.ctx.now() - delivery.updated_at > PROOF_LIMIT:
            self._move(delivery, DeliveryState.UNPROVEN, "the agent has not shown it")

    def _follow_up_taken(self, delivery: Delivery, run: Run) -> None:
        """An agent that pulls writes its transcript before it asks its model, so the transcript proves both ways."""
        if run.ended_at is None:
            return
        if self._is_in_transcript(run, delivery.message):
            self._move(delivery, DeliveryState.SEEN)
        else:
            self._move(delivery, DeliveryState.QUEUED, "its run ended before it was taken up")

    def _is_in_transcript(self, run: Run, message: str) -> bool:
        path = transcript_of(self.ctx, run)
        try:
            with open(path, "rb") as lines:
                return any(message.encode() in line and b'"message"' in line for line in lines)
        except OSError:
            return False

    def _is_in_log(self, run: str, message: str) -> bool:
        mark = f"[message {message} "
        events = telemetry.events_of(self.ctx.telemetry, run, 200)
        return any(event == SEEN_EVENT and mark in json.dumps(data, ensure_ascii=False) for _, event, data in events)
