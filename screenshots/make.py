"""Pictures of the running console: `python screenshots/make.py --town DIR` writes an SVG for each screen beside this file.

The town must exist and should be at work; nothing in it is changed. Waits until every live pane on a screen is drawn.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from gastown_tui.core.layout import TownLayout
from gastown_tui.tui.app import Console
from gastown_tui.tui.place import Place
from gastown_tui.tui.real_town import town_at
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.widgets.pane import PaneView

HERE = Path(__file__).resolve().parent
PICTURES: tuple[tuple[str, str, tuple[str, ...], tuple[int, int], str], ...] = (
    ("town", "town", (), (120, 40), "gas-town"),
    ("town-small", "town", (), (80, 24), "gas-town"),
    ("town-large", "town", (), (200, 60), "gas-town"),
    ("town-light", "town", (), (120, 40), "gas-town-light"),
    ("focus", "town", ("enter",), (120, 40), "gas-town"),
    ("inbox", "inbox", (), (120, 40), "gas-town"),
    ("convoys", "convoys", (), (120, 40), "gas-town"),
    ("beads", "beads", (), (120, 40), "gas-town"),
    ("merge", "merge", (), (120, 40), "gas-town"),
    ("feed", "feed", (), (120, 40), "gas-town"),
    ("mayor", "mayor", (), (120, 40), "gas-town"),
)
"""(file, screen, keys, size, theme)"""
ON_REQUEST = ("merge",)
"""Gate logs show where the town lies."""
PATIENCE = 10.0
"""Seconds that a screen may take until all of it is drawn."""


def is_drawn(console: Console) -> bool:
    """Whether the first picture of the town and every pane on the screen are there."""
    screen = console.screen
    if not isinstance(screen, ConsoleScreen) or not console.snapshot.root:
        return False
    return all(view.screen_of_pane for view in screen.query(PaneView) if view.pane_id and view.is_on_screen)


async def take(root: Path, out: Path, name: str, mode: str, keys: tuple[str, ...], size: tuple[int, int], theme: str) -> None:
    """One picture of one screen."""
    console = Console(town_at(root), Place(mode=mode, theme=theme))
    async with console.run_test(size=size) as pilot:
        for part in ((), keys):
            await pilot.press(*part)
            end = time.monotonic() + PATIENCE
            while not is_drawn(console) and time.monotonic() < end:
                await pilot.pause(0.05)
            await pilot.pause(0.2)
        (out / f"{name}.svg").write_text(console.export_screenshot(title=f"Gas Town · {root.name}"), encoding="utf-8")


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
        if name in words.names or (not words.names and name not in ON_REQUEST):
            asyncio.run(take(root, words.out, name, *rest))
            sys.stderr.write(f"{words.out / name}.svg\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
