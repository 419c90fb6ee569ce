"""Rules that hold for every CLI in a terminal: what tmux draws, and dialogs known by their shape alone."""

from __future__ import annotations

from gastown_tui.core.evidence import AgentState
from gastown_tui.drivers.screens import Region, ScreenRule

DEAD = ScreenRule(
    "pane-dead",
    AgentState.DEAD,
    Region.LAST,
    (r"^Pane is dead(?: \((?:status|signal) [^()]*\))?$",),
    detail=r"\(((?:status|signal) [^,)]+)",
)
"""Drawn by tmux in the last line; with a composer below it somebody only quotes it."""
BLANK = ScreenRule("blank", AgentState.STARTING, Region.BLANK, ("",))
"""A session whose program has drawn nothing yet."""
TRUST_WORDS = r"(?i)\btrust(?:ed|s|ing)?\b|\bsafety check\b|untrusted"
LOGIN_WORDS = r"(?i)\b(?:sign in|log ?in|api key|authenticat\w+|auth method)\b"
LIMIT_WORDS = r"(?i)(?:usage|rate|session|weekly|\d-hour|hit your(?: [\w-]+)?) limit|limit to reset|quota"

TRUST = ScreenRule("dialog-trust", AgentState.TRUST, Region.ASK, (TRUST_WORDS,))
LOGIN = ScreenRule("dialog-login", AgentState.LOGIN, Region.ASK, (LOGIN_WORDS,))
LIMIT = ScreenRule("dialog-limit", AgentState.LIMIT, Region.ASK, (LIMIT_WORDS,), detail=r"(resets [^·\n]+)")
PERMISSION = ScreenRule("dialog-permission", AgentState.PERMISSION, Region.DIALOG, ("",))
QUESTION = ScreenRule("dialog-question", AgentState.QUESTION, Region.KEYS, (r"(?i)↑|↓|navigate|submit answer",))
