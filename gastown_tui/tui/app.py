"""The console: one app over one town. It owns the feed, the live panes, the acts and the overseer's place.

Nothing here blocks: acts run in a thread of their own, and what they change comes back through the feed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from textual import events, on
from textual.app import SystemCommand
from textual.binding import Binding
from textual.filter import LineFilter
from textual.screen import Screen

from gastown_tui.services.mail import Thread
from gastown_tui.services.settings_form import Section
from gastown_tui.tui import palette
from gastown_tui.tui.commands import use
from gastown_tui.tui.doing import DoingApp, Town
from gastown_tui.tui.keys import show_ascii
from gastown_tui.tui.messages import ConversationReady, FeedFailed, SnapshotReady
from gastown_tui.tui.person import Person, change_mine, load_person, my_section
from gastown_tui.tui.place import Place
from gastown_tui.tui.plain import AsciiFilter
from gastown_tui.tui.screens.base import ConsoleScreen, scopes_together
from gastown_tui.tui.screens.beads import BeadScreen, BeadsScreen
from gastown_tui.tui.screens.convoys import ConvoysScreen
from gastown_tui.tui.screens.diff import DiffScreen
from gastown_tui.tui.screens.doctor import DoctorScreen
from gastown_tui.tui.screens.feed import FeedScreen
from gastown_tui.tui.screens.focus import FocusScreen
from gastown_tui.tui.screens.help import HelpScreen
from gastown_tui.tui.screens.inbox import InboxScreen
from gastown_tui.tui.screens.mail import MailScreen, ThreadScreen
from gastown_tui.tui.screens.mayor import MayorScreen
from gastown_tui.tui.screens.merge import MergeScreen
from gastown_tui.tui.screens.settings import SettingsScreen
from gastown_tui.tui.screens.town import TownScreen
from gastown_tui.tui.text import clean_lines
from gastown_tui.tui.tokens import DEFAULT_THEME, THEMES, derived
from gastown_tui.tui.viewmodels.events import meanwhile


class Console(DoingApp):
    """The whole console."""

    TITLE = "Gas Town"
    CSS_PATH = "styles/console.tcss"
    MODES = {  # noqa: RUF012 - Textual's own declaration
        "town": TownScreen,
        "inbox": InboxScreen,
        "convoys": ConvoysScreen,
        "beads": BeadsScreen,
        "merge": MergeScreen,
        "feed": FeedScreen,
        "mail": MailScreen,
        "doctor": DoctorScreen,
        "settings": SettingsScreen,
        "mayor": MayorScreen,
    }
    DEFAULT_MODE = "town"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012
    BINDINGS = [Binding("ctrl+q", "nothing", show=False), Binding("ctrl+c", "interrupt", show=False)]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, town: Town, place: Place | None = None, person: Person | None = None) -> None:
        super().__init__(town)
        place = place or Place()
        for theme in THEMES.values():
            self.register_theme(theme)
        self._ascii = AsciiFilter()
        self.take_person(person or Person())
        self.selected, self.need_key = place.selected, place.need
        self.draft = "\n".join(clean_lines(place.draft))
        self._seen = place.seen
        self.mode_before = "town"
        self.last_place = place
        self._first_mode = place.mode if place.mode in self.MODES else "town"
        self.key_before = self.key_at = -1.0
        self._interrupted_at = -1.0

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return derived(self.current_theme)

    def take_person(self, person: Person) -> None:
        """How somebody wants the console, now and whenever they change it."""
        self.person = person
        self.theme = person.theme if person.theme in self.available_themes else DEFAULT_THEME
        self._show_ascii(person.is_ascii)
        use(person.remaps)
        self.set_keymap({name: ",".join(keys) for name, keys in person.remaps.items()})

    async def on_mount(self) -> None:
        for words in self.person.complaints:
            self.flash(words, seconds=20)
        await self.open_town()
        if self._first_mode != "town":
            self.switch_mode(self._first_mode)

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
        return Place(self.current_mode, self.selected, self.need_key, self.draft, seen)

    # What the feed tells

    @on(SnapshotReady)
    def _take_snapshot(self, event: SnapshotReady) -> None:
        is_first = not self.snapshot.root
        self.snapshot = event.snapshot
        self.refill()
        if is_first and (words := meanwhile(event.snapshot.events, self._seen)):
            self.hint(words)

    @on(ConversationReady)
    def _take_conversation(self, event: ConversationReady) -> None:
        self.hear(event.said)

    @on(FeedFailed)
    def _feed_failed(self, event: FeedFailed) -> None:
        self.warn(event.error)

    def refill(self) -> None:
        """Shows the newest picture on the screen that is on top."""
        if isinstance(self.screen, ConsoleScreen):
            self.screen.refill()

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Keys go to the agent first while somebody types into it; the times of keys tell hands from pastes."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.key_before, self.key_at = self.key_at, time.monotonic()
            if isinstance(self.screen, FocusScreen) and await self.screen.take_key(event):
                return
        if (
            isinstance(event, events.Paste)
            and not event.is_forwarded
            and isinstance(self.screen, FocusScreen)
            and await self.screen.take_paste(event.text)
        ):
            return
        await super().on_event(event)

    def action_nothing(self) -> None:
        """Ctrl+Q ends typing and attaching; elsewhere it must not end the console by surprise."""
        self.hint("Ctrl+Q comes back from an agent · q leaves the console")

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

    def action_problems(self) -> None:
        """The inbox, and back."""
        self.show(self.mode_before if self.current_mode == "inbox" else "inbox")

    def action_help(self) -> None:
        """The keys of this screen."""
        if isinstance(self.screen, HelpScreen):
            self.pop_screen()
        elif isinstance(self.screen, ConsoleScreen):
            self.push_screen(HelpScreen(self.screen.COMMAND_SCOPES))

    def focus_agent(self, address: str) -> None:
        """An agent in full."""
        self.selected = address
        if isinstance(self.screen, FocusScreen):
            self.pop_screen()
        self.push_screen(FocusScreen(address))

    def open_bead(self, bead: str) -> None:
        """A bead in full."""
        self.push_screen(BeadScreen(bead))

    def open_diff(self, merge_id: int) -> None:
        """What a merge would land."""
        self.push_screen(DiffScreen(merge_id))

    def open_thread(self, thread: Thread) -> None:
        """A thread of the mail in full."""
        self.push_screen(ThreadScreen(thread))

    def action_theme(self) -> None:
        """The next of our themes."""
        names = list(THEMES)
        self.choose_theme(names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0])

    def choose_theme(self, name: str) -> None:
        """Changes the colours, now and for the next visits."""
        self.theme = name
        self.hint(f"theme {name}")
        self._remember("theme", name)

    def action_ascii(self) -> None:
        """Plain ASCII, or the signs again."""
        self._show_ascii(not self._ascii.enabled)
        self._remember("ascii", self._ascii.enabled)

    def _show_ascii(self, is_ascii: bool) -> None:
        self._ascii.enabled = is_ascii
        show_ascii(is_ascii)
        if self.is_running:
            self.refresh_css(animate=False)
            self.refill()

    def _remember(self, key: str, value: str | bool) -> None:
        self.fetch(lambda _: None, self.person.remember, key, value)

    def my_settings(self, extra: Sequence[tuple[str, ...]]) -> list[Section]:
        """The form of the person's own file; for a thread of its own."""
        return [my_section(self.person.file, extra)] if self.person.file else []

    def change_my_settings(self, path: Sequence[str], text: str | None) -> Person:
        """Writes one value of it, and gives the person as they are now; for a thread of its own."""
        assert self.person.file is not None, "without a file there is no form"
        change_mine(self.person.file, path, text, scopes_together(), self.available_themes)
        return load_person(self.person.file, scopes_together(), self.available_themes)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *([self._ascii] if self._ascii.enabled else [])]

    def action_refresh_now(self) -> None:
        """Reads everything anew."""
        self._feed.poke()
        self.hub.mark_all()
        self.hint("reads everything anew")

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        return palette.commands(self, screen)
