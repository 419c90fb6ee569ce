"""The keys, from the command table: this screen's first, then all others; and the glossary. `/` searches both."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.viewmodels.glossary import glossary_rows, word_rows
from gastown_tui.tui.viewmodels.help import help_rows
from gastown_tui.tui.widgets.rows import RowList, Rows


class HelpScreen(ConsoleScreen):
    """Above the screen that it was asked from."""

    TAB = ""
    DOCK = "none"
    COMMAND_SCOPES = ("global", "help", "list")
    BINDINGS = bindings("help")
    FIRST_FOCUS = "#help"

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__()
        self._scopes = tuple(scopes)

    def body(self) -> ComposeResult:
        with Vertical(id="body"):
            yield RowList(id="help")

    def fill(self) -> None:
        self.query_one("#help", RowList).show_rows(filtered(help_rows(self._scopes), self.filter_words))


class GlossaryScreen(ConsoleScreen):
    """Plain words beside Gas Town's."""

    TAB = ""
    DOCK = "none"
    COMMAND_SCOPES = ("global", "list")
    FIRST_FOCUS = "#glossary"

    def body(self) -> ComposeResult:
        with Vertical(id="body"):
            yield RowList(id="glossary")
            yield Rows(id="word")

    def fill(self) -> None:
        self.query_one("#glossary", RowList).show_rows(filtered(glossary_rows(), self.filter_words))
        self._fill_word()

    @on(RowList.Highlighted, "#glossary")
    def _fill_word(self) -> None:
        word = self.query_one("#word", Rows)
        word.show_rows(word_rows(self.query_one("#glossary", RowList).selected[2:], word.inner_width))
