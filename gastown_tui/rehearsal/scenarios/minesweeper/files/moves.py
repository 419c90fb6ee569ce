"""What a player may type."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {"r": "reveal", "f": "flag", "q": "quit"}


@dataclass(frozen=True)
class Move:
    """One move; the cell of a quit is (0, 0) and means nothing."""

    kind: str
    cell: tuple[int, int] = (0, 0)


def parse(text: str) -> Move:
    """Reads `r 3 4` (reveal), `f 3 4` (flag) or `q` (quit). Players count from 1.

    Raises:
        ValueError: with words for the player.
    """
    words = text.lower().split()
    if not words or words[0] not in KINDS:
        raise ValueError("type r COLUMN ROW, f COLUMN ROW, or q")
    kind = KINDS[words[0]]
    if kind == "quit":
        return Move(kind)
    if len(words) != 3 or not all(word.isdigit() for word in words[1:]):
        raise ValueError(f"{words[0]} needs a column and a row, as in: {words[0]} 3 4")
    column, row = int(words[1]), int(words[2])
    return Move(kind, (column, row))
