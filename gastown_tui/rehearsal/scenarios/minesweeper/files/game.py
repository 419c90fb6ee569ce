"""One game: which cells are open, and what opening one does."""

from __future__ import annotations

from dataclasses import dataclass, field

from minesweeper.board import Board, Cell


@dataclass
class Game:
    """A board and the cells that the player has opened."""

    board: Board
    opened: set[Cell] = field(default_factory=set)

    def reveal(self, cell: Cell) -> None:
        """Opens a cell; from one without mines around it, the whole empty area with its rim."""
        waiting = [cell]
        while waiting:
            current = waiting.pop()
            if current in self.opened or current in self.board.flags:
                continue
            self.opened.add(current)
            if not self.board.is_mine(current) and self.board.count(current) == 0:
                waiting.extend(self.board.neighbours(current))
