"""Dialogs in agents' panes: made into requests, answered with keys, and settled when they are gone.

An answer's keys are sent once: only while the very dialog that was answered stands on the screen, after the wish to send
is committed, and never again whatever becomes of them. A dialog that still stands afterwards is told to the person, and
is a new question.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from gastown_tui.core.errors import Conflict, GastownError
from gastown_tui.core.evidence import SETTLED, AgentState
from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.observation import Observation
from gastown_tui.core.requests import (
    ALLOW,
    CHANGED,
    DENY,
    DIALOGS,
    PANE,
    PRESSED,
    PRESSING,
    ROW,
    TAKEN,
    UNPROVEN,
    call_of,
    options_json,
    subject_json,
    subject_of,
)
from gastown_tui.core.rows import Request, Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.core.states import RequestState, RunState
from gastown_tui.drivers import registry
from gastown_tui.drivers.prompts import Prompt, read
from gastown_tui.drivers.rules.catalogue import RULE_SETS, classify_screen
from gastown_tui.infra.act import sessions
from gastown_tui.infra.processes import environment_of
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import incidents, requests, telemetry
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import messages, rules
from gastown_tui.services.context import RUN_VARIABLE, TownContext

log = logging.getLogger(__name__)

QUIET = 1.0
"""Seconds without output before a screen is read for a new dialog: a half-drawn one decides nothing."""
RESTLESS = 10.0
"""Seconds after which a screen is read all the same: opencode draws its dialogs anew all the time."""
YOUNG = 3.0
"""Seconds in which a dialog may not be drawn yet although its hook has asked."""
TAKING = 6.0
"""Seconds in which a CLI may still show the dialog whose answer its hook has just given it."""
GONE_ROUNDS = 2
"""Looks in a row, in different seconds, that see no dialog before it counts as settled in the pane."""
PROOF_SECONDS = 5.0
"""How long a dialog may stand after its keys were sent (peers: 1.5 to 5 s)."""
MOVE_SECONDS = 1.0
"""How long a selector may take to stand where the arrows have sent it."""
_LIVE = (RunState.STARTING, RunState.WORKING, RunState.FINISHING)
CARD = "answer_unproven"


@dataclass
class Prompts:
    """One per supervisor. Holds nothing that the ledger does not, except what was read when."""

    ctx: TownContext
    _read: dict[str, int] = field(default_factory=dict)
    """Pane → the second in which it was read last. tmux tells of output in whole seconds too."""
    _moving: dict[str, float] = field(default_factory=dict)
    """Pane → since when it has not been read because it never rested."""
    _gone: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Run → (looks in a row without a dialog, the second of the last one)."""

    def attend(self, seen: Observation, panes: Sequence[PaneFact] | None) -> None:
        """One round: keys of answers, then what stands on the screens."""
        if panes is None or not seen.may_judge:
            return
        live = {run.id: run for run in seen.runs if run.state in _LIVE and self._is_read(run)}
        if not live:
            return
        open_of: dict[str, list[Request]] = {}
        for request in requests.open_ones(self.ctx.ledger):
            if request.kind in DIALOGS and request.run in live:
                open_of.setdefault(request.run, []).append(request)
        sent = {request.run: request for request in requests.to_type(self.ctx.ledger)}
        self._read = {pane.pane: self._read[pane.pane] for pane in panes if pane.pane in self._read}
        self._moving = {pane.pane: self._moving[pane.pane] for pane in panes if pane.pane in self._moving}
        # A dialog that stays although its hook was answered draws nothing new.
        taking = self._answered_since(2 * TAKING)
        for pane in panes:
            run = live.get(pane.run)
            if run is None or pane.dead or pane.in_mode:
                continue
            if run.id in taking:
                self._read.pop(pane.pane, None)
            try:
                self._attend(seen, run, pane, open_of.get(run.id, []), sent.get(run.id))
            except (GastownError, ValueError) as error:
                log.warning("dialog of %s: %s", run.agent, error.line() if isinstance(error, GastownError) else error)

    def _is_read(self, run: Run) -> bool:
        driver = registry.DRIVERS.get(run.driver)
        # Our own agent asks in the ledger itself.
        return run.driver in RULE_SETS and not (driver is not None and driver.facts.pulls_messages)

    def _attend(self, seen: Observation, run: Run, pane: PaneFact, asked: list[Request], sent: Request | None) -> None:
        if sent is not None:
            self._answer(run, pane, sent)
            self._read.pop(pane.pane, None)  # whatever stands there now is looked at afresh
            return
        now = self.ctx.now()
        is_due = pane.last_activity >= self._read.get(pane.pane, -1)  # output in the second of a look may be newer than it
        if asked:
            left = [one for one in asked if one.channel == ROW and not self._is_waited_for(one)]
            if not is_due and run.id not in self._gone and not left:
                return
        elif not is_due or (now - pane.last_activity < QUIET and now - self._moving.setdefault(pane.pane, now) < RESTLESS):
            return
        self._moving.pop(pane.pane, None)
        prompt, shown = self._look(run, pane)
        self._read[pane.pane] = int(now)
        if prompt is not None:
            self._gone.pop(run.id, None)
            if not self._stands(run, prompt, asked):
                self._read.pop(pane.pane, None)  # looked at again, also without new output
        elif shown is not AgentState.UNKNOWN and asked:
            self._is_gone(run, asked, now, shown)

    def _look(self, run: Run, pane: PaneFact) -> tuple[Prompt | None, AgentState]:
        """(the dialog on the screen, what the screen says; UNKNOWN when it is not understood)."""
        text = "\n".join(TmuxServer(self.ctx.layout).capture(pane.pane, escapes=True))
        prompt, found = read(run.driver, text), classify_screen(run.driver, text, 0.0)
        return prompt, found.state if found is not None else AgentState.UNKNOWN

    def _is_gone(self, run: Run, asked: list[Request], now: float, shown: AgentState) -> None:
        """Settles what was answered in the pane, after a second look in another second."""
        count, second = self._gone.get(run.id, (0, -1))
        old = [request for request in asked if now - request.created_at > YOUNG]
        if int(now) == second or not old:
            self._gone[run.id] = (count, second)  # it is looked at again, also without new output
            return
        self._gone[run.id] = (count + 1, int(now))
        if count + 1 < GONE_ROUNDS:
            return
        for request in old:
            self._settle(request, shown)
        del self._gone[run.id]

    def _settle(self, request: Request, shown: AgentState = AgentState.UNKNOWN) -> None:
        try:
            requests.end(self.ctx.ledger, request.id, RequestState.SETTLED, actor=request.agent, now=self.ctx.now())
        except Conflict:
            return  # answered this very moment, which is told by itself
        self._goes_on(request, shown)

    def _goes_on(self, request: Request, shown: AgentState) -> None:
        """The run's claim that it asks is over with its last question. Not every CLI says so: one whose call was refused
        by hand ends its turn without a word, and nothing would ever be delivered to it.

        Where the screen does not rest yet, the claim of work is as old as the question, so that any later screen overrules it.
        """
        report = telemetry.reports(self.ctx.telemetry).get(request.run)
        if report is None or report.state not in DIALOGS:
            return
        if any(one.kind in DIALOGS for one in requests.open_of_run(self.ctx.ledger, request.run)):
            return
        rests = shown is AgentState.IDLE and request.answer in ("", DENY)
        state, at = ("idle", self.ctx.now()) if rests else ("working", request.created_at - SETTLED)
        telemetry.report(self.ctx.telemetry, request.run, request.agent, state, report.detail, "RequestEnded", now=at)

    def _stands(self, run: Run, prompt: Prompt, asked: list[Request]) -> bool:
        """A dialog stands there: it is the one that is asked already, or a question of its own. False when that cannot be
        told yet."""
        for request in asked:
            if request.channel == ROW and self._is_waited_for(request):
                return True  # its hook asks beside it
        same = [one for one in asked if one.channel == PANE and one.fingerprint == prompt.fingerprint]
        bare = [one for one in asked if one.fingerprint != prompt.fingerprint and one.kind == prompt.kind and one.channel != PANE]
        bare += [
            one for one in asked if one.channel == PANE and one.kind == prompt.kind and one.options == "[]" and one not in same
        ]
        if same:
            return True
        for request in asked:
            if request not in bare[:1]:
                self._settle(request)
        if bare:
            offered = options_json([one for one in prompt.choices if one.press])
            requests.offer(self.ctx.ledger, bare[0].id, channel=PANE, options=offered, fingerprint=prompt.fingerprint)
            self._by_rule(run, bare[0], prompt)
        elif self._is_being_taken(run):
            return False
        else:
            self._publish(run, prompt)
        return True

    def _is_being_taken(self, run: Run) -> bool:
        return run.id in self._answered_since(TAKING)

    def _answered_since(self, seconds: float) -> set[str]:
        """Runs whose hook was given an answer in the last seconds."""
        lately = self.ctx.now() - seconds
        found = requests.REQUESTS.all(self.ctx.ledger, "state = 'answered' AND channel = ? AND answered_at > ?", ROW, lately)
        return {one.run for one in found}

    def _by_rule(self, run: Run, request: Request, prompt: Prompt) -> None:
        """A standing rule allows it: its key is typed as a person's would be. Only where a hook told the whole call; what is
        cut from a screen is no ground for it."""
        tool, given = call_of(request)
        if request.kind != "permission" or not tool or subject_of(request).get("screen"):
            return
        if not any(one.key == ALLOW and one.press for one in prompt.choices):
            return
        found = rules.decide(replace(self.ctx, actor=run.agent, run=run.id), tool, given, request.directory, request.title)
        if found is not None and found[0] == ALLOW:
            with transaction(self.ctx.ledger):
                requests.end(
                    self.ctx.ledger, request.id, RequestState.ANSWERED, key=ALLOW, actor=f"rule {found[1]}", now=self.ctx.now()
                )

    def _is_waited_for(self, request: Request) -> bool:
        waiter = subject_of(request).get("waiter")
        return not isinstance(waiter, int) or environment_of(waiter).get(RUN_VARIABLE) == request.run or waiter == os.getpid()

    def _publish(self, run: Run, prompt: Prompt) -> None:
        ctx = self.ctx
        earlier = requests.count_like(ctx.ledger, run.id, prompt.fingerprint)
        failed = requests.REQUESTS.one(
            ctx.ledger, "run = ? AND fingerprint = ? AND proof = 'unproven' ORDER BY answered_at DESC", run.id, prompt.fingerprint
        )
        note = f"your answer “{failed.answer}” was typed and is not seen to be taken" if failed is not None else ""
        number = sha256(f"{run.id}|{prompt.fingerprint}|{earlier}".encode()).hexdigest()[:12]
        request = Request(
            id=f"q{number}",
            kind=prompt.kind,
            agent=run.agent,
            run=run.id,
            bead=run.bead,
            title=prompt.title[:500],
            detail=prompt.body[:20_000],
            directory=run.worktree,
            options=options_json([one for one in prompt.choices if one.press]),
            fingerprint=prompt.fingerprint,
            state=RequestState.OPEN,
            answer="",
            answer_text="",
            answered_by="",
            created_at=ctx.now(),
            answered_at=None,
            channel=PANE,
            subject=subject_json(prompt.tool, dict(prompt.given), screen=True, **({"note": note} if note else {})),
        )
        requests.publish(ctx.ledger, request)

    # Answers

    def _answer(self, run: Run, pane: PaneFact, request: Request) -> None:
        if request.proof == "":
            self._type(run, pane, request)
            return
        prompt, shown = self._look(run, pane)
        stands = prompt is not None and prompt.fingerprint == request.fingerprint
        if not stands and shown is not AgentState.UNKNOWN:
            self._taken(run, request, shown)
        elif self.ctx.now() - (request.answered_at or 0.0) > PROOF_SECONDS + (QUIET if request.proof == PRESSING else 0.0):
            self._tell(
                request, UNPROVEN, f"its dialog still stands after the answer “{request.answer}” was typed; it is asked anew"
            )

    def _type(self, run: Run, pane: PaneFact, request: Request) -> None:
        prompt, _ = self._look(run, pane)
        choice = None
        if prompt is not None and prompt.fingerprint == request.fingerprint:
            choice = next((one for one in prompt.choices if one.key == request.answer and one.press), None)
        if prompt is None or choice is None:
            self._tell(request, CHANGED, f"the answer “{request.answer}” was not sent: its dialog had gone or changed before")
            return
        # From here on it may have been sent, whatever happens.
        requests.prove(self.ctx.ledger, request.id, PRESSING, actor=SUPERVISOR, now=self.ctx.now())
        *before, last = choice.press
        for key in before:
            sessions.press(self.ctx.layout, pane.pane, run.token, key)
        wanted = prompt.choices.index(choice)
        if any(key in ("Up", "Down", "Left", "Right") for key in before) and not self._stands_at(run, pane, prompt, wanted):
            self._tell(request, CHANGED, f"the answer “{request.answer}” was not sent: the selector did not go there")
            return
        sessions.press(self.ctx.layout, pane.pane, run.token, last)
        requests.prove(self.ctx.ledger, request.id, PRESSED, actor=SUPERVISOR, now=self.ctx.now())

    def _stands_at(self, run: Run, pane: PaneFact, prompt: Prompt, index: int) -> bool:
        """Whether the same dialog's selector stands at a choice, within a second."""
        wanted = prompt.choices[index].key

        def is_there() -> bool:
            now, _ = self._look(run, pane)
            if now is None or now.fingerprint != prompt.fingerprint:
                return False
            return any(one.key == wanted and one.press == ("Enter",) for one in now.choices)

        return _within(MOVE_SECONDS, is_there)

    def _taken(self, run: Run, request: Request, shown: AgentState) -> None:
        with transaction(self.ctx.ledger):
            requests.prove(self.ctx.ledger, request.id, TAKEN, actor=SUPERVISOR, now=self.ctx.now())
            if request.answer_text.strip():
                about = "You were refused" if request.answer == DENY else "With the answer"
                messages.say(
                    replace(self.ctx, actor=request.answered_by),
                    request.agent,
                    f"{about}: {request.title}\n\n{request.answer_text}",
                )
        incidents.resolve(self.ctx.ledger, CARD, request.agent, actor=SUPERVISOR, now=self.ctx.now())
        self._goes_on(request, shown)

    def _tell(self, request: Request, proof: str, words: str) -> None:
        """Says what became of an answer: in the ledger, and as a card."""
        with transaction(self.ctx.ledger):
            requests.prove(self.ctx.ledger, request.id, proof, actor=SUPERVISOR, now=self.ctx.now())
            incidents.raise_one(
                self.ctx.ledger,
                CARD,
                request.agent,
                f"{request.title}: {words}",
                severity="medium",
                actor=SUPERVISOR,
                now=self.ctx.now(),
            )


def _within(seconds: float, is_true: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
