"""Reading runs' transcripts on and on: every file of a run from where it was left, in bounded time and memory."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gastown_tui.core.errors import NotFound
from gastown_tui.core.ids import Role, parse_address
from gastown_tui.core.rows import Run
from gastown_tui.core.transcript import Item
from gastown_tui.drivers.base import LaunchRequest
from gastown_tui.drivers.registry import get as driver_named
from gastown_tui.drivers.transcripts.opencode import QUERY
from gastown_tui.drivers.transcripts.places import KINDS, Kind, Wanted
from gastown_tui.drivers.transcripts.reading import Parser, Reader
from gastown_tui.infra import foreign_rows
from gastown_tui.infra.tail import Place, place_at, read_on
from gastown_tui.ledger import settings
from gastown_tui.services.context import TownContext

SEARCH_EVERY = 5.0
"""Seconds between two looks for new files of a run (/clear begins one, and so does a sub-agent)."""
ROWS = 1000
"""Rows of a database that are read at once."""


class Source(Protocol):
    """One file of a run."""

    @property
    def path(self) -> Path: ...

    @property
    def parser(self) -> Parser: ...

    @property
    def skipped(self) -> int:
        """Records that could not be read."""
        ...

    def read(self, limit: int) -> Read:
        """What is new, from at most `limit` bytes."""
        ...

    def place(self) -> Place:
        """From where a later reader goes on without missing or repeating a record."""
        ...


@dataclass(frozen=True, slots=True)
class Read:
    """What one look at one file gave."""

    items: list[Item]
    taken: int = 0
    """Bytes read."""
    began_again: bool = False
    is_at_end: bool = True


class FileSource:
    """A JSONL file."""

    def __init__(self, path: Path, kind: Kind, place: Place | None = None, state: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._kind = kind
        self._place = place or Place()
        self._earlier = 0
        self._seen = (0, 0)
        self._begin(state or {})

    def _begin(self, state: Mapping[str, str]) -> None:
        self.parser = self._kind.parser()
        self.parser.restore(state)
        self._reader = Reader(self.parser)

    @property
    def skipped(self) -> int:
        return self._earlier + self._reader.skipped

    def read(self, limit: int) -> Read:
        stamp = _stamp(self.path)
        if stamp == self._seen:
            return Read([])
        chunk = read_on(self.path, self._place, limit)
        self._place = chunk.place
        # What is written while we read has a later time, or the same within the clock's step and another size.
        self._seen = stamp if chunk.is_at_end else (0, 0)
        if chunk.began_again:
            self._earlier += self._reader.skipped
            self._begin({})
        return Read(self._reader.feed(chunk.data), len(chunk.data), chunk.began_again, chunk.is_at_end)

    def place(self) -> Place:
        pending = self._reader.pending
        return place_at(self.path, self._place.offset - pending) if pending else self._place


class RowSource:
    """A database; its place is the time (ms) of the newest row that was read."""

    def __init__(
        self, path: Path, kind: Kind, wanted: Wanted, place: Place | None = None, state: Mapping[str, str] | None = None
    ) -> None:
        self.path = path
        self.parser = kind.parser()
        self.parser.restore(state or {})
        self.skipped = 0
        self._wanted = wanted
        self._place = place or Place()
        self._seen: tuple[tuple[int, int], ...] = ()

    def read(self, limit: int) -> Read:
        stamp = tuple(_stamp(Path(f"{self.path}{end}")) for end in ("", "-wal"))
        if stamp == self._seen:
            return Read([])
        worktree = os.path.realpath(self._wanted.worktree)
        since = int(self._wanted.since * 1000)
        rows = foreign_rows.read(self.path, QUERY, worktree, since, self._place.offset, ROWS)
        items: list[Item] = []
        for table, name, at, is_side, data, message in rows:
            try:
                record = {"table": table, "id": name, "at": at, "side": is_side, "data": json.loads(str(data))}
                items += self.parser.parse({**record, "message": json.loads(str(message))})
            except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
                self.skipped += 1
            self._place = Place(max(self._place.offset, int(str(at))))
        is_at_end = len(rows) < ROWS
        self._seen = stamp if is_at_end else ()
        return Read(items, sum(len(str(row[4])) for row in rows), is_at_end=is_at_end)

    def place(self) -> Place:
        return self._place


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def kind_of(run: Run) -> Kind | None:
    """How the run's CLI writes its transcripts, None when it writes none that we can read."""
    return KINDS.get(run.driver)


def wanted_of(ctx: TownContext, run: Run) -> Wanted:
    """Where the run's transcripts are looked for."""
    known = _known(ctx, run)
    return Wanted(worktree_of(ctx, run), run.created_at, known, os.environ)


def worktree_of(ctx: TownContext, run: Run) -> Path:
    """Where the run works or has worked: a run that gave its worktree back does not name it any more."""
    if run.worktree:
        return Path(run.worktree)
    address = parse_address(run.agent)
    if not address.rig:
        return ctx.layout.root / address.name
    rig = ctx.layout.rig(address.rig)
    return rig.crew(address.name) if address.role is Role.CREW else rig.polecat(address.name)


def open_source(
    path: Path, kind: Kind, wanted: Wanted, place: Place | None = None, state: Mapping[str, str] | None = None
) -> Source:
    """A reader of one file, from `place` on."""
    return RowSource(path, kind, wanted, place, state) if kind.is_database else FileSource(path, kind, place, state)


def transcript_of(ctx: TownContext, run: Run) -> Path:
    """Where the run's CLI writes its conversation, as far as that is known beforehand; the file need not exist."""
    return _known(ctx, run) or ctx.layout.run_directory(run.id) / "transcript.jsonl"


def _known(ctx: TownContext, run: Run) -> Path | None:
    directory = ctx.layout.run_directory(run.id)
    if run.driver == "builtin":
        return directory / "transcript.jsonl"
    request = LaunchRequest(
        town=ctx.layout.root,
        run=run.id,
        agent=run.agent,
        role="",
        worktree=worktree_of(ctx, run),
        run_directory=directory,
        gt=ctx.layout.bin / "gt",
        gt_hook=ctx.layout.bin / "gt-hook",
        prompt="",
        conversation=run.conversation,
        settings={"rehearsal": "1"} if settings.get(ctx.ledger, settings.REHEARSAL) else {},
    )
    try:
        return driver_named(run.driver).transcript(request, os.environ)
    except NotFound:
        return None  # a driver that an older version knew
