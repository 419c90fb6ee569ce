"""The first visit's tour: five cards beside the work. Every key but the tour's own does what it always does, and ends it."""

from __future__ import annotations

from textual import events
from textual.geometry import Offset
from textual.message import Message

from gastown_tui.tui.commands import key_of, keys_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import wrap
from gastown_tui.tui.viewmodels.common import BLANK, keys
from gastown_tui.tui.widgets.rows import Rows

WIDTH, HEIGHT = 62, 11
_ON = ("enter", "right", "space", "tab")
_BACK = ("left", "backspace")


def cards() -> list[tuple[str, str]]:
    """(title, words) of each card, with the keys that the person has."""
    key = key_of
    return [
        (
            "Welcome to Gas Town",
            "Agents work here in tmux sessions of their own. You watch them, answer them, and leave again: closing this stops nothing.",
        ),
        ("What needs you", _needs()),
        (
            "The mayor",
            (
                f"{key('mayor.talk')} writes to the mayor: say what you want built. It files beads (tasks), makes a convoy (a batch) of"
                " them, and slings them to polecats (workers). What begins with / works without a model."
            ),
        ),
        (
            "What lands",
            (
                f"Work lands in the rig (your project) when its gates pass and, by default, you approve: {key('screen.merge')} shows the"
                f" queue, {key('merge.diff')} the diff. Your own checkout is never touched."
            ),
        ),
        (
            "Finding your way",
            (
                f"{key('screen.town')} to {key('screen.settings')} are the screens. {key('app.help')} shows the keys of each, and the"
                f" glossary; {key('app.palette')} finds everything by name, this tour as well. {key('app.quit')} leaves."
            ),
        ),
    ]


def _needs() -> str:
    return (
        f"▲ waits for your answer. {key_of('request.next')} goes to the next one, the oldest first. {key_of('request.allow')} allows,"
        f" {key_of('request.refuse')} refuses with a reason, {key_of('agent.focus')} shows the agent in full,"
        f" {key_of('agent.attach')} takes you into its terminal."
    )


class Tour(Rows):
    """One card at a time, in a corner of the screen. The app hands it every key first."""

    DEFAULT_CSS = f"Tour {{ layer: tour; position: absolute; width: {WIDTH}; height: {HEIGHT}; }}"

    class Left(Message):
        """It is over, seen to the end or not."""

    def __init__(self) -> None:
        super().__init__(ground="raised", pad=2)
        self._cards = cards()
        self._at = 0
        self._inner = WIDTH - 4

    def on_mount(self) -> None:
        self.place(self.app.size.width, self.app.size.height)

    def place(self, width: int, height: int) -> None:
        """Puts the card into the lower right corner, above the keys: the agents stay in sight. Asked again when the terminal
        has changed its size: it would stand where no screen is any more."""
        wide = max(min(WIDTH, width - 2), 20)
        self._inner = wide - 4
        high = max(HEIGHT, *(len(wrap(words, self._inner)) + 6 for _, words in self._cards))
        self.styles.width, self.styles.height = wide, min(high, max(height - 2, 6))
        self.styles.offset = Offset(max(width - wide - 1, 0), max(height - high - 2, 0))
        self._fill(min(high, max(height - 2, 6)))

    def _fill(self, height: int) -> None:
        name, words = self._cards[self._at]
        is_last = self._at == len(self._cards) - 1
        rows = [BLANK, Row(((name, "b brand"),), ((f"{self._at + 1} of {len(self._cards)}", "faint"),)), BLANK]
        rows += [Row(((part, "ink"),)) for part in wrap(words, self._inner)]
        rows = [*rows, *[BLANK] * (height - 2 - len(rows))][: height - 2]
        offered = [("⏎", "begin" if is_last else "next"), *([("←", "back")] if self._at else []), ("esc", "leave the tour")]
        self.show_rows([Row(row.left, row.right, edge="focus") for row in [*rows, Row(keys(*offered)), BLANK]])

    def take(self, key: str) -> bool:
        """True when the key was the tour's. Any other key ends it and then does what it does."""
        if key in _ON or key in _BACK:
            self._turn(1 if key in _ON else -1)
            return True
        self.leave()
        return key in keys_of("app.back")

    def _turn(self, step: int) -> None:
        if self._at + step >= len(self._cards):
            self.leave()
        else:
            self._at = max(self._at + step, 0)
            self._fill(self.size.height)

    def leave(self) -> None:
        """Ends the tour."""
        self.post_message(self.Left())
        self.remove()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self._turn(1)
