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
    """An agent's own answers, with digits; `w` for a person's own words where it takes some.

    Gives (key, text), or None. Where several may hold, the first is their labels, joined by commas.
    """

    DEFAULT_CSS = _CSS.format(name="ChoiceModal")

    def __init__(
        self,
        title: str,
        detail: str,
        options: Sequence[tuple[str, str]],
        *,
        takes_text: bool = False,
        takes_many: bool = False,
        abouts: Sequence[str] = (),
        verb: str = "answer",
    ) -> None:
        super().__init__()
        self._title, self._detail, self._options, self._takes_text = title, detail, list(options), takes_text
        self._takes_many, self._abouts, self._verb = takes_many, list(abouts), verb
        self._chosen: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Rows(ground="raised", id="modal-head")
            yield RowList(ground="raised", id="modal-options")
            yield Rows(ground="raised", id="modal-foot")

    def on_mount(self) -> None:
        head = [Row(((part, "b ink"),)) for line in clean_lines(self._title) for part in wrap(line, _WIDTH)]
        head += (
            [Row(((part, "soft"),)) for line in clean_lines(self._detail)[:10] for part in wrap(line, _WIDTH)][:10]
            if self._detail
            else []
        )
        _fitted(self.query_one("#modal-head", Rows), [*head, Row()])
        options = self.query_one("#modal-options", RowList)
        self._show_options()
        count = min(len(self._options), 9)
        words = [(f"1–{count}", "mark"), ("⏎", "send")] if self._takes_many else [(f"1–{count}", self._verb), ("⏎", "this one")]
        words += [("w", "in your own words")] if self._takes_text else []
        _fitted(self.query_one("#modal-foot", Rows), [Row(), Row(keys(*words, ("esc", "back")))])
        options.focus()

    def _show_options(self) -> None:
        rows: list[Row] = []
        for number, (key, label) in enumerate(self._options, 1):
            mark = ("[x] " if key in self._chosen else "[ ] ") if self._takes_many else ""
            parts = wrap(clean(label), _WIDTH - 2 - len(mark))
            rows.append(Row(((f"{number} " if number < 10 else "  ", "b soft"), (mark + parts[0], "ink")), key=key))
            rows += [Row((("  " + " " * len(mark), ""), (part, "ink")), key=key) for part in parts[1:]]
            about = self._abouts[number - 1] if number <= len(self._abouts) else ""
            rows += [Row((("  ", ""), (part, "soft")), key=key) for part in wrap(clean(about), _WIDTH - 2)] if about else []
        _fitted(self.query_one("#modal-options", RowList), rows, 18)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.key == "enter":
            event.stop()
            self._give(self.query_one("#modal-options", RowList).selected)
        elif event.key.isdigit() and 0 < int(event.key) <= len(self._options):
            event.stop()
            self._choose(self._options[int(event.key) - 1][0])
        elif event.key == "space" and self._takes_many:
            event.stop()
            self._choose(self.query_one("#modal-options", RowList).selected)
        elif event.key == "w" and self._takes_text:
            event.stop()
            self._write()

    def _choose(self, key: str) -> None:
        """A digit answers; where several may hold it marks."""
        if not self._takes_many:
            self._give(key)
            return
        self._chosen = [one for one in self._chosen if one != key] if key in self._chosen else [*self._chosen, key]
        self._show_options()

    def _give(self, key: str) -> None:
        if self._takes_many:
            labels = [label for one, label in self._options if one in (self._chosen or [key])]
            self.dismiss((", ".join(labels), ""))
        elif key:
            self.dismiss((key, ""))

    def _write(self) -> None:
        def finish(text: str | None) -> None:
            if text:
                self.dismiss((self._options[0][0] if self._options else "", text))

        self.app.push_screen(LineModal(self._title, "your own words are the answer", verb="answer"), finish)


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
    """Something long to read, from its end; it scrolls by the keys of lists."""

    DEFAULT_CSS = (
        _CSS.format(name="TextModal") + "TextModal > Vertical { width: 140; height: 90%; } TextModal RowList { height: 1fr; }"
    )

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Rows(ground="raised", id="modal-head")
            yield RowList(ground="raised", id="modal-text")
            yield Rows(ground="raised", id="modal-foot")

    def on_mount(self) -> None:
        _fitted(self.query_one("#modal-head", Rows), [Row(((clean(self._title), "b ink"),)), Row()])
        _fitted(self.query_one("#modal-foot", Rows), [Row(), Row(keys(("list.up", "up"), ("list.down", "down"), ("esc", "back")))])
        self.query_one("#modal-text", RowList).focus()
        self.call_after_refresh(self._show)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        text = self.query_one("#modal-text", RowList)
        text.show_rows([Row(((part, "ink"),)) for line in clean_lines(self._text) for part in wrap(line, text.inner_width)])
        text.action_edge(1)

    def on_key(self, event: events.Key) -> None:
        if event.key in ("escape", "q", "enter"):
            event.stop()
            self.dismiss(None)
