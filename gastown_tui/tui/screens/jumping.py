"""Jump labels: one key shows a short name on everything that can be selected, typing it selects that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from textual import events
from textual.widget import Widget

from gastown_tui.tui.viewmodels.jump import labelled
from gastown_tui.tui.widgets.immediate import BehindScreen
from gastown_tui.tui.widgets.rows import RowList


class Jumpable(Protocol):
    """A widget whose parts can be jumped to."""

    def jump_keys(self) -> list[str]:
        """The parts in sight."""
        ...

    def show_labels(self, labels: dict[str, str]) -> None:
        """Shows a label (by part); {} takes them away."""
        ...

    def jump_to(self, key: str) -> None:
        """Selects a part."""
        ...


class JumpingScreen(BehindScreen):
    """While labels are shown every key is theirs; Esc or a key that begins no label takes them away."""

    def __init__(self) -> None:
        super().__init__()
        self._jumps: dict[str, tuple[Jumpable, str]] = {}
        self._typed = ""

    @property
    def is_jumping(self) -> bool:
        """Whether labels are shown."""
        return bool(self._jumps)

    def jumpables(self) -> Sequence[Jumpable]:
        """The widgets that get labels, the most important first."""
        lists = [rows for rows in self.query(RowList) if rows.is_on_screen and rows.can_focus]
        return [rows for rows in lists if rows is self.focused] or lists

    def action_jump(self) -> None:
        """Shows a label on everything that can be selected."""
        targets = [(widget, key) for widget in self.jumpables() for key in widget.jump_keys()]
        names = labelled([str(index) for index in range(len(targets))])
        self._jumps = {label: targets[int(index)] for label, index in names.items()}
        self._typed = ""
        self._show_labels()

    def _show_labels(self) -> None:
        for widget in {id(widget): widget for widget, _ in self._jumps.values()}.values():
            widget.show_labels(
                {key: label for label, (own, key) in self._jumps.items() if own is widget and label.startswith(self._typed)}
            )

    def end_jump(self) -> None:
        """Takes the labels away."""
        widgets = [widget for widget, _ in self._jumps.values()]
        self._jumps = {}
        for widget in widgets:
            if not isinstance(widget, Widget) or widget.is_attached:
                widget.show_labels({})

    async def take_key(self, event: events.Key) -> bool:
        """The app hands every key here first; True when it was one of a label."""
        if not self._jumps:
            return False
        self._typed += event.character or ""
        if event.key == "escape" or not event.character or not any(label.startswith(self._typed) for label in self._jumps):
            self.end_jump()
            return True
        if self._typed in self._jumps:
            widget, key = self._jumps[self._typed]
            self.end_jump()
            widget.jump_to(key)
        else:
            self._show_labels()
        return True
