import random
import unittest

from minesweeper.board import Board


class LayingTest(unittest.TestCase):
    def test_as_many_mines_as_asked_for_and_never_under_the_first_step(self):
        for seed in range(20):
            board = Board.laid(5, 4, 19, safe=(2, 2), rng=random.Random(seed))
            self.assertEqual(len(board.mines), 19)
            self.assertFalse(board.is_mine((2, 2)))

    def test_the_same_seed_gives_the_same_board(self):
        one, two = (Board.laid(9, 9, 10, safe=(0, 0), rng=random.Random(7)) for _ in range(2))
        self.assertEqual(one.mines, two.mines)

    def test_more_mines_than_room_is_refused(self):
        with self.assertRaises(ValueError):
            Board.laid(2, 2, 4, safe=(0, 0), rng=random.Random(1))
