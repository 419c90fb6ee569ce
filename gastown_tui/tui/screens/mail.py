"""Mail: the overseer's threads with what became of every letter; writing, answering, putting away."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.slash import known_agents
from gastown_tui.tui.viewmodels import mail
from gastown_tui.tui.viewmodels.common import short
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.widgets.letter import LetterModal, Written
from gastown_tui.tui.widgets.rows import RowList, Rows

if TYPE_CHECKING:
    from gastown_tui.services.mail import Thread


class _MailActs(ConsoleScreen):
    """What both screens do with a thread."""

    @abstractmethod
    def thread(self) -> Thread | None:
        """The thread that keys are about."""

    @abstractmethod
    def read_again(self) -> None:
        """Reads the mail anew."""

    def selected_agent(self) -> AgentView | None:
        thread = self.thread()
        return next((found for who in thread.people if (found := self.agent(who))), None) if thread else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Most keys need a thread."""
        thread = self.thread()
        if action in ("open", "reply", "archive"):
            return thread is not None
        if action == "seen":
            return thread is not None and bool(thread.unread)
        if action == "agent":
            return self.selected_agent() is not None
        return super().check_action(action, parameters)

    def action_write(self) -> None:
        """Writes a letter."""
        agent = self.selected_agent()

        def take(written: Written | None) -> None:
            if written is not None:
                self.console.fetch(
                    lambda _: self._told(f"sent to {', '.join(map(short, written.receivers))}"),
                    self.console.acts.write,
                    written.receivers,
                    written.subject,
                    written.text,
                )

        self.app.push_screen(LetterModal(known_agents(self.snapshot), to=agent.address if agent else ""), take)

    def action_reply(self) -> None:
        """Answers the last writer."""
        thread = self.thread()
        if thread is None:
            return
        message = mail.last_from(thread)

        def answered(_: object) -> None:
            self._told(f"answered {short(message.sender)}")
            self._mark_read(thread)

        def take(written: Written | None) -> None:
            if written is not None:
                self.console.fetch(answered, self.console.acts.reply, message.id, written.text)

        self.app.push_screen(LetterModal((), to=message.sender, subject=f"Re: {thread.subject}", is_reply=True), take)

    def action_archive(self) -> None:
        """Puts the thread away, or back."""
        thread = self.thread()
        if thread is not None:
            words = "back from the archive" if thread.is_archived else "put away"
            self.console.fetch(lambda _: self._told(words), self.console.acts.archive, thread.id, not thread.is_archived)

    def action_seen(self) -> None:
        """Marks the thread as read."""
        if thread := self.thread():
            self._mark_read(thread)

    def _mark_read(self, thread: Thread) -> None:
        if thread.unread:
            self.console.fetch(lambda _: self.read_again(), self.console.acts.read_thread, thread.id)

    def action_agent(self) -> None:
        """Focuses the agent that it is with."""
        if agent := self.selected_agent():
            self.console.focus_agent(agent.address)

    def _told(self, words: str) -> None:
        self.console.hint(words)
        self.read_again()


class MailScreen(_MailActs):
    """Screen 7."""

    TAB = "mail"
    COMMAND_SCOPES = ("global", "mail", "list")
    BINDINGS = bindings("mail")
    FIRST_FOCUS = "#threads"

    def __init__(self) -> None:
        super().__init__()
        self._threads: list[Thread] | None = None
        self._view = mail.VIEWS[0]
        self._read_at: object = None

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="threads")
            yield Rows(id="letter")

    def on_screen_resume(self) -> None:
        self._read_at = None  # a thread that stood above may have been put away
        super().on_screen_resume()

    def thread(self) -> Thread | None:
        key = self.query_one("#threads", RowList).selected
        return next((thread for thread in self._threads or () if f"t:{thread.id}" == key), None)

    def fill(self) -> None:
        told = [event.seq for event in self.snapshot.events if event.kind.startswith("message.")]
        stamp = (max(told, default=0), self.snapshot.unread_mail, self.snapshot.outgoing)
        if stamp != self._read_at:
            self._read_at = stamp
            self.read_again()
        self._fill_list()

    def _fill_list(self) -> None:
        rows = mail.mail_rows(self._threads, self._view, self.now)
        self.query_one("#threads", RowList).show_rows(filtered(rows, self.filter_words))
        self._fill_detail()

    def read_again(self) -> None:
        """Reads the threads of the present view."""
        everybody = self._view != "mine"
        self.console.look(self._take, lambda acts: acts.threads(everybody))

    def _take(self, threads: list[Thread]) -> None:
        self._threads = threads
        self.refill()

    def _fill_detail(self) -> None:
        detail = self.query_one("#letter", Rows)
        detail.show_rows(mail.thread_rows(self.thread(), self.now, detail.inner_width))

    @on(RowList.Highlighted, "#threads")
    def _moved(self) -> None:
        self.query_one("#letter", Rows).top = 0
        self._fill_detail()
        self.show_keys()

    def action_open(self) -> None:
        """Shows the thread in full and marks it as read."""
        if thread := self.thread():
            self.action_seen()
            self.console.open_thread(thread)

    def action_view(self) -> None:
        """The next view."""
        self._view = mail.VIEWS[(mail.VIEWS.index(self._view) + 1) % len(mail.VIEWS)]
        self._threads = None
        self.read_again()
        self.refill()


class ThreadScreen(_MailActs):
    """One thread, above the mail."""

    TAB = "mail"
    COMMAND_SCOPES = ("global", "mail", "list")
    BINDINGS = bindings("mail")
    FIRST_FOCUS = "#thread"

    def __init__(self, thread: Thread) -> None:
        super().__init__()
        self._thread = thread

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="thread")

    def thread(self) -> Thread | None:
        return self._thread

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """It is open already, and has no views."""
        if action in ("open", "view"):
            return False
        return super().check_action(action, parameters)

    def read_again(self) -> None:
        """Reads the thread anew."""
        self.console.look(self._take, lambda acts: acts.threads(True))

    def _take(self, threads: list[Thread]) -> None:
        self._thread = next((thread for thread in threads if thread.id == self._thread.id), self._thread)
        self.refill()

    def fill(self) -> None:
        listing = self.query_one("#thread", RowList)
        listing.show_rows(mail.thread_rows(self._thread, self.now, listing.inner_width))
