"""Several lines of a person's own words over a screen: a message to an agent, which may also be pasted."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import clean, wrap
from gastown_tui.tui.viewmodels.common import keys
from gastown_tui.tui.widgets.dock import ComposerText
from gastown_tui.tui.widgets.rows import Rows

_WIDTH = 72


class WordsModal(ModalScreen[str | None]):
    """Gives the words, or None when the person went back.

    Args:
        hint: when they will be read.
        verb: what Enter does.
    """

    DEFAULT_CSS = """
    WordsModal { align: center middle; background: $ground 60%; }
    WordsModal > Vertical { width: 76; max-width: 95%; height: auto; max-height: 90%; background: $raised; padding: 1 1; }
    WordsModal #words-foot { height: 1; margin-top: 1; }
    WordsModal ComposerText { background: $pane; color: $ink; border: none; height: 8; max-height: 40vh; padding: 0; margin: 1 1 0 1; }
    WordsModal ComposerText:focus { border: none; }
    WordsModal ComposerText .text-area--cursor-line { background: $pane; }
    """

    def __init__(self, title: str, hint: str, *, verb: str = "send") -> None:
        super().__init__()
        self._title, self._hint, self._verb = title, hint, verb

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Rows(ground="raised", id="words-head")
            yield ComposerText("what you want to say")
            yield Rows(ground="raised", id="words-foot")

    def on_mount(self) -> None:
        head = [Row(((part, "b ink"),)) for part in wrap(clean(self._title), _WIDTH)]
        head += [Row(((part, "soft"),)) for part in wrap(clean(self._hint), _WIDTH)]
        self.query_one("#words-head", Rows).show_rows(head)
        self.query_one("#words-head", Rows).styles.height = len(head)
        offered = (
            (key_of("composer.send"), self._verb),
            (key_of("composer.newline"), "new line"),
            ("esc", "back, nothing is sent"),
        )
        self.query_one("#words-foot", Rows).show_rows([Row(keys(*offered))])
        self.query_one(ComposerText).focus()

    def on_words_sent(self, event: events.Event) -> None:
        """Enter in the text."""
        event.stop()
        sent = self.query_one(ComposerText).sent
        self.dismiss(sent[-1] if sent else None)

    def on_composer_text_left(self) -> None:
        """Esc in the text."""
        self.dismiss(None)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
