"""Jump labels: short names for everything that can be selected on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, product

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""The home row first."""


def labels(count: int) -> list[str]:
    """So many different labels: one letter each while that is enough, else two. None is the beginning of another."""
    if count <= len(LETTERS):
        return list(LETTERS[:count])
    return ["".join(pair) for pair in islice(product(LETTERS, repeat=2), count)]


def labelled(keys: Sequence[str]) -> dict[str, str]:
    """Label → key, as many as there are labels for."""
    return dict(zip(labels(len(keys)), keys, strict=False))
