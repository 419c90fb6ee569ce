"""The review of what a merge would land: the diff, remarks on its lines, and what becomes of the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.core.review import DiffLine, LineKind
from gastown_tui.core.rows import Merge, Request, ReviewComment
from gastown_tui.core.states import MergeState, ReviewState
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.answering import AnsweringScreen
from gastown_tui.tui.viewmodels import diff
from gastown_tui.tui.viewmodels.common import short
from gastown_tui.tui.viewmodels.diff import Review
from gastown_tui.tui.widgets.modals import LineModal
from gastown_tui.tui.widgets.rows import Bar, RowList, Rows


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
        self._patch: str | None = None
        self._review: Review | None = None

    def body(self) -> ComposeResult:
        yield Bar(ground="raised", id="diff-bar")
        with Horizontal(id="body"):
            yield Rows(id="review-side")
            yield RowList(id="diff", pad=1)

    def on_mount(self) -> None:
        self.console.fetch(self._take_patch, self.console.acts.diff, self.merge_id)

    def _take_patch(self, patch: str) -> None:
        self._patch = patch
        self._read_comments()

    def _read_comments(self, _: object = None) -> None:
        merge = self.merge()
        if merge is None:
            self._take_comments(())
        else:
            self.console.fetch(self._take_comments, self.console.acts.review_comments, merge.bead)

    def _take_comments(self, comments: Sequence[ReviewComment]) -> None:
        self._review = Review.of(self._patch or "", comments)
        self.refill()

    def merge(self) -> Merge | None:
        """The merge."""
        return next((merge for merge in self.snapshot.merges if merge.id == self.merge_id), None)

    def selected_request(self) -> Request | None:
        return self.approval(self.merge())

    def fill(self) -> None:
        merge, review = self.merge(), self._review
        self.query_one("#diff-bar", Bar).show(diff.diff_bar(merge, review))
        rows = self.query_one("#diff", RowList)
        rows.show_rows(diff.waiting_rows() if review is None else diff.diff_rows(review, rows.inner_width, self.now))
        side = self.query_one("#review-side", Rows)
        side.show_rows([] if review is None else diff.side_rows(review, merge, side.inner_width))
        self.note_selection()

    @on(RowList.Highlighted, "#diff")
    def _moved(self) -> None:
        self.show_keys()

    # What is selected

    def line(self) -> DiffLine | None:
        """The selected line, when it can be remarked on."""
        kind, _, number = self.query_one("#diff", RowList).selected.partition(":")
        if kind != "l" or self._review is None or not number.isdecimal():
            return None
        line = self._review.lines[int(number)]
        return line if line.can_be_remarked else None

    def comment(self) -> ReviewComment | None:
        """The selected remark."""
        kind, _, number = self.query_one("#diff", RowList).selected.partition(":")
        if kind != "c" or self._review is None:
            return None
        return next((one for one in self._review.comments if str(one.id) == number), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done with the selected line."""
        if action == "comment":
            return self.line() is not None
        if action == "settle_comment":
            return (found := self.comment()) is not None and found.state is not ReviewState.RESOLVED
        if action == "send_comments":
            return self._review is not None and self._review.drafts > 0
        if action == "remark":
            return self._review is not None and bool(self._review.comments)
        return super().check_action(action, parameters)

    # Acts

    def action_comment(self) -> None:
        """Drafts a remark on the selected line."""
        line, merge = self.line(), self.merge()
        if line is None or merge is None:
            return
        place = f"{line.path}:{line.number}"

        def take(text: str | None) -> None:
            if text:
                arguments = (merge.bead, line.path, line.number, text, line.side)
                self._change(f"drafted on {place}", self.console.acts.review_comment, *arguments)

        self.app.push_screen(LineModal(place, line.text.strip(), verb="draft"), take)

    def action_settle_comment(self) -> None:
        """Drops a draft; resolves what was sent."""
        if found := self.comment():
            is_draft = found.state is ReviewState.DRAFT
            act = self.console.acts.review_drop if is_draft else self.console.acts.review_resolve
            self._change("draft dropped" if is_draft else "resolved", act, found.id)

    def action_send_comments(self) -> None:
        """Sends every draft, after a question where the work goes back."""
        merge, review = self.merge(), self._review
        if merge is None or review is None:
            return

        def send() -> None:
            self._change(f"sent to {short(merge.agent)}", self.console.acts.review_send, merge.bead, "")

        count = f"{review.drafts} comment{'' if review.drafts == 1 else 's'}"
        if merge.state in (MergeState.AWAITING_APPROVAL, MergeState.DRAFTED):
            note = f"{merge.bead} goes back: its next run reads them and hands in again."
            self.console.confirm(f"Send {count} to {short(merge.agent)}?", note, "send", send)
        else:
            send()

    def action_refuse(self) -> None:
        """Sends the work back with a reason; drafts go along."""
        if self._review is None or not self._review.drafts:
            super().action_refuse()
        elif request := self._guarded():

            def take(words: str | None) -> None:
                if words is not None:
                    self._change(f"sent {request.bead} back", self.console.acts.review_send, request.bead, words)

            hint = f"{self._review.drafts} drafted comment(s) go along; words before them are optional"
            self.app.push_screen(LineModal(f"send back: {request.title}", hint, verb="send back", may_be_empty=True), take)

    def _change(self, said: str, function: Callable[..., object], *arguments: object) -> None:
        def done(_: object) -> None:
            self.console.hint(said)
            self._read_comments()

        self.console.fetch(done, function, *arguments)

    # Movement

    def action_file(self, step: int) -> None:
        """Goes to the next or previous file."""
        self._go(step, lambda key: key.startswith("f:"))

    def action_remark(self, step: int) -> None:
        """Goes to the next or previous remark."""
        self._go(step, lambda key: key.startswith("c:"))

    def action_change(self, step: int) -> None:
        """Goes to the beginning of the next or previous change."""
        lines = self._review.lines if self._review else ()
        changed = [line.kind in (LineKind.ADDED, LineKind.REMOVED) for line in lines]
        starts = {f"l:{at}" for at, is_change in enumerate(changed) if is_change and not (at and changed[at - 1])}
        self._go(step, lambda key: key in starts)

    def _go(self, step: int, is_wanted: Callable[[str], bool]) -> None:
        rows = self.query_one("#diff", RowList)
        order = rows.keys()
        at = order.index(rows.selected) if rows.selected in order else 0
        there = range(at + 1, len(order)) if step > 0 else range(at - 1, -1, -1)
        found = next((order[index] for index in there if is_wanted(order[index])), None)
        if found is not None:
            rows.select(found)
