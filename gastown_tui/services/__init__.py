"""Use cases: the only door for front ends. A service never knows who called it."""
