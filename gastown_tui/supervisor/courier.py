"""Types queued messages into agents that do not pull them, and proves that they were taken up.

Intent is committed before the paste, and Enter is pressed only while the composer provably holds the message and nothing
else. After a crash a message that may have been typed is looked for by its id in the composer, the transcript and the
hooks' log; when it is not found it stands as unproven, and is never typed a second time by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.courier import (
    ENTER_AGAIN,
    EXPIRES,
    INTERRUPT_WITHIN,
    PASTE_LIMIT,
    PROOF_LIMIT,
    Fit,
    Handover,
    Rest,
    choose,
    fit,
    mark_of,
    wrap,
)
from gastown_tui.core.errors import Conflict, GastownError, NotFound, TmuxUnavailable
from gastown_tui.core.evidence import AgentState, Evidence, Source, resolve
from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.observation import Observation
from gastown_tui.core.rows import Delivery, Message, Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.core.states import DeliveryState, IntentState
from gastown_tui.drivers.registry import DRIVERS
from gastown_tui.drivers.registry import get as driver_named
from gastown_tui.infra.act import sessions
from gastown_tui.infra.clock import boot_now
from gastown_tui.infra.files import private_directory, write_atomic
from gastown_tui.infra.tmux import TmuxDown
from gastown_tui.ledger import digests, incidents, intents, messages, runs, telemetry
from gastown_tui.services import messages as service
from gastown_tui.services.context import TownContext
from gastown_tui.services.lights import written_evidence
from gastown_tui.services.screens import ScreenReader
from gastown_tui.supervisor import interrupting, proof
from gastown_tui.supervisor.crash import crash_point
from gastown_tui.supervisor.journal import intent

log = logging.getLogger(__name__)
D = DeliveryState
_UNDER_WAY = (D.LEASED, D.PASTED, D.SUBMITTED)
SOON = 0.3
"""Seconds after an interruption before the agent is looked at again."""
LATE = 600.0
"""Seconds for which an unproven message is still looked for: a hook on a loaded machine may tell late."""
SCAN_EVERY = 1.0
SCAN_LATE = 10.0
"""Seconds between two readings of a transcript for one message, while it is under way and when it is late."""
CARD = "undelivered"


@dataclass(slots=True)
class Hand:
    """What is remembered of one delivery between two looks. Losing it loses nothing: the waits begin anew."""

    state: DeliveryState
    since: float
    """Since when this supervisor has seen it in `state` (boot clock)."""
    presses: int = 1
    scanned_at: float = float("-inf")


class Courier:
    """One per supervisor. Holds nothing that the ledger does not, but waits."""

    def __init__(self, ctx: TownContext) -> None:
        self.ctx = ctx
        self.is_typing = False
        """Something was typed and is not proven yet: `follow_up` is to be called often."""
        self._hands: dict[tuple[str, str], Hand] = {}
        self._reader = ScreenReader.of(ctx.layout)
        self._attached: frozenset[str] = frozenset()

    # What was typed

    def follow_up(self) -> None:
        """Presses Enter where the text stands in the composer, and finds out what became of everything under way."""
        under_way = messages.waiting(self.ctx.ledger, states=_UNDER_WAY)
        late = messages.waiting(self.ctx.ledger, states=(D.UNPROVEN,), since=self.ctx.now() - LATE)
        self._hands = {key: self._hands[key] for one in (*under_way, *late) if (key := (one.message, one.receiver)) in self._hands}
        is_typing = False
        for delivery in under_way:
            run = runs.find(self.ctx.ledger, delivery.run)
            if run is not None and _pulls(run):
                self._follow_taken(delivery, run)
                continue
            is_typing = True
            try:
                self._follow_typed(delivery, run)
            except (Conflict, NotFound, TmuxUnavailable) as error:
                # Its pane is in a mode, is about to go, or tmux does not answer: nothing was done, and it is looked at again.
                self._explain(delivery, error.line())
        self.is_typing = is_typing
        for delivery in late:
            self._look_late(delivery)

    def _follow_taken(self, delivery: Delivery, run: Run) -> None:
        """An agent that pulls writes its transcript before it asks its model, so the transcript proves both ways."""
        if run.ended_at is None:
            return
        if proof.is_in_transcript(self.ctx, run, delivery.message, '"message"'):
            self._move(delivery, D.SEEN)
        else:
            self._move(delivery, D.QUEUED, "its run ended before it was taken up")

    def _follow_typed(self, delivery: Delivery, run: Run | None) -> None:
        hand = self._hand(delivery)
        if run is not None and self._is_proven(delivery, run, hand):
            if delivery.state is D.LEASED:
                self._move(delivery, D.PASTED)
            self._move(delivery, D.SEEN)
        elif run is None or run.ended_at is not None:
            # Enter is pressed only after `pasted` is committed, so a leased text went with its composer, unsent.
            state = D.FENCED if delivery.state is D.LEASED else D.UNPROVEN
            self._move(delivery, state, "its run ended before it was seen")
        else:
            self._advance(delivery, run, hand)

    def _advance(self, delivery: Delivery, run: Run, hand: Hand) -> None:
        """One step of a living run's message, by what its composer holds."""
        text = self._typed(messages.get(self.ctx.ledger, delivery.message), run)[0]
        screen, composer = proof.look(self.ctx, run)
        held, waited = fit(composer, text), boot_now() - hand.since
        if delivery.state is D.SUBMITTED:
            is_shown = held is Fit.EMPTY and mark_of(delivery.message) in screen
            if is_shown and not driver_named(run.driver).facts.reports_hooks:
                self._move(delivery, D.SEEN, "its conversation shows it")
            elif held is Fit.WHOLE and run.pane not in self._attached:
                self._press_again(delivery, run, hand, waited)
            elif waited > PROOF_LIMIT:
                self._move(delivery, D.UNPROVEN, "the agent has not shown it")
        elif held is Fit.WHOLE:
            if run.pane in self._attached:
                self._explain(delivery, "it stands in the composer; a person is attached")
                return
            if delivery.state is D.LEASED:
                delivery = self._move(delivery, D.PASTED)
            crash_point(self.ctx.layout.private, "message.after_pasted")
            self._press(run)
            crash_point(self.ctx.layout.private, "message.after_enter")
            self._move(delivery, D.SUBMITTED)
            crash_point(self.ctx.layout.private, "message.after_submitted")
        elif waited > PASTE_LIMIT:
            what = "other words stand with it in the composer" if held is Fit.OTHER else "it does not stand in the composer"
            self._move(delivery, D.UNPROVEN, f"it may have been typed, but {what}")

    def _press(self, run: Run) -> None:
        sessions.press(self.ctx.layout, run.pane, run.token, driver_named(run.driver).facts.submit_key)

    def _press_again(self, delivery: Delivery, run: Run, hand: Hand, waited: float) -> None:
        """A CLI that was busy drawing swallows an Enter; the text in its composer is the proof that it did."""
        if hand.presses > len(ENTER_AGAIN):
            self._move(delivery, D.FAILED, f"Enter was pressed {hand.presses} times; its text still stands in the composer")
        elif waited > ENTER_AGAIN[hand.presses - 1]:
            self._press(run)
            hand.presses, hand.since = hand.presses + 1, boot_now()

    def _is_proven(self, delivery: Delivery, run: Run, hand: Hand, every: float = SCAN_EVERY) -> bool:
        if proof.is_in_log(self.ctx, run, delivery.message):
            return True
        if boot_now() - hand.scanned_at < every and run.ended_at is None:
            return False
        hand.scanned_at = boot_now()
        return proof.is_in_transcript(self.ctx, run, mark_of(delivery.message))

    def _look_late(self, delivery: Delivery) -> None:
        """What stands as unproven and is found after all is seen."""
        run = runs.find(self.ctx.ledger, delivery.run)
        is_alive = run is not None and run.ended_at is None
        if run is not None and is_alive and self._is_proven(delivery, run, self._hand(delivery), SCAN_LATE):
            self._move(delivery, D.SEEN, "found late")

    def _hand(self, delivery: Delivery) -> Hand:
        key = (delivery.message, delivery.receiver)
        known = self._hands.get(key)
        if known is None or known.state is not delivery.state:
            known = self._hands[key] = Hand(delivery.state, boot_now())
        return known

    # What is to be typed

    def deliver(self, seen: Observation, panes: Sequence[PaneFact] | None) -> float | None:
        """Types what may be typed now. Returns the seconds after which more may be, though nothing else happens."""
        self._attached = frozenset(pane.pane for pane in panes or () if pane.attached)
        for stale in messages.stale_nudges(self.ctx.ledger, self.ctx.now() - EXPIRES):
            self._move(stale, D.EXPIRED, "the agent did not come to rest in a day")
        queued = [one for one in messages.waiting(self.ctx.ledger) if not service.fence(self.ctx, one)]
        if not queued or panes is None or not seen.may_judge or seen.wanted == "down":
            return None
        under_way = messages.waiting(self.ctx.ledger, states=_UNDER_WAY)
        pulls = frozenset(run.driver for run in seen.runs if _pulls(run))
        receivers = {one.receiver for one in queued}
        wishes = interrupting.wished(self.ctx, queued)
        rests = self._rests([run for run in seen.runs if run.agent in receivers], seen, panes)
        rests |= self._ended(queued, wishes, seen)
        ending = interrupting.may_press(self.ctx, wishes)
        choice = choose(queued, under_way, seen.runs, seen.facts, rests, pulls, wishes, ending)
        by_key = {(one.message, one.receiver): one for one in queued}
        for key, reason in choice.reasons.items():
            self._explain(by_key[key], f"{reason}; its turn was interrupted" if wishes.get(key[0]) else reason)
        for handover in choice.interrupts:
            self._interrupt(handover)
        for handover in choice.handovers:
            self._hand_over(handover, was_interrupted=bool(wishes.get(handover.delivery.message)))
        return SOON if choice.interrupts else choice.again_in

    def _ended(self, queued: Sequence[Delivery], wishes: Mapping[str, float | None], seen: Observation) -> dict[str, Rest]:
        """Runs whose turn a message has ended: their screen counts, since no hook may tell of it."""
        by_agent = {run.agent: run for run in seen.runs}
        found = {}
        for one in queued:
            run, at = by_agent.get(one.receiver), wishes.get(one.message)
            pane = seen.facts[run.id].pane if run is not None else None
            if run is None or pane is None or at is None or self.ctx.now() - at > INTERRUPT_WITHIN:
                continue
            try:
                rest = interrupting.rest_after(self.ctx, run, pane, at)
            except TmuxUnavailable:
                continue
            if rest is not None:
                found[run.id] = rest
        return found

    def _interrupt(self, handover: Handover) -> None:
        try:
            screen, composer = proof.look(self.ctx, handover.run)
            why = interrupting.press(self.ctx, handover, composer, screen)
        except (Conflict, NotFound, TmuxUnavailable) as error:
            why = error.line()
        self._explain(handover.delivery, why or "its turn was interrupted")

    def _rests(self, asked: Sequence[Run], seen: Observation, panes: Sequence[PaneFact]) -> dict[str, Rest]:
        """What the runs do, by their hooks and, where those are silent or behind, by their screens."""
        now = self.ctx.now()
        reports = telemetry.reports(self.ctx.telemetry)
        digested = digests.every(self.ctx.telemetry)
        by_run = {pane.run: pane for pane in panes}
        found = {}
        for run in asked:
            pane, report, told = by_run.get(run.id), reports.get(run.id), seen.facts[run.id].report
            evidence = []
            if report is not None and told is not None:
                evidence.append(Evidence(Source.HOOK, AgentState(report.state), report.detail, report.at, report.since))
            screen = self._reader.evidence(run, pane, report, now) if pane is not None else None
            evidence += [one for one in (screen, written_evidence(run, digested.get(run.id), now)) if one is not None]
            verdict = resolve(evidence, now)
            # A hook's age is counted in watched time: a sleep of the machine is no rest of the agent.
            age = seen.now - told.since if told is not None and verdict.source is Source.HOOK else now - verdict.since
            found[run.id] = Rest(verdict.state, age, verdict.detail)
        return found

    def _hand_over(self, handover: Handover, *, was_interrupted: bool) -> None:
        ctx, delivery, run = self.ctx, handover.delivery, handover.run
        try:
            composer = proof.look(ctx, run)[1]
            if composer and was_interrupted and self._is_ours(composer, run):
                composer = interrupting.clear(ctx, run)
        except (Conflict, TmuxUnavailable, NotFound):
            return
        if composer != "":
            words = "no composer can be seen on its screen" if composer is None else "a half-typed draft stands in its composer"
            self._explain(delivery, words)
            return
        key = f"paste:{delivery.message}:{delivery.receiver}"
        try:
            text = self._text(messages.get(ctx.ledger, delivery.message), run)
            with intent(ctx, "message.paste", key, {"run": run.id, "message": delivery.message, "receiver": delivery.receiver}):
                delivery = self._move(delivery, D.LEASED, run=run.id)
                crash_point(ctx.layout.private, "message.after_intent")
                sessions.paste(ctx.layout, handover.pane, run.token, text)
                crash_point(ctx.layout.private, "message.after_paste")
                self._move(delivery, D.PASTED)
        except (Conflict, NotFound, TmuxDown) as error:
            # tmux's own test before the paste refused it, or somebody else settled the message: nothing was typed.
            if delivery.state is D.LEASED:
                self._move(delivery, D.QUEUED, error.line())
        except GastownError as error:
            # It may have been typed: what was leased is looked for; what was not stays queued.
            log.warning("message %s to %s: %s", delivery.message, delivery.receiver, error.line())
        self.is_typing = True

    def _is_ours(self, composer: str, run: Run) -> bool:
        """Whether the composer holds words that we have typed before: Claude Code puts a prompt back when it is interrupted before
        it has answered."""
        seen = messages.newest_seen(self.ctx.ledger, run.id)
        return any(fit(composer, self._typed(one, run)[0]) is Fit.WHOLE for one in seen)

    def _text(self, message: Message, run: Run) -> str:
        text, contents = self._typed(message, run)
        if contents:
            path = self._file(message, run)
            private_directory(path.parent)
            write_atomic(path, contents)
        return text

    def _file(self, message: Message, run: Run) -> Path:
        return self.ctx.layout.run_directory(run.id) / "messages" / f"{message.id}.md"

    def _typed(self, message: Message, run: Run) -> tuple[str, str]:
        """(what is typed, what its file holds when not all of it is typed)."""
        facts = driver_named(run.driver).facts
        return wrap(message, str(self._file(message, run)), most=facts.typed_characters, takes_lines=facts.takes_lines)

    # The ledger

    def _move(self, delivery: Delivery, state: DeliveryState, detail: str = "", run: str = "") -> Delivery:
        """Moves a delivery; tells a person when words may not have arrived, and settles what a crash left open."""
        ctx, now = self.ctx, self.ctx.now()
        moved = messages.move(
            ctx.ledger, delivery.message, delivery.receiver, state, actor=SUPERVISOR, now=now, detail=detail, run=run
        )
        if state not in (D.LEASED, D.PASTED):
            intents.settle_key(
                ctx.ledger, f"paste:{delivery.message}:{delivery.receiver}", _happened(state), f"it is {state.value}", now=now
            )
        if state in (D.FAILED, D.UNPROVEN):
            words = f"message {delivery.message} is {state.value}: {detail}"
            incidents.raise_one(ctx.ledger, CARD, delivery.receiver, words, actor=SUPERVISOR, now=now)
        elif state is D.SEEN and delivery.state is D.UNPROVEN:
            incidents.resolve(ctx.ledger, CARD, delivery.receiver, actor=SUPERVISOR, now=now)
        return moved

    def _explain(self, delivery: Delivery, reason: str) -> None:
        if reason != delivery.detail:
            messages.explain(self.ctx.ledger, delivery.message, delivery.receiver, reason)


def _pulls(run: Run) -> bool:
    return run.driver in DRIVERS and DRIVERS[run.driver].facts.pulls_messages


def _happened(state: DeliveryState) -> IntentState:
    return IntentState.DONE if state in (D.SUBMITTED, D.SEEN) else IntentState.ABANDONED
