"""`python3 -m minesweeper [LEVEL]`."""

import sys

from minesweeper.cli import main

sys.exit(main(sys.argv[1:]))
