"""The mayor on the whole screen: the conversation, and beside it what it works with."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.screens.agents import AgentScreen
from gastown_tui.tui.viewmodels import work
from gastown_tui.tui.viewmodels.chat import mayor_of
from gastown_tui.tui.viewmodels.inbox import rail_needs
from gastown_tui.tui.widgets.dock import ComposerText, Dock
from gastown_tui.tui.widgets.rows import RowList


class MayorScreen(AgentScreen):
    """Screen M. Esc in the composer goes back; the text stays."""

    TAB = "mayor"
    DOCK = "none"
    COMMAND_SCOPES = ("global",)
    FIRST_FOCUS = "ComposerText"

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield Dock(is_full=True)
            yield RowList(id="mayor-side")

    def selected_agent(self) -> AgentView | None:
        return mayor_of(self.snapshot)

    def fill(self) -> None:
        side = self.query_one("#mayor-side", RowList)
        side.show_rows(
            [
                *rail_needs(self.snapshot, self.now, side.inner_width, "", snoozed=self.console.snoozed),
                *work.rail_convoys(self.snapshot, side.inner_width),
                *work.rail_merges(self.snapshot, self.now),
            ]
        )

    def on_composer_text_left(self, event: ComposerText.Left) -> None:
        """Esc leaves the whole screen."""
        event.stop()
        self.console.show(self.console.mode_before)
