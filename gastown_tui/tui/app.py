"""The console: one app over one town. It owns the feed, the live panes, the acts and the overseer's place.

Nothing here blocks: acts run in a thread of their own, and what they change comes back through the feed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events, on
from textual.binding import Binding

from gastown_tui.core.evidence import Light
from gastown_tui.tui import modes, palette
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.doing import Town
from gastown_tui.tui.messages import ConversationReady, FeedFailed, SnapshotReady
from gastown_tui.tui.person import Person
from gastown_tui.tui.personal import PersonalApp
from gastown_tui.tui.place import Place
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.text import clean_lines
from gastown_tui.tui.typeahead import TypeAhead
from gastown_tui.tui.viewmodels.arrange import checked
from gastown_tui.tui.viewmodels.events import meanwhile
from gastown_tui.tui.viewmodels.frame import TABS
from gastown_tui.tui.widgets.finder import Finder
from gastown_tui.tui.widgets.tour import Tour

if TYPE_CHECKING:
    from gastown_tui.services.mail import Thread


class Console(PersonalApp):
    """The whole console."""

    TITLE = "Gas Town"
    CSS_PATH = "styles/console.tcss"
    MODES = modes.makers()
    DEFAULT_MODE = "town"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    BINDINGS = [Binding("ctrl+q", "nothing", show=False), Binding("ctrl+c", "interrupt", show=False)]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        town: Town,
        place: Place | None = None,
        person: Person | None = None,
        on_toured: Callable[[], None] | None = None,
    ) -> None:
        """With `on_toured` the tour is shown in the town, wherever somebody was before, and that is called when it is over."""
        super().__init__(town, person or Person())
        self._on_toured = on_toured
        place = place or Place()
        self.selected, self.need_key = place.selected, place.need
        self.draft = "\n".join(clean_lines(place.draft))
        self.filters, self.rows, self.snoozed = dict(place.filters), dict(place.rows), dict(place.snoozed)
        self._first_focus = place.focus
        self._seen = place.seen
        self._is_welcomed = self._has_screen = False
        self.wall = checked(place.density, place.sort, place.group, place.filter, place.pins)
        self.mode_before = "town"
        self.last_place = place
        self._first_mode = place.mode if place.mode in self.MODES else "town"
        self.key_before = self.key_at = -1.0
        self._interrupted_at = -1.0
        self._typeahead = TypeAhead(self)

    async def on_mount(self) -> None:
        self.complain()
        self._has_screen = True
        self.welcome()
        self.call_after_refresh(self.when_painted, self._open)

    async def _open(self) -> None:
        await self.open_town()
        if self._first_mode != "town" and self._on_toured is None:
            self.switch_mode(self._first_mode)
        self._typeahead.go_on()

    async def on_unmount(self) -> None:
        await self.close_town()

    def leave(self) -> None:
        """Keeps the place and ends the console."""
        self.last_place = self.place
        super().leave()

    @property
    def place(self) -> Place:
        """Where the overseer is now."""
        seen = max((event.seq for event in self.snapshot.events), default=self._seen)
        screens = [screen for screen in reversed(self.screen_stack) if isinstance(screen, ConsoleScreen)]
        focus = next((screen.in_focus for screen in screens if screen.in_focus), "")
        wall = self.wall
        return Place(
            mode=self.current_mode,
            selected=self.selected,
            need=self.need_key,
            draft=self.draft,
            seen=seen,
            focus=focus,
            filters={mode: words for mode, words in self.filters.items() if words},
            rows=dict(self.rows),
            snoozed=dict(self.snoozed),
            density=wall.density,
            sort=wall.sort,
            group=wall.group,
            filter=wall.filter,
            pins=" ".join(wall.pins),
        )

    # What the feed tells

    @on(SnapshotReady)
    def _take_snapshot(self, event: SnapshotReady) -> None:
        is_same = event.like is self.snapshot
        self.snapshot = event.snapshot
        if not is_same:
            self.refill()
        self.welcome()

    def welcome(self) -> None:
        if self._is_welcomed or not self._has_screen or not self.snapshot.root:
            return
        self._is_welcomed = True
        if self._on_toured is not None:
            self.action_tour()
        elif any(agent.address == self._first_focus for agent in self.snapshot.agents):
            self.focus_agent(self._first_focus)
        if words := meanwhile(self.snapshot.events, self._seen):
            self.hint(words)

    @on(Tour.Left)
    def _tour_left(self) -> None:
        if self._on_toured is not None:
            self._on_toured()
            self._on_toured = None

    @on(ConversationReady)
    def _take_conversation(self, event: ConversationReady) -> None:
        self.hear(event.said)

    @on(FeedFailed)
    def _feed_failed(self, event: FeedFailed) -> None:
        self.warn(event.error)

    def refill(self) -> None:
        """Shows the newest picture on the screen that is on top; an app that begins or ends has none."""
        if self.screen_stack and isinstance(self.screen, ConsoleScreen):
            self.screen.refill()

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Keys go to the agent first while somebody types into it; the times of keys tell hands from pastes."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if self._typeahead.admit(event):
                is_over = False
                try:
                    is_over = await self._take(self._typeahead.apart(event, self._is_typing))
                finally:
                    (self._typeahead.go_on if is_over else self._typeahead.settle)()
            return
        await super().on_event(event)

    @property
    def _is_typing(self) -> bool:
        return isinstance(self.screen, ConsoleScreen) and self.screen.is_typing

    async def _take(self, event: events.Key | events.Paste) -> bool:
        """Whether the event has done all its work: an agent has it."""
        if isinstance(event, events.Key):
            self.key_before, self.key_at = self.key_at, event.time  # when it came, not when its turn came
            if (tour := self.screen.query_one_optional(Tour)) and tour.take(event.key):
                return False
            if isinstance(self.screen, ConsoleScreen) and await self.screen.take_key(event):
                return self._is_typing
        elif isinstance(self.screen, ConsoleScreen) and await self.screen.take_paste(event.text):
            return self._is_typing
        await super().on_event(event)
        return False

    def action_nothing(self) -> None:
        """Ctrl+Q ends typing and attaching; elsewhere it must not end the console by surprise."""
        self.hint(f"Ctrl+Q comes back from an agent · {key_of('app.quit')} leaves the console")

    def action_interrupt(self) -> None:
        """Ctrl+C twice within a second leaves."""
        if time.monotonic() - self._interrupted_at < 1.0:
            self.leave()
        self._interrupted_at = time.monotonic()
        self.hint("Ctrl+C again leaves the console · the town goes on")

    # Going places

    def action_show(self, mode: str) -> None:
        """Shows a main screen."""
        self.show(mode)

    def show(self, mode: str) -> None:
        """Shows a main screen; one that stands above it is closed when the same number is pressed again."""
        if mode == self.current_mode:
            if len(self.screen_stack) > 1:
                self.pop_screen()
            return
        if self.current_mode != "mayor":
            self.mode_before = self.current_mode
        self.switch_mode(mode)

    def action_turn(self, step: int) -> None:
        """The main screen with the next or the previous number, round and round."""
        modes = [mode for _, mode, _ in TABS]
        at = modes.index(self.current_mode) if self.current_mode in modes else -1 if step > 0 else 0
        self.show(modes[(at + step) % len(modes)])

    def show_light(self, light: Light) -> None:
        """The town with only the agents of one light; the same again shows all of them."""
        words = f"state:{light.value}"
        self.wall = replace(self.wall, filter="" if self.wall.filter == words and self.current_mode == "town" else words)
        if len(self.screen_stack) > 1 or self.current_mode != "town":
            self.show("town")
        self.refill()

    def action_problems(self) -> None:
        """The inbox, and back."""
        self.show(self.mode_before if self.current_mode == "inbox" else "inbox")

    def action_help(self) -> None:
        """The keys of this screen."""
        from gastown_tui.tui.screens.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.pop_screen()
        elif isinstance(self.screen, ConsoleScreen):
            self.push_screen(HelpScreen(self.screen.COMMAND_SCOPES))

    def focus_agent(self, address: str) -> None:
        """An agent in full."""
        self.selected = address
        if isinstance(self.screen, ConsoleScreen) and self.screen.in_focus:
            self.pop_screen()
        self.push_screen(modes.focus_screen(address))

    def open_bead(self, bead: str) -> None:
        """A bead in full."""
        self.push_screen(modes.bead_screen(bead))

    def open_diff(self, merge_id: int) -> None:
        """What a merge would land."""
        self.push_screen(modes.diff_screen(merge_id))

    def open_convoy(self, convoy: str) -> None:
        """A convoy in the tree of all."""
        from gastown_tui.tui.screens.convoys import ConvoysScreen

        self.show("convoys")
        if isinstance(self.screen, ConvoysScreen):
            self.screen.reveal(convoy)

    def open_thread(self, thread: Thread) -> None:
        """A thread of the mail in full."""
        self.push_screen(modes.thread_screen(thread))

    def action_refresh_now(self) -> None:
        """Reads everything anew."""
        self._feed.poke()
        self.hub.mark_all()
        self.hint("reads everything anew")

    def action_palette(self) -> None:
        """Everything by name."""

        def run(entry: palette.Entry | None) -> None:
            if entry is not None:
                entry.run()

        self.push_screen(Finder(palette.entries(self, self.screen)), run)

    def action_glossary(self) -> None:
        """Gas Town's words and the plain ones."""
        self.push_screen(modes.glossary_screen())

    def action_tour(self) -> None:
        """The tour, from its first card."""
        if self.current_mode != "town" or len(self.screen_stack) > 1:
            self.show("town")
        self.screen.query(Tour).remove()
        self.screen.mount(Tour())
