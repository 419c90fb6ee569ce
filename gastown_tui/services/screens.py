"""Captured screens judged by the screen rules alone: for people who debug a rule."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import NotFound
from gastown_tui.core.evidence import AgentState
from gastown_tui.drivers.rules.catalogue import classify_screen


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
