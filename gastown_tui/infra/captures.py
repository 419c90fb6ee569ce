"""Captures of panes: what is asked of tmux, and what its answer means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

FACTS = "#{cursor_x} #{cursor_y} #{cursor_flag} #{pane_width} #{pane_height} #{pane_in_mode} #{pane_dead} #{history_size}"
"""What tmux tells of a pane beside its rows."""


@dataclass(frozen=True, slots=True)
class Capture:
    """What a pane shows at one instant."""

    rows: list[bytes]
    """From `top` to `bottom`, UTF-8 with colour sequences, whose state carries over line ends. Foreign."""
    cursor: tuple[int, int] | None
    """(column, row) in the pane, None when it is hidden."""
    size: tuple[int, int]
    """(columns, rows)"""
    in_mode: bool
    """A person scrolls in it: typed text would be lost."""
    is_dead: bool
    history: int
    """Lines above the first row."""


class WantedLike(Protocol):
    """A capture that a view asks for."""

    @property
    def pane(self) -> str: ...

    @property
    def top(self) -> int:
        """The first row; the last one is the pane's."""
        ...

    @property
    def is_front(self) -> bool:
        """Cursor, mode and history are wanted too."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """What a view needs of a pane: a capture without the facts that it did not ask for."""

    rows: list[bytes]
    """As in `Capture`."""
    cursor: tuple[int, int] | None = None
    in_mode: bool = False
    history: int = 0


def captured(told: list[bytes], rows: list[bytes]) -> Capture | None:
    """From what tmux told of a pane by `FACTS`; None when it told nothing, because there is no such pane."""
    numbers = [int(part or 0) for part in b" ".join(told).split(b" ")]
    if len(numbers) != 8:
        return None
    column, row, flag, width, height, mode, dead, history = numbers
    return Capture(rows, (column, row) if flag else None, (width, height), mode != 0, dead == 1, history)


def pictured(
    pane: str, is_front: bool, done: Callable[[str, Picture | None], None], blocks: list[list[bytes]], complaint: str
) -> None:
    """Hands an answer to whoever asked: the rows last, the facts before them."""
    if complaint:
        done(pane, None)
    elif not is_front:
        done(pane, Picture(blocks[-1]))
    else:
        found = captured(blocks[-2], blocks[-1])
        done(pane, Picture(found.rows, found.cursor, found.in_mode, found.history) if found is not None else None)
