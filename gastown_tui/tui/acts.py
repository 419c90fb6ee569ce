"""Everything that the console does, in one place: each act calls a service, in the app's act thread.

Widgets never come here; screens ask the app to run an act, and what it changed comes back through the feed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Names only: loading the services would keep the first picture waiting.
    from gastown_tui.core.rows import Event, ReviewComment
    from gastown_tui.services.beads import BeadDetail
    from gastown_tui.services.conversation import Heard
    from gastown_tui.services.doctor import Check
    from gastown_tui.services.explain import Explanation
    from gastown_tui.services.mail import Thread
    from gastown_tui.services.settings_form import Section


class Acts(Protocol):
    """What a person can do. Every method may wait for the ledger and raises only `GastownError`s."""

    def boot(self) -> None:
        """Starts a missing supervisor, unless the town is wanted down or E-stopped."""
        ...

    def answer(self, request_id: str, key: str, text: str) -> None:
        """Answers a request; the first answer wins."""
        ...

    def make_rule(self, rule: Mapping[str, str]) -> str:
        """Makes a standing rule; returns its id."""
        ...

    def remove_rule(self, rule: str) -> str:
        """Takes a standing rule back; returns what it said."""
        ...

    def approve(self, bead: str) -> None:
        """Lets the bead's merge land, or accepts its work without code."""
        ...

    def send_back(self, bead: str, reason: str) -> None:
        """Returns the bead's work to an agent, which is told why."""
        ...

    def retry(self, merge_id: int) -> None:
        """Puts a merge that came back into the lane again."""
        ...

    def say(self, receiver: str, text: str) -> None:
        """Words to an agent, delivered when it rests."""
        ...

    def interrupt(self, receiver: str, text: str) -> None:
        """Ends the agent's turn, then tells it the words."""
        ...

    def nudge(self, receiver: str, text: str) -> None:
        """A push to go on."""
        ...

    def broadcast(self, receivers: Sequence[str], text: str, kind: str = "nudge") -> list[str]:
        """The same words to several agents; returns who cannot have them, each with the reason.

        Args:
            kind: nudge | say; a nudge that nobody could take in time is not kept.
        """
        ...

    def stop_agent(self, address: str) -> None:
        """Ends an agent's run; its work is kept."""
        ...

    def restart_agent(self, address: str) -> None:
        """Ends an agent's run and starts a new one with the same work."""
        ...

    def file(self, title: str, rig: str) -> str:
        """Files a bead; returns its id."""
        ...

    def sling(self, bead: str, target: str) -> str:
        """Gives a bead to an agent, a rig's polecats ("" for the bead's own rig); returns where it went."""
        ...

    def convoy(self, title: str, beads: Sequence[str]) -> str:
        """Builds a convoy and returns its id."""
        ...

    def acknowledge(self, incident: int) -> None:
        """Marks an incident as seen."""
        ...

    def control(self, verb: str) -> str:
        """pause | resume | up | down | estop | release; returns what became of it in a few words."""
        ...

    def review_comments(self, bead: str) -> list[ReviewComment]:
        """All remarks on a bead's work."""
        ...

    def review_comment(self, bead: str, path: str, line: int, text: str, side: str) -> None:
        """Drafts a remark on a line (`side`: new | old)."""
        ...

    def review_drop(self, comment: int) -> None:
        """Forgets a draft."""
        ...

    def review_resolve(self, comment: int) -> None:
        """A remark is dealt with."""
        ...

    def review_send(self, bead: str, words: str) -> None:
        """Sends all drafts, with `words` before them."""
        ...

    def diff(self, merge_id: int) -> str:
        """What a merge would land, as a unified diff."""
        ...

    def log(self, merge_id: int) -> str:
        """The end of a merge's gate log, "" when there is none. Foreign text."""
        ...

    def heard(self, agent: str) -> Heard:
        """What the agent's newest run has said and done, as far as its CLI writes it down."""
        ...

    def about(self, bead: str) -> tuple[BeadDetail, list[Event]]:
        """A bead with everything that hangs on it, and everything that happened to it, oldest first."""
        ...

    def last_words(self, agent: str) -> tuple[str, str]:
        """An agent's last answer and the last command that it ran, "" where there is none. Foreign text."""
        ...

    def explain(self, agent: str) -> Explanation:
        """Why its state is what it is."""
        ...

    def correct(self, agent: str, really: str) -> str:
        """Keeps its screen as a case of a wrong state; returns the case's name."""
        ...

    def threads(self, everybody: bool) -> list[Thread]:
        """The overseer's mail as threads, newest first; with `everybody` also what agents write to each other."""
        ...

    def read_thread(self, thread: str) -> None:
        """Marks a thread as read."""
        ...

    def archive(self, thread: str, is_archived: bool) -> None:
        """Puts a thread away, or back."""
        ...

    def write(self, receivers: Sequence[str], subject: str, text: str) -> None:
        """Sends a letter."""
        ...

    def reply(self, message: str, text: str) -> None:
        """Answers a message in its thread."""
        ...

    def examine(self) -> list[Check]:
        """What the doctor finds; takes seconds."""
        ...

    def repair(self, fix: str) -> str:
        """Does what a finding offers; returns what became of it."""
        ...

    def settings(self, extra: Sequence[tuple[str, ...]]) -> list[Section]:
        """The town's and the rigs' settings as a form; `extra` names entries to show that no file has yet."""
        ...

    def change_setting(self, section: str, path: Sequence[str], text: str | None) -> None:
        """Writes one value, or takes it out with None; the file is checked first."""
        ...

    def close(self) -> None:
        """Ends the connections."""
        ...
