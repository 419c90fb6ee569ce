"""What a transcript tells in a few cells: how full the context is, and what was said last."""

from __future__ import annotations

import re

from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.text import Spans, clean
from gastown_tui.tui.viewmodels.common import age, fill

NEARLY_FULL = 0.8
"""Share of a context at which a handoff is near."""
FRESH = 60.0
"""Seconds in which how full it is needs no age: an agent at work answers more often than that."""
_SENTENCE = re.compile(r"(?<=[.!?:])\s+")


def fill_spans(agent: AgentView, now: float) -> Spans:
    """` 61%`, with its age when that is not of now; () when it is not known."""
    digest = agent.digest
    if digest is None or digest.fill is None:
        return ()
    old = now - digest.context_at
    tone = "stalled" if digest.fill >= NEARLY_FULL else "faint"
    return ((f" {fill(digest)}{f' {age(old)} ago' if old > FRESH else ''}", tone),)


def last_sentence(agent: AgentView) -> str:
    """The last sentence that the agent said, "" when it has said nothing."""
    said = agent.digest.said if agent.digest is not None else ""
    line = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "")
    return clean(_SENTENCE.split(line)[-1].strip("*_` "))
