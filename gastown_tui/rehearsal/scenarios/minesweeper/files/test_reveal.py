import unittest

from minesweeper.board import Board
from minesweeper.game import Game


class RevealTest(unittest.TestCase):
    def test_a_cell_beside_a_mine_opens_alone(self):
        game = Game(Board(3, 3, frozenset({(0, 0)})))
        game.reveal((1, 1))
        self.assertEqual(game.opened, {(1, 1)})

    def test_an_empty_area_opens_with_its_rim(self):
        game = Game(Board(4, 1, frozenset({(0, 0)})))
        game.reveal((3, 0))
        self.assertEqual(game.opened, {(1, 0), (2, 0), (3, 0)})

    def test_a_large_board_opens_at_once(self):
        game = Game(Board(60, 60))
        game.reveal((0, 0))
        self.assertEqual(len(game.opened), 3600)

    def test_a_flag_protects_its_cell(self):
        game = Game(Board(3, 1, frozenset({(2, 0)})))
        game.board.toggle_flag((0, 0))
        game.reveal((0, 0))
        self.assertEqual(game.opened, set())
