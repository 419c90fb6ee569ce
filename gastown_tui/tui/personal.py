"""The part of the console's app that is as the person wants it: colours, ASCII, keys, and the form that changes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.filter import LineFilter

from gastown_tui.tui.commands import use
from gastown_tui.tui.doing import DoingApp, Town
from gastown_tui.tui.keys import show_ascii
from gastown_tui.tui.person import Person, change_mine, load_person, my_section
from gastown_tui.tui.plain import AsciiFilter
from gastown_tui.tui.screens.base import scopes_together
from gastown_tui.tui.tokens import DEFAULT_THEME, THEMES, derived

if TYPE_CHECKING:
    from gastown_tui.services.settings_form import Section

SHOWN_COMPLAINTS = 3
"""Toasts about a broken file: more would hide the town."""


class PersonalApp(DoingApp):
    """Owns the person."""

    def __init__(self, town: Town, person: Person) -> None:
        super().__init__(town)
        for theme in THEMES.values():
            self.register_theme(theme)
        self._ascii = AsciiFilter()
        self.take_person(person)

    def take_person(self, person: Person) -> None:
        """How somebody wants the console, now and whenever they change it."""
        self.person = person
        self.theme = person.theme if person.theme in self.available_themes else DEFAULT_THEME
        self._show_ascii(person.is_ascii)
        use(person.remaps)
        self.set_keymap({name: ",".join(keys) for name, keys in person.remaps.items()})

    def complain(self) -> None:
        """Says what is wrong with the person's file: the first few, and where the rest is."""
        complaints = self.person.complaints
        for words in complaints[:SHOWN_COMPLAINTS]:
            self.flash(words, seconds=20)
        if (more := len(complaints) - SHOWN_COMPLAINTS) > 0:
            self.flash(f"and {more} more in {self.person.file}", seconds=20)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return derived(self.current_theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *([self._ascii] if self._ascii.enabled else [])]

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
        change_mine(self.person.file, path, text, scopes_together, self.available_themes)
        return load_person(self.person.file, scopes_together, self.available_themes)
