"""One agent in full: its live pane, what it asks, its work, and typing straight into it."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.commands import CommandSpec, bindings, keys_of, of_scopes
from gastown_tui.tui.keystrokes import keystroke
from gastown_tui.tui.screens.agents import AgentScreen
from gastown_tui.tui.viewmodels import agents as rows
from gastown_tui.tui.viewmodels import focus
from gastown_tui.tui.viewmodels.needs import needs
from gastown_tui.tui.widgets.pane import PaneView
from gastown_tui.tui.widgets.rows import Bar, RowList, Rows


class FocusScreen(AgentScreen):
    """Above the town: `i` types in, `t` attaches, Esc goes back."""

    TAB = "town"
    DOCK = "none"
    COMMAND_SCOPES = ("global", "agent", "request", "focus")
    BINDINGS = bindings("agent", "request", "focus")
    FIRST_FOCUS = "#side"

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.is_typing = False

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            with Vertical(id="live"):
                yield Bar(id="live-bar")
                yield PaneView(is_whole=True, id="live-pane")
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
        pane = self.query_one(PaneView)
        side = self.query_one("#side", RowList)
        if agent is None:
            self.query_one("#live-bar", Bar).show(focus.gone_bar(self.address))
            side.show_rows([])
            return
        self.query_one("#live-bar", Bar).show(focus.live_bar(agent, now, is_typing=self.is_typing, in_mode=self._in_mode()))
        if pane.show_agent(agent, now):
            self.console.hub.watch(pane)
        request = self.selected_request()
        side.show_rows(focus.side_rows(self.snapshot, agent, request, now, side.inner_width))
        ask = self.query_one("#focus-ask", Rows)
        lines = focus.ask_rows(request, now, self.size.width - 4) if request else []
        ask.show_rows(lines)
        ask.styles.height = len(lines)
        ask.display = bool(lines) and not side.display
        self.note_selection()

    def _in_mode(self) -> bool:
        screen = self.query_one(PaneView).screen_of_pane
        return screen is not None and screen.in_mode

    def on_resize(self) -> None:
        self.query_one("#side").display = self.size.width >= 100
        super().on_resize()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.console.hub.watch(self.query_one(PaneView))

    def on_screen_suspend(self) -> None:
        self._set_typing(False)
        for pane in self.query(PaneView):
            self.console.hub.forget(pane)

    def action_step(self, step: int) -> None:
        """Shows the next or previous agent."""
        found = [
            agent.address
            for agent in rows.ordered(self.snapshot)
            if agent.role != "mayor" and (agent.pane or rows.wants_tile(agent))
        ]
        if found:
            at = found.index(self.address) if self.address in found else 0
            self.address = self.console.selected = found[(at + step) % len(found)]
            self.refill()

    # Typing straight into the agent

    def shown_commands(self) -> list[CommandSpec]:
        return of_scopes(["typing"]) if self.is_typing else super().shown_commands()

    def action_type(self) -> None:
        """Every key goes to the agent until F12 or Ctrl+Q."""
        self._set_typing(True)

    def action_leave_typing(self) -> None:
        """Keys are the console's again."""
        self._set_typing(False)

    def _set_typing(self, is_typing: bool) -> None:
        if self.is_typing != is_typing:
            self.is_typing = is_typing
            for pane in self.query(PaneView):
                pane.is_typing = is_typing
                pane.rebuild()
            self.refill()

    async def take_key(self, event: events.Key) -> bool:
        """While typing, the app hands every key here first; True when it was the agent's."""
        if not self.is_typing:
            return False
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
            await self.console.type_into(agent, stroke)
        return True

    async def take_paste(self, text: str) -> bool:
        """Pasted text while typing goes to the agent as one piece."""
        agent = self.selected_agent()
        if not self.is_typing or agent is None or not agent.pane:
            return False
        await self.console.paste_into(agent, text)
        return True
