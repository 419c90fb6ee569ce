"""ASCII mode: the last step before the terminal, so that it holds for every widget, border and agent's screen."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_PAIRS = """
▲! ×x ◔~ ◷% ●* ■# ○o ✓v ⊘/ ⚙& ◍@ …> ·- •* →> ←< ↑^ ↓v ⇒> ›> »> ‹< «< ❯> ❮< ▾- ▸+ ▼v ▶> ◀< △^ ▽v ⏎< ␣_ ⇧^ ↵< “" ”" „" ‘' ’' ‚,
–- —- −- ✗x ✘x ✔v ☐[ ☑v ☒x ◌o ◐o ◯o ◆+ ◇+ ★* ☆* ✻* ✽* ✶* ✢* ∗* ⎿` ⏺* ∙.
▁. ▂: ▃- ▅+ ▆* ▇%
"""
"""Each sign of the console, and what agents like to draw, with one ASCII character. Signs that stand for a state stay apart."""
_SIGNS = {pair[0]: pair[1] for pair in _PAIRS.split()}
_FULL = "#"


def _drawn(char: str) -> str:
    """Lines, corners and blocks by their names."""
    name = unicodedata.name(char, "")
    if "BOX DRAWINGS" in name:
        if "DIAGONAL" in name:
            return "/"
        is_flat = "HORIZONTAL" in name and "VERTICAL" not in name
        is_tall = "VERTICAL" in name and "HORIZONTAL" not in name
        return ("=" if "HEAVY" in name else "-") if is_flat else "|" if is_tall else "+"
    if "LEFT" in name and "BLOCK" in name:
        return "|"
    if "SHADE" in name or "BLOCK" in name:
        return _FULL
    return ""


@lru_cache(8192)
def ascii_of(text: str) -> str:
    """The text in ASCII, in exactly as many cells."""
    return text if text.isascii() else "".join(_sign(char) for char in text)


@lru_cache(2048)
def _sign(char: str) -> str:
    if char.isascii():
        return char
    width = cell_len(char)
    found = _SIGNS.get(char) or _drawn(char)
    if not found:
        base = unicodedata.normalize("NFKD", char)[:1]
        found = base if base.isascii() and base.isprintable() else "?"
    return found.ljust(width, "?" if found == "?" else " ")[:width]


class AsciiFilter(LineFilter):
    """Turns every segment into ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, in ASCII."""
        return [
            segment if segment.text.isascii() or segment.control else Segment(ascii_of(segment.text), segment.style)
            for segment in segments
        ]
