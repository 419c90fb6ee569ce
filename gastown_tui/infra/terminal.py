"""What a person's terminal can show, as far as its environment tells."""

from __future__ import annotations

from collections.abc import Mapping

_TRUE_COLOUR = ("alacritty", "contour", "foot", "ghostty", "kitty", "rio", "wezterm")
"""Terminals with a TERM of their own that all have 24-bit colours; ssh hands on TERM, and COLORTERM mostly not."""


def speaks_utf8(environment: Mapping[str, str]) -> bool:
    """Whether it can be sent more than ASCII, by its locale. One that is not set at all says nothing against it."""
    named = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name, ""))), "")
    return not named or "utf8" in named.lower().replace("-", "")


def has_true_colour(environment: Mapping[str, str]) -> bool:
    """Whether it shows 24-bit colours."""
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return True
    words = environment.get("TERM", "").lower().split("-")
    return "direct" in words or any(word in _TRUE_COLOUR for word in words)
