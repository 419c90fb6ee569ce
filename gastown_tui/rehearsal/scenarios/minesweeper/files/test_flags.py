import unittest

from minesweeper.board import Board


class FlagsTest(unittest.TestCase):
    def test_a_flag_is_put_and_taken(self):
        board = Board(3, 3)
        board.toggle_flag((1, 1))
        self.assertEqual(board.flags, {(1, 1)})
        board.toggle_flag((1, 1))
        self.assertEqual(board.flags, set())

    def test_mines_left_is_what_flags_say_not_what_is_true(self):
        board = Board(3, 3, frozenset({(0, 0), (2, 2)}))
        board.toggle_flag((1, 1))
        self.assertEqual(board.mines_left, 1)

    def test_boards_do_not_share_flags(self):
        Board(3, 3).toggle_flag((0, 0))
        self.assertEqual(Board(3, 3).flags, set())
