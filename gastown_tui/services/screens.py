"""Screens judged by the screen rules: those of panes whose hooks are silent, and captured ones for people who debug a rule."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from gastown_tui.core.errors import GastownError, NotFound
from gastown_tui.core.evidence import CLAIMS_OF_WORK, FRESH_PROMPT, SETTLED, AgentState, Evidence
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.rows import Request, Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.drivers import registry
from gastown_tui.drivers.rules.catalogue import classify_screen
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger.telemetry import Report

QUIET = 1.0
"""Seconds without output before a screen is read: a dialog that waits writes nothing, and a half-drawn one decides nothing."""
SILENT = 20.0
"""Seconds after the start for which a CLI that has hooks is waited for before its screen is asked instead."""
_KEPT = 200
"""Panes whose last reading is kept; more than a town has."""


@dataclass(slots=True)
class ScreenReader:
    """Reads the screens that can say more than the hooks did, each at most once for each of its outputs."""

    capture: Callable[[str], str]
    """What a pane shows, by its id; raises GastownError."""
    _read: dict[str, tuple[float, Evidence | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, layout: TownLayout) -> ScreenReader:
        """Reads the panes of a town."""
        return cls(lambda pane: "\n".join(TmuxServer(layout).capture(pane)))

    def evidence(
        self, run: Run, pane: PaneFact, report: Report | None, now: float, asked: Request | None = None
    ) -> Evidence | None:
        """What the pane's screen says, when its hooks are silent, it wrote something after their last word, or it stands still
        although they told of work a while ago; else None.

        Args:
            asked: its open question: a pane that draws again after that is read even while it does.
        """
        is_drawing = now - pane.last_activity < QUIET and (asked is None or pane.last_activity <= asked.created_at + FRESH_PROMPT)
        if pane.dead or pane.in_mode or run.driver not in registry.DRIVERS or is_drawing:
            return None
        driver = registry.DRIVERS[run.driver]
        if driver.facts.pulls_messages:
            return None  # our own agent reports all its states
        if report is not None and pane.last_activity <= report.at + FRESH_PROMPT:
            # A failure may be drawn at once after the prompt, and no hook tells of it.
            is_work = AgentState(report.state) in CLAIMS_OF_WORK
            if not is_work or now - report.at <= SETTLED:
                return None
        known = self._read.get(pane.pane)
        if known is None or known[0] != pane.last_activity:
            try:
                found = driver.classify(self.capture(pane.pane), pane.title, now)
            except GastownError:
                return None
            if len(self._read) >= _KEPT:
                self._read.clear()
            known = self._read[pane.pane] = (pane.last_activity, found)
        return replace(known[1], at=now, since=pane.last_activity) if known[1] is not None else None

    def now(self, run: Run, pane: PaneFact, now: float) -> Evidence | None:
        """What the screen of a CLI without hooks (or whose hooks stayed silent since its start) says this very moment, also
        while it draws; None when nothing is known."""
        driver = registry.DRIVERS.get(run.driver)
        if pane.dead or pane.in_mode or driver is None or driver.facts.pulls_messages:
            return None
        if driver.facts.reports_hooks and now - (run.started_at or now) < SILENT:
            return None
        try:
            found = driver.classify(self.capture(pane.pane), pane.title, now)
        except GastownError:
            return None
        return replace(found, since=min(pane.last_activity, now)) if found is not None else None


@dataclass(frozen=True, slots=True)
class Classified:
    """What one captured screen says."""

    file: str
    state: AgentState
    detail: str
    """Foreign text."""
    rule: str
    """The rule that matched, "" when none did."""


def classify_file(driver: str, name: str) -> Classified:
    """Judges one file by the rules of `driver`; `-` is standard input. Bytes that are no UTF-8 are replaced.

    Raises:
        NotFound: no such file, or no rules for that CLI.
    """
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise NotFound(f"cannot read {name}: {error.strerror}", hint="name files with captured screens") from error
    found = classify_screen(driver, raw.decode("utf-8", errors="replace"), 0.0)
    if found is None:
        return Classified(name, AgentState.UNKNOWN, "", "")
    return Classified(name, found.state, found.detail, found.rule)
