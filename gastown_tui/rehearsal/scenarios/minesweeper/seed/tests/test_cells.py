import unittest

from minesweeper.board import Board


class CellsTest(unittest.TestCase):
    def test_cells_come_row_by_row(self):
        self.assertEqual(Board(2, 2).cells(), [(0, 0), (1, 0), (0, 1), (1, 1)])

    def test_a_mine_is_known(self):
        board = Board(2, 2, frozenset({(1, 0)}))
        self.assertTrue(board.is_mine((1, 0)))
        self.assertFalse(board.is_mine((0, 0)))


if __name__ == "__main__":
    unittest.main()
