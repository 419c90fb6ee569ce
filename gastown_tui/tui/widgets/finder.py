"""The command palette over a screen: type a few letters, Enter does it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from gastown_tui.tui.paint import Row, filled
from gastown_tui.tui.palette import Entry, found, rows
from gastown_tui.tui.widgets.rows import RowList

_STEPS = {"down": 1, "up": -1, "ctrl+n": 1, "ctrl+p": -1, "pagedown": 8, "pageup": -8}


class _Choices(RowList):
    """The input has the keys, but what Enter would do must be seen all the same."""

    def looks(self, index: int) -> Row:
        row = self.rows[index]
        return filled(row) if row.key and row.key == self.selected else row


class Finder(ModalScreen[Entry | None]):
    """Gives the chosen entry, or None."""

    DEFAULT_CSS = """
    Finder { align: center top; background: $ground 60%; }
    Finder > Vertical { width: 90; max-width: 96%; height: auto; max-height: 90%; margin-top: 2; background: $raised; padding: 0 1; }
    Finder Input { background: $pane; border: none; height: 1; padding: 0; margin: 1 0; color: $ink; }
    Finder Input:focus { border: none; }
    Finder RowList { margin-bottom: 1; }
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._entries = list(entries)
        self._shown: list[Entry] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Input(compact=True, placeholder="a command, agent, bead, convoy or screen", id="finder-words")
            yield _Choices(ground="raised", pad=0, id="finder-list")

    def on_mount(self) -> None:
        self._fill("")
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        self._fill(self.query_one(Input).value)

    @on(Input.Changed)
    def _narrow(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def _fill(self, words: str) -> None:
        self._shown = found(self._entries, words)
        listing = self.query_one(RowList)
        listing.top = 0
        shown = rows(self._shown)
        listing.styles.height = max(min(len(shown), self.size.height - 8), 1)
        listing.selected = shown[0].key
        listing.show_rows(shown)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.key in _STEPS:
            event.stop()
            event.prevent_default()
            self.query_one(RowList).action_step(_STEPS[event.key])

    @on(Input.Submitted)
    def _choose(self) -> None:
        key = self.query_one(RowList).selected
        if key:
            self.dismiss(self._shown[int(key[2:])])

    def on_click(self, event: events.Click) -> None:
        """A click on a row chooses it, one beside the palette leaves."""
        if isinstance(event.widget, RowList):
            self._choose()
        elif event.widget is self:
            self.dismiss(None)
