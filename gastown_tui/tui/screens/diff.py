"""What a merge would land, as a diff to read."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.core.rows import Merge, Request
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.answering import AnsweringScreen
from gastown_tui.tui.viewmodels import diff
from gastown_tui.tui.widgets.rows import Bar, RowList


class DiffScreen(AnsweringScreen):
    """Above the screen that it was opened from; an approval is answered here as well."""

    TAB = "merge"
    DOCK = "none"
    COMMAND_SCOPES = ("global", "request", "diff")
    BINDINGS = bindings("request", "diff")
    FIRST_FOCUS = "#diff"

    def __init__(self, merge_id: int) -> None:
        super().__init__()
        self.merge_id = merge_id
        self._text: str | None = None

    def body(self) -> ComposeResult:
        yield Bar(ground="raised", id="diff-bar")
        with Horizontal(id="body"):
            yield RowList(id="diff", pad=1)

    def on_mount(self) -> None:
        self.console.fetch(self._take, self.console.acts.diff, self.merge_id)

    def _take(self, text: str) -> None:
        self._text = text
        self.query_one("#diff", RowList).show_rows(diff.diff_rows(text))
        self.refill()

    def merge(self) -> Merge | None:
        """The merge."""
        return next((merge for merge in self.snapshot.merges if merge.id == self.merge_id), None)

    def selected_request(self) -> Request | None:
        return self.approval(self.merge())

    def fill(self) -> None:
        self.query_one("#diff-bar", Bar).show(diff.diff_bar(self.merge(), self._text))
        if self._text is None:
            self.query_one("#diff", RowList).show_rows(diff.waiting_rows())
        self.note_selection()

    def action_file(self, step: int) -> None:
        """Goes to the next or previous file."""
        rows = self.query_one("#diff", RowList)
        order = rows.keys()
        files = [key for key in order if key.startswith("f:")]
        if not files:
            return
        at = order.index(rows.selected) if rows.selected in order else 0
        if step > 0:
            found = next((key for key in files if order.index(key) > at), files[-1])
        else:
            found = next((key for key in reversed(files) if order.index(key) < at), files[0])
        rows.select(found)
