"""All beads as a list, and one bead in full with its trail."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer

from gastown_tui.core.rows import Bead, Event
from gastown_tui.core.snapshot import AgentView
from gastown_tui.core.states import BeadState
from gastown_tui.services.beads import BeadDetail
from gastown_tui.tui.commands import bindings, key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.screens.agents import AgentScreen
from gastown_tui.tui.viewmodels import bead, work
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.widgets.modals import ChoiceModal, LineModal
from gastown_tui.tui.widgets.rows import RowList, Rows

REST_SECONDS = 0.15
"""So long a selection rests before more is read about it."""


class BeadActs(AgentScreen):
    """What screens do with a selected bead: sling it, go to its agent."""

    def the_bead(self) -> Bead | None:
        """The selected bead."""
        return next((bead for bead in self.snapshot.beads if bead.id == self.selected_bead()), None)

    def selected_agent(self) -> AgentView | None:
        bead = self.the_bead()
        return work.agent_of(bead, self.snapshot) if bead else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Slinging needs an open bead, going to the agent one that somebody has."""
        if action == "sling":
            bead = self.the_bead()
            return bead is not None and bead.state is BeadState.OPEN
        if action == "agent":
            return self.selected_agent() is not None
        return super().check_action(action, parameters)

    def action_agent(self) -> None:
        """Focuses the agent that has it."""
        if agent := self.selected_agent():
            self.console.focus_agent(agent.address)

    def action_sling(self) -> None:
        """Gives the bead to an agent or to the rig's polecats."""
        bead = self.the_bead()
        if bead is None:
            return

        def take(target: str | None) -> None:
            if target is not None:
                self.console.act(f"slung {bead.id}", self.console.acts.sling, bead.id, target)

        hint = f"to whom? an agent's address, or nothing for any polecat of {bead.rig}"
        self.app.push_screen(LineModal(f"Sling {bead.id} {bead.title}", hint, verb="sling", may_be_empty=True), take)


class BeadPreviews(BeadActs):
    """A list beside which the selected bead stands in full, once the selection has rested."""

    def __init__(self) -> None:
        super().__init__()
        self._told: tuple[str, BeadDetail, list[Event]] | None = None
        self._previewed = self._reading = ""
        self._resting: Timer | None = None

    def show_preview(self) -> None:
        """Shows what is known of the selected bead, and reads the rest when the person stays on it."""
        preview = self.query_one("#preview", Rows)
        if not preview.display:
            return
        name = self.selected_bead()
        if name != self._previewed:
            self._previewed, preview.top = name, 0
        if not name:
            preview.show_rows(self.other_preview(preview.inner_width))
            return
        told = self._told if self._told is not None and self._told[0] == name else None
        trail = told[2] if told else []
        newest = trail[-1].seq if trail else 0
        fresh = [event for event in self.snapshot.events if event.seq > newest and name in (event.bead, event.subject)]
        if (told is None or fresh) and self._reading != name:
            self._reading = name
            if self._resting is not None:
                self._resting.stop()
            self._resting = self.set_timer(REST_SECONDS, lambda: self._read(name))
        detail = told[1] if told else None
        rows = bead.bead_detail(self.the_bead(), detail, self.snapshot, [*trail, *fresh], self.now, preview.inner_width)
        if told is None and self.the_bead() is not None:
            rows.append(Row((("reading …", "faint"),)))
        preview.show_rows(rows)

    def _read(self, name: str) -> None:
        if name != self.selected_bead():
            return

        def take(told: tuple[BeadDetail, list[Event]]) -> None:
            self._told, self._reading = (name, *told), ""
            if self.is_current and name == self.selected_bead():
                self.show_preview()

        self.console.look(take, lambda acts: acts.about(name))

    def other_preview(self, width: int) -> list[Row]:
        """What stands there when no bead is selected."""
        return []

    @on(RowList.Highlighted)
    def _moved(self) -> None:
        self.show_preview()
        self.show_keys()


class BeadsScreen(BeadPreviews):
    """Screen 4."""

    TAB = "beads"
    COMMAND_SCOPES = ("global", "beads", "beadlist", "list")
    BINDINGS = bindings("beads", "beadlist")
    FIRST_FOCUS = "#beads"

    def __init__(self) -> None:
        super().__init__()
        self._wanted = ""
        """Key of the row to be selected once it is there."""
        self._by_rig = False

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="beads")
            yield Rows(id="preview")

    def selected_bead(self) -> str:
        return self.query_one("#beads", RowList).selected[2:]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter needs a row, a new bead a rig."""
        if action == "open":
            return bool(self.selected_bead())
        if action == "file":
            return bool(self.snapshot.rigs)
        return super().check_action(action, parameters)

    def fill(self) -> None:
        listing = self.query_one("#beads", RowList)
        listing.show_rows(filtered(work.bead_rows(self.snapshot, self.now, by_rig=self._by_rig), self.filter_words))
        shown = listing.keys()
        if self._wanted in shown:
            listing.select(self._wanted)
            self._wanted = ""
        self.show_preview()

    def action_open(self) -> None:
        """Opens the bead."""
        if bead := self.selected_bead():
            self.console.open_bead(bead)

    def action_view(self) -> None:
        """Groups by state or by rig."""
        self._by_rig = not self._by_rig
        self.refill()

    def action_file(self) -> None:
        """Files a bead: which rig, where there are several, and its title."""
        rigs = [rig.name for rig in self.snapshot.rigs]

        def ask(rig: str) -> None:
            def take(title: str | None) -> None:
                if title:
                    self.console.fetch(filed, self.console.acts.file, title, rig)

            hint = "what is to be done, in one line; the mayor, or gt update, adds more words"
            self.app.push_screen(LineModal(f"A new bead of {rig}", hint, verb="file it"), take)

        def choose(chosen: tuple[str, str] | None) -> None:
            if chosen is not None:
                ask(chosen[0])

        def filed(name: object) -> None:
            self._wanted = f"b:{name}"
            self.console.hint(f"filed {name} · {key_of('beads.sling')} slings it")

        if len(rigs) == 1:
            ask(rigs[0])
        else:
            self.app.push_screen(
                ChoiceModal("A new bead: of which rig?", "", [(rig, rig) for rig in rigs], verb="this one"), choose
            )


class BeadScreen(BeadActs):
    """One bead, above the screen that it was opened from."""

    TAB = "beads"
    COMMAND_SCOPES = ("global", "beads", "list")
    BINDINGS = bindings("beads")
    FIRST_FOCUS = "#bead"

    def __init__(self, bead: str) -> None:
        super().__init__()
        self.bead_id = bead
        self._trail: list[Event] = []
        self._found: BeadDetail | None = None
        self._is_reading = False

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="bead")

    def selected_bead(self) -> str:
        return self.bead_id

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter goes to what the selected row is about."""
        if action == "open":
            return bool(self.query_one("#bead", RowList).selected)
        return super().check_action(action, parameters)

    def on_mount(self) -> None:
        super().on_mount()
        self._read_again()

    def _read_again(self) -> None:
        self._is_reading = True
        self.console.look(self._take, lambda acts: acts.about(self.bead_id), self.app.pop_screen)

    def _take(self, told: tuple[BeadDetail, list[Event]]) -> None:
        self._found, self._trail = told
        self._is_reading = False
        self.refill()

    def fill(self) -> None:
        newest = self._trail[-1].seq if self._trail else 0
        mine = [event for event in self.snapshot.events if event.seq > newest and self.bead_id in (event.bead, event.subject)]
        if mine and not self._is_reading:
            self._read_again()
        listing = self.query_one("#bead", RowList)
        rows = bead.bead_detail(self.the_bead(), self._found, self.snapshot, [*self._trail, *mine], self.now, listing.inner_width)
        listing.show_rows(filtered(rows, self.filter_words))

    def action_open(self) -> None:
        """Opens the bead, convoy, agent or merge of the row."""
        kind, _, name = self.query_one("#bead", RowList).selected.partition(":")
        match kind:
            case "b":
                self.console.open_bead(name)
            case "c":
                self.app.pop_screen()
                self.console.open_convoy(name)
            case "a":
                self.console.focus_agent(name.partition(":")[0])
            case "m":
                self.console.open_diff(int(name))
