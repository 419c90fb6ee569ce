"""Convoys: batches of beads as a tree, with what holds each bead up."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.beads import BeadActs
from gastown_tui.tui.viewmodels import work
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.widgets.rows import RowList


class ConvoysScreen(BeadActs):
    """Screen 3."""

    TAB = "convoys"
    COMMAND_SCOPES = ("global", "convoys", "list")
    BINDINGS = bindings("convoys")
    FIRST_FOCUS = "#tree"

    def __init__(self) -> None:
        super().__init__()
        self._folded: set[str] = set()
        self._wanted = ""

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="tree")

    def _rows(self) -> RowList:
        return self.query_one("#tree", RowList)

    def selected_bead(self) -> str:
        key = self._rows().selected
        return key[2:] if key.startswith("b:") else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter and folding need a row."""
        if action in ("open", "fold"):
            return bool(self._rows().selected)
        return super().check_action(action, parameters)

    def fill(self) -> None:
        self._rows().show_rows(filtered(work.convoy_rows(self.snapshot, self._folded, self.now), self.filter_words))
        if self._wanted:
            self._rows().select(self._wanted)
            self._wanted = ""

    def reveal(self, convoy: str) -> None:
        """Selects a convoy."""
        self.filter_words, self._wanted = "", f"c:{convoy}"
        self.refill()

    def action_open(self) -> None:
        """Opens the bead, or folds the convoy."""
        key = self._rows().selected
        if key.startswith("b:"):
            self.console.open_bead(key[2:])
        elif key.startswith("c:"):
            self._folded ^= {key[2:]}
            self.refill()

    def action_fold(self, is_folded: bool) -> None:
        """Folds or unfolds the convoy that the selection is in."""
        keys = self._rows().keys()
        key = self._rows().selected
        if key not in keys:
            return
        head = next((name for name in reversed(keys[: keys.index(key) + 1]) if name.startswith("c:")), "")
        convoy = next((convoy for convoy in self.snapshot.convoys if f"c:{convoy.id}" == head), None)
        if convoy is None:
            return
        is_open_by_default = convoy.state.value == "open"
        if is_folded == is_open_by_default:
            self._folded.add(convoy.id)
        else:
            self._folded.discard(convoy.id)
        self._rows().select(head)
        self.refill()
