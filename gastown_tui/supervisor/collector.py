"""Reads the transcripts of runs while they grow: tokens into the ledger, once each, and a digest into the telemetry.

A round in which no transcript grew costs one `stat` a file and writes nothing. The ledger is written when answers were
counted, at most every few seconds; up to where was read is in the same transaction.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gastown_tui.core.models import window_of
from gastown_tui.core.rows import Run, Usage
from gastown_tui.core.snapshot import Digest
from gastown_tui.core.transcript import Call, Entry, Item, Sign, What
from gastown_tui.core.usage import Counter, Tokens
from gastown_tui.drivers.transcripts import places
from gastown_tui.drivers.transcripts.places import Kind, Wanted
from gastown_tui.infra.tail import Place
from gastown_tui.ledger import digests, runs, usage
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext
from gastown_tui.services.transcripts import SEARCH_EVERY, Source, kind_of, open_source, wanted_of

log = logging.getLogger(__name__)
FILE_BYTES = 2_000_000
"""Most that is read of one file in a round: about 20 ms of parsing."""
ROUND_BYTES = 6_000_000
"""Most that is read in one round; files that are behind go on in the next one."""
FLUSH_EVERY = 5.0
"""Seconds between two writes into the ledger while answers are counted."""
LATE = 3600.0
"""Seconds back in which a run may have ended while no supervisor counted."""
PLACES_KEPT = 7 * 86_400.0
SAID_LIMIT = 400
"""Characters of an agent's last words that the digest keeps."""


@dataclass
class _File:
    """One transcript of one run, and what of it is counted and not written down yet."""

    source: Source
    counter: Counter
    is_counted: bool = False


@dataclass
class _Watched:
    """A run whose transcripts are read."""

    run: Run
    kind: Kind
    wanted: Wanted
    files: dict[Path, _File] = field(default_factory=dict)
    searched_at: float = float("-inf")
    digest: Digest = field(default_factory=lambda: Digest(""))
    waiting: dict[tuple[str, str], tuple[Tokens, int]] = field(default_factory=dict)
    """(model, day) → tokens and answers that are not in the ledger yet."""
    is_behind: bool = False


class Collector:
    """One per supervisor."""

    def __init__(self, ctx: TownContext) -> None:
        self._ctx = ctx
        self._watched: dict[str, _Watched] = {}
        self._known: dict[str, Digest] | None = None
        self._flushed_at = float("-inf")
        self._turn = 0

    @property
    def is_behind(self) -> bool:
        """Whether more can be read at once."""
        return any(one.is_behind for one in self._watched.values())

    def collect(self, active: Sequence[Run], boot_now: float) -> None:
        """Reads what is new of the active runs, and to its end what just ended runs have left."""
        if self._known is None:
            digests.prepare(self._ctx.telemetry)
            self._known = digests.every(self._ctx.telemetry)
            for run in runs.ended_since(self._ctx.ledger, self._ctx.now() - LATE):
                self._watch(run)
        for run in active:
            self._watch(run)
        changed = self._read(boot_now)
        if changed:
            digests.put(self._ctx.telemetry, changed)
        running = {run.id for run in active}
        ended = [one for name, one in self._watched.items() if name not in running and not one.is_behind]
        has_counted = any(one.waiting for one in self._watched.values())
        if has_counted and (boot_now - self._flushed_at >= FLUSH_EVERY or any(one.waiting for one in ended)):
            self._flush()
            self._flushed_at = boot_now
        for one in ended:
            if one.run.ended_at is not None:
                del self._watched[one.run.id]
            elif (now_ended := runs.find(self._ctx.ledger, one.run.id)) is not None and now_ended.ended_at is not None:
                one.run = now_ended  # one last look: its end may be younger than what was read
            else:
                del self._watched[one.run.id]

    def keep_house(self, active: Sequence[Run]) -> None:
        """Forgets places and digests of runs that are long over."""
        usage.forget_places(self._ctx.ledger, self._ctx.now() - PLACES_KEPT)
        digests.forget_but(self._ctx.telemetry, {run.id for run in active} | self._watched.keys())

    def _watch(self, run: Run) -> None:
        known = self._watched.get(run.id)
        if known is not None:
            if known.run.worktree != run.worktree or known.run.conversation != run.conversation:
                known.run, known.wanted = run, wanted_of(self._ctx, run)
            return
        kind = kind_of(run)
        if kind is None or run.started_at is None:
            return  # it tells nothing, or has not begun
        digest = (self._known or {}).get(run.id) or Digest(run.id)
        self._watched[run.id] = _Watched(run, kind, wanted_of(self._ctx, run), digest=digest)

    def _read(self, boot_now: float) -> list[Digest]:
        """Reads what is new, a bounded part of it; returns the digests that changed."""
        changed, left = [], ROUND_BYTES
        order = list(self._watched.values())
        self._turn += 1
        for index in range(len(order)):
            one = order[(index + self._turn) % len(order)]
            if not one.files or one.run.ended_at is not None or boot_now - one.searched_at >= SEARCH_EVERY:
                one.searched_at = boot_now
                self._search(one)
            before, one.is_behind = one.digest, False
            for file in one.files.values():
                if left <= 0:
                    one.is_behind = True
                    break
                read = file.source.read(min(FILE_BYTES, left))
                left -= read.taken
                one.is_behind |= not read.is_at_end
                if read.began_again:
                    file.counter.begin_again()
                    log.info("transcript %s of run %s began anew", file.source.path, one.run.id)
                self._take(one, file, read.items)
            skipped = sum(file.source.skipped for file in one.files.values())
            if skipped != one.digest.skipped:
                one.digest = replace(one.digest, skipped=skipped)
            if one.digest != before:
                changed.append(one.digest)
        return changed

    def _search(self, one: _Watched) -> None:
        counted = usage.places_of(self._ctx.ledger, one.run.id)
        for path in places.find(one.kind, one.wanted):
            if path in one.files:
                continue
            mine = counted.get(str(path))
            earlier = mine or usage.newest_place(self._ctx.ledger, str(path))
            counter = Counter.read(mine.counter) if mine else Counter(one.run.created_at)
            place = Place(earlier.offset, earlier.inode, earlier.mark) if earlier else None
            state = json.loads(earlier.parser) if earlier else {}
            one.files[path] = _File(open_source(path, one.kind, one.wanted, place, state), counter)

    def _take(self, one: _Watched, file: _File, items: list[Item]) -> None:
        for item in items:
            if isinstance(item, Call):
                self._count(one, file, item)
            one.digest = digested(one.digest, item, self._ctx.now())

    def _count(self, one: _Watched, file: _File, call: Call) -> None:
        if one.run.ended_at is not None and call.at > one.run.ended_at:
            return  # the conversation went on in another run
        new = file.counter.take(call)
        if new is None:
            return
        key = (call.model, usage.day_of(call.at or self._ctx.now()))
        tokens, calls = one.waiting.get(key, (Tokens(), 0))
        one.waiting[key] = (tokens + new[0], calls + new[1])
        file.is_counted = True

    def _flush(self) -> None:
        ledger, now = self._ctx.ledger, self._ctx.now()
        with transaction(ledger):
            for name, one in self._watched.items():
                for (model, day), (tokens, calls) in one.waiting.items():
                    numbers = (tokens.input, tokens.output, tokens.cache_read, tokens.cache_write)
                    row = Usage(name, model, *numbers, calls, tokens.cache_hour)
                    usage.add(ledger, row, day=day)
                for path, file in one.files.items():
                    if file.is_counted:
                        usage.put_place(ledger, _place(name, path, file, now))
        for one in self._watched.values():
            one.waiting.clear()
            for file in one.files.values():
                file.is_counted = False


def _place(run: str, path: Path, file: _File, now: float) -> usage.CountedPlace:
    here = file.source.place()
    parser = json.dumps(file.source.parser.state(), ensure_ascii=False)
    return usage.CountedPlace(
        run, str(path), here.offset, here.inode, here.mark, file.counter.write(), parser, file.source.skipped, now
    )


def digested(digest: Digest, item: Item, now: float) -> Digest:
    """The digest after one more item. Sub-agents fill contexts of their own and say nothing about the run's."""
    match item:
        case Call(is_side=False) if item.context:
            window = item.window or window_of(item.model)
            at = item.at or now
            return replace(digest, at=now, model=item.model, context=item.context, window=window, context_at=at)
        case Entry(what=What.AGENT, is_side=False):
            return replace(digest, at=now, said=item.text.strip()[-SAID_LIMIT:], said_at=item.at or now)
        case Entry(what=What.NOTE, is_side=False) if "compacted" in item.text or "handoff" in item.text:
            return replace(digest, at=now, context=0)  # how full it is is known with the next answer
        case Sign():
            detail = item.detail[:SAID_LIMIT]
            return replace(digest, at=now, state=item.state.value, detail=detail, rule=item.rule, state_at=item.at or now)
    return digest
