"""The line over the wall: a filter while it is written, with what is wrong with it; else what makes this wall unusual."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from gastown_tui.core.errors import UsageError
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Spans
from gastown_tui.tui.viewmodels.common import keys
from gastown_tui.tui.viewmodels.filters import FIELDS, parse
from gastown_tui.tui.widgets.rows import Bar

_HINT: Spans = ((" ".join(f"{name}:" for name in FIELDS), "soft"), ("  words  !not", "soft"))


class FilterInput(Input):
    """One line; Esc gives up."""

    class Left(Message):
        """The person went back."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(self.Left())
        else:
            await super()._on_key(event)


class FilterLine(Horizontal):
    """One row: `begin` opens it for writing, `show` fills it while nobody writes."""

    DEFAULT_CSS = """
    FilterLine { height: 1; display: none; background: $raised; }
    FilterLine.-shown { display: block; }
    FilterLine #filter-prompt, FilterLine FilterInput, FilterLine #filter-said { display: none; }
    FilterLine.-writing #filter-prompt, FilterLine.-writing FilterInput, FilterLine.-writing #filter-said { display: block; }
    FilterLine.-writing #filter-bar { display: none; }
    FilterLine #filter-prompt { width: 3; }
    FilterLine FilterInput { width: 2fr; height: 1; background: $raised; border: none; padding: 0; color: $ink; }
    FilterLine FilterInput:focus { border: none; }
    FilterLine #filter-said { width: 3fr; }
    """

    @dataclass
    class Changed(Message):
        """Another filter that can be read."""

        words: str

    class Ended(Message):
        """Nobody writes any more."""

    def __init__(self) -> None:
        super().__init__(id="filter")
        self._before = ""

    def compose(self) -> ComposeResult:
        yield Bar(ground="raised", pad=0, id="filter-prompt")
        yield FilterInput("", compact=True, select_on_focus=False)
        yield Bar(ground="raised", id="filter-said")
        yield Bar(ground="raised", id="filter-bar")

    def on_mount(self) -> None:
        self.query_one("#filter-prompt", Bar).show(Row(((" / ", "b focus"),)))

    @property
    def is_writing(self) -> bool:
        """Whether a person writes a filter."""
        return self.has_class("-writing")

    def begin(self, words: str) -> None:
        """Opens the line on the present filter."""
        self._before = words
        self.add_class("-shown", "-writing")
        line = self.query_one(FilterInput)
        line.value = words
        line.cursor_position = len(words)
        line.focus()
        self._say(words)

    def show(self, row: Row | None, count: str) -> None:
        """What makes this wall unusual; None takes the line away.

        Args:
            count: `7 of 23`, shown while a filter is written.
        """
        self._count = count
        self.set_class(row is not None or self.is_writing, "-shown")
        if self.is_writing:
            self._say(self.query_one(FilterInput).value)
        elif row is not None:
            self.query_one("#filter-bar", Bar).show(row)

    _count = ""

    def _say(self, words: str) -> bool:
        said = self.query_one("#filter-said", Bar)
        try:
            is_empty = not parse(words)
        except UsageError as error:
            said.show(Row(((error.message, "b broken"), (f"  {error.hint}" if error.hint else "", "soft"))))
            return False
        count = ((self._count, "ink"),)
        said.show(Row(_HINT if is_empty else count, () if is_empty else keys(("⏎", "keep"), ("esc", "back"))))
        return True

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_writing and self._say(event.value):
            self.post_message(self.Changed(event.value.strip()))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._say(event.value):
            self._end(event.value.strip())

    @on(FilterInput.Left)
    def _left(self, event: FilterInput.Left) -> None:
        event.stop()
        self._end(self._before)

    def _end(self, words: str) -> None:
        self.remove_class("-writing")
        self.post_message(self.Changed(words))
        self.post_message(self.Ended())
