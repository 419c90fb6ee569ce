"""The board: how large it is and where its mines are."""

from __future__ import annotations

from dataclasses import dataclass

Cell = tuple[int, int]


@dataclass
class Board:
    """A field of cells; (0, 0) is the upper left one."""

    width: int
    height: int
    mines: frozenset[Cell] = frozenset()

    def cells(self) -> list[Cell]:
        """All cells, row by row."""
        return [(x, y) for y in range(self.height) for x in range(self.width)]

    def is_mine(self, cell: Cell) -> bool:
        """Whether there is a mine in this cell."""
        return cell in self.mines
