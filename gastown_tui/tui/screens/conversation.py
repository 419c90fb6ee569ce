"""What an agent has said and done, from its transcript: above Focus, in place of the pane."""

from __future__ import annotations

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.core.snapshot import AgentView
from gastown_tui.services.conversation import Heard
from gastown_tui.tui import copying
from gastown_tui.tui.commands import CommandSpec, bindings
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.viewmodels import conversation
from gastown_tui.tui.viewmodels.conversation import Piece
from gastown_tui.tui.widgets.modals import LineModal
from gastown_tui.tui.widgets.rows import Bar, RowList


class ConversationScreen(ConsoleScreen):
    """Follows the conversation while its end is selected; `v` and Esc go back to the pane."""

    TAB = "town"
    DOCK = "none"
    COMMAND_SCOPES = ("global", "conversation", "list")
    BINDINGS = bindings("conversation")
    FIRST_FOCUS = "#conversation"

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.words = ""
        self._heard: Heard | None = None
        self._pieces: list[Piece] = []
        self._opened: set[str] = set()
        self._is_asked = False

    def body(self) -> ComposeResult:
        yield Bar(ground="raised", id="conversation-bar")
        with Horizontal(id="body"):
            yield RowList(id="conversation")

    def on_mount(self) -> None:
        super().on_mount()
        self._ask()
        self.set_interval(1.0, self._ask)

    def selected_agent(self) -> AgentView | None:
        return self.agent(self.address)

    @property
    def _list(self) -> RowList:
        return self.query_one("#conversation", RowList)

    @property
    def _selected(self) -> Piece | None:
        key = conversation.piece_key(self._list.selected)
        return next((piece for piece in self._pieces if piece.key == key), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Folding needs something that can be folded, going on needs words."""
        if action == "fold":
            return self._selected is not None and self._selected.can_open
        if action == "copy":
            return self._selected is not None
        if action == "match":
            return bool(self.words)
        return super().check_action(action, parameters)

    def shown_commands(self) -> list[CommandSpec]:
        """Here a list's words are searched, and hide nothing."""
        found = super().shown_commands()
        return [replace(command, title="search") if command.id == "filter.set" else command for command in found]

    def _ask(self) -> None:
        """Reads on, one question at a time."""
        if not self._is_asked and self.app.screen is self:
            self._is_asked = True
            self.console.fetch(self._take, self.console.acts.heard, self.address)

    def _take(self, heard: Heard) -> None:
        self._is_asked = False
        if heard == self._heard or not self.can_show:
            return
        keys = self._list.keys()
        was_at_end = self._heard is None or not keys or self._list.selected == keys[-1]
        self._heard, self._pieces = heard, conversation.pieces(heard)
        self._show()
        if was_at_end and (keys := self._list.keys()):
            self._list.select(keys[-1])

    def _show(self) -> None:
        if self._heard is not None:
            width = self._list.inner_width
            opened = frozenset(self._opened)
            self._list.show_rows(conversation.conversation_rows(self._pieces, self._heard, opened, self.words, width))
        self.fill()

    def fill(self) -> None:
        matches = [piece.key for piece in self._pieces if self.words and piece.holds(self.words)]
        here = conversation.piece_key(self._list.selected)
        at = matches.index(here) + 1 if here in matches else 0
        bar = conversation.conversation_bar(
            self.selected_agent(), self.address, self._heard, (at, len(matches), self.words), self.now
        )
        self.query_one("#conversation-bar", Bar).show(bar)

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._show)

    @on(RowList.Highlighted)
    def _moved(self) -> None:
        self.fill()
        self.show_keys()

    def action_pane(self) -> None:
        """Back to the pane."""
        self.app.pop_screen()

    def action_fold(self) -> None:
        """Opens or folds the selected call."""
        if (piece := self._selected) is not None and piece.can_open:
            self._opened ^= {piece.key}
            self._show()
            self._list.select(piece.key)

    def action_fold_all(self) -> None:
        """Opens all calls, or folds all of them when one is open."""
        self._opened = set() if self._opened else {piece.key for piece in self._pieces if piece.can_open}
        selected = self._selected
        self._show()
        if selected is not None:
            self._list.select(selected.key)

    def action_copy(self) -> None:
        """Copies the selected words, command or change."""
        if (piece := self._selected) is not None:
            copying.copy(self.console, *conversation.copied(piece))

    @on(RowList.FilterAsked)
    def _ask_words(self, event: RowList.FilterAsked) -> None:
        event.stop()
        event.prevent_default()  # other screens filter

        def take(words: str | None) -> None:
            if words is not None:
                self.words = words
                self.action_match(-1 if words else 0)
                self._show()

        hint = "in words, commands, changes and output; capitals count when there are some"
        self.app.push_screen(LineModal("Search", hint, text=self.words, verb="search", may_be_empty=True), take)

    def action_match(self, step: int) -> None:
        """Goes to the next or previous place, round and round; what is folded there opens."""
        matches = [piece for piece in self._pieces if self.words and piece.holds(self.words)]
        if not matches or not step:
            return
        order = [piece.key for piece in self._pieces]
        selected = conversation.piece_key(self._list.selected)
        here = order.index(selected) if selected in order else 0
        places = [order.index(piece.key) for piece in matches]
        ahead = [index for index in places if index > here] if step > 0 else [index for index in places if index < here]
        chosen = self._pieces[(ahead or places)[0 if step > 0 else -1]]
        if chosen.can_open:
            self._opened.add(chosen.key)
        self._show()
        rows = [row for row in self._list.rows if conversation.piece_key(row.key) == chosen.key]
        self._list.select(next((row.key for row in rows if conversation.holds(row.plain(), self.words)), chosen.key))

    def action_entry(self, step: int) -> None:
        """Goes to the next or previous thing that was said or done."""
        order = [piece.key for piece in self._pieces]
        selected = conversation.piece_key(self._list.selected)
        if selected in order:
            self._list.select(order[max(0, min(order.index(selected) + step, len(order) - 1))])

    def action_back(self) -> None:
        """First lets go of a search, then back."""
        if self.words:
            self.words = ""
            self._show()
        else:
            super().action_back()
