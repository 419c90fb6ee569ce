"""Claude Code's screens (2.1.197 and 2.1.330; captures in tests/drivers/screens).

Its title cannot tell rest from a dialog: it shows the mark of rest in both. So only the busy title is used.
"""

from __future__ import annotations

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.screen import Composer, Shape
from gastown_tui.drivers.rules import common
from gastown_tui.drivers.screens import Region, RuleSet, ScreenRule

_SPIN = r"[·✢✳✶✻✽✦✱∗*+]"
_TURN_END = rf"^{_SPIN} \S+(?: \S+)? for (?:\d+[hms] ?)+(?: ·.*)?$"
_SHAPE = Shape(
    composer=Composer.RULED,
    prompt=r"^ ?[❯>!#&](?: |$)",
    user=r"^[❯>] \S",
    said=r"^(?:[●⏺](?: |$)|  ⎿)",
    chrome=rf"{_TURN_END}|^※ |^ {{20,}}\S|^✔ |^  ⎿ +Tip: ",
)
_CONFIRM = r"(?i)\benter to confirm\b"
_QUEUED = r"(?:[❯>] .*| {2,}.*|)"
_BELOW_SPINNER = rf"(?:\n{_QUEUED})*\Z"
"""Queued messages, todos, tips and the mark of effort may stand below a spinner; anything said may not."""

RULES = (
    common.DEAD,
    common.EXITED,
    common.SHELL,
    ScreenRule("trust", AgentState.TRUST, Region.DIALOG, (common.TRUST_WORDS,), keys=_CONFIRM),
    ScreenRule("bypass-warning", AgentState.TRUST, Region.DIALOG, (r"Bypass Permissions mode",), keys=_CONFIRM),
    ScreenRule("api-key", AgentState.LOGIN, Region.DIALOG, (r"(?i)api key",), keys=_CONFIRM),
    ScreenRule(
        "first-start",
        AgentState.LOGIN,
        Region.WHOLE,
        (r"^ *[❯ ] ?\d\. \S", r"^ *(?:Let's get started\.|Syntax theme: |.*Select login method)"),
        detail=r"^ *(Choose .*|Select login method.*)",
    ),
    ScreenRule("login-dialog", AgentState.LOGIN, Region.DIALOG, (r"(?i)select login method|\blog ?in\b.*\baccount",)),
    ScreenRule(
        "limit-menu",
        AgentState.LIMIT,
        Region.ASK,
        (r"(?i)hit your .*limit|limit to reset",),
        detail=r"(resets [^·\n]+)",
    ),
    ScreenRule(
        "plan",
        AgentState.PLAN,
        Region.ASK,
        (r"(?i)\bplan mode\b|\b(?:this|the) plan\b|ready to code\?|keep planning|manually approve edits",),
    ),
    ScreenRule("questions", AgentState.QUESTION, Region.DIALOG, (r"^← .*[☐☒✔].* →$",)),
    ScreenRule("picker", AgentState.UNKNOWN, Region.KEYS, (r"(?i)\benter to (?!confirm|select|submit|continue)\w+",)),
    ScreenRule("question", AgentState.QUESTION, Region.KEYS, (r"(?i)enter to (?:select|submit)|↑/?↓",)),
    ScreenRule("server-approval", AgentState.TRUST, Region.DIALOG, (r"(?i)\bMCP server",), keys=_CONFIRM),
    ScreenRule("confirm", AgentState.QUESTION, Region.KEYS, (_CONFIRM,)),
    ScreenRule("permission", AgentState.PERMISSION, Region.DIALOG, ("",)),
    ScreenRule(
        "retrying",
        AgentState.RETRYING,
        Region.STATUS,
        (
            (
                rf"(?i)^{_SPIN} [^\n]*\bretry\w* in \d+[^\n]*\battempt \d+/\d+[^\n]*{_BELOW_SPINNER}"
                rf"|^  ⎿ +[^\n]*\bretry\w* in \d+[^\n]*\battempt \d+/\d+[^\n]*(?:\n+{_SPIN} [^\n]*…[^\n]*)?{_BELOW_SPINNER}"
            ),
        ),
        detail=r"(?i)\b(retry\w* in \d+[^·(\n]*)[·(] ?(attempt \d+/\d+)",
    ),
    ScreenRule(
        "busy-spinner",
        AgentState.WORKING,
        Region.STATUS,
        (rf"^(?:{_SPIN} [^\n(]*(?:…|\.\.\.)(?: \([^\n]*)?|[●⏺] [^\n(]*… \((?:\d+[hms] ?)+[^\n]*){_BELOW_SPINNER}",),
        detail=rf"^(?:{_SPIN}|[●⏺]) ([^\n(]*(?:…|\.\.\.)(?: \([^\n]*)?){_BELOW_SPINNER}",
    ),
    ScreenRule(
        "background",
        AgentState.WORKING,
        Region.STATUS,
        (rf"^{_SPIN} Waiting for \d+ [^\n]* to finish[^\n]*{_BELOW_SPINNER}",),
        detail=rf"^{_SPIN} (Waiting for \d+ [^\n]* to finish)",
    ),
    ScreenRule("busy-footer", AgentState.WORKING, Region.FOOTER, (r"(?i)(?:esc|ctrl\+c) to interrupt",)),
    ScreenRule("busy-title", AgentState.WORKING, Region.TITLE, (r"^[◐◑◒◓⠁-⣿] ",), detail=r"^. (.*)"),
    ScreenRule(
        "limit",
        AgentState.LIMIT,
        Region.FOOTER,
        (r"(?i)usage limit reached|hit your .* limit",),
        detail=r"(?i)(resets [^·\n]+|continuing automatically at [^·\n]+)",
    ),
    ScreenRule(
        "limit-answer",
        AgentState.LIMIT,
        Region.SAID,
        (r"\A *[●⏺⎿] +(?:You've hit your [\w -]*limit|Usage limit reached)(?: ·|$)",),
        detail=r"(resets [^·\n]+|continue automatically at [^·\n]+)",
    ),
    ScreenRule(
        "login",
        AgentState.LOGIN,
        Region.SAID,
        (
            (
                r"\A *[●⏺⎿] +(?:Not logged in|Invalid API key|OAuth token (?:has expired|revoked)|API Error: 401|Failed to authenticate|Please run /login)"
                r"|\A *[●⏺⎿] +.* · Please run /login"
            ),
        ),
        detail=r"\A *[●⏺⎿] +([^\n]+)",
    ),
    ScreenRule(
        "rate-limit",
        AgentState.LIMIT,
        Region.SAID,
        (r"\A *[●⏺⎿] +API Error: [^\n]*(?:\b429\b|[Rr]ate limit reached)",),
        detail=r"\A *[●⏺⎿] +API Error: (.*(?:\n.*)*)",
    ),
    ScreenRule(
        "no-credit",
        AgentState.LIMIT,
        Region.SAID,
        (r"\A *[●⏺⎿] +(?:Credit balance (?:is )?too low|API Error: \(?402\b|API Error: [^\n]*[Cc]redit balance)",),
        detail=r"\A *[●⏺⎿] +(.*(?:\n.*)*)",
    ),
    ScreenRule(
        "error",
        AgentState.ERROR,
        Region.SAID,
        (
            (
                r"\A *[●⏺⎿] +(?:API Error(?:: (?:\d{3}(?: ?[A-Z{(·:\"]|\.|$)|[A-Z(])| \(?\d{3})|Prompt is too long|Unable to connect to API"
                r"|Context limit reached|Request timed out|Connection error)"
            ),
        ),
        detail=r"\A *[●⏺⎿] +(.*(?:\n.*)*)",
    ),
    ScreenRule("resend", AgentState.ERROR, Region.COMPOSER, (r"^> (?:Once fixed, r|R)esend your message\b",)),
    ScreenRule("interrupted", AgentState.IDLE, Region.SAID, (r"\A *⎿ +Interrupted\b",), detail=r"(Interrupted)"),
    ScreenRule("turn-ended", AgentState.IDLE, Region.AFTER, (_TURN_END,), detail=rf"^{_SPIN} (.*)$"),
    ScreenRule("composer", AgentState.IDLE, Region.FOOTER, ("",)),
    ScreenRule("composer-bare", AgentState.IDLE, Region.COMPOSER, ("",)),
    common.BLANK,
)
"""In order: death, dialogs, busy marks, limits and errors that ended the turn, rest."""
RULE_SET = RuleSet(
    "claude",
    "2026-11-24",
    _SHAPE,
    RULES,
    (r'Try ".*', r"Press up to edit queued messages", r"(?:Once fixed, r|R)esend your message.*"),
)
