"""One agent in full: its live pane, what it asks, its work, and typing straight into it."""

from __future__ import annotations

import asyncio

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gastown_tui.core.errors import GastownError
from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui import copying
from gastown_tui.tui.commands import CommandSpec, bindings, keys_of, of_scopes
from gastown_tui.tui.copying import ALL_LINES
from gastown_tui.tui.keystrokes import keystroke
from gastown_tui.tui.panes.lines import parse_once
from gastown_tui.tui.screens.agents import AgentScreen
from gastown_tui.tui.viewmodels import focus
from gastown_tui.tui.viewmodels.arrange import by_name
from gastown_tui.tui.viewmodels.needs import needs
from gastown_tui.tui.viewmodels.outgoing import to_agent
from gastown_tui.tui.viewmodels.wall import wants_tile
from gastown_tui.tui.widgets.live import FIRST_LINES, LivePane
from gastown_tui.tui.widgets.modals import LineModal
from gastown_tui.tui.widgets.rows import Bar, RowList, Rows


class FocusScreen(AgentScreen):
    """Above the town: `i` types in, `t` attaches, Esc goes back."""

    TAB = "town"
    DOCK = "none"
    COMMAND_SCOPES = ("global", "agent", "request", "focus", "pane")
    BINDINGS = bindings("agent", "request", "focus")
    FIRST_FOCUS = "#live-pane"

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = self.in_focus = address
        self.is_typing = False

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            with Vertical(id="live"):
                yield Bar(id="live-bar")
                yield LivePane(id="live-pane")
            yield RowList(id="side")
        yield Rows(id="focus-ask", ground="raised")

    def selected_agent(self) -> AgentView | None:
        return self.agent(self.address)

    def selected_request(self) -> Request | None:
        return next((need.request for need in needs(self.snapshot) if need.agent == self.address and need.request), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Typing needs a living pane."""
        agent = self.selected_agent()
        if action == "type":
            return agent is not None and bool(agent.pane) and self.console.hub.client is not None
        if action == "open":
            return False
        if action == "leave_typing":
            return self.is_typing
        return super().check_action(action, parameters)

    def fill(self) -> None:
        agent, now = self.selected_agent(), self.now
        pane = self.query_one(LivePane)
        side = self.query_one("#side", RowList)
        if agent is None:
            self.query_one("#live-bar", Bar).show(focus.gone_bar(self.address))
            side.show_rows([])
            return
        self._fill_bar(agent, pane)
        if pane.show_agent(agent, now):
            self.console.hub.watch(pane)
        request = self.selected_request()
        side.show_rows(focus.side_rows(self.snapshot, agent, request, now, side.inner_width))
        ask = self.query_one("#focus-ask", Rows)
        lines = to_agent(self.snapshot, self.address, self.size.width - 4, most=1)
        lines += focus.ask_rows(request, self.snapshot, now, self.size.width - 4) if request else []
        ask.show_rows(lines)
        ask.styles.height = len(lines)
        ask.display = bool(lines) and not side.display
        self.note_selection()

    def _fill_bar(self, agent: AgentView, pane: LivePane) -> None:
        in_mode = pane.screen_of_pane is not None and pane.screen_of_pane.in_mode
        row = focus.live_bar(
            agent,
            self.now,
            is_typing=self.is_typing,
            in_mode=in_mode,
            can_attach=self.console.can_attach,
            scroll=pane.scroll,
            news=pane.news,
        )
        self.query_one("#live-bar", Bar).show(row)

    def on_resize(self) -> None:
        self.query_one("#side").display = self.size.width >= 100
        super().on_resize()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.console.hub.watch(self.query_one(LivePane))

    def on_screen_suspend(self) -> None:
        self._set_typing(False)
        for pane in self.query(LivePane):
            self.console.hub.forget(pane)

    def action_step(self, step: int) -> None:
        """Shows the next or previous agent."""
        found = [agent.address for agent in by_name(self.snapshot) if agent.role != "mayor" and (agent.pane or wants_tile(agent))]
        if found:
            at = found.index(self.address) if self.address in found else 0
            self.address = self.console.selected = found[(at + step) % len(found)]
            self.refill()

    def action_conversation(self) -> None:
        """Shows its transcript instead of its pane."""
        from gastown_tui.tui.screens.conversation import ConversationScreen  # its services would keep the first picture waiting

        self.app.push_screen(ConversationScreen(self.address))

    # Reading back

    @on(LivePane.HistoryAsked)
    def _history_asked(self, event: LivePane.HistoryAsked) -> None:
        self.run_worker(self._fetch_history(event.pane, is_all=event.is_all), exit_on_error=False, group="history")

    async def _fetch_history(self, pane: LivePane, *, is_all: bool) -> None:
        client, pane_id = self.console.hub.client, pane.pane_id
        if client is None or not pane_id:
            pane.history_failed()
            self.console.hint("there is no terminal to read back")
            return
        try:
            capture = await client.capture(pane_id, ALL_LINES if is_all else -FIRST_LINES)
        except GastownError as error:
            pane.history_failed()
            self.console.warn(error)
            return
        lines = await asyncio.to_thread(parse_once, capture.rows)
        if pane.is_attached and pane.pane_id == pane_id:
            pane.take_history(lines, capture.history, is_all=is_all or capture.history <= FIRST_LINES)

    @on(LivePane.NothingAbove)
    def _nothing_above(self) -> None:
        self.console.hint("nothing above: what draws the whole screen leaves no lines behind")

    @on(LivePane.Moved)
    def _moved(self) -> None:
        agent = self.selected_agent()
        if agent is not None:
            self._fill_bar(agent, self.query_one(LivePane))
        self.show_keys()

    @on(LivePane.SearchAsked)
    @on(RowList.FilterAsked)
    def _ask_words(self, event: LivePane.SearchAsked | RowList.FilterAsked) -> None:
        event.stop()
        event.prevent_default()  # a list's words would filter it
        pane = self.query_one(LivePane)

        def take(words: str | None) -> None:
            if words is not None:
                pane.search(words)

        known = pane.scroll.words if pane.scroll is not None else ""
        hint = "in everything that its terminal has kept; capitals count when there are some"
        self.app.push_screen(LineModal("Search", hint, text=known, verb="search", may_be_empty=True), take)

    def on_text_selected(self) -> None:
        """Something was selected with the mouse."""
        if self.get_selected_text():
            self.console.hint("y copies what is selected")

    def action_copy(self) -> None:
        """What is selected, else a choice."""
        pane, agent = self.query_one(LivePane), self.selected_agent()
        if words := self.get_selected_text():
            self.clear_selection()
            copying.copy(self.console, words, "what was selected")
        elif agent is not None:
            copying.offer(self.console, agent, pane.visible_text())

    def action_back(self) -> None:
        """First lets go of a selection, then goes to the live end, then back."""
        pane = self.query_one(LivePane)
        if self.get_selected_text():
            self.clear_selection()
        elif pane.scroll is not None:
            pane.go_live()
        else:
            super().action_back()

    # Typing straight into the agent

    def shown_commands(self) -> list[CommandSpec]:
        if self.is_typing:
            return of_scopes(["typing"])
        pane = self.query_one(LivePane)
        if pane.scroll is not None:
            can = [command for command in of_scopes(["pane"]) if command.in_footer]
            return [command for command in can if pane.check_action(command.action.partition("(")[0], ()) is not False]
        return [command for command in super().shown_commands() if command.scope != "pane"]

    def action_type(self) -> None:
        """Every key goes to the agent until F12 or Ctrl+Q."""
        self._set_typing(True)

    def action_leave_typing(self) -> None:
        """Keys are the console's again."""
        self._set_typing(False)

    def _set_typing(self, is_typing: bool) -> None:
        if self.is_typing != is_typing:
            self.is_typing = is_typing
            for pane in self.query(LivePane):
                pane.is_typing = is_typing
                pane.rebuild()
            self.refill()

    def show_evidence(self, agent: AgentView | None) -> None:
        """Here it stands among the vitals, too."""
        self.refill()

    async def take_key(self, event: events.Key) -> bool:
        """While typing, the app hands every key here first; True when it was the agent's."""
        if self.is_tiny or not self.is_typing:
            return await super().take_key(event)
        if event.key in keys_of("typing.leave"):
            self.action_leave_typing()
            return True
        agent = self.selected_agent()
        if agent is None or not agent.pane:
            self.action_leave_typing()
            self.console.hint(f"{self.address} has no pane any more")
            return True
        stroke = keystroke(event.key, event.character)
        if stroke is not None:
            self.query_one(LivePane).go_live()
            await self.console.type_into(agent, stroke)
        return True

    async def take_paste(self, text: str) -> bool:
        """Pasted text while typing goes to the agent as one piece."""
        agent = self.selected_agent()
        if not self.is_typing or agent is None or not agent.pane:
            return False
        await self.console.paste_into(agent, text)
        return True
