"""The inbox: everything that waits for a person, with the evidence beside it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.commands import bindings, key_of
from gastown_tui.tui.screens.agents import AgentScreen
from gastown_tui.tui.viewmodels import inbox, snooze
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.viewmodels.needs import Need, needs
from gastown_tui.tui.widgets.pane import Tile
from gastown_tui.tui.widgets.rows import RowList, Rows


class InboxScreen(AgentScreen):
    """Screen 2."""

    TAB = "inbox"
    COMMAND_SCOPES = ("global", "agent", "request", "inbox")
    BINDINGS = bindings("agent", "request", "inbox")
    FIRST_FOCUS = "#needs"

    def __init__(self) -> None:
        super().__init__()
        self._read = ""
        """Key of the card that is shown; another one is read from its beginning."""

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="needs")
            with Vertical(id="detail"):
                yield Rows(id="request")
                yield Rows(id="request-foot")
                yield Tile(id="evidence")

    def selected_need(self) -> Need | None:
        """The selected row."""
        key = self.query_one("#needs", RowList).selected
        return next((need for need in needs(self.snapshot) if need.key == key), None)

    def selected_ended(self) -> Request | None:
        """The question that is over, when one is selected."""
        key = self.query_one("#needs", RowList).selected
        return next((one for one in self.snapshot.answered if key == f"d:{one.id}"), None)

    def selected_rule(self) -> str:
        """Id of the standing rule behind the selected row, "" for other rows."""
        kind, _, rest = self.query_one("#needs", RowList).selected.partition(":")
        return rest.partition(":")[2] if kind == "u" else ""

    def selected_request(self) -> Request | None:
        need = self.selected_need()
        return need.request if need else None

    def selected_agent(self) -> AgentView | None:
        need = self.selected_need()
        return self.agent(need.agent) if need and need.agent else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only incidents can be marked as seen, only what waits can be put off."""
        if action == "undo_rule":
            return bool(self.selected_rule()) or self._is_asleep()
        if action == "open" and self._is_at_letters():
            return True
        if action == "snooze":
            return self.selected_need() is not None
        if action == "seen":
            need = self.selected_need()
            return need is not None and need.key.startswith("i:")
        return super().check_action(action, parameters)

    def fill(self) -> None:
        listing = self.query_one("#needs", RowList)
        listing.show_rows(filtered(inbox.inbox_rows(self.snapshot, self.now, self.console.snoozed), self.filter_words))
        if self.console.need_key and not listing.has_focus:
            listing.select(self.console.need_key)
        self._fill_detail()

    def _fill_detail(self) -> None:
        need, ended = self.selected_need(), self.selected_ended()
        card, foot = self.query_one("#request", Rows), self.query_one("#request-foot", Rows)
        width = max(card.size.width, 20)
        if need is None and ended is not None:
            rows = inbox.ended_detail(ended, self.snapshot, width)
        elif self._is_at_letters():
            rows = inbox.letters_detail(self.snapshot)
        else:
            rows = inbox.detail_rows(need, self.snapshot, self.now, width)
        key = ended.id if ended else need.key if need else ""
        if key != self._read:
            self._read, card.top = key, 0
        agent = self.selected_agent()
        has_tile = agent is not None and bool(agent.pane) and self.size.width >= 100
        most = self.size.height // 2 if has_tile else max(self.size.height - 12, 8)
        below = inbox.foot_rows(need, self.snapshot, width, 0)
        room = max((most if self.size.width >= 100 else 10) - len(below), 3)
        if len(rows) > room:
            below = inbox.foot_rows(need, self.snapshot, width, max(len(rows) - room + 1 - card.top, 0))
            room -= 1
        card.styles.height = min(len(rows), room)
        card.show_rows(rows)
        foot.styles.height = len(below)
        foot.show_rows(below)
        tile = self.query_one("#evidence", Tile)
        tile.display = has_tile
        tile.is_estopped = self.snapshot.is_estopped
        if agent is not None and has_tile and tile.show_agent(agent, self.now):
            self.console.hub.watch(tile)
        self.note_selection()

    @on(RowList.Highlighted, "#needs")
    def _moved(self, event: RowList.Highlighted) -> None:
        self.console.need_key = event.key
        self._fill_detail()
        self.show_keys()

    def show_need(self, need: Need) -> None:
        self.query_one("#needs", RowList).select(need.key)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        tile = self.query_one("#evidence", Tile)
        if tile.agent is not None:
            self.console.hub.watch(tile)

    def on_screen_suspend(self) -> None:
        self.console.hub.forget(self.query_one("#evidence", Tile))

    def action_scroll_card(self, step: int) -> None:
        """Moves through a long question."""
        self.query_one("#request", Rows).scroll_rows(step)
        self._fill_detail()

    def action_undo_rule(self) -> None:
        """Takes back the standing rule that gave the selected answer, or wakes what was put off."""
        rule = self.selected_rule()
        if (need := self.selected_need()) and self._is_asleep():
            self.console.snoozed = snooze.woken(need, self.console.snoozed)
            self.refill()
            return

        def take_back() -> None:
            self.console.fetch(lambda words: self.console.hint(f"taken back: {words}"), self.console.acts.remove_rule, rule)

        if rule:
            self.console.confirm(f"Take rule {rule} back?", "Its agents ask again from now on.", "take it back", take_back)

    def action_open(self) -> None:
        """Goes to the agent, or to the letters."""
        if self._is_at_letters():
            self.console.show("mail")
        else:
            super().action_open()

    def action_seen(self) -> None:
        """Acknowledges the incident."""
        need = self.selected_need()
        if need is not None and need.key.startswith("i:"):
            self.console.act("acknowledged", self.console.acts.acknowledge, int(need.key[2:]))

    def _is_at_letters(self) -> bool:
        return self.query_one("#needs", RowList).selected == inbox.LETTERS

    def _is_asleep(self) -> bool:
        need = self.selected_need()
        return need is not None and snooze.until(need, self.console.snoozed, self.now) is not None

    def action_snooze(self) -> None:
        """Puts the selected one off, each time for longer; the next one is selected, and `w` and the rail leave it alone."""
        need, listing = self.selected_need(), self.query_one("#needs", RowList)
        if need is None:
            return
        was_asleep, keys = self._is_asleep(), listing.keys()
        self.console.snoozed, words = snooze.put_off(need, self.console.snoozed, self.now)
        self.console.hint(f"{words} · {key_of('inbox.undo_rule')} wakes it" if self._is_asleep() else words)
        self.refill()
        if not was_asleep and keys[-1] != need.key:
            listing.select(keys[keys.index(need.key) + 1])
