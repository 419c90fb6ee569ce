"""The board as text."""

from __future__ import annotations

from collections.abc import Collection

from minesweeper import symbols
from minesweeper.board import Board, Cell


def cell_text(board: Board, cell: Cell, opened: Collection[Cell], show_mines: bool = False) -> str:
    """One character for one cell."""
    if cell not in opened and not (show_mines and board.is_mine(cell)):
        return symbols.FLAG if cell in board.flags else symbols.HIDDEN
    if board.is_mine(cell):
        return symbols.MINE
    return str(board.count(cell) or symbols.EMPTY)


def draw(board: Board, opened: Collection[Cell], show_mines: bool = False) -> str:
    """The whole board with numbers for columns and rows, counted from 1."""
    head = "   " + " ".join(f"{column:>2}" for column in range(1, board.width + 1))
    rows = [
        f"{row + 1:>2} " + " ".join(f" {cell_text(board, (column, row), opened, show_mines)}" for column in range(board.width))
        for row in range(board.height)
    ]
    return "\n".join([head, *rows])
