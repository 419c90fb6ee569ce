"""Pictures of the running console: `python screenshots/make.py --town DIR` writes an SVG and a PNG for each screen beside this file.

The town must exist and should be at work; nothing in it is changed. Waits until every live pane on a screen is drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from png import write_png
from textual.strip import Strip

from gastown_tui.core.layout import TownLayout
from gastown_tui.tui.app import Console
from gastown_tui.tui.person import Person
from gastown_tui.tui.place import Place
from gastown_tui.tui.real_town import town_at
from gastown_tui.tui.widgets.pane import PaneView
from gastown_tui.tui.widgets.rows import Rows

HERE = Path(__file__).resolve().parent
PICTURES: tuple[tuple[str, str, tuple[str, ...], tuple[int, int], str], ...] = (
    ("town", "town", (), (120, 40), "gas-town"),
    ("town-small", "town", (), (80, 24), "gas-town"),
    ("town-large", "town", (), (200, 60), "gas-town"),
    ("town-light", "town", (), (120, 40), "gas-town-light"),
    ("town-mad-max", "town", (), (120, 40), "gas-town-mad-max"),
    ("town-contrast", "town", (), (120, 40), "gas-town-contrast"),
    ("focus", "town", ("enter",), (120, 40), "gas-town"),
    ("inbox", "inbox", (), (120, 40), "gas-town"),
    ("review", "merge", ("d",), (120, 40), "gas-town"),
    ("convoys", "convoys", (), (120, 40), "gas-town"),
    ("beads", "beads", (), (120, 40), "gas-town"),
    ("merge", "merge", (), (120, 40), "gas-town"),
    ("feed", "feed", (), (120, 40), "gas-town"),
    ("mayor", "mayor", (), (120, 40), "gas-town"),
    ("settings", "settings", (), (120, 40), "gas-town"),
    ("palette", "town", ("colon",), (120, 40), "gas-town"),
)
"""(file, screen, keys, size, theme)"""
PATIENCE = 10.0
"""Seconds that a screen may take until all of it is drawn."""


def is_drawn(console: Console) -> bool:
    """Whether the first picture of the town, every pane on the screen and what is read in a thread of its own are there."""
    screen = console.screen
    words = [row.plain() for rows in screen.query(Rows) for row in rows.rows]
    if not console.snapshot.root or any(unread in line for line in words for unread in ("reading …", "looking …")):
        return False
    return all(view.screen_of_pane for view in screen.query(PaneView) if view.pane_id and view.is_on_screen)


def shown(console: Console) -> list[Strip]:
    """What is on the screen now, row by row."""
    return [strip.crop(0, console.size.width) for strip in console.screen._compositor.render_strips()]


async def take(root: Path, out: Path, name: str, mode: str, keys: tuple[str, ...], size: tuple[int, int], theme: str) -> None:
    """One picture of one screen."""
    console = Console(town_at(root), Place(mode=mode), Person(theme))
    async with console.run_test(size=size) as pilot:
        for part in ((), keys):
            await pilot.press(*part)
            end = time.monotonic() + PATIENCE
            while not is_drawn(console) and time.monotonic() < end:
                await pilot.pause(0.05)
            await pilot.pause(0.2)
        # Gate logs and settings say where a town lies; a picture need not.
        drawn = console.export_screenshot(title=f"Gas Town · {root.name}")
        for spelled in (str(root), str(root).replace("/", "&#x2F;")):
            drawn = drawn.replace(spelled, "~/gt")
        (out / f"{name}.svg").write_text(drawn, encoding="utf-8")
        if not write_png(shown(console), out / f"{name}.png"):
            sys.stderr.write("no PNG: this machine has no DejaVu Sans Mono\n")


def main() -> int:
    """Writes the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--town", required=True, type=Path, help="the town's directory")
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(name for name, *_ in PICTURES)}; all when none is given"
    )
    words = parser.parse_args()
    root = words.town.expanduser().resolve()
    if not TownLayout(root).ledger.exists():
        sys.stderr.write(f"no town at {root}\n")
        return 3
    words.out.mkdir(parents=True, exist_ok=True)
    for name, *rest in PICTURES:
        if name in words.names or not words.names:
            asyncio.run(take(root, words.out, name, *rest))
            sys.stderr.write(f"{words.out / name}.svg\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
