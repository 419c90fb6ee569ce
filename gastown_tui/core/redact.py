"""Secrets taken out of text that is kept or shown: keys of well-known shape, and the values of named ones.

What is taken out is replaced by as many `*`, so that a screen keeps its layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_SHAPES = re.compile(
    r"sk-[A-Za-z0-9_-]{16,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z_-]{20,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
)
_NAMED = re.compile(
    r"(?i)((?:[A-Z0-9_-]*(?:api[_-]?key|access[_-]?key|secret|token|passw(?:or)?d)[A-Z0-9_-]*)[\"']?\s*[=:]\s*[\"']?|bearer\s+)"
    r"([^\s\"'\x1b]{6,})"
)
_LOGIN = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]+:)([^\s/@]+)(?=@)")
_SECRET_NAME = re.compile(r"(?i)key|token|secret|passw")
_LEAST = 8
"""Characters of an environment's value below which it is more likely a word than a secret."""


def secret_values(environment: Mapping[str, str]) -> list[str]:
    """The values of an environment that are secrets by their names."""
    return [value for name, value in environment.items() if _SECRET_NAME.search(name) and len(value) >= _LEAST and " " not in value]


def redact(text: str, values: Iterable[str] = ()) -> str:
    """The text without secrets.

    Args:
        values: secrets that are known, such as `secret_values` of an environment.
    """
    for value in sorted(set(values), key=len, reverse=True):
        text = text.replace(value, "*" * len(value))
    text = _SHAPES.sub(lambda found: "*" * len(found.group()), text)
    for pattern in (_NAMED, _LOGIN):
        text = pattern.sub(lambda found: found.group(1) + "*" * len(found.group(2)), text)
    return text
