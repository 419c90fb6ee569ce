"""The working half of the console's app: acts in a thread, words to the person, an agent's own terminal."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from rich.text import Text
from textual import events, work
from textual.app import App
from textual.driver import Driver

from gastown_tui.core.errors import GastownError
from gastown_tui.core.snapshot import AgentView, SupervisorView, TownSnapshot
from gastown_tui.tui import commander
from gastown_tui.tui.acts import Acts
from gastown_tui.tui.attach import attach
from gastown_tui.tui.feed import Source, TownFeed
from gastown_tui.tui.line import Line, metered
from gastown_tui.tui.panes.hub import PaneClient, PaneHub
from gastown_tui.tui.text import clean, plain
from gastown_tui.tui.viewmodels.arrange import WallSettings
from gastown_tui.tui.viewmodels.chat import Said, mayor_of, merged
from gastown_tui.tui.widgets.immediate import is_line_full, read_whole_sequences, resting
from gastown_tui.tui.widgets.modals import ConfirmModal

LOG = logging.getLogger(__name__)
Result = TypeVar("Result")
NOTHING = TownSnapshot("", 0.0, SupervisorView("unknown", None, None), "up", False, False)
"""Shown until the first picture is there."""
HINT_SECONDS = 3.0
LOOK_SECONDS = 0.02
FIRST_SECONDS = 2.0
"""How long the first picture is waited for before the feed reads its own."""
MOST_FAILURES = 3
_QUESTIONS = {
    "down": "Stop the town? Every agent comes to an end.",
    "estop": "E-STOP: freeze every agent at once?",
    "pause": "Pause the town? Nothing new starts.",
    "release": "Release the E-stop? Every agent goes on where it was.",
}


@dataclass(frozen=True)
class Town:
    """What the console needs of a town; `main` fills it with the real one."""

    name: str
    open_source: Callable[[], Source]
    """Called in the feed's thread."""
    open_acts: Callable[[], Acts]
    """Called in the acts' thread."""
    open_panes: Callable[[PaneHub], Awaitable[PaneClient]] | None = None
    attach_argv: Callable[[AgentView], Sequence[str]] | None = None
    """Gives the argument list that attaches this terminal to an agent's session."""
    first: Callable[[], TownSnapshot | None] | None = None
    """Gives a picture that was begun before the console was loaded; called once, in a thread of its own."""
    loaded: Callable[[], None] = lambda: None
    """Called in a thread once the console is open and nobody waits."""
    clock: Callable[[], float] = field(default=time.time)


class DoingApp(App[None]):
    """Owns the feed, the live panes and the acts."""

    def __init__(self, town: Town) -> None:
        self.line = Line()
        super().__init__()
        self.town = town
        self.clock = town.clock
        self.snapshot = NOTHING
        self.said: Sequence[Said] = ()
        self.wall = WallSettings()
        self._spoken: tuple[Said, ...] = ()
        self._receipts: list[Said] = []
        self.hub = PaneHub(lambda: self.line.is_late or is_line_full(self), lambda: self.line.room)
        self._acts_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="acts")
        self._acts: Acts | None = None
        self._first: asyncio.Future[TownSnapshot | None] | None = None
        self._looks_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="looks")
        self._looking: Acts | None = None
        self._feed = TownFeed(town.open_source, self.post_message, self.hub.was_heard)

    def get_driver_class(self) -> type[Driver]:
        driver = super().get_driver_class()
        read_whole_sequences()
        return metered(resting(driver), self.line)

    async def on_load(self) -> None:
        if self.town.first is not None:
            # Not as a message: those wait until after the screen was painted for the first time.
            self._first = asyncio.get_running_loop().run_in_executor(None, self.town.first)
            self._first.add_done_callback(self._take_first)

    def _take_first(self, reading: asyncio.Future[TownSnapshot | None]) -> None:
        picture = None if reading.cancelled() or reading.exception() else reading.result()
        if picture is not None and not self.snapshot.root:
            self.snapshot = picture
            self.refill()
            self.welcome()

    def when_painted(self, do: Callable[[], object], *, looks: int = 0) -> None:
        """Does something when the first picture is on the terminal: what it loads would keep that waiting."""
        if self._first is None or self._first.done() or looks * LOOK_SECONDS > FIRST_SECONDS:
            # A wall is mounted, laid out and painted, one after the other.
            self.call_after_refresh(self.call_after_refresh, self.call_after_refresh, do)
        else:
            self.set_timer(LOOK_SECONDS, lambda: self.when_painted(do, looks=looks + 1))

    async def open_town(self) -> None:
        """Starts the feed and opens the acts; the panes connect when tmux is there."""
        self.line.open()
        self._acts = await asyncio.get_running_loop().run_in_executor(self._acts_thread, self.town.open_acts)
        if self.snapshot.root:
            self._feed.shown = self.snapshot
        self._feed.start()
        self._connect_panes()
        self.fetch(lambda _: None, self._acts.boot)
        self._looks_thread.submit(self.town.loaded)

    async def close_town(self) -> None:
        """Ends everything that was opened; the town goes on."""
        await self.line.close()
        self._feed.end()
        await self.hub.close()
        for thread, acts in ((self._acts_thread, self._acts), (self._looks_thread, self._looking)):
            if acts is not None:
                await asyncio.get_running_loop().run_in_executor(thread, acts.close)
            thread.shutdown(wait=False)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        self.line.take(event)

    @work(exit_on_error=False, group="panes")
    async def _connect_panes(self) -> None:
        """Connects to tmux, and again until it works: a town that is down has no server."""
        wait = 0.5
        while self.town.open_panes is not None and self.is_running:
            try:
                self.hub.connected(await self.town.open_panes(self.hub))
            except GastownError:
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)
            else:
                return

    @property
    def acts(self) -> Acts:
        """What a person can do."""
        assert self._acts is not None, "acts are opened before the first key"
        return self._acts

    @abstractmethod
    def refill(self) -> None:
        """Shows the newest picture on the screen that is on top."""

    @abstractmethod
    def welcome(self) -> None:
        """Once, when the first picture and the first screen are there: what this visit begins with."""

    @abstractmethod
    def focus_agent(self, address: str) -> None:
        """Shows an agent in full."""

    def leave(self) -> None:
        """Ends the console; the town goes on."""
        self.exit()

    def _fatal_error(self) -> None:
        """Textual's own page shows the values of variables, which may be secrets; ours names the error and the log."""
        LOG.exception("the console has ended by an error")
        last = traceback.format_exc().strip().splitlines()[-1]
        self.panic(
            Text(
                f"The console has ended by an error of its own; the town goes on.\n{clean(last)}\n.gastown/logs/console.log says more."
            )
        )

    # Words to the person

    def hint(self, words: str) -> None:
        """A quiet word."""
        self.notify(plain(words).plain, timeout=HINT_SECONDS, markup=False)

    def flash(self, words: str, *, seconds: float = HINT_SECONDS) -> None:
        """Why a key was not taken, or another thing that is not as somebody meant it."""
        self.notify(plain(words).plain, severity="warning", timeout=seconds, markup=False)

    def warn(self, error: GastownError) -> None:
        """An error, in its own words."""
        self.notify(plain(error.line()).plain, severity="error", timeout=8, markup=False)

    # Acts

    def confirm(self, question: str, detail: str, verb: str, do: Callable[[], object]) -> None:
        """Does something that cannot simply be taken back, once the person has said yes to it."""

        def answered(is_sure: bool | None) -> None:
            if is_sure:
                do()

        self.push_screen(ConfirmModal(question, detail, verb), answered)

    def act(self, said: str, function: Callable[..., object], *arguments: object) -> None:
        """Does something; says so when it is done, or why it could not be done."""
        self.fetch(lambda _: self.hint(said), function, *arguments)

    @work(exit_on_error=False, group="acts")
    async def act_on_each(self, said: str, function: Callable[[str], object], addresses: Sequence[str]) -> None:
        """Does the same to several agents, one after the other; says to how many, and for whom and why it could not be done."""
        failed = []
        for address in addresses:
            try:
                await self.call(function, address)
            except GastownError as error:
                failed.append(f"{address}: {error.line()}")
        if len(failed) < len(addresses):
            self.hint(f"{said}: {len(addresses) - len(failed)} of {len(addresses)}" if failed else said)
        self.tell_failures(failed)

    def tell_failures(self, failed: Sequence[str]) -> None:
        """What could not be done to some of several, the first few in full."""
        rest = len(failed) - MOST_FAILURES
        for words in (*failed[:MOST_FAILURES], *([f"and {rest} more like these"] if rest > 0 else [])):
            self.flash(words, seconds=8)

    @work(exit_on_error=False, group="acts")
    async def fetch(self, take: Callable[..., object], function: Callable[..., object], *arguments: object) -> None:
        """Calls `function` in the acts' thread and hands what it gives to `take`."""
        try:
            found = await self.call(function, *arguments)
        except GastownError as error:
            self.warn(error)
        else:
            take(found)

    @work(exit_on_error=False, group="looks")
    async def look(
        self, take: Callable[[Result], object], read: Callable[[Acts], Result], fail: Callable[[], object] = lambda: None
    ) -> None:
        """Reads something slow in a thread beside the acts, so that no answer waits for it.

        Args:
            take: gets what was read.
            fail: called instead when it could not be read; the person has been told why.
        """
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._looks_thread, self._look, read)
        except GastownError as error:
            self.warn(error)
            fail()
        else:
            take(found)

    def _look(self, read: Callable[[Acts], Result]) -> Result:
        if self._looking is None:
            self._looking = self.town.open_acts()
        return read(self._looking)

    async def call(self, function: Callable[..., Result], *arguments: object) -> Result:
        """The result of a call in the acts' thread.

        Raises:
            GastownError: what the service says.
        """
        found = await asyncio.get_running_loop().run_in_executor(self._acts_thread, function, *arguments)
        self._feed.poke()
        return found

    def action_control(self, verb: str) -> None:
        """pause | resume | up | down | estop | release, the hard ones after a question."""

        def say(said: object) -> None:
            self.hint(str(said))
            self.receipt(str(said))

        def go() -> None:
            self.fetch(say, self.acts.control, verb)

        if verb in _QUESTIONS:
            self.confirm(_QUESTIONS[verb], "gt resume, gt up and gt estop --release take it back", verb, go)
        else:
            go()

    # The conversation

    def hear(self, spoken: tuple[Said, ...]) -> None:
        """The newest conversation with the mayor."""
        self._spoken = spoken
        self._merge_said()

    def speak(self, text: str) -> None:
        """The composer's words: a slash command is done here, all else goes to the mayor."""
        if text.startswith("/"):
            self._run(commander.run(self, text))
        elif (mayor := mayor_of(self.snapshot)) is None:
            self.receipt("not sent: this town has no mayor", is_good=False, note="/ commands work without one")
        else:
            self.fetch(lambda _: None, self.acts.say, mayor.address, text)

    @work(exit_on_error=False, group="slash")
    async def _run(self, running: Coroutine[None, None, None]) -> None:
        await running

    def receipt(self, text: str, *, is_good: bool = True, note: str = "") -> None:
        """A line in the conversation about what the console did itself."""
        self._receipts.append(Said("receipt", text, self.clock(), note, is_good))
        self._merge_said()

    def remark(self, who: str, text: str) -> None:
        """A line of the conversation that never reached a model."""
        self._receipts.append(Said(who, text, self.clock()))
        self._merge_said()

    def _merge_said(self) -> None:
        self.said = merged(self._spoken, self._receipts)
        self.refill()

    # An agent's own terminal

    @property
    def can_attach(self) -> bool:
        """Whether this terminal can be handed over."""
        driver = self._driver
        return self.town.attach_argv is not None and driver is not None and driver.can_suspend

    @work(exit_on_error=False, exclusive=True, group="attach")
    async def attach(self, agent: AgentView) -> None:
        """The agent's session on the whole terminal, until the person detaches."""
        if self.town.attach_argv is None:
            return
        try:
            await attach(self, self.town.attach_argv(agent))
        except GastownError as error:
            self.warn(error)

    async def type_into(self, agent: AgentView, stroke: bytes | str) -> None:
        """One key for an agent: bytes, or the name of a key."""
        client = self.hub.client
        if client is not None:
            try:
                await (client.type_bytes(agent.pane, stroke) if isinstance(stroke, bytes) else client.type_key(agent.pane, stroke))
            except GastownError as error:
                self.warn(error)

    async def paste_into(self, agent: AgentView, text: str) -> None:
        """A paste for an agent."""
        client = self.hub.client
        if client is not None:
            try:
                await client.paste(agent.pane, text)
            except GastownError as error:
                self.warn(error)
