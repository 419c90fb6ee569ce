"""A small Minesweeper for the terminal."""
