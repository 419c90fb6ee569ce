"""Watches the town from a thread of its own and posts pictures of it; it never touches a widget."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from textual.message import Message

from gastown_tui.core.errors import GastownError, Unavailable
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.tui.messages import ConversationReady, FeedFailed, SnapshotReady
from gastown_tui.tui.viewmodels.chat import Said

LOG = logging.getLogger(__name__)
REST_SECONDS = 0.25
"""How often the ledger's version is asked while nothing happens (a few microseconds each)."""
IDLE_SECONDS = 0.5
"""The same once nothing has happened for `IDLE_AFTER`: what others do in a sleeping town may be seen that late."""
IDLE_AFTER = 30.0
BUSY_SECONDS = 0.1
BUSY_FOR = 1.0
PANES_SECONDS = 2.0
"""How often tmux is asked for its panes and the picture is built anew while terminals write, whatever the ledger says."""
SETTLED_SECONDS = 4.0
"""So long after the last output that goes on: what a screen says is read once it rests."""
QUIET_SECONDS = 15.0
"""The same in a town where nothing is written. What matters there changes the ledger, and that is seen at once."""
SHARE = 20.0
"""A picture that took t seconds is not followed by another one within t times this, so that a big town in which hooks
report all the time does not fill the console's time."""
MOST_SECONDS = 2.0
"""Nor is a change kept back for longer than this, however long the last picture took."""


class Source(Protocol):
    """What the feed reads; used by the feed's thread alone."""

    def version(self) -> object:
        """Changes whenever the ledger or the telemetry did. Cheap."""
        ...

    def snapshot(self) -> TownSnapshot:
        """The present picture."""
        ...

    def conversation_version(self) -> object:
        """Changes whenever the mayor's conversation did. Cheap."""
        ...

    def conversation(self) -> tuple[Said, ...]:
        """The mayor's conversation."""
        ...

    def close(self) -> None:
        """Ends the connections."""
        ...


def says_the_same(one: TownSnapshot, other: TownSnapshot) -> bool:
    """Whether two pictures differ in nothing but when they were taken and the supervisor's last heartbeat."""
    beat = replace(one.supervisor, heartbeat_at=other.supervisor.heartbeat_at)
    return replace(one, taken_at=other.taken_at, supervisor=beat) == other


class TownFeed(threading.Thread):
    """Polls, builds in its own thread, and posts what changed.

    Args:
        open_source: called in the thread, because SQLite connections do not travel.
        post: thread-safe, such as `App.post_message`.
        was_heard: whether a terminal has written or tmux has changed since it was asked last.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        post: Callable[[Message], object],
        was_heard: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(name="town-feed", daemon=True)
        self._open_source, self._post, self._was_heard = open_source, post, was_heard
        self.shown: TownSnapshot | None = None
        """The newest picture; may be set before the start to one that is shown already."""
        self._wake = threading.Event()
        self._is_ended = False
        self._failed_with = ""

    def poke(self) -> None:
        """Looks at once, because somebody has just done something."""
        self._wake.set()

    def end(self) -> None:
        """Stops the thread; waits for a running picture at most 2 s."""
        self._is_ended = True
        self._wake.set()
        if self.is_alive():
            self.join(timeout=2.0)

    def run(self) -> None:
        """The thread's loop."""
        source = self._open_source()
        said: tuple[Said, ...] | None = None
        version: object = None
        spoken: object = None
        built_at = busy_until = heard_at = -QUIET_SECONDS
        cost = 0.0
        try:
            while not self._is_ended:
                try:
                    now = time.monotonic()
                    present = source.version()
                    is_poked = self._wake.is_set()
                    self._wake.clear()
                    if present != version or is_poked:
                        busy_until = now + BUSY_FOR
                    if self._was_heard() or present != version:
                        heard_at = now
                    least = min(cost * SHARE, MOST_SECONDS)
                    rest = PANES_SECONDS if now - heard_at < SETTLED_SECONDS else QUIET_SECONDS
                    if is_poked or now - built_at >= (least if present != version else max(rest, least)):
                        version, built_at = present, now
                        picture = source.snapshot()
                        cost = time.monotonic() - now
                        is_same = self.shown is not None and says_the_same(self.shown, picture)
                        self._post(SnapshotReady(picture, self.shown if is_same else None))
                        self.shown = picture
                    heard = source.conversation_version()
                    if heard != spoken:
                        spoken = heard
                        words = source.conversation()
                        if words != said:
                            said = words
                            self._post(ConversationReady(words))
                    self._failed_with = ""
                except GastownError as error:
                    heard_at = time.monotonic()  # and so again in a second
                    self._fail(error)
                except Exception as error:
                    heard_at = time.monotonic()
                    LOG.exception("the town could not be read")
                    self._fail(Unavailable(f"the town could not be read: {type(error).__name__}: {error}"))
                now = time.monotonic()
                is_idle = now - max(busy_until, heard_at) > IDLE_AFTER
                self._wake.wait(BUSY_SECONDS if now < busy_until else IDLE_SECONDS if is_idle else REST_SECONDS)
        finally:
            source.close()

    def _fail(self, error: GastownError) -> None:
        if error.line() != self._failed_with:
            self._failed_with = error.line()
            self._post(FeedFailed(error))
