"""Answering what agents ask, wherever it is shown: a, A, r, o, with the guards that keep a stray key from answering."""

from __future__ import annotations

from gastown_tui.core.rows import Merge, Request
from gastown_tui.tui.screens.base import ConsoleScreen, monotonic
from gastown_tui.tui.text import cut
from gastown_tui.tui.viewmodels.common import short
from gastown_tui.tui.viewmodels.needs import approval_of, choose, options_of, refusal
from gastown_tui.tui.widgets.modals import ChoiceModal, ConfirmModal, LineModal

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
            self._answer(request, "allow", "")

    def action_always(self) -> None:
        """Allows always, after a question."""
        if request := self._guarded():

            def sure(is_sure: bool | None) -> None:
                if is_sure:
                    self._answer(request, "always", "")

            label = dict(options_of(request)).get(choose(request, "always"), "always")
            self.app.push_screen(ConfirmModal(f"{short(request.agent)}: {label}", request.title, "always allow"), sure)

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
        """Shows the agent's own answers."""
        if request := self._guarded():

            def take(chosen: tuple[str, str] | None) -> None:
                if chosen is not None:
                    key, text = chosen
                    label = dict(options_of(request)).get(key, key)
                    self.console.act(
                        f"answered {short(request.agent)}: {cut(label, 40)}", self.console.acts.answer, request.id, key, text
                    )

            takes_text = request.kind in ("question", "plan", "help")
            self.app.push_screen(ChoiceModal(request.title, request.detail, options_of(request), takes_text=takes_text), take)

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
