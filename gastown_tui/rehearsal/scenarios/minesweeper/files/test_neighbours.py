import unittest

from minesweeper.board import Board


class NeighboursTest(unittest.TestCase):
    def test_corner_edge_and_middle(self):
        board = Board(3, 3)
        self.assertEqual(board.neighbours((0, 0)), [(1, 0), (0, 1), (1, 1)])
        self.assertEqual(len(board.neighbours((1, 0))), 5)
        self.assertEqual(len(board.neighbours((1, 1))), 8)

    def test_mines_around_are_counted_without_the_cell_itself(self):
        board = Board(3, 3, frozenset({(0, 0), (1, 1), (2, 2)}))
        self.assertEqual(board.count((1, 1)), 2)
        self.assertEqual(board.count((2, 0)), 1)
