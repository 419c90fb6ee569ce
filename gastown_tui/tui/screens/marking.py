"""Several agents at once: marks on the wall, and the acts that are for all marked agents instead of the selected one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.commands import BY_ID, CommandSpec, present
from gastown_tui.tui.screens.agents import AgentScreen
from gastown_tui.tui.slash import NUDGE_WORDS
from gastown_tui.tui.viewmodels.common import short, told_apart
from gastown_tui.tui.widgets.dock import ComposerText
from gastown_tui.tui.widgets.words import WordsModal

_FOR_MARKED = ("agent.say", "agent.nudge", "agent.stop", "town.pin")
MOST_NAMES = 12
"""A question names so many agents."""


class MarkingScreen(AgentScreen):
    """A screen on which agents can be marked. Marks end with the act that they were made for, or with Esc."""

    @abstractmethod
    def shown_agents(self) -> list[str]:
        """The addresses that the person sees now."""

    def marked_agents(self) -> list[AgentView]:
        """Who is marked, in the order of marking, also those whom the filter hides now."""
        return [agent for address in self.console.wall.marks if (agent := self.agent(address)) is not None]

    def set_marks(self, marks: Sequence[str]) -> None:
        """Exactly these are marked."""
        self.console.wall = replace(self.console.wall, marks=tuple(marks))
        self.refill()

    def drop_old_marks(self) -> None:
        """Who has gone is not marked any more."""
        wall = self.console.wall
        if wall.marks and self.snapshot.root and len(there := [one.address for one in self.marked_agents()]) < len(wall.marks):
            self.console.wall = replace(wall, marks=tuple(there))

    def shown_commands(self) -> list[CommandSpec]:
        """While agents are marked the footer begins with what is done to all of them, and to how many."""
        found = super().shown_commands()
        count = len(self.console.wall.marks)
        if not count or isinstance(self.focused, ComposerText):
            return found
        many = [replace(present(BY_ID[name]), title=f"{BY_ID[name].title} {count}") for name in _FOR_MARKED]
        return [*many, *(command for command in found if command.id not in _FOR_MARKED)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Marks and pins need an agent; what is done to marked agents needs no selected one."""
        if action in ("mark", "pin"):
            return self.selected_agent() is not None or (action == "pin" and bool(self.console.wall.marks))
        if action in ("say", "nudge", "stop_agent", "restart_agent") and self.console.wall.marks:
            return True
        return super().check_action(action, parameters)

    def action_mark(self) -> None:
        """Marks the selected agent, or no longer."""
        if agent := self.selected_agent():
            self.toggle_mark(agent.address)

    def toggle_mark(self, address: str) -> None:
        """Marks an agent, or no longer."""
        self.set_marks(self.console.wall.marked([address]).marks)

    def action_mark_all(self) -> None:
        """Marks everybody who is shown and runs, or none of them when all are marked."""
        running = [
            one for one in self.shown_agents() if (agent := self.agent(one)) and agent.verdict.state is not AgentState.STOPPED
        ]
        if running:
            self.set_marks(self.console.wall.marked(running).marks)
        else:
            self.console.hint("nobody who is shown runs")

    def _names(self, agents: Sequence[AgentView]) -> str:
        """`toast, nux, slit and 4 more`."""
        known = told_apart(agent.address for agent in self.snapshot.agents)
        rest = len(agents) - MOST_NAMES
        first = ", ".join(known[agent.address] for agent in agents[:MOST_NAMES])
        return first + (f" and {rest} more" if rest > 0 else "")

    # Acts for all marked agents

    def action_say(self) -> None:
        """Writes to the marked agents, or to the selected one."""
        if not (agents := self.marked_agents()):
            super().action_say()
            return

        def take(text: str | None) -> None:
            if text:
                self._broadcast(agents, text, "say", "queued for")

        self.app.push_screen(WordsModal(f"Message to {_many(agents)}", f"{self._names(agents)} · kept until each rests"), take)

    def action_nudge(self) -> None:
        """Pushes the marked agents, or the selected one, to go on."""
        if not (agents := self.marked_agents()):
            super().action_nudge()
            return
        self._sure_of_all(
            agents,
            "Nudge",
            "each is told to go on",
            "nudge",
            lambda: self._broadcast(agents, NUDGE_WORDS, "nudge", "nudge queued for"),
        )

    def _broadcast(self, agents: Sequence[AgentView], text: str, kind: str, said: str) -> None:
        def take(failed: list[str]) -> None:
            if len(failed) < len(agents):
                self.console.hint(f"{said} {len(agents) - len(failed)} of {len(agents)}" if failed else f"{said} {_many(agents)}")
            self.console.tell_failures(failed)

        self.set_marks(())
        self.console.fetch(take, self.console.acts.broadcast, [agent.address for agent in agents], text, kind)

    def action_stop_agent(self) -> None:
        """Ends the runs of the marked agents, or of the selected one, after a question."""
        if agents := self.marked_agents():
            note = "what they have made is kept, and their beads wait until they are slung again"
            self._sure_of_all(agents, "Stop", note, "stop", lambda: self._each(agents, "stopped", self.console.acts.stop_agent))
        else:
            super().action_stop_agent()

    def action_restart_agent(self) -> None:
        """Ends the runs of the marked agents, or of the selected one, and starts new ones, after a question."""
        if agents := self.marked_agents():
            note = "their runs end, their work is kept, and new runs go on"
            act = self.console.acts.restart_agent
            self._sure_of_all(agents, "Restart", note, "restart", lambda: self._each(agents, "restarted", act))
        else:
            super().action_restart_agent()

    def _each(self, agents: Sequence[AgentView], done: str, act: Callable[[str], object]) -> None:
        self.set_marks(())
        self.console.act_on_each(f"{_many(agents)} {done}", act, [agent.address for agent in agents])

    def _sure_of_all(self, agents: Sequence[AgentView], doing: str, note: str, verb: str, act: Callable[[], None]) -> None:
        question, detail = f"{doing} {_many(agents)}?", f"{self._names(agents)} · {note}"
        self.console.confirm(question, detail, f"{verb} {len(agents)}", act)

    def action_pin(self) -> None:
        """Pins the marked agents, or the selected one, before all others, or no longer. Marks stay."""
        selected = self.selected_agent()
        agents = self.marked_agents() or ([selected] if selected else [])
        if agents:
            addresses = [agent.address for agent in agents]
            self.console.wall = self.console.wall.pinned(addresses)
            is_pinned = addresses[0] in self.console.wall.pins
            who = short(addresses[0]) if len(agents) == 1 else _many(agents)
            verb = "is" if len(agents) == 1 else "are"
            stands = "stands" if len(agents) == 1 else "stand"
            self.console.hint(f"{who} {f'{stands} first now' if is_pinned else f'{verb} no longer pinned'}")
            self.refill()


def _many(agents: Sequence[AgentView]) -> str:
    return f"{len(agents)} agents" if len(agents) != 1 else "1 agent"
