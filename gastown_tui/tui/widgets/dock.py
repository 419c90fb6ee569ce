"""The mayor, docked: who it is, the conversation, the composer."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import TextArea

from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.tui.commands import bindings, keys_of
from gastown_tui.tui.messages import WordsSent
from gastown_tui.tui.paint import Row
from gastown_tui.tui.slash import completions
from gastown_tui.tui.text import pasted
from gastown_tui.tui.viewmodels.chat import Said, chat_rows, last_sentence, mayor_bar
from gastown_tui.tui.viewmodels.frame import NARROW, WIDE
from gastown_tui.tui.widgets.rows import Bar, Rows

STEPS = (6, 10, 14, 18)
"""Heights of the dock; the last ones only on a wide screen."""
SHARE = 0.3
"""Of the screen's height is the dock's at most."""
MOST_LINES = 6
"""The composer grows with its text up to this height."""


class ComposerText(TextArea):
    """Several lines; Enter sends, Up and Down at the edges bring back what was sent before."""

    BINDINGS = bindings("composer")

    class Left(Message):
        """The person went back to the screen; the text stays."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(compact=True, highlight_cursor_line=False, placeholder=placeholder, show_line_numbers=False)
        self.sent: list[str] = []
        self._back = 0

    async def _on_key(self, event: events.Key) -> None:
        """Keys of the registry come before TextArea's own meaning for them (Enter would break the line)."""
        match event.key:
            case key if key in keys_of("composer.send") and self.text.endswith("\\"):
                event.stop()
                event.prevent_default()
                self.text = self.text[:-1] + "\n"
                self.move_cursor(self.document.end)
            case key if key in keys_of("composer.send"):
                event.stop()
                event.prevent_default()
                self.action_send()
            case key if key in keys_of("composer.newline"):
                event.stop()
                event.prevent_default()
                self.action_newline()
            case key if key in keys_of("composer.leave"):
                event.stop()
                event.prevent_default()
                self.action_leave()
            case "tab" if (found := completions(self.text)) and found[0].name != self.text[1:]:
                event.stop()
                event.prevent_default()
                self.text = f"/{found[0].name} "
                self.move_cursor(self.document.end)
            case "up" if self.cursor_at_first_line and self.sent:
                event.stop()
                event.prevent_default()
                self._recall(1)
            case "down" if self.cursor_at_last_line and self._back:
                event.stop()
                event.prevent_default()
                self._recall(-1)
            case _:
                await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        """Pasted text loses its control characters: they would be drawn, and sent."""
        event.stop()
        event.prevent_default()
        self.insert(pasted(event.text))

    def _recall(self, step: int) -> None:
        self._back = max(0, min(self._back + step, len(self.sent)))
        self.text = self.sent[-self._back] if self._back else ""
        self.move_cursor(self.document.end)

    def action_send(self) -> None:
        """Sends the text, if there is any."""
        words = self.text.strip()
        if words:
            if not self.sent or self.sent[-1] != words:
                self.sent.append(words)
            self._back = 0
            self.text = ""
            self.post_message(WordsSent(words))

    def action_newline(self) -> None:
        """Breaks the line."""
        self.insert("\n")

    def action_leave(self) -> None:
        """Goes back to the screen."""
        self.post_message(self.Left())


class Composer(Horizontal):
    """A prompt and the text."""

    DEFAULT_CSS = """
    Composer { height: auto; max-height: 6; background: $raised; padding: 0 1; }
    Composer #prompt { width: 2; height: 1; }
    Composer ComposerText { width: 1fr; height: auto; max-height: 6; background: $raised; color: $ink; border: none; padding: 0; scrollbar-size: 0 0; }
    Composer ComposerText:focus { border: none; background: $raised; }
    Composer ComposerText .text-area--cursor-line { background: $raised; }
    Composer ComposerText .text-area--placeholder { color: $faint; }
    """

    def __init__(self, placeholder: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        prompt = Bar(ground="raised", pad=0, id="prompt")
        yield prompt
        yield ComposerText(self._placeholder)

    def on_mount(self) -> None:
        self.query_one("#prompt", Bar).show(Row((("› ", "b focus"),)))

    @property
    def text_area(self) -> ComposerText:
        """Where the text stands."""
        return self.query_one(ComposerText)


class Dock(Vertical):
    """The mayor on a main screen. `-small` keeps one sentence and the composer.

    Args:
        is_full: the Mayor screen: more air, and no key to get there.
    """

    DEFAULT_CSS = """
    Dock { height: 10; background: $pane; margin-top: 1; }
    Dock #dock-last { display: none; }
    Dock.-small { height: auto; }
    Dock.-small #dock-last { display: block; }
    Dock.-small #dock-chat { display: none; }
    Dock #dock-hint { display: none; height: auto; max-height: 5; }
    Dock.-hinting #dock-hint { display: block; }
    """

    def __init__(self, *, is_small: bool = False, is_full: bool = False, id: str | None = "dock") -> None:
        super().__init__(id=id, classes="-small" if is_small else "-full" if is_full else "")
        self._is_full = is_full
        self._said: Sequence[Said] = ()

    def compose(self) -> ComposeResult:
        yield Bar(id="dock-bar")
        yield Bar(id="dock-last")
        yield Rows(at_end=True, id="dock-chat")
        yield Rows(ground="raised", id="dock-hint")
        yield Composer("Ask the mayor, or /sling  /convoy  /status")

    @property
    def text_area(self) -> ComposerText:
        """The composer's text."""
        return self.query_one(ComposerText)

    def show(self, snapshot: TownSnapshot, said: Sequence[Said], now: float) -> None:
        """The newest state of the mayor and its conversation."""
        self._said = said
        self.query_one("#dock-bar", Bar).show(mayor_bar(snapshot, now, is_full=self._is_full))
        self.query_one("#dock-last", Bar).show(last_sentence(said))
        self._fill()

    def _fill(self) -> None:
        chat = self.query_one("#dock-chat", Rows)
        chat.show_rows(chat_rows(self._said, chat.inner_width, is_roomy=self._is_full))
        self._grow(len(chat.rows) + 2 if chat.size.width else 0)

    def _grow(self, rows: int) -> None:
        """In steps, so that the wall above is not laid out anew with every sentence; a young conversation leaves it the room.

        Args:
            rows: of the whole dock; 0 when that cannot be told now.
        """
        width, height = self.app.size
        if self._is_full or self.has_class("-small") or width < NARROW:
            self.styles.height = None
        elif rows:
            steps = [step for step in STEPS if step <= SHARE * height and (width >= WIDE or step <= STEPS[1])] or [STEPS[0]]
            self.styles.height = next((step for step in steps if step >= rows), steps[-1])

    def on_resize(self) -> None:
        self._fill()

    @on(TextArea.Changed)
    def _hint(self, event: TextArea.Changed) -> None:
        found = completions(event.text_area.text)
        self.set_class(bool(found), "-hinting")
        self.query_one("#dock-hint", Rows).show_rows(
            [
                Row(
                    ((spec.usage, "b ink"), (f"  {spec.help}", "soft")),
                    ((("Tab", "b ink"), (" takes it", "soft")) if index == 0 else ()),
                )
                for index, spec in enumerate(found[:5])
            ]
        )
        self.query_one("#dock-hint", Rows).styles.height = min(len(found), 5)
