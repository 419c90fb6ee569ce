import unittest

from minesweeper import symbols


class SymbolsTest(unittest.TestCase):
    def test_each_symbol_is_one_character_and_its_own(self):
        shown = [symbols.HIDDEN, symbols.EMPTY, symbols.FLAG, symbols.MINE]
        self.assertTrue(all(len(symbol) == 1 for symbol in shown))
        self.assertEqual(len(set(shown)), 4)
