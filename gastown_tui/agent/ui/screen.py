"""The terminal screen: finished lines scroll away above, below them the running text, the state and the composer.

It is inline, not a full screen: what was said stays in the terminal's own history, and a watcher that captures the pane
sees the state in its last lines. Nothing is redrawn while the agent rests.
"""

from __future__ import annotations

import asyncio
import sys
import termios
import time
from collections import deque
from collections.abc import Callable, Sequence

from prompt_toolkit.application import Application, in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import FormattedText, StyleAndTextTuples
from prompt_toolkit.history import History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import BufferControl, ConditionalContainer, FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.shortcuts import print_formatted_text
from prompt_toolkit.styles import Style

from gastown_tui.agent.surface import DENY, Answer, Level, Question
from gastown_tui.agent.text import MarkdownLines, Styled, clean, one_line
from gastown_tui.agent.ui import look
from gastown_tui.core.evidence import AgentState

COALESCE = 0.04
"""Seconds in which lines are collected before they are printed: each printing redraws the composer."""
COMPOSER_ROWS = 10
LAST_DRAWING = 2.0
"""Seconds that an ending application may take for its last drawing."""
STRAY_KEY_GUARD = 0.5
"""Keys in this time after a dialog opened are not answers when somebody was typing just before."""


class Screen:
    """Implements agent.surface.Surface on a terminal."""

    def __init__(self, *, model: str, autonomy: str, address: str, history: History | None = None) -> None:
        self.submitted: deque[str] = deque()
        self.has_input = asyncio.Event()
        self.on_interrupt: Callable[[], None] = lambda: None
        self.question: Question | None = None
        self.is_denying = False
        self._facts = (model, autonomy, address)
        self._share = 0.0
        self._state, self._detail, self._since = AgentState.STARTING, "", time.monotonic()
        self._partial = ""
        self._markdown = MarkdownLines()
        self._lines: list[Styled] = []
        self._wake = asyncio.Event()
        self._leaving = asyncio.Event()
        self._has_terminal = sys.stdin.isatty()
        self._answer: asyncio.Future[Answer] | None = None
        self._draft = ""
        self._last_key = self._opened = 0.0
        self._was_typing = False
        self._style = Style.from_dict(look.STYLE)
        self.composer = Buffer(multiline=True, history=history or InMemoryHistory())
        self.app = self._build()

    # ------------------------------------------------------------ life

    async def run(self) -> None:
        """Shows the screen until `quit`, or until the terminal is gone."""
        workers = [asyncio.create_task(self._print_lines()), asyncio.create_task(self._tick())]
        shown = asyncio.create_task(self.app.run_async())
        leaving = asyncio.create_task(self._leaving.wait())
        try:
            await asyncio.wait({shown, leaving, *workers}, return_when=asyncio.FIRST_COMPLETED)
            await self._end(shown)
        finally:
            for task in (leaving, *workers):
                task.cancel()
            results = await asyncio.gather(*workers, return_exceptions=True)
        if self._is_gone() or any(isinstance(result, (OSError, termios.error)) for result in results):
            return
        for result in results:
            if isinstance(result, Exception):
                raise result
        self._print(self._take_lines())
        self.app.output.set_title("")
        self.app.output.flush()

    def quit(self) -> None:
        """Ends `run`, also one that has not begun."""
        self._leaving.set()

    async def _end(self, shown: asyncio.Task[None]) -> None:
        """Ends the application. prompt_toolkit takes no notice of a terminal that is gone, and may wait for ever for a
        printing which that interrupted: then it is cancelled."""
        if self.app.is_running and not self.app.is_done and not self._is_gone():
            self.app.exit()
            await asyncio.wait({shown}, timeout=LAST_DRAWING)
        shown.cancel()
        result = (await asyncio.gather(shown, return_exceptions=True))[0]
        if isinstance(result, Exception) and not self._is_gone():
            raise result

    def _is_gone(self) -> bool:
        """Whether the terminal that we were started on has been taken away."""
        if not self._has_terminal:
            return False
        try:
            termios.tcgetattr(sys.stdin)
        except (OSError, ValueError, termios.error):
            return True
        return False

    @property
    def is_busy(self) -> bool:
        return self._state in look.BUSY

    def interrupt(self) -> None:
        """Ends the running turn, when there is one."""
        self.on_interrupt()

    def submit(self) -> None:
        """Hands over what is in the composer: an answer's reason, or words for the next turn."""
        text = self.composer.text
        if self.is_denying:
            self._finish_answer(Answer(DENY, text.strip()))
            return
        if not text.strip():
            return
        self.composer.append_to_history()
        self.composer.reset()
        self.submitted.append(text.strip())
        self.has_input.set()

    # ------------------------------------------------------------ surface

    def show_user(self, text: str, sender: str) -> None:
        self._add(look.user_lines(text, sender))

    def show_text(self, delta: str) -> None:
        whole = self._partial + delta
        *lines, self._partial = whole.split("\n")
        if lines:
            self._add([self._markdown.style(clean(line)) for line in lines])
        self.app.invalidate()

    def end_text(self) -> None:
        if self._partial:
            self._add([self._markdown.style(clean(self._partial))])
        self._partial = ""
        self._markdown = MarkdownLines()

    def show_call(self, tool: str, summary: str) -> None:
        self._add([look.call_line(tool, summary)])

    def show_result(self, tool: str, text: str, is_error: bool) -> None:
        self._add(look.result_lines(text, is_error, self.app.output.get_size().columns))

    def notice(self, text: str, level: Level = Level.INFO) -> None:
        self._add(look.notice_lines(text, level))

    def set_state(self, state: AgentState, detail: str = "") -> None:
        if (state in look.BUSY) != (self._state in look.BUSY):
            self._since = time.monotonic()
        if state is not self._state or not self.app.is_running:
            self.app.output.set_title(look.TITLES.get(state, f"· {state.value}"))
            self.app.output.flush()
        self._state, self._detail = state, detail
        self.app.invalidate()

    def set_fill(self, share: float) -> None:
        self._share = share

    async def ask(self, question: Question) -> Answer:
        self._answer = asyncio.get_running_loop().create_future()
        self.question = question
        self._opened = time.monotonic()
        self._was_typing = self._opened - self._last_key < 1.0
        self.app.layout.focus(self._dialog)
        self.app.output.bell()
        self.app.invalidate()
        try:
            return await self._answer
        finally:
            self._close_question()

    # ------------------------------------------------------------ dialog

    def choose(self, key: str) -> None:
        """A key of the dialog was pressed: an option's number or letter."""
        if self.question is None or (self._was_typing and time.monotonic() - self._opened < STRAY_KEY_GUARD):
            return
        options = [name for name, _ in self.question.options()]
        letters = {"y": "allow", "a": "always", "n": "deny"}
        name = letters.get(key.lower(), "")
        if key.isdigit() and 1 <= int(key) <= len(options):
            name = options[int(key) - 1]
        if name not in options:
            return
        if name == DENY:
            self.is_denying = True
            self._draft = self.composer.text
            self.composer.reset()
            self.app.layout.focus(self.composer)
            self.app.invalidate()
        else:
            self._finish_answer(Answer(name))

    def back_to_question(self) -> None:
        """Leaves the reason of a denial without giving it."""
        self._restore_draft()
        self.app.layout.focus(self._dialog)
        self.app.invalidate()

    def _finish_answer(self, answer: Answer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def _close_question(self) -> None:
        self._restore_draft()
        self.question = self._answer = None
        self.app.layout.focus(self.composer)
        self.app.invalidate()

    def _restore_draft(self) -> None:
        if self.is_denying:
            self.composer.reset()
            self.composer.insert_text(self._draft)
        self.is_denying, self._draft = False, ""

    # ------------------------------------------------------------ drawing

    def _build(self) -> Application[None]:
        from gastown_tui.agent.ui import keys

        has_question = Condition(lambda: self.question is not None)
        self._dialog = Window(
            FormattedTextControl(self._question_text, focusable=True, show_cursor=False, key_bindings=keys.dialog(self)),
            wrap_lines=True,
            dont_extend_height=True,
        )
        composer = Window(
            BufferControl(self.composer, key_bindings=keys.composer(self)),
            height=Dimension(min=1, max=COMPOSER_ROWS),
            dont_extend_height=True,
            wrap_lines=True,
            get_line_prefix=self._prefix,
        )
        rows = [
            self._row(self._partial_text, Condition(lambda: bool(self._partial))),
            self._row(self._busy_text, Condition(lambda: self.is_busy and self.question is None)),
            self._row(self._queued_text, Condition(lambda: bool(self.submitted))),
            ConditionalContainer(self._dialog, has_question),
            composer,
            self._row(self._footer_text, Condition(lambda: True)),
        ]
        app: Application[None] = Application(
            layout=Layout(HSplit(rows), focused_element=composer),
            key_bindings=KeyBindings(),
            style=self._style,
            full_screen=False,
            erase_when_done=True,
            enable_page_navigation_bindings=False,
        )
        app.ttimeoutlen = 0.05
        app.timeoutlen = 0.05
        app.key_processor.before_key_press += lambda _: self._note_key()
        return app

    def _note_key(self) -> None:
        self._last_key = time.monotonic()

    @staticmethod
    def _row(text: Callable[[], StyleAndTextTuples], shown: Condition) -> ConditionalContainer:
        return ConditionalContainer(Window(FormattedTextControl(text), wrap_lines=True, dont_extend_height=True), shown)

    def _prefix(self, line: int, wrap: int) -> StyleAndTextTuples:
        if self.is_denying and line == 0 and wrap == 0:
            return [("class:ask", "Why not? (Enter sends, Esc goes back) ")]
        return [("class:prompt", look.PROMPT if line == 0 and wrap == 0 else "  ")]

    def _partial_text(self) -> StyleAndTextTuples:
        size = self.app.output.get_size()
        return [("", clean(self._partial)[-size.columns * max(1, size.rows // 2) :])]

    def _busy_text(self) -> StyleAndTextTuples:
        return list(look.busy_line(self._state, self._detail, int(time.monotonic() - self._since)))

    def _queued_text(self) -> StyleAndTextTuples:
        return [("class:dim", f"next: {one_line(self.submitted[0], 80)}" if self.submitted else "")]

    def _question_text(self) -> StyleAndTextTuples:
        if self.question is None:
            return []
        joined: StyleAndTextTuples = []
        for line in look.question_lines(self.question, self.app.output.get_size().columns):
            joined += [*line, ("", "\n")]
        # Watchers of the pane look around the cursor: it stands below the question, not at its head.
        return [*joined[:-1], ("[SetCursorPosition]", "")]

    def _footer_text(self) -> StyleAndTextTuples:
        model, autonomy, address = self._facts
        return list(look.footer(model, autonomy, self._share, address))

    def _add(self, lines: Sequence[Styled]) -> None:
        self._lines += lines
        self._wake.set()

    def _take_lines(self) -> list[Styled]:
        lines, self._lines = self._lines, []
        return lines

    def _print(self, lines: Sequence[Styled]) -> None:
        for line in lines:
            print_formatted_text(FormattedText(line), style=self._style, output=self.app.output)

    async def _print_lines(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(COALESCE)
            async with in_terminal():
                self._print(self._take_lines())

    async def _tick(self) -> None:
        while not self._is_gone():
            await asyncio.sleep(1)
            if self.is_busy:
                self.app.invalidate()
