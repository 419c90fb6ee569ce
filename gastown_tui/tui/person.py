"""What belongs to the person and not to a town: colours, ASCII, keys. Read from `console.toml` in their config directory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gastown_tui.core.config import line_of
from gastown_tui.core.console_file import key_line, read_console
from gastown_tui.core.errors import GastownError
from gastown_tui.services.config import read_text
from gastown_tui.services.settings_file import put
from gastown_tui.tui import keymap


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
            put(self.file, [key], value, lambda text: None)


def console_file(environment: Mapping[str, str] = os.environ) -> Path:
    """`console.toml` in the person's own config directory."""
    config = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME", "/")) / ".config")
    return Path(config) / "gastown" / "console.toml"


def load_person(
    file: Path, together: Iterable[Sequence[str]], themes: Iterable[str], environment: Mapping[str, str] = os.environ
) -> Person:
    """Reads the file; whatever is wrong with it becomes a complaint.

    Args:
        together: the scopes that work at the same time, for each screen.
        themes: names that can be chosen.
    """
    try:
        text = read_text(file) or ""
    except GastownError as error:
        return Person(is_ascii=not speaks_utf8(environment), complaints=(error.line(),), file=file)
    config, wrong = read_console(text, str(file))
    complaints = [error.line() for error in wrong]
    theme = config.theme
    if theme and theme not in (names := sorted(themes)):
        line = line_of(text, ["theme"])
        complaints.append(f'{file}, line {line}: no theme "{theme}"; there are {", ".join(names)}')
        theme = ""
    remaps, refused = keymap.check(config.keys, together)
    complaints += [f"{file}, line {key_line(text, name)}: keys.{name}: {why}" for name, why in refused.items()]
    is_ascii = config.ascii if config.ascii is not None else not speaks_utf8(environment)
    return Person(theme, is_ascii, remaps, tuple(complaints), file)


def speaks_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the terminal can be sent more than ASCII, by its locale. One that is not set at all says nothing."""
    named = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name, ""))), "")
    return not named or "utf8" in named.lower().replace("-", "")
