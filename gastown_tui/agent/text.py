"""Foreign text made safe and readable for a terminal. Pure.

Nothing that a model, a tool or a message says may move the cursor, set a title or ask the terminal anything.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|.)", re.DOTALL)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line end, and those that turn the direction of text around."""

Styled = list[tuple[str, str]]
"""(style class, text) pieces of one line, as prompt_toolkit takes them."""


def clean(text: str) -> str:
    """Without escape sequences and control characters; tabs become spaces, line ends stay."""
    plain = _SEQUENCES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("�", plain.expandtabs(4))


def one_line(text: str, width: int = 200) -> str:
    """Clean, on one line, cut to `width` characters."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def excerpt(text: str, lines: int = 6) -> list[str]:
    """The first lines of a tool's result, and how many were left out."""
    every = clean(text).splitlines()
    shown = [line[:400] for line in every[:lines]]
    left = len(every) - len(shown)
    return [*shown, f"… {left} more line{'s' if left > 1 else ''}"] if left > 0 else shown


def fitted(line: str, width: int) -> str:
    """At most `width` cells of a clean line, the last one an ellipsis when something was lost."""
    return line if cell_len(line) <= width else f"{set_cell_size(line, width - 1)}…"


_INLINE = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")


class MarkdownLines:
    """Gives lines of a model's Markdown a little style, one at a time. Keeps whether it is inside a code fence."""

    def __init__(self) -> None:
        self._in_fence = False

    def style(self, line: str) -> Styled:
        """Pieces of one clean line."""
        stripped = line.lstrip()
        if stripped.startswith("```"):
            self._in_fence = not self._in_fence
            return [("class:dim", line)]
        if self._in_fence:
            return [("class:code", line)]
        if stripped.startswith("#"):
            return [("class:heading", line)]
        if stripped.startswith(("- ", "* ")):
            indent = line[: len(line) - len(stripped)]
            return [("", f"{indent}• "), *_inline(stripped[2:])]
        return _inline(line)


def _inline(text: str) -> Styled:
    pieces: Styled = []
    for part in _INLINE.split(text):
        if part.startswith("`") and len(part) > 2:
            pieces.append(("class:code", part[1:-1]))
        elif part.startswith("**") and len(part) > 4:
            pieces.append(("class:strong", part[2:-2]))
        elif part:
            pieces.append(("", part))
    return pieces
