"""Who calls, for which town: built once per process and passed to every service."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gastown_tui.core.errors import NotAllowed, NotFound
from gastown_tui.core.ids import BASE36, OVERSEER
from gastown_tui.core.layout import TownLayout
from gastown_tui.ledger import connection, migrations, telemetry

TOWN_VARIABLE = "GT_TOWN"
AGENT_VARIABLE = "GT_AGENT"
RUN_VARIABLE = "GT_RUN"
TOKEN_VARIABLE = "GT_TOKEN"


@dataclass
class TownContext:
    """The town, the caller and the open ledger. One per thread: SQLite connections do not travel."""

    layout: TownLayout
    actor: str = OVERSEER
    """An agent's address inside a run, `supervisor` in the machinery, else `overseer`."""
    run: str = ""
    now: Callable[[], float] = field(default=time.time)
    _ledger: connection.Connection | None = field(default=None, repr=False)
    _telemetry: connection.Connection | None = field(default=None, repr=False)

    @property
    def ledger(self) -> connection.Connection:
        """The ledger's connection, opened and its schema checked on first use."""
        if self._ledger is None:
            conn = connection.connect(self.layout.ledger)
            migrations.check(conn)
            self._ledger = conn
        return self._ledger

    @property
    def telemetry(self) -> connection.Connection:
        """The telemetry's connection, opened on first use."""
        if self._telemetry is None:
            if not self.layout.telemetry.exists():
                telemetry.prepare(self.layout.telemetry)
            self._telemetry = telemetry.open_telemetry(self.layout.telemetry)
        return self._telemetry

    def fork(self) -> TownContext:
        """The same caller with connections of its own, for another thread."""
        return TownContext(self.layout, self.actor, self.run, self.now)

    def close(self) -> None:
        """Closes the connections; the context can be used again and opens new ones."""
        for conn in (self._ledger, self._telemetry):
            if conn is not None:
                conn.close()
        self._ledger = self._telemetry = None

    def require_overseer(self, act: str) -> None:
        """Refuses a caller inside a run: `act` is a person's to do."""
        if self.run or self.actor != OVERSEER:
            raise NotAllowed(f"only the overseer may {act}", hint=f"you are {self.actor}; ask with: $GT escalate")


def find_town(start: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """The town's resolved root: GT_TOWN, else the nearest parent of `start` that is one, else ~/gt.

    Raises:
        NotFound: there is none.
    """
    named = environment.get(TOWN_VARIABLE, "")
    candidates = [Path(named)] if named else [*_upwards(start), Path(environment.get("HOME", "/")) / "gt"]
    for candidate in candidates:
        root = candidate.resolve()
        if TownLayout(root).ledger.exists():
            return root
    raise NotFound(f"no town at {named or start}", hint="make one with: gt init, or name one with --town")


def open_context(town: Path, environment: Mapping[str, str] = os.environ) -> TownContext:
    """The context of this process: inside a run it acts as the run's agent, else as the overseer."""
    layout = TownLayout(town.resolve())
    inside = environment.get(TOWN_VARIABLE, "")
    is_this_town = bool(inside) and Path(inside).resolve() == layout.root
    actor = environment.get(AGENT_VARIABLE, "") if is_this_town else ""
    return TownContext(layout, actor or OVERSEER, environment.get(RUN_VARIABLE, "") if is_this_town else "")


def new_run_id() -> str:
    """8 base-36 digits: short enough for a session's name, 2.8e12 of them."""
    return _random_digits(8)


def new_message_id() -> str:
    """10 base-36 digits."""
    return "m" + _random_digits(9)


def new_token() -> str:
    """32 hexadecimal digits that nobody can guess."""
    return os.urandom(16).hex()


def _random_digits(count: int) -> str:
    # Not above: it loads OpenSSL, which most callers of `gt` have no use for.
    import secrets

    return "".join(secrets.choice(BASE36) for _ in range(count))


def _upwards(start: Path) -> list[Path]:
    here = start.resolve()
    return [here, *here.parents]
