import unittest

from minesweeper.levels import LEVELS, find


class LevelsTest(unittest.TestCase):
    def test_a_level_is_found_by_its_beginning(self):
        self.assertEqual(find("beg"), LEVELS["beginner"])
        self.assertEqual(find("Expert"), LEVELS["expert"])

    def test_unknown_levels_are_refused(self):
        for name in ("", "hard"):
            with self.subTest(name), self.assertRaises(ValueError):
                find(name)

    def test_every_level_has_room_for_its_mines(self):
        for level in LEVELS.values():
            self.assertLess(level.mines, level.width * level.height)
