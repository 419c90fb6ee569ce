"""Rows written past the compositor: only where nothing lies over them."""

from __future__ import annotations

from typing import cast

import pytest
from textual.geometry import Region
from textual.widget import Widget

from gastown_tui.tui.widgets.immediate import _is_free

TILE, OVER, UNDER = (cast("Widget", name) for name in ("tile", "over", "under"))
SCREEN = Region(0, 0, 100, 30)


@pytest.mark.parametrize(
    ("places", "is_free"),
    [
        ({TILE: (Region(10, 5, 40, 10), SCREEN), UNDER: (SCREEN, SCREEN)}, True),
        ({OVER: (Region(60, 20, 30, 3), SCREEN), TILE: (Region(10, 5, 40, 10), SCREEN)}, True),
        ({OVER: (Region(40, 14, 30, 3), SCREEN), TILE: (Region(10, 5, 40, 10), SCREEN)}, False),
        # What is clipped away lies over nothing.
        ({OVER: (Region(40, 14, 30, 3), Region(60, 0, 40, 30)), TILE: (Region(10, 5, 40, 10), SCREEN)}, True),
        ({TILE: (Region(10, 25, 40, 10), SCREEN)}, False),
    ],
)
def test_a_tile_is_written_only_when_all_of_it_is_in_sight(places: dict[Widget, tuple[Region, Region]], is_free: bool) -> None:
    assert _is_free(TILE, places) is is_free
