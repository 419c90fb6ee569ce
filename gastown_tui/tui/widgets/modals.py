"""Small questions over a screen: a line of text, a choice, a yes. All foreign text is painted, never parsed."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import clean, clean_lines, wrap
from gastown_tui.tui.viewmodels.common import keys
from gastown_tui.tui.widgets.rows import RowList, Rows

_CSS = """
{name} {{ align: center middle; background: $ground 60%; }}
{name} > Vertical {{ width: 72; max-width: 95%; height: auto; max-height: 90%; background: $raised; padding: 1 1; }}
{name} Rows, {name} RowList {{ height: auto; }}
{name} Input {{ background: $pane; border: none; height: 1; padding: 0 1; margin: 1 1 0 1; color: $ink; }}
{name} Input:focus {{ border: none; }}
"""
_WIDTH = 68


def _fitted(rows: Rows, lines: Sequence[Row], most: int = 14) -> None:
    rows.show_rows(lines)
    rows.styles.height = min(max(len(lines), 1), most)


class LineModal(ModalScreen[str | None]):
    """One line of text. Gives the text, or None when the person went back.

    Args:
        may_be_empty: Enter on nothing gives "" instead of staying.
        wrong: why the same words were not taken a moment ago.
    """

    DEFAULT_CSS = _CSS.format(name="LineModal")

    def __init__(
        self, title: str, hint: str, *, text: str = "", verb: str = "send", may_be_empty: bool = False, wrong: str = ""
    ) -> None:
        super().__init__()
        self._wrong = wrong
        self._title, self._hint, self._text, self._verb, self._may_be_empty = title, hint, text, verb, may_be_empty

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Rows(ground="raised", id="modal-head")
            yield Input(self._text, compact=True, select_on_focus=False)
            yield Rows(ground="raised", id="modal-foot")

    def on_mount(self) -> None:
        head = [Row(((part, "b ink"),)) for part in wrap(clean(self._title), _WIDTH)]
        head += [Row(((part, "soft"),)) for part in wrap(clean(self._hint), _WIDTH)]
        head += [Row(((part, "broken"),)) for part in wrap(clean(self._wrong), _WIDTH)] if self._wrong else []
        _fitted(self.query_one("#modal-head", Rows), head)
        _fitted(self.query_one("#modal-foot", Rows), [Row(), Row(keys(("⏎", self._verb), ("esc", "back, nothing is sent")))])

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        if event.value.strip() or self._may_be_empty:
            self.dismiss(event.value.strip())

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)


class ChoiceModal(ModalScreen[tuple[str, str] | None]):
    """An agent's own answers, with digits, and a line for words where it takes some.

    Gives (key, text), or None.
    """

    DEFAULT_CSS = _CSS.format(name="ChoiceModal")

    def __init__(
        self, title: str, detail: str, options: Sequence[tuple[str, str]], *, takes_text: bool = False, verb: str = "answer"
    ) -> None:
        super().__init__()
        self._title, self._detail, self._options, self._takes_text = title, detail, list(options), takes_text
        self._verb = verb

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Rows(ground="raised", id="modal-head")
            yield RowList(ground="raised", id="modal-options")
            yield Rows(ground="raised", id="modal-foot")

    def on_mount(self) -> None:
        head = [Row(((part, "b ink"),)) for line in clean_lines(self._title) for part in wrap(line, _WIDTH)]
        head += (
            [Row(((part, "soft"),)) for line in clean_lines(self._detail)[:8] for part in wrap(line, _WIDTH)]
            if self._detail
            else []
        )
        _fitted(self.query_one("#modal-head", Rows), [*head, Row()])
        options = self.query_one("#modal-options", RowList)
        rows = [
            Row(((f"{number} " if number < 10 else "  ", "b soft"), (clean(label), "ink")), key=key)
            for number, (key, label) in enumerate(self._options, 1)
        ]
        _fitted(options, rows)
        _fitted(
            self.query_one("#modal-foot", Rows),
            [Row(), Row(keys((f"1–{min(len(rows), 9)}", self._verb), ("⏎", "this one"), ("esc", "back")))],
        )
        options.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.key == "enter":
            event.stop()
            self._give(self.query_one("#modal-options", RowList).selected)
        elif event.key.isdigit() and 0 < int(event.key) <= len(self._options):
            event.stop()
            self._give(self._options[int(event.key) - 1][0])

    def _give(self, key: str) -> None:
        if not key:
            return
        if not self._takes_text:
            self.dismiss((key, ""))
            return

        def finish(text: str | None) -> None:
            if text is not None:
                self.dismiss((key, text))

        label = dict(self._options)[key]
        self.app.push_screen(LineModal(label, "words for the agent, if any", verb="answer", may_be_empty=True), finish)


class ConfirmModal(ModalScreen[bool]):
    """A yes to something that cannot simply be taken back."""

    DEFAULT_CSS = _CSS.format(name="ConfirmModal")

    def __init__(self, title: str, detail: str, verb: str) -> None:
        super().__init__()
        self._title, self._detail, self._verb = title, detail, verb

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Rows(ground="raised", id="modal-head")

    def on_mount(self) -> None:
        rows = [Row(((part, "b ink"),)) for part in wrap(clean(self._title), _WIDTH)]
        rows += [Row(((part, "soft"),)) for line in clean_lines(self._detail) for part in wrap(line, _WIDTH)]
        _fitted(self.query_one("#modal-head", Rows), [*rows, Row(), Row(keys(("y", self._verb), ("esc", "back")))], 20)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in ("y", "Y"):
            self.dismiss(True)
        elif event.key in ("escape", "n", "q"):
            self.dismiss(False)


class TextModal(ModalScreen[None]):
    """Something to read."""

    DEFAULT_CSS = _CSS.format(name="TextModal")

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__()
        self._rows = list(rows)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield RowList(ground="raised", id="modal-text")

    def on_mount(self) -> None:
        _fitted(self.query_one("#modal-text", RowList), [*self._rows, Row(), Row(keys(("esc", "back")))], 24)
        self.query_one("#modal-text", RowList).focus()

    def on_key(self, event: events.Key) -> None:
        if event.key in ("escape", "q", "enter", "E", "question_mark"):
            event.stop()
            self.dismiss(None)
