"""Codex's screens (0.169.0; captures in tests/drivers/screens)."""

from __future__ import annotations

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.screen import Composer, Shape
from gastown_tui.drivers.rules import common
from gastown_tui.drivers.screens import Region, RuleSet, ScreenRule

_SHAPE = Shape(
    composer=Composer.OPEN,
    prompt=r"^›(?: |$)",
    user=r"^› \S",
    said=r"^[•◦■⚠✗✔✘▲△] ?",
    chrome=r"^ *─* ?Worked for .*",
)
_ELAPSED = r"\((?:\d+[hms] ?)+ ?• esc to interrupt\)"

RULES = (
    common.DEAD,
    common.EXITED,
    common.SHELL,
    ScreenRule("trust", AgentState.TRUST, Region.ASK, (common.TRUST_WORDS,)),
    ScreenRule(
        "login",
        AgentState.LOGIN,
        Region.ASK,
        (r"(?i)^sign in ",),
    ),
    ScreenRule("limit-menu", AgentState.LIMIT, Region.ASK, (common.LIMIT_WORDS,), detail=r"(?i)(try again [^.\n]+)"),
    ScreenRule("plan", AgentState.PLAN, Region.ASK, (r"(?i)implement (?:this|the) plan",)),
    ScreenRule("question", AgentState.QUESTION, Region.KEYS, (r"(?i)submit (?:answer|all)|to add notes",)),
    ScreenRule("permission", AgentState.PERMISSION, Region.DIALOG, (r"(?i)press enter to confirm|\(y\)|\(esc\)",)),
    ScreenRule("confirm", AgentState.QUESTION, Region.DIALOG, ("",)),
    ScreenRule(
        "retrying",
        AgentState.RETRYING,
        Region.SAID,
        (rf"\A[•◦] [^\n]*\b\d+/\d+ {_ELAPSED}",),
        detail=r"\A. ([^\n]*\d+/\d+) \(([^•\n]*)",
    ),
    ScreenRule("busy", AgentState.WORKING, Region.SAID, (rf"\A[•◦] [^\n]* {_ELAPSED}",), detail=r"\A. ([^\n]*?) \(([^•\n)]*)"),
    ScreenRule("busy-footer", AgentState.WORKING, Region.FOOTER, (r"(?i)esc to interrupt",)),
    ScreenRule("busy-title", AgentState.WORKING, Region.TITLE, (r"(?:^| )[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏](?: |$)",)),
    ScreenRule(
        "usage-limit",
        AgentState.LIMIT,
        Region.SAID,
        (r"(?i)\A■ [^\n]*(?:hit your|reached your) [^\n]*limit",),
        detail=r"(?i)(try again (?:at|in)[^.\n]+)",
    ),
    ScreenRule(
        "rate-limit",
        AgentState.LIMIT,
        Region.SAID,
        (r"(?i)\A■ [^\n]*(?:\b(?:402|429)\b|rate limit|quota)",),
        detail=r"\A■ (.*(?:\n.*)*)",
    ),
    ScreenRule("interrupted", AgentState.IDLE, Region.SAID, (r"(?i)\A■ conversation interrupted",), detail=r"(?i)(interrupted)"),
    ScreenRule("error", AgentState.ERROR, Region.SAID, (r"\A■ \S",), detail=r"\A■ (.*(?:\n.*)*)"),
    ScreenRule("turn-ended", AgentState.IDLE, Region.AFTER, (r"Worked for ",), detail=r"(Worked for [^•─\n]+)"),
    ScreenRule("streaming", AgentState.WORKING, Region.SAID, (r"\A• \S",), detail=r"\A• ([^\n]*)"),
    ScreenRule("composer", AgentState.IDLE, Region.COMPOSER, ("",)),
    ScreenRule("start-log", AgentState.STARTING, Region.WHOLE, (r"\AWARNING: ",)),
    common.BLANK,
)
"""A turn that ended has a line with its time; an answer without one is still being written."""
RULE_SET = RuleSet("codex", "2026-11-24", _SHAPE, RULES, (r"Ask Codex to do anything",))
