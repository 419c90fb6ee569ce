"""What a person does with a selected agent: look, attach, write, nudge, diff, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from gastown_tui.tui import copying
from gastown_tui.tui.screens.answering import AnsweringScreen
from gastown_tui.tui.screens.explain import ExplainModal
from gastown_tui.tui.slash import NUDGE_WORDS
from gastown_tui.tui.viewmodels.common import short
from gastown_tui.tui.widgets.pane import Tile
from gastown_tui.tui.widgets.words import WordsModal

if TYPE_CHECKING:
    from gastown_tui.services.explain import Explanation

_NEEDS_AGENT = ("open", "say", "interrupt", "nudge", "explain", "copy", "stop_agent", "restart_agent")


class AgentScreen(AnsweringScreen):
    """A screen on which an agent can be selected."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys about an agent exist only while one is selected that can do it."""
        agent = self.selected_agent()
        if action in _NEEDS_AGENT:
            return agent is not None
        if action == "attach":
            return agent is not None and bool(agent.session) and bool(agent.pane) and self.console.can_attach
        if action == "bead":
            return bool(self.selected_bead())
        if action == "diff":
            return self.selected_merge() is not None
        return super().check_action(action, parameters)

    def selected_bead(self) -> str:
        """The bead that keys are about, "" for none."""
        agent = self.selected_agent()
        request = self.selected_request()
        return (agent.bead if agent else "") or (request.bead if request else "")

    def selected_merge(self) -> int | None:
        """The newest merge of the selected bead."""
        bead = self.selected_bead()
        found = [merge.id for merge in self.snapshot.merges if bead and merge.bead == bead]
        return max(found) if found else None

    @on(Tile.Pressed)
    def _tile_pressed(self, event: Tile.Pressed) -> None:
        event.stop()
        self.press_agent(event)

    def press_agent(self, event: Tile.Pressed) -> None:
        """The mouse on a tile: the second click shows the agent in full."""
        if event.is_second:
            self.console.focus_agent(event.address)

    def action_open(self) -> None:
        """Shows the agent in full."""
        if agent := self.selected_agent():
            self.console.focus_agent(agent.address)

    def action_attach(self) -> None:
        """Goes into its tmux session."""
        if agent := self.selected_agent():
            self.console.attach(agent)

    def action_say(self) -> None:
        """Writes to it."""
        agent = self.selected_agent()
        if agent is None:
            return

        def take(text: str | None) -> None:
            if text:
                self.console.act(f"queued for {short(agent.address)}", self.console.acts.say, agent.address, text)

        self.app.push_screen(WordsModal(f"Message to {agent.address}", "kept until it rests, then delivered"), take)

    def action_interrupt(self) -> None:
        """Ends its turn and tells it something."""
        agent = self.selected_agent()
        if agent is None:
            return

        def take(text: str | None) -> None:
            if text:
                name = short(agent.address)
                self.console.act(f"{name} is interrupted, then told", self.console.acts.interrupt, agent.address, text)

        hint = (
            "its turn ends now, and it reads this; what it has written stays. A dialog, a draft and a person at it are left alone"
        )
        self.app.push_screen(WordsModal(f"Stop {agent.address} and tell it", hint, verb="stop and send"), take)

    def action_nudge(self) -> None:
        """Pushes it to go on."""
        if agent := self.selected_agent():
            self.console.act(f"nudge queued for {short(agent.address)}", self.console.acts.nudge, agent.address, NUDGE_WORDS)

    def action_stop_agent(self) -> None:
        """Ends its run, after a question."""
        if agent := self.selected_agent():
            name = short(agent.address)
            kept = (
                "What it has made is kept, and its bead waits until it is slung again."
                if agent.bead
                else "What it has made is kept."
            )
            stop = self.console.acts.stop_agent
            self.console.confirm(f"Stop {name}?", kept, "stop", lambda: self.console.act(f"{name} is stopped", stop, agent.address))

    def action_restart_agent(self) -> None:
        """Ends its run and starts a new one, after a question."""
        if agent := self.selected_agent():
            name = short(agent.address)
            note = "Its run ends, its work is kept, and a new run goes on."
            restart = self.console.acts.restart_agent
            self.console.confirm(
                f"Restart {name}?", note, "restart", lambda: self.console.act(f"{name} is restarted", restart, agent.address)
            )

    def action_explain(self) -> None:
        """Says where its state comes from."""
        if agent := self.selected_agent():

            def show(found: Explanation) -> None:
                self.app.push_screen(ExplainModal(agent, found, self.now))

            self.console.fetch(show, self.console.acts.explain, agent.address)

    def action_copy(self) -> None:
        """Asks what of it is to be copied."""
        if agent := self.selected_agent():
            copying.offer(self.console, agent)

    def action_bead(self) -> None:
        """Opens its bead."""
        if bead := self.selected_bead():
            self.console.open_bead(bead)

    def action_diff(self) -> None:
        """Shows what its work changes."""
        merge = self.selected_merge()
        if merge is not None:
            self.console.open_diff(merge)
