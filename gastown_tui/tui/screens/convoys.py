"""Convoys: batches of beads as a tree, with what holds each bead up."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.core.snapshot import ConvoyView
from gastown_tui.core.states import ConvoyState
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.paint import Row
from gastown_tui.tui.screens.beads import BeadPreviews
from gastown_tui.tui.viewmodels import convoys
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.widgets.rows import RowList, Rows


class ConvoysScreen(BeadPreviews):
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
            yield Rows(id="preview")

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
        self._rows().show_rows(filtered(convoys.convoy_rows(self.snapshot, self._folded, self.now), self.filter_words))
        if self._wanted:
            self._rows().select(self._wanted)
            self._wanted = ""
        self.show_preview()

    def other_preview(self, width: int) -> list[Row]:
        convoy = self.convoy()
        return convoys.convoy_detail(convoy, self.snapshot, self.now, width) if convoy else []

    def convoy(self) -> ConvoyView | None:
        """The convoy of the selected row, which may be one of its beads."""
        keys, key = self._rows().keys(), self._rows().selected
        above = keys[: keys.index(key) + 1] if key in keys else []
        head = next((name for name in reversed(above) if name.startswith("c:")), "")
        return next((convoy for convoy in self.snapshot.convoys if f"c:{convoy.id}" == head), None)

    def reveal(self, convoy: str) -> None:
        """Selects a convoy."""
        self.filter_words, self._wanted = "", f"c:{convoy}"
        self.refill()

    def action_open(self) -> None:
        """Opens the bead, or folds the convoy or its landed beads."""
        key = self._rows().selected
        if key.startswith("b:"):
            self.console.open_bead(key[2:])
        elif key:
            self._folded ^= {key.removeprefix("c:")}
            self.refill()

    def action_fold(self, is_folded: bool) -> None:
        """Folds or unfolds what is selected, or the convoy that it is in."""
        key, convoy = self._rows().selected, self.convoy()
        if convoy is None:
            return
        if key.startswith("l:") and is_folded == (key in self._folded):
            self._folded ^= {key}
            self.refill()
            return
        is_open_by_default = convoy.state is ConvoyState.OPEN
        if is_folded == is_open_by_default:
            self._folded.add(convoy.id)
        else:
            self._folded.discard(convoy.id)
        if is_folded:
            self._rows().select(f"c:{convoy.id}")
        self.refill()
