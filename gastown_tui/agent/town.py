"""The agent's one adapter to the town: reports, messages, requests, usage.

Outside a town there is nothing to report to (`NoTown`). Inside, every call runs in one thread with a ledger connection of
its own, because a busy ledger must never stop the agent's screen. A town that does not answer must not stop its work
either: such errors are kept in `trouble` for a notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from gastown_tui.core.errors import Conflict, GastownError
from gastown_tui.core.evidence import AgentState

if TYPE_CHECKING:
    from gastown_tui.services.context import TownContext

T = TypeVar("T")
NOTE_LIMIT = 20_000
"""Characters that the town keeps of a note."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message for this agent. Foreign text."""

    id: str
    sender: str
    text: str

    def fenced(self) -> str:
        """As the model gets it: who says it is said by us, not by the text."""
        if self.sender == "overseer":
            return self.text
        body = self.text.replace("</message", "<\\/message")
        return f'<message from="{self.sender}" id="{self.id}">\n{body}\n</message>'


@dataclass(frozen=True, slots=True)
class TownAnswer:
    """What became of a published request: `key` is "" when it ended without an answer."""

    key: str
    text: str
    by: str


class Town(Protocol):
    """What the agent needs of its town."""

    address: str
    """"" outside a town."""

    async def report(self, state: AgentState, detail: str = "") -> None: ...

    async def take(self) -> list[Incoming]:
        """New messages, leased to this run until it confirms them; none is the usual answer and cheap."""
        ...

    async def confirm(self, messages: Sequence[str]) -> None:
        """These stand in the transcript now: they are seen."""
        ...

    async def publish(
        self, title: str, detail: str, directory: str, options: Sequence[tuple[str, str]], mark: str, subject: str
    ) -> str:
        """Asks the overseer; returns the request's id, "" when there is nobody to ask."""
        ...

    async def by_rule(self, tool: str, given: Mapping[str, object], directory: str, what: str) -> tuple[str, str] | None:
        """(verdict, rule) of the overseer's standing rules about a call, which is logged; None when they say nothing."""
        ...

    async def answer_of(self, request: str) -> TownAnswer | None: ...

    async def settle(self, request: str, key: str) -> bool:
        """Answered here; False when the overseer was first."""
        ...

    async def leave(self, note: str) -> None:
        """Keeps a handoff note for the run after this one, in case this one does not live to use it."""
        ...

    def trouble(self) -> str:
        """What went wrong since the last time this was asked, else ""."""
        ...

    def close(self) -> None: ...


class NoTown:
    """Outside a town: nobody listens, nobody writes."""

    address = ""

    async def report(self, state: AgentState, detail: str = "") -> None:
        return

    async def take(self) -> list[Incoming]:
        return []

    async def confirm(self, messages: Sequence[str]) -> None:
        return

    async def publish(
        self, title: str, detail: str, directory: str, options: Sequence[tuple[str, str]], mark: str, subject: str
    ) -> str:
        return ""

    async def by_rule(self, tool: str, given: Mapping[str, object], directory: str, what: str) -> tuple[str, str] | None:
        return None

    async def answer_of(self, request: str) -> TownAnswer | None:
        return None

    async def settle(self, request: str, key: str) -> bool:
        return True

    async def leave(self, note: str) -> None:
        return

    def trouble(self) -> str:
        return ""

    def close(self) -> None:
        return


class LedgerTown:
    """The town that this run belongs to."""

    def __init__(self, town: Path, environment: Mapping[str, str]) -> None:
        from gastown_tui.services.context import open_context

        self._ctx: TownContext = open_context(town, environment)
        self.address = self._ctx.actor
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="town")
        self._seen_version = -1
        self._trouble = ""

    async def report(self, state: AgentState, detail: str = "") -> None:
        from gastown_tui.services import telemetry

        await self._call(lambda: telemetry.report(self._ctx, state, detail, "agent"), None)

    async def take(self) -> list[Incoming]:
        return await self._call(self._take, [])

    def _take(self) -> list[Incoming]:
        from gastown_tui.ledger.connection import data_version
        from gastown_tui.services import messages

        version = data_version(self._ctx.ledger)
        if version == self._seen_version:
            return []
        if not messages.has_waiting(self._ctx):
            # Remembered only when nothing waits: a failed take is tried again.
            self._seen_version = version
            return []
        taken = messages.take(self._ctx)
        return [Incoming(item.id, item.sender, _whole(item.subject, item.text)) for item in taken]

    async def confirm(self, messages: Sequence[str]) -> None:
        from gastown_tui.services import messages as service

        await self._call(lambda: service.confirm(self._ctx, messages), None)

    async def publish(
        self, title: str, detail: str, directory: str, options: Sequence[tuple[str, str]], mark: str, subject: str
    ) -> str:
        from gastown_tui.services import requests

        def publish() -> str:
            return requests.publish(self._ctx, "permission", title, detail, directory, options, mark, subject=subject)

        return await self._call(publish, "")

    async def by_rule(self, tool: str, given: Mapping[str, object], directory: str, what: str) -> tuple[str, str] | None:
        from gastown_tui.services import rules

        return await self._call(lambda: rules.decide(self._ctx, tool, given, directory, what), ("ask", "unread"))

    async def answer_of(self, request: str) -> TownAnswer | None:
        return await self._call(lambda: self._answer_of(request), None)

    def _answer_of(self, request: str) -> TownAnswer | None:
        from gastown_tui.services import requests

        try:
            answer = requests.answer_of(self._ctx, request)
        except Conflict:
            return TownAnswer("", "", "")
        return TownAnswer(*answer) if answer else None

    async def settle(self, request: str, key: str) -> bool:
        from gastown_tui.services import requests

        return await self._call(lambda: requests.settle(self._ctx, request, key), True)

    async def leave(self, note: str) -> None:
        from gastown_tui.services import handoff

        await self._call(lambda: bool(handoff.leave(self._ctx, note[:NOTE_LIMIT])), False)

    def trouble(self) -> str:
        said, self._trouble = self._trouble, ""
        return said

    def close(self) -> None:
        self._thread.submit(self._ctx.close)
        self._thread.shutdown(wait=True)

    async def _call(self, work: Callable[[], T], otherwise: T) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except GastownError as error:
            self._trouble = error.line()
            return otherwise


def _whole(subject: str, text: str) -> str:
    return f"{subject}\n\n{text}" if subject else text


def open_town(environment: Mapping[str, str]) -> Town:
    """The town that the environment names; without one, or when it cannot be opened, none."""
    town, agent, run = (environment.get(name, "") for name in ("GT_TOWN", "GT_AGENT", "GT_RUN"))
    if not (town and agent and run):
        return NoTown()
    return LedgerTown(Path(town), environment)
