"""Answering what agents ask, wherever it is shown: a, A, r, o, with the guards that keep a stray key from answering."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from gastown_tui.core import risk, rules
from gastown_tui.core.requests import ANSWERS, PANE, Asked, choices_of, questions_of, rule_for
from gastown_tui.core.rows import Merge, Request
from gastown_tui.tui.screens.base import ConsoleScreen, monotonic
from gastown_tui.tui.text import clean_lines, cut
from gastown_tui.tui.viewmodels.asking import risks
from gastown_tui.tui.viewmodels.common import short
from gastown_tui.tui.viewmodels.needs import REFUSE_KEYS, approval_of, choose, options_of, refusal, same_calls
from gastown_tui.tui.widgets.modals import ChoiceModal, LineModal

_ASKING = ("allow", "always", "refuse", "options")


class AnsweringScreen(ConsoleScreen):
    """A screen on which a request can be selected."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Request | None = None
        self._shown_at = 0.0

    def selected_request(self) -> Request | None:
        """The open request that keys are about."""
        return None

    def note_selection(self) -> None:
        """Remembers what is asked on the screen now, and since when; call it whenever the selection may have moved."""
        request = self.selected_request()
        if (request.id if request else "") != (self._shown.id if self._shown else ""):
            self._shown, self._shown_at = request, monotonic()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Answering keys exist only where something is asked that takes them."""
        if action in _ASKING:
            request = self.selected_request()
            if request is None:
                return False
            if action == "options":
                return bool(options_of(request)) and request.kind != "approval"
            if request.kind == "approval":
                return action != "always"
            if action == "always" and rule_for(request, self.snapshot.root) is not None:
                return True
            return bool(choose(request, action))
        return super().check_action(action, parameters)

    def _guarded(self) -> Request | None:
        """The request, or None after saying why no answer may be sent now."""
        self.note_selection()
        shown = self._shown
        why = refusal(
            shown,
            self.snapshot,
            now=monotonic(),
            selected_at=self._shown_at,
            key_before=self.console.key_before,
            key_at=self.console.key_at,
        )
        if not why:
            return shown
        self.console.flash(why)
        self._shown, self._shown_at = self.selected_request(), monotonic()
        return None

    def action_allow(self) -> None:
        """Allows once, or approves."""
        if request := self._guarded():
            risky = self._risky(request)
            if not risky:
                self._answer(request, "allow", "")
                self._offer_the_same(request)
                return

            self.console.confirm(
                f"{short(request.agent)}: allow this?",
                risky,
                "allow it all the same",
                lambda: self._answer(request, "allow", ""),
            )

    def _offer_the_same(self, request: Request) -> None:
        """Others that ask for the very same call: one more key answers them all, each by its own request."""
        others = same_calls(request, self.snapshot)
        if not others:
            return

        def allow_all() -> None:
            for one in others:
                self._answer(one, "allow", "")

        names = ", ".join(short(one.agent) for one in others)
        number = f"{len(others)} more ask" if len(others) > 1 else "1 more asks"
        self.console.confirm(f"{number} for the very same", f"{names}\n\n{request.title}", "allow them, too", allow_all)

    def action_always(self) -> None:
        """Allows always, after a question: as the agent offers it, or by a standing rule."""
        if request := self._guarded():
            rule = rule_for(request, self.snapshot.root)
            if rule is not None:
                self._choose_always(request, rule)
                return

            label = dict(options_of(request)).get(choose(request, "always"), "always")
            detail = self._risky(request) or request.title
            self.console.confirm(
                f"{short(request.agent)}: {label}", detail, "always allow", lambda: self._answer(request, "always", "")
            )

    def _choose_always(self, request: Request, rule: Mapping[str, str]) -> None:
        def take(chosen: tuple[str, str] | None) -> None:
            if chosen is None:
                return
            if chosen[0] != "rule":
                self._answer(request, "always", "")
                return

            def made(number: object) -> None:
                self.console.hint(
                    f"rule {number}: {rules.words(rule)} · u in the inbox, or gt rules remove {number}, takes it back"
                )
                self._answer(request, "allow", "")

            self.console.fetch(made, self.console.acts.make_rule, rule)

        own = choose(request, "always")
        options = [(own, dict(options_of(request))[own])] if own else []
        options.append(("rule", f"standing rule: {rules.words(rule)}"))
        self.app.push_screen(ChoiceModal(f"{short(request.agent)}: always allow?", request.title, options), take)

    def _risky(self, request: Request) -> str:
        """What must be read before it is allowed, "" when one key is enough."""
        found = risks(request, self.snapshot)
        if not risk.is_destructive(found):
            return ""
        return "\n".join([*risk.words(found), "", *clean_lines(request.title)[:1]])

    def action_refuse(self) -> None:
        """Refuses, with a reason."""
        if request := self._guarded():

            def take(reason: str | None) -> None:
                if reason is not None:
                    self._answer(request, "refuse", reason)

            is_approval = request.kind == "approval"
            verb = "send back" if is_approval else "refuse"
            self.app.push_screen(
                LineModal(
                    f"{verb}: {request.title}", f"why? {short(request.agent)} reads it", verb=verb, may_be_empty=not is_approval
                ),
                take,
            )

    def action_options(self) -> None:
        """Shows the agent's own answers; several questions one after another."""
        if request := self._guarded():
            asked = questions_of(request)
            if ANSWERS in dict(options_of(request)) and asked:
                self._ask_each(request, asked, {})
                return

            def take(chosen: tuple[str, str] | None) -> None:
                if chosen is not None:
                    self._send(request, *chosen)

            abouts = [one.about for one in (asked[0].choices if len(asked) == 1 else choices_of(request))]
            takes_text = request.kind == "help" or (request.kind == "question" and request.channel != PANE)
            detail = "" if request.kind == "question" else request.detail
            self.app.push_screen(
                ChoiceModal(request.title, detail, options_of(request), takes_text=takes_text, abouts=abouts), take
            )

    def _ask_each(self, request: Request, asked: Sequence[Asked], given: dict[str, str]) -> None:
        """The next of several questions; all answers go out together."""
        if len(given) == len(asked):
            self._send(request, ANSWERS, json.dumps(given, ensure_ascii=False))
            return
        one = asked[len(given)]

        def take(chosen: tuple[str, str] | None) -> None:
            if chosen is not None:
                self._ask_each(request, asked, {**given, one.text: chosen[1] or chosen[0]})

        number = f"{len(given) + 1} of {len(asked)} · " if len(asked) > 1 else ""
        options = [(choice.key, choice.label) for choice in one.choices]
        abouts = [choice.about for choice in one.choices]
        self.app.push_screen(
            ChoiceModal(f"{number}{one.text}", "", options, takes_text=True, takes_many=one.takes_many, abouts=abouts), take
        )

    def _send(self, request: Request, key: str, text: str) -> None:
        found = risks(request, self.snapshot)
        label = text or dict(options_of(request)).get(key, key)
        if key == ANSWERS:
            label = "all of it"

        def go() -> None:
            said = f"answered {short(request.agent)}: {cut(label, 40)}"
            self.console.act(said, self.console.acts.answer, request.id, key, text)

        if key in REFUSE_KEYS or not risk.is_destructive(found):
            go()
        else:
            self.console.confirm(f"{short(request.agent)}: {label}", self._risky(request), "answer it all the same", go)

    def _answer(self, request: Request, verb: str, text: str) -> None:
        acts, who = self.console.acts, short(request.agent) or "it"
        if request.kind == "approval":
            if verb == "allow":
                self.console.act(f"approved {request.bead}", acts.approve, request.bead)
            else:
                self.console.act(f"sent {request.bead} back", acts.send_back, request.bead, text)
            return
        done = {"allow": "allowed", "always": "always allowed", "refuse": "refused"}[verb]
        self.console.act(f"{done}: {who}", acts.answer, request.id, choose(request, verb), text)

    def approval(self, merge: Merge | None) -> Request | None:
        """The approval that a merge waits for."""
        return approval_of(self.snapshot, merge) if merge else None
