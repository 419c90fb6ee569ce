"""Why a light is what it is, over any screen; from here a person says what it really is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import clean
from gastown_tui.tui.viewmodels.common import BLANK, keys
from gastown_tui.tui.viewmodels.explain import STATE_WORDS, explain_rows
from gastown_tui.tui.widgets.modals import ChoiceModal
from gastown_tui.tui.widgets.rows import RowList, Rows

if TYPE_CHECKING:
    from gastown_tui.services.explain import Explanation
    from gastown_tui.tui.app import Console

_CLOSING = ("escape", "q", "E", "enter")


class ExplainModal(ModalScreen[None]):
    """`x` keeps the agent's screen as a case of a wrong light."""

    DEFAULT_CSS = """
    ExplainModal { align: center middle; background: $ground 60%; }
    ExplainModal > Vertical { width: 92; max-width: 95%; height: auto; max-height: 90%; background: $raised; padding: 1 1; }
    ExplainModal Rows, ExplainModal RowList { height: auto; }
    """

    def __init__(self, agent: AgentView, found: Explanation, now: float) -> None:
        super().__init__()
        self._agent, self._found, self._now = agent, found, now

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Rows(ground="raised", id="explain-head")
            yield RowList(ground="raised", id="explain-rows")
            yield Rows(ground="raised", id="explain-foot")

    def on_mount(self) -> None:
        self._fill()
        self.query_one("#explain-rows", RowList).focus()

    def on_resize(self) -> None:
        self._fill()

    def _fill(self) -> None:
        width = min(92, self.app.size.width * 95 // 100) - 4
        head = self.query_one("#explain-head", Rows)
        head.show_rows([Row(((f"Why {clean(self._agent.address)} is shown so", "b ink"),)), BLANK])
        head.styles.height = 2
        body = self.query_one("#explain-rows", RowList)
        rows = explain_rows(self._found, self._now, width)
        body.styles.height = max(min(len(rows), self.app.size.height * 9 // 10 - 6), 1)
        body.show_rows(rows)
        foot = self.query_one("#explain-foot", Rows)
        wrong = (("x", "wrong: it is really …"),) if self._agent.pane else ()
        foot.show_rows([BLANK, Row(keys(*wrong, ("esc", "back")))])
        foot.styles.height = 2

    def on_key(self, event: events.Key) -> None:
        if event.key in _CLOSING:
            event.stop()
            self.dismiss(None)
        elif event.key == "x" and self._agent.pane:
            event.stop()
            self._correct()

    def _correct(self) -> None:
        console = cast("Console", self.app)
        agent = self._agent

        def take(chosen: tuple[str, str] | None) -> None:
            if chosen is not None:
                self.dismiss(None)
                console.fetch(say, console.acts.correct, agent.address, chosen[0])

        def say(name: object) -> None:
            console.hint(f"kept as a case: {name} · Doctor tells how the rules of today judge it")

        console.push_screen(
            ChoiceModal(
                f"{agent.address} is shown as {self._found.verdict.state.value}. Really:",
                "Its screen is kept in the town, without secrets, so that the rule can be mended.",
                [(state, f"{words} · {state}") for state, words in STATE_WORDS.items()],
                verb="keep it as",
            ),
            take,
        )
