"""What the supervisor keeps in memory between rounds: watched time, and since when it sees things."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gastown_tui.core.rows import Run

GAP = 15.0
"""Seconds between two rounds after which ages are not trusted for one round: the machine slept, or we were stopped."""
BACK_OFF = (2.0, 5.0, 15.0, 45.0, 120.0, 300.0)
"""Seconds before an act that failed is tried again (reference: gastown-runtime §19.2)."""


@dataclass
class Watch:
    """Watched time grows only while rounds follow one another; so nothing ages while nobody looked."""

    watched: float = 0.0
    """Seconds of watched time."""
    may_judge: bool = False
    _last: float | None = None
    _seen: dict[str, tuple[str, float]] = field(default_factory=dict)
    _missing: dict[str, int] = field(default_factory=dict)
    _failures: dict[str, tuple[int, float]] = field(default_factory=dict)

    def tick(self, boot_now: float) -> None:
        """A round begins; `boot_now` is the boot-monotonic clock (it counts sleep too, so that sleep shows as a gap)."""
        gap = GAP + 1 if self._last is None else boot_now - self._last
        self._last = boot_now
        self.may_judge = gap <= GAP
        if self.may_judge:
            self.watched += max(0.0, gap)

    def since(self, runs: Iterable[Run]) -> dict[str, float]:
        """Run → watched time at which its present state was first seen."""
        self._seen = {
            run.id: known if (known := self._seen.get(run.id)) and known[0] == run.state else (run.state, self.watched)
            for run in runs
        }
        return {run: moment for run, (_, moment) in self._seen.items()}

    def renew(self, run: str) -> None:
        """The time in its present state counts from now: it waited for a person until here."""
        if run in self._seen:
            self._seen[run] = (self._seen[run][0], self.watched)

    def missing(self, run: str, *, is_missing: bool) -> int:
        """Counts rounds in a row in which a run's pane was not there."""
        count = self._missing.get(run, 0) + 1 if is_missing else 0
        self._missing[run] = count
        return count

    def failed(self, key: str) -> float:
        """An act on `key` failed; returns for how many seconds it rests."""
        count = self._failures.get(key, (0, 0.0))[0]
        rest = BACK_OFF[min(count, len(BACK_OFF) - 1)]
        self._failures[key] = (count + 1, self.watched + rest)
        return rest

    def failures(self, key: str) -> int:
        """How often acts on `key` failed in a row."""
        return self._failures.get(key, (0, 0.0))[0]

    def succeeded(self, key: str) -> None:
        """An act on `key` went well: its failures are forgotten."""
        self._failures.pop(key, None)

    def resting(self) -> frozenset[str]:
        """Keys that are not to be acted on yet."""
        return frozenset(key for key, (_, until) in self._failures.items() if until > self.watched)

    def restless_at(self, keys: Iterable[str]) -> dict[str, float]:
        """Key → watched time before which it shall not start again."""
        return {key: self._failures[key][1] for key in keys if key in self._failures}
