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
_PROMPT = r"(?:\n(?:\S[^\n]{0,100})?[$#%❯➜])"
"""A shell's prompt in a line of its own."""
EXITED = ScreenRule(
    "exited",
    AgentState.DEAD,
    Region.END,
    (
        (
            # What a CLI says of how to come back, flush left as no agent's words are, and nothing but a shell below it.
            rf"^(?:Resume this session with:|To (?:continue|resume) this session,? ?(?:run)?:)[^\n]*(?:\n[^\n]*){{0,3}}?{_PROMPT}*\Z"
            # Killed: the shell writes over what the CLI has drawn.
            r"|^(?:\S*sh: +| ?[>›❯] )?(?:[Kk]illed|[Tt]erminated|Hangup|Aborted|Segmentation fault)[^\n]*"
            r"\n(?:\S[^\n]{0,100})?[$#%❯➜](?: ?[─▀]+)?$"
            rf"|^(?:\S*sh: +(?:line )?(?:\d+: +)?\S+: +(?:command )?not found|zsh: command not found: \S+)$\n?[^\n]*{_PROMPT}*\Z"
            rf"|^\[(?:exited|server exited|lost server|[Pp]rocess (?:exited|completed)[^\]\n]*)\]{_PROMPT}*\Z"
        ),
    ),
    detail=r"^(?:\S*sh: +| ?[>›❯] )?([Kk]illed|[Tt]erminated|Hangup|Aborted|Segmentation fault|.*not found.*|\[.*\])",
)
"""A CLI that was started from a shell and has ended."""
SHELL = ScreenRule(
    "shell-prompt",
    AgentState.DEAD,
    Region.END,
    (r"\S[^\n]{2,}\n(?:\([^()\n]+\) ?)?(?:\[?[\w.-]+@[\w.-]+[: ~/][^\n]{0,80}|\w*sh-\d[\d.]*|[~/][\w/.~-]*)?(?:[$#]|(?<!\d)%)\Z",),
)
"""A shell asks for its next command where a CLI, which draws its own last line, would stand."""
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
