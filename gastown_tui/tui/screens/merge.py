"""The merge queue: what is on its way to the target branch; what waits for approval is approved or sent back here."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.core.rows import Merge, Request
from gastown_tui.core.snapshot import AgentView
from gastown_tui.core.states import MergeState
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.agents import AgentScreen
from gastown_tui.tui.viewmodels import work
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.viewmodels.needs import Need, merge_of, needs
from gastown_tui.tui.widgets.modals import LineModal, TextModal
from gastown_tui.tui.widgets.rows import RowList, Rows


class MergeScreen(AgentScreen):
    """Screen 5."""

    TAB = "merge"
    COMMAND_SCOPES = ("global", "merge", "list")
    BINDINGS = bindings("merge")
    FIRST_FOCUS = "#queue"

    def __init__(self) -> None:
        super().__init__()
        self._logs: dict[tuple[int, int], str] = {}
        """(merge, attempt) → the end of its gate log."""
        self._wanted: Need | None = None
        """The approval to go to when the queue is there."""

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="queue")
            yield Rows(id="merge-detail")

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        need = next((need for need in needs(self.snapshot) if need.key == self.console.need_key), None)
        if need is not None and need.request is not None and need.request.kind == "approval":
            self._wanted = need
            self.refill()

    def merge(self) -> Merge | None:
        """The selected merge."""
        key = self.query_one("#queue", RowList).selected
        return next((merge for merge in self.snapshot.merges if f"m:{merge.id}" == key), None)

    def selected_bead(self) -> str:
        merge = self.merge()
        return merge.bead if merge else ""

    def selected_merge(self) -> int | None:
        merge = self.merge()
        return merge.id if merge else None

    def selected_request(self) -> Request | None:
        return self.approval(self.merge())

    def selected_agent(self) -> AgentView | None:
        merge = self.merge()
        return self.agent(merge.agent) if merge else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter opens the bead; only what came back can be tried again."""
        merge = self.merge()
        if action == "open":
            return merge is not None
        if action in ("allow", "refuse") and self.draft() is not None:
            return True
        if action == "log":
            return merge is not None and bool(merge.log)
        if action == "retry":
            return merge is not None and merge.state in work.CAME_BACK
        return super().check_action(action, parameters)

    def fill(self) -> None:
        listing = self.query_one("#queue", RowList)
        listing.show_rows(filtered(work.merge_rows(self.snapshot, self.now), self.filter_words))
        if self._wanted is not None and listing.keys():
            wanted, self._wanted = self._wanted, None
            self.show_need(wanted)
        self._fill_detail()

    def _fill_detail(self) -> None:
        detail = self.query_one("#merge-detail", Rows)
        can_answer = self.selected_request() is not None or self.draft() is not None
        merge = self.merge()
        rows = work.merge_detail(merge, self.snapshot, self.now, detail.inner_width, can_answer=can_answer)
        if merge is not None and merge.log:
            place = (merge.id, merge.attempt)
            if place not in self._logs:
                self._logs[place] = ""
                self.console.fetch(lambda log: self._take_log(place, str(log)), self.console.acts.log, merge.id)
            rows += work.log_rows(self._logs[place], detail.size.height - len(rows))
        detail.show_rows(rows)
        self.note_selection()

    def _take_log(self, place: tuple[int, int], log: str) -> None:
        self._logs[place] = log
        self._fill_detail()

    @on(RowList.Highlighted, "#queue")
    def _moved(self) -> None:
        self._fill_detail()
        self.show_keys()

    def show_need(self, need: Need) -> None:
        merge = merge_of(self.snapshot, need.request) if need.request and need.request.kind == "approval" else None
        if merge is not None:
            self.query_one("#queue", RowList).select(f"m:{merge.id}")
        else:
            super().show_need(need)

    def draft(self) -> Merge | None:
        """The selected merge when it stopped at its branch: nobody asks about it, but a person may land it."""
        merge = self.merge()
        return merge if merge is not None and merge.state is MergeState.DRAFTED else None

    def action_allow(self) -> None:
        """Approves; a draft after a question."""
        merge = self.draft()
        if merge is None:
            super().action_allow()
            return

        def land() -> None:
            self.console.act(f"approved {merge.bead}", self.console.acts.approve, merge.bead)

        self.console.confirm(f"Land the draft of {merge.bead}?", "it is rebased and gated again first", "land it", land)

    def action_refuse(self) -> None:
        """Sends it back, with a reason."""
        merge = self.draft()
        if merge is None:
            super().action_refuse()
            return

        def take(reason: str | None) -> None:
            if reason:
                self.console.act(f"sent {merge.bead} back", self.console.acts.send_back, merge.bead, reason)

        self.app.push_screen(LineModal(f"send back: {merge.bead}", "why? its next run reads it", verb="send back"), take)

    def action_retry(self) -> None:
        """Puts it into the queue again."""
        if merge := self.merge():
            self.console.act(f"{merge.bead} is in the queue again", self.console.acts.retry, merge.id)

    def action_log(self) -> None:
        """The log of its gates, to be read."""
        merge = self.merge()
        if merge is None:
            return
        title = f"{merge.bead} · gates, attempt {merge.attempt}"

        def take(log: object) -> None:
            self.app.push_screen(TextModal(title, str(log) or "the log is empty, or no longer there"))

        self.console.fetch(take, self.console.acts.log, merge.id)

    def action_open(self) -> None:
        """Opens the bead."""
        if merge := self.merge():
            self.console.open_bead(merge.bead)
