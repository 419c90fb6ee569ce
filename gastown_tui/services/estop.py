"""E-stop: freeze every agent at once, with or without a supervisor.

The flag file comes first: nothing starts while it exists, and it needs no ledger. Then the supervisor is given 2 s to
confirm that it froze the runs; without that the caller freezes them itself.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import GastownError, Unavailable
from gastown_tui.infra.act import kill
from gastown_tui.infra.files import write_atomic
from gastown_tui.infra.launches import LauncherRecord, read_launcher
from gastown_tui.ledger import events
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

CONFIRM_LIMIT = 2.0
STOPPED, RUNNING = "stopped, proven", "still running"


@dataclass(frozen=True, slots=True)
class Halt:
    """One run's state after the stop."""

    agent: str
    run: str
    state: str
    """stopped, proven | still running"""
    processes: int
    """How many are stopped."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What an E-stop reached."""

    runs: tuple[Halt, ...]
    by: str
    """supervisor | caller: who froze them."""
    has_flag: bool
    """The flag could be written; without it new runs are not kept from starting."""

    @property
    def is_proven(self) -> bool:
        return self.has_flag and all(halt.state == STOPPED for halt in self.runs)


def stop(ctx: TownContext) -> Stopped:
    """Writes the flag, then sees to it that every run is frozen. Anybody may stop, agents too."""
    before = _newest_confirmation(ctx)
    has_flag = _write_flag(ctx)
    by = "supervisor" if has_flag and _wait_confirmed(ctx, before) else "caller"
    # Frozen again by us whoever was first: freezing what is frozen only proves it.
    stopped = Stopped(tuple(_freeze(found) for found in _records(ctx)), by, has_flag)
    _tell(ctx, "town.estopped", {"runs": len(stopped.runs), "proven": stopped.is_proven})
    return stopped


def _write_flag(ctx: TownContext) -> bool:
    try:
        write_atomic(ctx.layout.estop, json.dumps({"at": ctx.now(), "by": ctx.actor}, ensure_ascii=False))
    except Unavailable:
        # A full disk has no room for words, but mostly for a name. The stop goes on in any case.
        try:
            ctx.layout.estop.touch(mode=0o600)
        except OSError:
            return False
    return True


def release(ctx: TownContext) -> list[str]:
    """Removes the flag and lets every run go on; returns the agents that are still stopped."""
    ctx.require_overseer("release the E-stop")
    try:
        ctx.layout.estop.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(f"cannot remove {ctx.layout.estop}: {error.strerror}") from error
    still = []
    for directory, record in _records(ctx):
        if kill.thaw_run(record, record.token):
            still.append(_agent(directory, record))
    _tell(ctx, "town.released", {"still_stopped": still})
    return still


def _tell(ctx: TownContext, kind: str, data: dict[str, object]) -> None:
    """For the trail, after the act: a ledger that does not answer must not hold up a stop."""
    try:
        with transaction(ctx.ledger) as conn:
            events.record(conn, now=ctx.now(), kind=kind, actor=ctx.actor, subject="town", data=data)
    except GastownError:
        return


def is_on(ctx: TownContext) -> bool:
    return ctx.layout.estop.exists()


def _freeze(found: tuple[Path, LauncherRecord]) -> Halt:
    directory, record = found
    frozen = kill.freeze_run(record, record.token, wait=CONFIRM_LIMIT)
    state = STOPPED if frozen.is_proven else RUNNING
    return Halt(_agent(directory, record), record.run, state, len(frozen.stopped))


def _records(ctx: TownContext) -> list[tuple[Path, LauncherRecord]]:
    """Launchers of this town that live, or may live; found by their own records, for the ledger may not answer."""
    place = ctx.layout.run_directory("x").parent
    try:
        directories = sorted(place.iterdir())
    except OSError:
        return []
    found = []
    for directory in directories:
        record = read_launcher(directory)
        if record is not None and record.is_alive() is not False:
            found.append((directory, record))
    return found


def _agent(directory: Path, record: LauncherRecord) -> str:
    try:
        spec = json.loads((directory / "launch.json").read_text())
        return str(spec["agent"])
    except (OSError, ValueError, KeyError, TypeError):
        return record.run


def _newest_confirmation(ctx: TownContext) -> int:
    try:
        found = events.of_subject(ctx.ledger, "town")
    except (GastownError, OSError):
        return -1
    return max((event.seq for event in found if event.kind == "estop.confirmed"), default=0)


def _wait_confirmed(ctx: TownContext, before: int) -> bool:
    if before < 0:
        return False
    end = time.monotonic() + CONFIRM_LIMIT
    while time.monotonic() < end:
        if _newest_confirmation(ctx) > before:
            return True
        time.sleep(0.05)
    return False
