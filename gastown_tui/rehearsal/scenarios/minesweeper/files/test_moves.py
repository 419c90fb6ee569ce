import unittest

from minesweeper.moves import Move, parse


class MovesTest(unittest.TestCase):
    def test_players_count_from_one(self):
        self.assertEqual(parse("r 1 1"), Move("reveal", (0, 0)))
        self.assertEqual(parse("F 3 4"), Move("flag", (2, 3)))

    def test_quit(self):
        self.assertEqual(parse(" q "), Move("quit"))

    def test_nonsense_is_explained(self):
        for text in ("", "x 1 1", "r", "r 1", "r one two", "r -1 2", "r 0 1"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse(text)
