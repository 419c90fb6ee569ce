"""The parts of `bench_wall.py`: a town of busy panes, the terminal that watches them, and what was measured."""
