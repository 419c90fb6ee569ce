"""Keys of the composer and of the permission dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

if TYPE_CHECKING:
    from gastown_tui.agent.ui.screen import Screen

HELP = """Enter sends · Ctrl+J or \\ Enter: new line · Up/Down: history · Esc or Ctrl+C: interrupt · Ctrl+D: quit
/help  this text · /clear  forget the conversation · /handoff  go on from a note · /quit"""


def composer(screen: Screen) -> KeyBindings:
    """Bindings while words are written."""
    keys = KeyBindings()
    buffer = screen.composer

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        if buffer.document.char_before_cursor == "\\" and not screen.is_denying:
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            screen.submit()

    @keys.add("c-j")
    def _(event: KeyPressEvent) -> None:
        buffer.insert_text("\n")

    @keys.add("up")
    def _(event: KeyPressEvent) -> None:
        buffer.auto_up(count=event.arg)

    @keys.add("down")
    def _(event: KeyPressEvent) -> None:
        buffer.auto_down(count=event.arg)

    @keys.add("escape", eager=True)
    def _(event: KeyPressEvent) -> None:
        if screen.is_denying:
            screen.back_to_question()
        else:
            screen.interrupt()

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        if screen.is_denying or (buffer.text and not screen.is_busy):
            buffer.reset()
        else:
            screen.interrupt()

    @keys.add("c-d", filter=Condition(lambda: not buffer.text))
    def _(event: KeyPressEvent) -> None:
        screen.quit()

    return keys


def dialog(screen: Screen) -> KeyBindings:
    """Bindings while a question is open. Anything that is no answer is swallowed, pasted text goes to the composer."""
    keys = KeyBindings()

    @keys.add(Keys.Any)
    def _(event: KeyPressEvent) -> None:
        screen.choose(event.data)

    @keys.add(Keys.BracketedPaste)
    def _(event: KeyPressEvent) -> None:
        screen.composer.insert_text(event.data.replace("\r\n", "\n").replace("\r", "\n"))

    @keys.add("escape", eager=True)
    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        screen.interrupt()

    @keys.add("c-d")
    def _(event: KeyPressEvent) -> None:
        screen.quit()

    return keys
