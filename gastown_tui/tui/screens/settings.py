"""Settings: the person's file, the town's and each rig's as one form; a value is checked before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.core.errors import GastownError
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.person import YOU
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.viewmodels import settings
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.widgets.modals import ChoiceModal, LineModal
from gastown_tui.tui.widgets.rows import RowList, Rows

if TYPE_CHECKING:
    from gastown_tui.services.settings_form import Section, Setting


class SettingsScreen(ConsoleScreen):
    """Screen 9."""

    TAB = "settings"
    COMMAND_SCOPES = ("global", "settings", "list")
    BINDINGS = bindings("settings")
    FIRST_FOCUS = "#settings"

    def __init__(self) -> None:
        super().__init__()
        self._sections: list[Section] | None = None
        self._extra: list[tuple[str, ...]] = []
        """Entries that somebody began and gave no value yet."""
        self._wanted: tuple[str, ...] = ()
        """The entry to go to when it is shown."""

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="settings")
            yield Rows(id="setting")

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.action_again()

    def selected(self) -> tuple[Section, Setting] | None:
        """The selected setting with its section."""
        return settings.find(self._sections or (), self.query_one("#settings", RowList).selected)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be done depends on the setting."""
        if action in ("edit", "unset", "add"):
            found = self.selected()
            if found is None:
                return False
            setting = found[1]
            return {"edit": settings.is_editable(setting), "unset": setting.is_set, "add": settings.can_add(setting)}[action]
        return super().check_action(action, parameters)

    def fill(self) -> None:
        rows = settings.settings_rows(self._sections, self.snapshot.root)
        self.query_one("#settings", RowList).show_rows(filtered(rows, self.filter_words))
        self._fill_detail()

    def _fill_detail(self) -> None:
        detail = self.query_one("#setting", Rows)
        detail.show_rows(settings.setting_rows(self.selected(), self.snapshot.root, detail.inner_width))

    @on(RowList.Highlighted, "#settings")
    def _moved(self) -> None:
        self._fill_detail()
        self.show_keys()

    def action_again(self) -> None:
        """Reads all files anew."""
        extra = tuple(self._extra)
        mine = self.console.my_settings
        self.console.look(self._take, lambda acts: [*mine(extra), *acts.settings(extra)])

    def _take(self, sections: list[Section]) -> None:
        self._sections = sections
        self.refill()
        wanted, self._wanted = self._wanted, ()
        for key in (settings.key_for(one, setting) for one in sections for setting in one.settings if wanted):
            if key.partition(":")[2].partition(":")[2].startswith("/".join(wanted)):
                self.query_one("#settings", RowList).select(key)
                return

    def action_edit(self) -> None:
        """Asks for a new value."""
        if (found := self.selected()) and settings.is_editable(found[1]):
            self._ask(*found)

    def _ask(self, section: Section, setting: Setting, text: str | None = None, wrong: str = "") -> None:
        name = settings.name_of(setting)
        if setting.choices:

            def choose(chosen: tuple[str, str] | None) -> None:
                if chosen is not None:
                    self._change(section, setting, chosen[0])

            # An empty key would be no choice at all.
            options = [(choice or " ", choice or "nothing of its own") for choice in setting.choices]
            self.app.push_screen(ChoiceModal(name, setting.help, options, verb="choose"), choose)
            return

        def take(words: str | None) -> None:
            if words is not None:
                self._change(section, setting, words)

        hint = f"{setting.range}; the default is {setting.default or 'nothing'}"
        value = setting.value if text is None else text
        self.app.push_screen(LineModal(name, hint, text=value, verb="write", may_be_empty=True, wrong=wrong), take)

    @work(exit_on_error=False, group="settings")
    async def _change(self, section: Section, setting: Setting, words: str | None) -> None:
        """Writes a value; what is wrong with it is said where it was typed, and the words are kept."""
        text = words.strip() if words is not None else None
        try:
            if section.name == YOU:
                self.console.take_person(await self.console.call(self.console.change_my_settings, setting.path, text))
            else:
                await self.console.call(self.console.acts.change_setting, section.name, setting.path, text)
        except GastownError as error:
            if words is None or setting.choices:
                self.console.warn(error)
            else:
                self._ask(section, setting, words, error.line())
            return
        self._extra = [path for path in self._extra if path != setting.path[: len(path)]]
        name = settings.name_of(setting)
        self.console.hint(f"{name} is taken out" if text is None else f"{name} is written")
        self.action_again()

    def action_unset(self) -> None:
        """Takes the value out of the file: the default counts again."""
        if (found := self.selected()) and found[1].is_set:
            self._change(*found, None)

    def action_add(self) -> None:
        """Begins a new entry; its first value makes it."""
        found = self.selected()
        if found is None or not settings.can_add(found[1]):
            return
        section, setting = found
        if setting.kind == "tables":
            place = sum(one.path[:-1] == setting.path and one.kind == "table" and one.is_set for one in section.settings)
            self._begin((*setting.path, str(place)))
            return

        def take(name: str | None) -> None:
            if name:
                self._begin((*setting.path, name))

        self.app.push_screen(LineModal(f"A new entry of {settings.name_of(setting)}", setting.help, verb="name it"), take)

    def _begin(self, path: tuple[str, ...]) -> None:
        """Shows an entry that is not in the file yet, and goes to it."""
        self._extra = [*(one for one in self._extra if one != path), path]
        self._wanted = path
        self.action_again()
