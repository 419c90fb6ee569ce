import io
import random
import unittest

from minesweeper.cli import main, play
from minesweeper.levels import Level


class PlayTest(unittest.TestCase):
    def play(self, level, *lines):
        out = io.StringIO()
        return play(level, lines, out, random.Random(3)), out.getvalue()

    def test_a_game_goes_on_until_it_ends(self):
        status, shown = self.play(Level(3, 3, 1), *(f"r {x} {y}" for y in (1, 2, 3) for x in (1, 2, 3)))
        self.assertIn("You won!" if status == 0 else "Boom", shown)

    def test_a_board_without_mines_is_won_at_the_first_move(self):
        status, shown = self.play(Level(4, 4, 0), "r 1 1")
        self.assertEqual(status, 0)
        self.assertIn("You won!", shown)

    def test_a_full_board_is_lost_at_the_second(self):
        status, shown = self.play(Level(3, 3, 8), "f 2 2", "f 2 2", "r 1 1")
        self.assertEqual(status, 1)
        self.assertIn("Boom", shown)

    def test_wrong_words_are_explained_and_the_game_goes_on(self):
        status, shown = self.play(Level(3, 3, 1), "help", "r 9 9", "q")
        self.assertEqual(status, 1)
        self.assertIn("type r COLUMN ROW", shown)
        self.assertIn("not on the board", shown)

    def test_an_unknown_level_is_refused(self):
        self.assertEqual(main(["impossible"]), 2)
