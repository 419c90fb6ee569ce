"""Claude Code's screens as rules (2.1.197 and 2.1.330; captures in tests/drivers/screens).

Its title cannot tell rest from a dialog: it shows the mark of rest in both. So only the busy title is used.
"""

from __future__ import annotations

from gastown_tui.core.evidence import AgentState
from gastown_tui.drivers.screens import Region, ScreenRule

PROMPT = "❯"
PLACEHOLDERS = (r'Try ".*', r"Press up to edit queued messages", r"Resend your message to try again")
"""What stands in an empty composer."""
RULES_VERSION = "2026-11-24"

_CHOICE = r"^\s*❯ \d\. "
_DIALOG_END = r"Esc to cancel|Enter to confirm|Enter to select"

RULES = (
    ScreenRule("pane-dead", AgentState.DEAD, Region.TAIL, (r"^Pane is dead \(",), detail=r"^Pane is dead \(([^,)]+)"),
    ScreenRule(
        "trust",
        AgentState.TRUST,
        Region.TAIL,
        (r"(Quick safety check|Do you trust the files in this folder|trust this folder)", r"(❯|^) ?.*(No, exit|Yes, I trust)"),
    ),
    ScreenRule(
        "bypass-warning",
        AgentState.TRUST,
        Region.TAIL,
        (r"Bypass Permissions mode", r"No, exit", r"Enter to confirm"),
        detail=r"()",
    ),
    ScreenRule("api-key", AgentState.LOGIN, Region.TAIL, (r"Detected a custom API key", r"Do you want to use this API key")),
    ScreenRule(
        "first-start", AgentState.LOGIN, Region.TAIL, (r"(Syntax theme: |Choose the text style|Select login method)",), (r"^❯ *$",)
    ),
    ScreenRule("plan", AgentState.PLAN, Region.TAIL, (r"(Exit plan mode\?|Would you like to proceed\?|Ready to code\?)", _CHOICE)),
    ScreenRule(
        "permission",
        AgentState.PERMISSION,
        Region.TAIL,
        (r"Do you want to (proceed|create|make this edit|overwrite|allow|run|delete|use)\b.*\?", _CHOICE, _DIALOG_END),
        detail=r"^ *(Do you want to .*\?)",
    ),
    ScreenRule("question", AgentState.QUESTION, Region.TAIL, (_CHOICE, r"Enter to select · ")),
    ScreenRule(
        "limit",
        AgentState.LIMIT,
        Region.FOOTER,
        (r"(Usage limit reached|You've hit your .* limit)",),
        detail=r"(resets [^·\n]+)",
    ),
    ScreenRule("limit-menu", AgentState.LIMIT, Region.TAIL, (r"You've hit your .*limit", _CHOICE), detail=r"(resets [^·\n]+)"),
    ScreenRule(
        "retrying",
        AgentState.RETRYING,
        Region.ANSWER,
        (r"[Rr]etrying in \d+s · attempt \d+/\d+",),
        detail=r"([Rr]etrying in \d+s · attempt \d+/\d+)",
    ),
    ScreenRule("busy-footer", AgentState.WORKING, Region.FOOTER, (r"esc to interrupt",)),
    ScreenRule("busy-title", AgentState.WORKING, Region.TITLE, (r"^[◐◑◒◓⠁-⣿] ",), detail=r"^. (.*)"),
    ScreenRule("limit-answer", AgentState.LIMIT, Region.ANSWER, (r"^ *⎿ +You've hit your .* limit",), detail=r"(resets [^·\n]+)"),
    ScreenRule(
        "login",
        AgentState.LOGIN,
        Region.ANSWER,
        (r"^ *[●⎿] +(Not logged in|Invalid API key|OAuth token has expired) · Please run /login",),
    ),
    ScreenRule("rate-limit", AgentState.LIMIT, Region.ANSWER, (r"^ *[●⎿] +API Error: .*\b429\b",), detail=r"API Error: ([^\n]+)"),
    ScreenRule(
        "error",
        AgentState.ERROR,
        Region.ANSWER,
        (r"^ *[●⎿] +(API Error: |Credit balance too low|Prompt is too long|Unable to connect)",),
        detail=r"^ *[●⎿] +([^\n]+)",
    ),
    ScreenRule("resend", AgentState.ERROR, Region.COMPOSER, (r"^❯ Resend your message to try again",)),
    ScreenRule("composer", AgentState.IDLE, Region.COMPOSER, (r"^❯",)),
)
"""In order: dialogs, limits, busy marks, errors that ended the turn, rest."""
