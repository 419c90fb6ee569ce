"""What the feed and the widgets tell the app and the screens."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from gastown_tui.core.errors import GastownError
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.tui.viewmodels.chat import Said


@dataclass
class SnapshotReady(Message):
    """A new picture of the town. Only the newest counts."""

    snapshot: TownSnapshot
    like: TownSnapshot | None = None
    """An earlier picture that differs in nothing that is shown."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, SnapshotReady)


@dataclass
class ConversationReady(Message):
    """The mayor's conversation has changed. Only the newest counts."""

    said: tuple[Said, ...]

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, ConversationReady)


@dataclass
class FeedFailed(Message):
    """The town could not be read; the last picture stays, and says its age."""

    error: GastownError

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, FeedFailed)


@dataclass
class WordsSent(Message):
    """The composer's text, to be said or, with a slash, to be done."""

    text: str
