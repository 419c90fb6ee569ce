"""The game in the terminal."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable
from typing import TextIO

from minesweeper.board import Board
from minesweeper.game import Game
from minesweeper.levels import Level, find
from minesweeper.moves import parse
from minesweeper.render import draw


def play(level: Level, lines: Iterable[str], out: TextIO, rng: random.Random) -> int:
    """Plays one game with moves from `lines`; returns 0 when it was won, else 1."""
    game: Game | None = None
    empty = Board(level.width, level.height)
    print(draw(empty, set()), file=out)
    for line in lines:
        try:
            move = parse(line)
        except ValueError as error:
            print(error, file=out)
            continue
        if move.kind == "quit":
            return 1
        if move.cell not in empty.cells():
            print("that is not on the board", file=out)
            continue
        if game is None:
            # The mines are laid at the first move, so that it never hits one.
            game = Game(Board.laid(level.width, level.height, level.mines, safe=move.cell, rng=rng))
        if move.kind == "flag":
            game.board.toggle_flag(move.cell)
        else:
            game.reveal(move.cell)
        print(draw(game.board, game.opened, show_mines=game.is_lost), file=out)
        if game.is_won or game.is_lost:
            print("You won!" if game.is_won else "Boom. That was a mine.", file=out)
            return 0 if game.is_won else 1
        print(f"{game.board.mines_left} mines left", file=out)
    return 1


def main(arguments: list[str]) -> int:
    """Plays at the level that the arguments name, beginner when they name none."""
    try:
        level = find(arguments[0] if arguments else "beginner")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print("r COLUMN ROW reveals, f COLUMN ROW flags, q quits.")
    return play(level, sys.stdin, sys.stdout, random.Random())
