import unittest

from minesweeper.board import Board
from minesweeper.render import draw


class RenderTest(unittest.TestCase):
    def setUp(self):
        self.board = Board(3, 2, frozenset({(0, 0)}))

    def test_hidden_open_and_flagged_cells(self):
        self.board.toggle_flag((0, 0))
        lines = draw(self.board, {(1, 0), (2, 0)}).splitlines()
        self.assertEqual(lines[0].split(), ["1", "2", "3"])
        self.assertEqual(lines[1], " 1  F  1   ")
        self.assertEqual(lines[2], " 2  .  .  .")

    def test_mines_are_shown_at_the_end(self):
        self.assertIn("*", draw(self.board, set(), show_mines=True))
        self.assertNotIn("*", draw(self.board, set()))
