"""What belongs to the person and not to a town: colours, ASCII, keys. Read from `console.toml` in their config directory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gastown_tui.core.errors import ConfigError, GastownError
from gastown_tui.infra.terminal import speaks_utf8
from gastown_tui.tui import keymap
from gastown_tui.tui.tokens import DEFAULT_THEME, THEMES

if TYPE_CHECKING:
    from gastown_tui.core.console_file import ConsoleConfig
    from gastown_tui.core.console_toml import Wishes
    from gastown_tui.services.settings_form import Section, Setting

Together = Callable[[], Iterable[Sequence[str]]]
YOU = "you"
"""The section of the person's own file."""


@dataclass(frozen=True)
class Person:
    """How somebody wants the console."""

    theme: str = ""
    """"" for the usual one."""
    is_ascii: bool = False
    remaps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Command id → Textual's names of its keys."""
    complaints: tuple[str, ...] = ()
    """What is wrong with the file, each with its line; what is wrong does not count."""
    file: Path | None = None
    """None when nothing is to be remembered."""

    def remember(self, key: str, value: str | bool) -> None:
        """Writes a choice into the file.

        Raises:
            GastownError: it cannot be written, or is broken; then it is as it was.
        """
        if self.file is not None:
            from gastown_tui.services.settings_file import put

            put(self.file, [key], value, _no_check)


def console_file(environment: Mapping[str, str] = os.environ) -> Path:
    """`console.toml` in the person's own config directory."""
    config = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "/")) / ".config")
    return Path(config) / "gastown" / "console.toml"


def load_person(file: Path, together: Together, themes: Iterable[str], environment: Mapping[str, str] = os.environ) -> Person:
    """Reads the file; whatever is wrong with it becomes a complaint.

    Args:
        together: gives the scopes that work at the same time, for each screen; asked when somebody has keys of their own.
        themes: names that can be chosen.
    """
    if not file.exists():
        # Most people have none, and reading one takes what nothing else needs before the first picture.
        return Person(is_ascii=not speaks_utf8(environment), file=file)
    from gastown_tui.infra.files import read_text

    try:
        text = read_text(file) or ""
    except GastownError as error:
        return Person(is_ascii=not speaks_utf8(environment), complaints=(error.line(),), file=file)
    return judge(text, file, together, themes, environment)


def judge(text: str, file: Path, together: Together, themes: Iterable[str], environment: Mapping[str, str] = os.environ) -> Person:
    """What the text of a `console.toml` says, and what is wrong with it."""
    from gastown_tui.core.console_toml import key_line, read_plain
    from gastown_tui.core.toml_text import line_of

    config: Wishes | ConsoleConfig | None
    wrong: Sequence[ConfigError] = ()
    try:
        config = read_plain(text, str(file))
    except ConfigError:
        config = None
    if config is None:
        from gastown_tui.core.console_file import read_console

        config, wrong = read_console(text, str(file))
    complaints = [error.line() for error in wrong]
    theme = config.theme
    if theme and theme not in (names := sorted(themes)):
        line = line_of(text, ["theme"])
        complaints.append(f'{file}, line {line}: no theme "{theme}"; there are {", ".join(names)}')
        theme = ""
    remaps, refused = keymap.check(config.keys, together() if config.keys else ())
    complaints += [f"{file}, line {key_line(text, name)}: keys.{name}: {why}" for name, why in refused.items()]
    is_ascii = config.ascii if config.ascii is not None else not speaks_utf8(environment)
    return Person(theme, is_ascii, remaps, tuple(complaints), file)


def my_section(file: Path, extra: Sequence[tuple[str, ...]] = ()) -> Section:
    """The form of the person's own file."""
    from gastown_tui.core.console_file import ConsoleConfig
    from gastown_tui.core.console_toml import read_flat
    from gastown_tui.infra.files import read_text
    from gastown_tui.services import settings_form

    made = settings_form.section(YOU, file, ConsoleConfig, _no_check, extra, read=read_flat)
    text = "" if made.error else read_text(file) or ""
    return replace(made, settings=tuple(_with_choices(one, file, text) for one in made.settings))


def _with_choices(one: Setting, file: Path, text: str) -> Setting:
    """The model knows neither the themes nor both ways to write a command's name."""
    from gastown_tui.core.console_toml import key_line

    if one.path == ("theme",):
        return replace(one, choices=tuple(THEMES), default=DEFAULT_THEME)
    if one.path[0] == "keys" and one.is_set and (line := key_line(text, one.path[1])):
        return replace(one, source=f"{file.name}, line {line}")
    return one


def change_mine(file: Path, path: Sequence[str], text: str | None, together: Together, themes: Iterable[str]) -> None:
    """Sets one value of the person's file, or takes it out.

    Raises:
        ConfigError, UsageError: that value cannot stand there; the file is as it was.
    """
    from gastown_tui.core.toml_text import line_of
    from gastown_tui.infra.files import read_text
    from gastown_tui.services import settings_form

    name = ".".join(path)

    def check(new: str) -> None:
        # What was wrong before elsewhere in the file must not stop this.
        mine = [words for words in judge(new, file, together, themes).complaints if f" {name}:" in words or f" {name} " in words]
        if mine:
            raise ConfigError(mine[0].partition(f"{name}: ")[2] or mine[0])

    form = my_section(file, settings_form.entries_of(path))
    dotted = ["keys", *path[1].split(".")] if path[0] == "keys" else []
    is_dotted = bool(dotted) and bool(line_of(read_text(file) or "", dotted))
    settings_form.change_file(form, path, text, check, dotted if is_dotted else ())


def _no_check(text: str) -> None:
    """Complaints are shown when the console opens, each with its line."""
