"""The keys, from the command table: this screen's first, then all others; `/` searches."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.viewmodels.help import help_rows
from gastown_tui.tui.widgets.rows import RowList


class HelpScreen(ConsoleScreen):
    """Above the screen that it was asked from."""

    TAB = ""
    DOCK = "none"
    COMMAND_SCOPES = ("global", "list")
    FIRST_FOCUS = "#help"

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__()
        self._scopes = tuple(scopes)

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="help")

    def fill(self) -> None:
        self.query_one("#help", RowList).show_rows(filtered(help_rows(self._scopes), self.filter_words))
