"""Every screen, modal and empty state, at two sizes and in two themes, as text with its styles: a change is read as a diff.

`pytest --snapshot-update` after a look at it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.color import Color
from rich.style import Style
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input, TextArea

from gastown_tui.tui.app import Console
from gastown_tui.tui.person import Person
from gastown_tui.tui.place import Place
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.widgets.pane import PaneView

SIZES = ((120, 40), (80, 24))
THEMES = ("gas-town", "gas-town-light")
EMPTY: dict[str, object] = dict.fromkeys(
    ("rigs", "agents", "requests", "convoys", "merges", "incidents", "beads", "events"), ()
) | {"unread_mail": 0}


@dataclass(frozen=True)
class Scene:
    """What is pressed, from which screen, in which town."""

    name: str
    mode: str
    keys: tuple[str, ...] = ()
    changes: tuple[tuple[str, object], ...] = ()
    is_ascii: bool = False
    has_tour: bool = False


STOPPED = (("is_estopped", True), ("wanted", "paused"))
NOTHING = tuple(EMPTY.items())
SCENES = (
    *(Scene(mode, mode) for mode in ("town", "inbox", "convoys", "beads", "merge", "feed", "mail", "doctor", "settings", "mayor")),
    *(Scene(f"{mode}-empty", mode, (), NOTHING) for mode in ("town", "inbox", "convoys", "beads", "merge", "feed", "mail")),
    Scene("focus", "town", ("enter",)),
    Scene("bead", "beads", ("enter",)),
    Scene("diff", "merge", ("d",)),
    Scene("thread", "mail", ("j", "enter")),
    Scene("letter", "mail", ("N", "tab", "H", "i")),
    Scene("doctor-repair", "doctor", ("F",)),
    Scene("settings-choice", "settings", ("enter",)),
    Scene("settings-line", "settings", ("slash", *"name", "enter", "enter", "x")),
    Scene("filter-finds-nothing", "feed", ("slash", *"zzz", "enter")),
    Scene("help", "town", ("question_mark",)),
    Scene("glossary", "town", ("question_mark", "v", "j")),
    Scene("palette", "town", ("colon",)),
    Scene("palette-found", "town", ("colon", *"min")),
    Scene("tour", "town", ("enter",), has_tour=True),
    Scene("message", "town", ("space", "h", "i")),
    Scene("options", "town", ("o",)),
    Scene("refuse", "town", ("r",)),
    Scene("always", "town", ("A",)),
    Scene("estopped", "town", (), STOPPED),
    Scene("estop", "town", ("colon", *"e-stop", "enter")),
    Scene("ascii", "town", (), is_ascii=True),
)


class Words(SingleFileSnapshotExtension):
    """One text file for each picture."""

    _write_mode = WriteMode.TEXT
    _file_extension = "txt"


def _colour(colour: Color | None) -> str:
    return "-" if colour is None else "".join(f"{part:02x}" for part in colour.get_truecolor())


def _style(style: Style | None) -> str:
    style = style or Style()
    marks = "".join(
        mark for mark, is_on in (("b", style.bold), ("i", style.italic), ("u", style.underline), ("r", style.reverse)) if is_on
    )
    return f"{_colour(style.color)}/{_colour(style.bgcolor)}{'+' if marks else ''}{marks}"


def picture(console: Console) -> str:
    """The words, and below them each row's runs of one style."""
    words, styles = [], []
    strips = console.screen._compositor.render_strips()
    if isinstance(console.screen, ModalScreen):
        # What lies dimmed below it has a picture of its own.
        box = console.screen.children[0].region
        strips = [strip.crop(box.x, box.right) for strip in strips[box.y : box.bottom]]
    for number, strip in enumerate(strips):
        words.append("".join(segment.text for segment in strip).rstrip())
        runs: list[list[Any]] = []
        for segment in strip:
            look = _style(segment.style)
            if runs and runs[-1][1] == look:
                runs[-1][0] += segment.cell_length
            else:
                runs.append([segment.cell_length, look])
        styles.append(f"{number}: " + " ".join(f"{length} {look}" for length, look in runs))
    folded = [line for index, line in enumerate(styles) if not index or line.split(": ")[1] != styles[index - 1].split(": ")[1]]
    return "\n".join([*words, "", *folded, ""])


async def settle(pilot: Pilot[None], console: Console) -> None:
    """Until everything is there, and nothing has changed for five frames: a busy machine hands events out late."""
    before, same = "", 0
    for _ in range(1500):
        await pilot.pause(0.02)
        await pilot.pause()
        screen = console.screen
        for field in screen.query(Input):
            field.cursor_blink = False
        for area in screen.query(TextArea):
            area.cursor_blink = False
        if not console.snapshot.root or not console.said:
            continue
        if isinstance(screen, ConsoleScreen) and screen.focused is not screen.query_one(screen.FIRST_FOCUS):
            continue  # a list that has come instead of the wall gets the keys a moment later
        if not all(view.screen_of_pane for view in console.screen_stack[-1].query(PaneView) if view.is_on_screen and view.pane_id):
            continue
        now = picture(console)
        same = same + 1 if now == before and "reading …" not in now and "looking …" not in now else 0
        if same == 4:
            return
        before = now


def rested(console: Console) -> None:
    """As if the hand and the selection had rested."""
    console.key_at = -10.0
    for screen in console.screen_stack:
        if hasattr(screen, "_shown_at"):
            screen._shown_at = -10.0


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
async def test_every_screen(town: Any, scene: Scene, snapshot: Any) -> None:
    town.snapshot_now = replace(town.snapshot_now, **dict(scene.changes))
    if scene.name.endswith("-empty"):
        town.mail = []
    person = Person(is_ascii=scene.is_ascii, file=Path("/home/me/.config/gastown/console.toml"))
    console: Console = town.console(Place(mode=scene.mode), person, (lambda: None) if scene.has_tour else None)
    async with console.run_test(size=SIZES[0]) as pilot:
        await settle(pilot, console)
        for key in scene.keys:
            rested(console)
            await pilot.press(key)
            await pilot.pause()
        for theme in THEMES:
            console.theme = theme
            for size in SIZES:
                await pilot.resize_terminal(*size)
                await settle(pilot, console)
                name = f"{theme}-{size[0]}x{size[1]}"
                assert picture(console) == snapshot(name=name, extension_class=Words)


def test_every_mode_has_a_scene() -> None:
    assert set(Console.MODES) <= {scene.mode for scene in SCENES if not scene.keys}
