"""An agent's conversation, read from its transcript whatever CLI it is. Never asks a model."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gastown_tui.core.ids import OVERSEER
from gastown_tui.core.rows import Run
from gastown_tui.core.transcript import Entry, What
from gastown_tui.drivers.transcripts import places
from gastown_tui.infra.tail import Place, place_at
from gastown_tui.ledger import runs
from gastown_tui.services.context import TownContext
from gastown_tui.services.transcripts import Source, kind_of, open_source, wanted_of

TAIL_BYTES = 1_000_000
"""Newest part of each file that is read; older entries are not shown."""
MOST_ENTRIES = 3_000
"""Entries that are kept; the oldest go first."""
SEARCH_EVERY = 20
"""Looks between two searches for new files."""
MOST_LOGS = 4
"""Conversations that are kept open."""


_MESSAGE = re.compile(r'<message from="([^"]*)"[^>]*>\s*(.*?)\s*</message>', re.DOTALL)
"""Other agents' words, as they are fenced for an agent that pulls them …"""
_TYPED = re.compile(r"\[message \S+ from (\S+)\] (.*)", re.DOTALL)
"""… and as they are typed into one that does not."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said or done. All strings are foreign text."""

    at: float
    speaker: str
    """you | agent | receipt | note"""
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns, oldest first, and what is being said just now."""

    turns: tuple[Turn, ...]
    live: str
    """The unfinished answer, "" at rest."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What an agent's newest run has said and done. All strings are foreign text."""

    run: str = ""
    """"" when it has had none."""
    is_readable: bool = True
    """False when its CLI writes no transcript that we can read."""
    entries: tuple[Entry, ...] = ()
    """Oldest first."""
    first: int = 0
    """Number of the first entry: an entry keeps its number while older ones are dropped."""
    is_cut: bool = False
    """Older entries are not among them."""
    skipped: int = 0
    """Records that could not be read."""


@dataclass
class Log:
    """One run's conversation, read on and on."""

    ctx: TownContext
    run: Run
    entries: list[Entry] = field(default_factory=list)
    first: int = 0
    is_cut: bool = False
    _sources: dict[Path, Source] = field(default_factory=dict)
    _looks: int = 0

    def read_on(self) -> bool:
        """Takes what is new; returns whether there was anything."""
        kind = kind_of(self.run)
        if kind is None:
            return False
        if not self._sources or self._looks % SEARCH_EVERY == 0:
            wanted = wanted_of(self.ctx, self.run)
            for path in places.find(kind, wanted):
                if path not in self._sources:
                    self._sources[path] = open_source(path, kind, wanted, None if kind.is_database else self._near_end(path))
        self._looks += 1
        found: list[Entry] = []
        for source in self._sources.values():
            read = source.read(TAIL_BYTES * 2)
            # A file that begins anew is another conversation, or the same one shorter: both are told again.
            found += [item for item in read.items if isinstance(item, Entry)]
        if not found:
            return False
        self.entries += found
        if len(self._sources) > 1:
            self.entries.sort(key=lambda entry: entry.at)
        if len(self.entries) > MOST_ENTRIES:
            self.first += len(self.entries) - MOST_ENTRIES
            del self.entries[:-MOST_ENTRIES]
            self.is_cut = True
        return True

    def _near_end(self, path: Path) -> Place | None:
        try:
            size = path.stat().st_size
        except OSError:
            return None
        if size <= TAIL_BYTES:
            return None
        self.is_cut = True
        return place_at(path, size - TAIL_BYTES)

    @property
    def skipped(self) -> int:
        """Records that could not be read; the first of a tail is cut and does not count."""
        return max(0, sum(source.skipped for source in self._sources.values()) - (len(self._sources) if self.is_cut else 0))

    def is_current(self, run: Run) -> bool:
        """Whether this is the log of that run, which works where it did."""
        return run.id == self.run.id and run.worktree == self.run.worktree and run.conversation == self.run.conversation


class Conversations:
    """The conversations that somebody looks at. One per thread."""

    def __init__(self, ctx: TownContext) -> None:
        self._ctx = ctx
        self._logs: dict[str, Log] = {}

    def log(self, agent: str) -> Log | None:
        """The conversation of the agent's newest run, read up to now; None when it has had none."""
        newest = next(iter(runs.of_agent(self._ctx.ledger, agent, 1)), None)
        if newest is None:
            return None
        known = self._logs.pop(agent, None)
        if known is None or (not known.is_current(newest) and not _is_over(known.run, newest)):
            known = Log(self._ctx, newest)
        self._logs[agent] = known
        while len(self._logs) > MOST_LOGS:
            del self._logs[next(iter(self._logs))]
        known.read_on()
        return known

    def heard(self, agent: str) -> Heard:
        """Everything that is kept of it."""
        log = self.log(agent)
        if log is None:
            return Heard()
        is_readable = kind_of(log.run) is not None
        return Heard(log.run.id, is_readable, tuple(log.entries), log.first, log.is_cut, log.skipped)


def _is_over(known: Run, newest: Run) -> bool:
    """The same run, which has given its worktree back: its files are where they were."""
    return known.id == newest.id and not newest.worktree


def read(ctx: TownContext, agent: str, conversations: Conversations | None = None) -> Conversation:
    """What was said with `agent` in its newest run. Words that it has not taken up yet are the outbox's to tell.

    Args:
        conversations: kept by whoever asks again and again.
    """
    log = (conversations or Conversations(ctx)).log(agent)
    turns: list[Turn] = []
    live = ""
    if log is not None:
        turns = turns_of(log.entries)
        live = _live(ctx.layout.run_directory(log.run.id) / "live.json")
    return Conversation(tuple(turns), live)


def turns_of(entries: Sequence[Entry]) -> list[Turn]:
    """Who said what: without briefs, sub-agents and what tools gave back."""
    turns = []
    is_first = True
    for entry in entries:
        if entry.is_side or entry.what is What.RESULT:
            continue
        is_brief = entry.what is What.USER and is_a_brief(entry, is_first=is_first)
        is_first = is_first and entry.what is not What.USER
        if not is_brief:
            turns.append(_turn(entry))
    return turns


def is_a_brief(entry: Entry, *, is_first: bool) -> bool:
    """Whether it is what a session is started with, which nobody said; a CLI that goes on is given it again in the middle."""
    return not entry.name and entry.text.startswith("You are ") and (is_first or "$GT" in entry.text)


def addressed(text: str) -> tuple[str, str] | None:
    """(sender, words) of a message that was delivered to the agent, None for words that are no message."""
    found = _MESSAGE.fullmatch(text) or _TYPED.fullmatch(text)
    return (found[1], found[2]) if found else None


def _turn(entry: Entry) -> Turn:
    if entry.what is What.TOOL:
        return Turn(entry.at, "receipt", f"{entry.name} {entry.text}".strip())
    if entry.what is What.USER and (message := addressed(entry.text)):
        sender, words = message
        return Turn(entry.at, "you", words) if sender == OVERSEER else Turn(entry.at, "note", f"{sender}: {words}")
    return Turn(entry.at, {What.USER: "you", What.AGENT: "agent"}.get(entry.what, "note"), entry.text)


def _live(path: Path) -> str:
    try:
        value = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError):
        return ""
    return str(value.get("text", "")) if isinstance(value, dict) else ""
