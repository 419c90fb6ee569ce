"""Writing a letter over a screen: to whom, about what, and several lines of text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input

from gastown_tui.core.ids import OVERSEER
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import clean
from gastown_tui.tui.viewmodels.common import keys, short
from gastown_tui.tui.widgets.dock import ComposerText
from gastown_tui.tui.widgets.rows import Rows


@dataclass(frozen=True, slots=True)
class Written:
    """A letter that may be sent."""

    receivers: tuple[str, ...]
    subject: str
    text: str


class LetterModal(ModalScreen[Written | None]):
    """A letter. Gives it, or None when the person went back.

    Args:
        known: addresses of all agents.
        is_reply: receiver and subject stand.
    """

    DEFAULT_CSS = """
    LetterModal { align: center middle; background: $ground 60%; }
    LetterModal > Vertical { width: 76; max-width: 95%; height: auto; max-height: 90%; background: $raised; padding: 1 1; }
    LetterModal Rows { height: 1; }
    LetterModal #letter-foot { height: 2; margin-top: 1; }
    LetterModal Input { background: $pane; border: none; height: 1; padding: 0; margin: 0 1; color: $ink; }
    LetterModal Input:focus { border: none; }
    LetterModal ComposerText { background: $pane; color: $ink; border: none; height: 8; max-height: 40vh; padding: 0; margin: 1 1 0 1; }
    LetterModal ComposerText:focus { border: none; }
    LetterModal ComposerText .text-area--cursor-line { background: $pane; }
    """

    def __init__(self, known: Sequence[str], *, to: str = "", subject: str = "", is_reply: bool = False) -> None:
        super().__init__()
        self._known, self._to, self._subject, self._is_reply = list(known), to, subject, is_reply
        self._wrong = ""

    def compose(self) -> ComposeResult:
        suggester = SuggestFromList([*self._known, *(short(one) for one in self._known)], case_sensitive=False)
        with Vertical():
            yield Rows(ground="raised", id="letter-head")
            if not self._is_reply:
                yield Input(self._to, compact=True, placeholder="to: agents", suggester=suggester, id="to", select_on_focus=False)
                yield Input("", compact=True, placeholder="about", id="subject", select_on_focus=False)
            yield ComposerText("what you want to say")
            yield Rows(ground="raised", id="letter-foot")

    def on_mount(self) -> None:
        words = f"Answer to {clean(self._to)}" if self._is_reply else "A letter"
        self.query_one("#letter-head", Rows).show_rows([Row(((words, "b ink"), (f"  {clean(self._subject)}", "soft")))])
        self._say("")
        (self.query_one(ComposerText) if self._is_reply or self._to else self.query_one("#to", Input)).focus()

    def _say(self, wrong: str) -> None:
        offered = [(key_of("composer.send"), "send"), (key_of("composer.newline"), "new line"), ("esc", "back, nothing is sent")]
        if not self._is_reply:
            offered.insert(1, ("Tab", "next field"))
        hint = "kept until the agent rests, then delivered"
        self.query_one("#letter-foot", Rows).show_rows(
            [Row(((wrong or hint, "broken" if wrong else "soft"),)), Row(keys(*offered))]
        )

    @on(Input.Submitted)
    def _next_field(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def on_composer_text_left(self) -> None:
        """Esc in the text."""
        self.dismiss(None)

    def on_words_sent(self, event: events.Event) -> None:
        """Enter in the text."""
        event.stop()
        self._send()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)

    def _send(self) -> None:
        area = self.query_one(ComposerText)
        text = area.sent[-1] if area.sent else ""
        if self._is_reply:
            self.dismiss(Written((self._to,), self._subject, text))
            return
        receivers, wrong = self._receivers(self.query_one("#to", Input).value)
        if wrong or not receivers:
            area.text = text
            area.move_cursor(area.document.end)
            self._say(wrong or "to whom? an agent's address or name")
            self.query_one("#to", Input).focus()
            return
        self.dismiss(Written(receivers, self.query_one("#subject", Input).value.strip(), text))

    def _receivers(self, words: str) -> tuple[tuple[str, ...], str]:
        """(addresses, what is wrong)."""
        found: list[str] = []
        for name in re.split(r"[\s,;]+", words.strip()):
            if not name:
                continue
            exact = [one for one in self._known if one == name] or [one for one in self._known if short(one) == name]
            if name == OVERSEER or not exact:
                return (), f'no agent is called "{clean(name)}"'
            if len(exact) > 1:
                return (), f'several are called "{clean(name)}": {", ".join(map(clean, exact))}'
            found += exact
        return tuple(dict.fromkeys(found)), ""
