"""The frame that every main screen shares: header, number bar, body, dock, keys."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.app import ComposeResult

from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.tui.commands import COMMANDS, CommandSpec, bindings, key_of, keys_of, of_scopes
from gastown_tui.tui.messages import WordsSent
from gastown_tui.tui.modes import load_all, screen_class
from gastown_tui.tui.screens.jumping import JumpingScreen
from gastown_tui.tui.viewmodels import frame
from gastown_tui.tui.viewmodels.needs import Need, following, needs
from gastown_tui.tui.viewmodels.snooze import awake
from gastown_tui.tui.widgets.dock import ComposerText, Dock
from gastown_tui.tui.widgets.modals import LineModal
from gastown_tui.tui.widgets.rows import Bar, RowList, Rows
from gastown_tui.tui.widgets.tour import Tour

if TYPE_CHECKING:
    from gastown_tui.tui.app import Console


AGES_SECONDS = 30.0
"""How late an age in minutes may be: a quiet town is painted anew on each minute and half minute, and no more often."""


class ConsoleScreen(JumpingScreen):
    """One main screen. Subclasses give `body`, `fill` and what is selected.

    Textual's metaclass takes no ABC: that nothing abstract is made is checked by mypy alone.
    """

    BINDINGS = bindings("global")
    COMMAND_SCOPES: tuple[str, ...] = ("global",)
    TAB = ""
    DOCK = "small"
    """small | large | none"""
    FIRST_FOCUS = ""
    """Selector of the widget that has the keys at first."""
    in_focus = ""
    """The agent that it shows in full, "" for none."""
    is_typing = False
    """Whether keys go to that agent."""

    def __init__(self) -> None:
        super().__init__()
        self._filter_words = ""
        self._has_old_row = False
        self._filled_at = 0.0
        self._is_wrapping = False

    @property
    def console(self) -> Console:
        """The app, with its own type."""
        return cast("Console", self.app)

    @property
    def is_main(self) -> bool:
        """Whether it is one of the number bar's screens: their filters and selections are kept."""
        return bool(self.TAB) and type(self) is screen_class(self.TAB)

    @property
    def filter_words(self) -> str:
        """What its rows are filtered by, "" for nothing."""
        return self.console.filters.get(self.TAB, "") if self.is_main else self._filter_words

    @filter_words.setter
    def filter_words(self, words: str) -> None:
        self._filter_words = words
        if self.is_main:
            self.console.filters[self.TAB] = words

    @property
    def snapshot(self) -> TownSnapshot:
        """The newest picture of the town."""
        return self.console.snapshot

    @property
    def now(self) -> float:
        """Wall clock."""
        return self.console.clock()

    def compose(self) -> ComposeResult:
        yield Bar(ground="ground", pad=0, id="header")
        yield Bar(ground="raised", pad=0, id="nav")
        yield from self.body()
        if self.DOCK != "none":
            yield Dock(is_small=self.DOCK == "small")
        yield Bar(ground="ground", pad=0, id="facts")
        yield Bar(ground="ground", pad=0, id="keys")
        yield Rows(ground="ground", id="tiny")

    @property
    def is_tiny(self) -> bool:
        """Whether the terminal has no room for a screen: then nothing is shown, and no key is taken that is meant for it."""
        return self.app.size.width < frame.LEAST_COLUMNS or self.app.size.height < frame.LEAST_ROWS

    async def take_key(self, event: events.Key) -> bool:
        """In a tiny terminal only the keys that leave it: nobody sees what others would do."""
        if self.is_tiny:
            return event.key not in (*keys_of("app.quit"), "ctrl+c")
        return await super().take_key(event)

    @abstractmethod
    def body(self) -> ComposeResult:
        """The screen's own widgets."""

    @abstractmethod
    def fill(self) -> None:
        """Shows the newest snapshot in the body."""

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)

    def on_screen_resume(self) -> None:
        for dock in self.query(Dock):
            if dock.text_area.text != self.console.draft:
                dock.text_area.text = self.console.draft
        self.refill()
        if self.focused is None and self.FIRST_FOCUS:
            self.query_one(self.FIRST_FOCUS).focus()

    def on_resize(self) -> None:
        self.set_class(self.is_tiny, "-tiny")
        for tour in self.query(Tour):
            tour.place(self.app.size.width, self.app.size.height)
        if self.is_tiny:
            self.query_one("#tiny", Rows).show_rows(frame.tiny(*self.app.size))
        else:
            self.call_after_refresh(self.refill)

    @on(Rows.WidthChanged)
    def _wrap_anew(self, event: Rows.WidthChanged) -> None:
        event.stop()
        if not self._is_wrapping:
            self._is_wrapping = True
            self.call_after_refresh(self._wrapped)

    def _wrapped(self) -> None:
        self._is_wrapping = False
        self.refill()

    def on_descendant_focus(self) -> None:
        self.show_keys()

    def on_descendant_blur(self) -> None:
        self.show_keys()

    @property
    def can_show(self) -> bool:
        """Whether the widgets are there: pictures also arrive while a screen is built or taken down."""
        return self.is_mounted and bool(self.size.width) and self.query_one_optional("#keys") is not None

    def _tick(self) -> None:
        """Lets ages and the clock go on: each second while an age is shown in seconds, else now and then."""
        now, before = self.now, self._filled_at
        if not self.is_current or now - before < 0.9:
            return
        if now // AGES_SECONDS != before // AGES_SECONDS or frame.grows_by_seconds(self.snapshot, now):
            self.refill()
        elif frame.is_fresh(agent := self.selected_agent(), now):
            self.show_evidence(agent)

    def show_evidence(self, agent: AgentView | None) -> None:
        """Lets the age of the selected agent's evidence go on, where nothing else has changed."""
        if self.can_show and not self.is_tiny:
            self.query_one("#facts", Bar).show(frame.facts(agent, self.now))

    def refill(self) -> None:
        """Shows the newest snapshot everywhere, if this screen is the one on top."""
        # Not `app.screen`: the last tick of the timer comes when an app that ends has no screen any more.
        if not self.is_current or not self.can_show or self.is_tiny:
            return
        self._filled_at = self.now
        with self.app.batch_update():
            width = self.size.width
            self.query_one("#header", Bar).show(frame.header(self.snapshot, self.now, width))
            if not self.snapshot.root:
                return
            self.query_one("#nav", Bar).show(frame.nav(self.snapshot, self.TAB, width, self.now))
            self.fill()
            if not self._has_old_row:
                self._take_old_row()
            for dock in self.query(Dock):
                dock.show(self.snapshot, self.console.said, self.now)
            self.show_keys()

    def _take_old_row(self) -> None:
        """Once, when the first rows are there: the one that was selected when the person left."""
        self._has_old_row = True
        if (listing := self._first_list()) is not None and self.TAB in self.console.rows:
            listing.select(self.console.rows[self.TAB])

    def _first_list(self) -> RowList | None:
        found = self.query_one_optional(self.FIRST_FOCUS) if self.is_main and self.FIRST_FOCUS else None
        return found if isinstance(found, RowList) else None

    @on(RowList.Highlighted)
    def _keep_row(self, event: RowList.Highlighted) -> None:
        if self._has_old_row and event.rows is self._first_list() and event.key == event.rows.selected:
            self.console.rows[self.TAB] = event.key

    def show_keys(self) -> None:
        """The footer: what works now."""
        if not self.can_show:
            return
        self.query_one("#facts", Bar).show(frame.facts(self.selected_agent(), self.now))
        self.query_one("#keys", Bar).show(frame.footer(self.shown_commands(), self.size.width))

    def shown_commands(self) -> list[CommandSpec]:
        """The footer's commands."""
        scopes = ("composer",) if isinstance(self.focused, ComposerText) else self.COMMAND_SCOPES
        found = [command for command in of_scopes(scopes) if command.in_footer]
        return [
            command
            for command in found
            if "." in command.action or self.check_action(command.action.partition("(")[0], ()) is not False
        ]

    def selected_agent(self) -> AgentView | None:
        """The agent that keys are about."""
        return None

    def agent(self, address: str) -> AgentView | None:
        """An agent of the newest picture."""
        return next((agent for agent in self.snapshot.agents if agent.address == address), None)

    # What a person may do on every screen

    def action_talk(self) -> None:
        """Goes to the composer."""
        for dock in self.query(Dock):
            dock.text_area.focus()
            return
        self.console.show("mayor")

    @on(ComposerText.Left)
    def _leave_composer(self) -> None:
        if self.FIRST_FOCUS:
            self.query_one(self.FIRST_FOCUS).focus()

    @on(ComposerText.Changed)
    def _keep_draft(self, event: ComposerText.Changed) -> None:
        if isinstance(event.text_area, ComposerText):
            self.console.draft = event.text_area.text

    @on(WordsSent)
    def _words_sent(self, event: WordsSent) -> None:
        event.stop()
        self.console.speak(event.text)

    def action_next_need(self) -> None:
        """Goes to the next one that needs a person."""
        self._go_to_need(1)

    def action_previous_need(self) -> None:
        """Goes to the one before."""
        self._go_to_need(-1)

    def _go_to_need(self, step: int) -> None:
        need = following(awake(needs(self.snapshot), self.console.snoozed, self.now), self.console.need_key, step)
        if need is None:
            self.console.hint("nobody needs you")
            return
        self.console.need_key = need.key
        self.show_need(need)

    def show_need(self, need: Need) -> None:
        """Brings a need into view: screens that list needs do it themselves, others go to the town."""
        if self.agent(need.agent) is not None:
            self.console.selected = need.agent
        self.console.show("town")

    def action_back(self) -> None:
        """Back to what was there before."""
        if self.filter_words:
            self.filter_words = ""
            self.refill()
        elif len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        elif self.TAB != "town":
            self.console.show("town")

    def action_quit(self) -> None:
        """Back, and from a main screen out of the console."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            self.console.leave()

    @on(RowList.FilterAsked)
    def _filter_asked(self) -> None:
        self.ask_filter()

    def ask_filter(self) -> None:
        """Asks for words to filter the screen's list by."""

        def take(words: str | None) -> None:
            if words is not None:
                self.filter_words = words
                self.refill()

        self.app.push_screen(
            LineModal(
                "Filter",
                "rows that hold all these words; !word hides; nothing shows all",
                text=self.filter_words,
                verb="filter",
                may_be_empty=True,
            ),
            take,
        )

    def on_click(self, event: events.Click) -> None:
        """A click on the number bar shows that screen, one on a count of the header those who make it; a key of the footer
        is pressed; a double click on a row opens it."""
        target = event.widget.id if event.widget is not None else ""
        if target == "nav":
            mode = frame.tab_at(self.snapshot, self.TAB, self.size.width, self.now, event.x)
            if mode:
                self.console.show(mode)
        elif target == "header":
            light = frame.light_at(self.snapshot, self.now, self.size.width, event.x)
            if light is not None:
                self.console.show_light(light)
        elif target == "keys":
            command = frame.footer_at(self.shown_commands(), self.size.width, event.x)
            if command is not None:
                self._run(command.action)
        elif isinstance(event.widget, RowList) and event.chain == 2:
            opening = next((one for one in COMMANDS if one.scope in self.COMMAND_SCOPES and "enter" in one.keys), None)
            if opening is not None:
                self._run(opening.action)

    def _run(self, action: str) -> None:
        """Does what a key would do: the widget that has the keys comes first."""
        name = action.partition("(")[0]
        owner = self.focused if self.focused is not None and hasattr(self.focused, f"action_{name}") else self
        self.call_later(self.app.run_action, action, owner)

    async def take_paste(self, text: str) -> bool:
        """Pasted text before anybody else gets it; whether it was taken."""
        return False

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is for composers: as keys it could answer a question."""
        event.stop()
        self.console.hint(f"pasted text was ignored · {key_of('mayor.talk')} writes to the mayor")


def scopes_together() -> set[tuple[str, ...]]:
    """The scopes whose keys work at the same time, for each kind of screen."""
    load_all()
    found = {ConsoleScreen.COMMAND_SCOPES}
    kinds = ConsoleScreen.__subclasses__()
    while kinds:
        kind = kinds.pop()
        found.add(kind.COMMAND_SCOPES)
        kinds += kind.__subclasses__()
    return found


def monotonic() -> float:
    """The clock that selections and keys are compared on."""
    return time.monotonic()
