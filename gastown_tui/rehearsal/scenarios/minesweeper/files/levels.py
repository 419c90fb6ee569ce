"""How hard a game is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """Size of the board and number of mines."""

    width: int
    height: int
    mines: int


LEVELS = {"beginner": Level(9, 9, 10), "intermediate": Level(16, 16, 40), "expert": Level(30, 16, 99)}


def find(name: str) -> Level:
    """A level by its name or the beginning of it.

    Raises:
        ValueError: no level, or more than one, begins so.
    """
    found = [level for known, level in LEVELS.items() if name and known.startswith(name.lower())]
    if len(found) != 1:
        raise ValueError(f"levels are {', '.join(LEVELS)}")
    return found[0]
