import unittest

from minesweeper.board import Board
from minesweeper.game import Game


class OutcomeTest(unittest.TestCase):
    def setUp(self):
        self.game = Game(Board(2, 2, frozenset({(0, 0)})))

    def test_a_game_runs_until_it_ends(self):
        self.assertFalse(self.game.is_lost or self.game.is_won)

    def test_stepping_on_a_mine_loses(self):
        self.game.reveal((0, 0))
        self.assertTrue(self.game.is_lost)
        self.assertFalse(self.game.is_won)

    def test_opening_everything_else_wins(self):
        for cell in [(1, 0), (0, 1), (1, 1)]:
            self.assertFalse(self.game.is_won)
            self.game.reveal(cell)
        self.assertTrue(self.game.is_won)

    def test_nothing_opens_after_the_end(self):
        self.game.reveal((0, 0))
        self.game.reveal((1, 1))
        self.assertEqual(self.game.opened, {(0, 0)})
