"""Screens of CLIs of which few or no captures exist: facts of their shape, and the dialogs that all CLIs share."""

from __future__ import annotations

from gastown_tui.core.credit import NO_CREDIT
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.screen import Composer, Shape
from gastown_tui.drivers.rules import common
from gastown_tui.drivers.screens import Region, RuleSet, ScreenRule

_VERSION = "2026-11-24"
_BRAILLE = r"[⠁-⣿]"
_DIALOGS = (common.DEAD, common.EXITED, common.SHELL, common.TRUST, common.LOGIN, common.LIMIT)
_REST = (ScreenRule("composer", AgentState.IDLE, Region.COMPOSER, ("",)), common.BLANK)
_RULED = Shape(Composer.RULED, r"^ {0,2}[❯>*!→›](?: |$)", r"^ {0,2}[❯>›] \S", r"^ {0,2}[✦✕●•⏺⬢ℹ✓⚠!] ?\S")
_FAILED = r"\A *✕ +((?:(?! *ℹ).*\n?)*)"
"""A failure, without the word of advice below it."""
_SAID_ERROR = ScreenRule("error", AgentState.ERROR, Region.SAID, (r"\A *✕ ",), detail=_FAILED)
_SAID_LIMIT = ScreenRule(
    "quota",
    AgentState.LIMIT,
    Region.SAID,
    (r"(?i)\A *✕ [\s\S]*?(?:quota|RESOURCE_EXHAUSTED|\b429\b|\b402\b|billing|credit balance)",),
    detail=_FAILED,
)


def _tail(name: str, state: AgentState, *needs: str, detail: str = "") -> ScreenRule:
    return ScreenRule(name, state, Region.TAIL, needs, detail=detail)


def _turn_failed(name: str, state: AgentState, words: str) -> ScreenRule:
    """opencode bars an error like the user's words; the row that ends the turn then names no duration."""
    block = r"^ *┃ +(?P<last>\S[^\n]*)\n(?: *┃? *\n)*"
    ended = r" *▣ +[^\n·]+·[^\n·]+(?:\n\s*)*\Z"
    return ScreenRule(
        name, state, Region.STATUS, (rf"^ *┃ [^\n]*(?:{words})[^\n]*\n(?: *┃[^\n]*\n)*(?: *\n)*{ended}",), detail=block + ended
    )


def _pi_failed(name: str, state: AgentState, words: str) -> ScreenRule:
    """pi writes a failure right above its composer, wrapped like a paragraph."""
    block = r"^ *Error: ((?=[\s\S]*?{words})[^\n]*(?:\n *\S[^\n]*)*)\s*\Z".replace("{words}", words)
    return ScreenRule(name, state, Region.STATUS, (block,), detail=r"^ *Error: ([^\n]*(?:\n *\S[^\n]*)*)\s*\Z")


GEMINI = RuleSet(
    "gemini",
    _VERSION,
    Shape(Composer.UNDER, r"^ {0,2}[>*!](?: |$)", r"^ {0,2}> \S", r"^ {0,2}[✦✕●✓⚠⊷] ?\S", r"^ {40,}\? for shortcuts$"),
    (
        common.DEAD,
        common.EXITED,
        common.SHELL,
        ScreenRule(
            "limit-menu",
            AgentState.LIMIT,
            Region.DIALOG,
            (r"(?i)^(?:usage|rate) limit reached|^quota",),
            detail=r"(?i)^(.*limit reached.*)",
        ),
        *_DIALOGS[3:],
        ScreenRule("ask-user", AgentState.QUESTION, Region.DIALOG, (r"^\W*Answer Questions",)),
        ScreenRule(
            "ask-user-many",
            AgentState.QUESTION,
            Region.WHOLE,
            (r"^│ Answer Questions\b", r"^│ Enter to [^\n]*Esc to cancel[^\n]*\n[\s│╰─]*╯\Z"),
            detail=r"^│ ←[^\n]*\n(?:[ │]*\n)*│ (\S[^\n]*?) *│?$",
        ),
        ScreenRule("editor-menu", AgentState.UNKNOWN, Region.DIALOG, (r"^(?:> Select Editor|Apply To$)",)),
        common.PERMISSION,
        ScreenRule(
            "busy",
            AgentState.WORKING,
            Region.STATUS,
            (r"\(esc to cancel, (?:\d+[hms] ?)+\)[^\n]*(?:\n *(?:[^✦✕>\s][^\n]*)?)*\Z",),
            detail=r"^ *\S (.*\(esc to cancel, [^)]*)\)",
        ),
        _SAID_LIMIT,
        _SAID_ERROR,
        *_REST,
    ),
    (r"Type your message or @path/to/file",),
)
_BARRED_KEYS = r"^ *┃ .*(?:(?:enter|esc) +(?:con|sub|dis|tog)|⇆ )"
"""The row of keys below a dialog of opencode's; a narrow terminal cuts its end."""
_NO_CREDIT = "(?i:" + "|".join(phrase.replace(" ", r"\W+") for phrase in NO_CREDIT) + ")"
"""Tried again or not, that does not pass by itself. Its spinner may stand between two of the words."""
OPENCODE = RuleSet(
    "opencode",
    _VERSION,
    Shape(Composer.BARRED, r"^\s*┃", r"^\s*┃ +\S", r"^ {2,}(?:▣|error|Error) ?"),
    (
        common.DEAD,
        ScreenRule(
            "said-goodbye",
            AgentState.DEAD,
            Region.END,
            (r"^ *Session {2,}\S[^\n]*\n *Continue {2,}opencode -s ses_\w+(?:\n(?:\S[^\n]{0,100})?[$#%❯➜])?\Z",),
        ),
        common.EXITED,
        common.SHELL,
        ScreenRule(
            "permission-edit",
            AgentState.PERMISSION,
            Region.WHOLE,
            (r"^ *┃ +△ Permission required\n(?: *┃ *\n)* *┃ +→ ", _BARRED_KEYS + r"[^\n]*(?:\n[^\n]*){0,2}\Z"),
            detail=r"△ Permission required\n(?: *┃ *\n)* *┃ +→ ([^\n]*)(?![\s\S]*△)",
        ),
        _tail(
            "permission",
            AgentState.PERMISSION,
            _BARRED_KEYS,
            r"(?i)\ballow\b|\breject\b|△",
            detail=r"^ *┃ +# (.*)(?:\n *┃ *)*\n *┃ *(\S.*)",
        ),
        _tail("question", AgentState.QUESTION, _BARRED_KEYS),
        ScreenRule(
            "no-credit",
            AgentState.LIMIT,
            Region.FOOTER,
            (rf"^ *[■⬝][^\n]*{_NO_CREDIT}",),
            detail=r"^ *[■⬝][■⬝ ]*([^\n\[]*[^\n\[ ])",
        ),
        ScreenRule(
            "retrying", AgentState.RETRYING, Region.FOOTER, (r"(?i)\bretrying\b.*\d",), detail=r"[■⬝ ]*(.*?\]|.*)(?: {2,}|$)"
        ),
        ScreenRule(
            "limit",
            AgentState.LIMIT,
            Region.FOOTER,
            (r"(?i)limit (?:has been )?reached|requires more credits",),
            detail=r"[■⬝ ]*(.*)",
        ),
        ScreenRule("busy", AgentState.WORKING, Region.FOOTER, (r"\besc (?:again to )?interrupt\b|[■⬝]{4}",)),
        _turn_failed(
            "turn-limit",
            AgentState.LIMIT,
            rf"(?i:rate limit|too many requests|quota exceeded|limit (?:has been )?reached)|{_NO_CREDIT}",
        ),
        _turn_failed("turn-failed", AgentState.ERROR, r""),
        *_REST,
    ),
    (r"Ask anything….*",),
)
_COPILOT_FAILED = r"\A *✗ +((?:Failed to|Request|Error|API)\b[^┃\n]*)(?:┃? *\n +([^┃\n]*\S))?"
"""Behind everything that it says stands the bar by which it scrolls."""
COPILOT = RuleSet(
    "copilot",
    _VERSION,
    Shape(Composer.RULED, _RULED.prompt, _RULED.user, r"^ {0,2}[✦✕✗●•⏺⬢ℹ✓⚠!$] ?\S", r"^ {0,2}(?:~|/)\S*(?: \[⎇ .*)?$"),
    (
        common.DEAD,
        common.EXITED,
        common.SHELL,
        ScreenRule("trust", AgentState.TRUST, Region.ASK, (common.TRUST_WORDS,)),
        common.LOGIN,
        common.PERMISSION,
        ScreenRule(
            "retrying",
            AgentState.RETRYING,
            Region.SAID,
            (r"(?i)\A *[●•] [^\n]*\berror\b[^\n]*\bretrying\b",),
            detail=r"● ([^┃\n]*)",
        ),
        ScreenRule("busy", AgentState.WORKING, Region.FOOTER, (r"(?i)\besc (?:to )?(?:esc )?(?:cancel|interrupt|edit prompt)\b",)),
        ScreenRule(
            "busy-status", AgentState.WORKING, Region.STATUS, (r"(?i)^ *\S [^\n]*\(esc to cancel[^\n]*(?:\n[^\n●]*){0,3}\Z",)
        ),
        ScreenRule(
            "signed-out",
            AgentState.LOGIN,
            Region.STATUS,
            (r"^ {0,3}Please use /login to sign in",),
            detail=r"^ *(Please use /login[^┃\n]*)",
        ),
        ScreenRule(
            "quota",
            AgentState.LIMIT,
            Region.SAID,
            (r"(?i)\A *✗ [\s\S]*?(?:\b429\b|\b402\b|quota|usage limit|rate limit|credits?\b)",),
            detail=_COPILOT_FAILED,
        ),
        ScreenRule("failed", AgentState.ERROR, Region.SAID, (_COPILOT_FAILED,), detail=_COPILOT_FAILED),
        _SAID_ERROR,
        *_REST,
    ),
)
_PI_LIST = r"^>? *(?:→ \S|>$|\(\d+/\d+\)$)"
PI = RuleSet(
    "pi",
    _VERSION,
    Shape(Composer.RULED, r"^(?=\s*)", r"(?!)", r"^ Error: "),
    (
        *_DIALOGS,
        common.QUESTION,
        # It opens its lists between the rules in which one writes: an arrow, an empty prompt to search, how many there are.
        ScreenRule(
            "login",
            AgentState.LOGIN,
            Region.COMPOSER,
            (_PI_LIST, r"(?i)^>? *(?:select|choose)\b[^\n]*\b(?:authentication|login|sign.in)\b"),
        ),
        ScreenRule("picker", AgentState.UNKNOWN, Region.COMPOSER, (_PI_LIST,)),
        ScreenRule(
            "retrying", AgentState.RETRYING, Region.STATUS, (rf"^ *{_BRAILLE} Retrying[^\n]*\s*\Z",), detail=r"(Retrying.*)\s*\Z"
        ),
        ScreenRule(
            "busy",
            AgentState.WORKING,
            Region.STATUS,
            (rf"^ *(?:{_BRAILLE} \w|Working\.\.\.)[^\n]*\s*\Z",),
            detail=r"^ *(\S[^\n]*)\s*\Z",
        ),
        _pi_failed("limit", AgentState.LIMIT, r"(?i:\b429\b|rate limit|quota|limit (?:has been )?reached|credits?\b)"),
        _pi_failed("error", AgentState.ERROR, r""),
        ScreenRule(
            "context-full",
            AgentState.ERROR,
            Region.STATUS,
            (r"^ Context overflow recovery failed[^\n]*(?:\n *\S[^\n]*)*\s*\Z",),
            detail=r"^ (Context overflow recovery failed[^\n]*(?:\n *\S[^\n]*)*)\s*\Z",
        ),
        *_REST,
    ),
)
AIDER = RuleSet(
    "aider",
    _VERSION,
    Shape(Composer.OPEN, r"^(?:\w+(?: multi)?)?>(?: |$)", r"^> \S", r"(?!)"),
    (
        common.DEAD,
        common.EXITED,
        common.SHELL,
        ScreenRule("permission", AgentState.PERMISSION, Region.LAST, (r"\(Y\)es/\(N\)o.*: ?\S{0,3}$",), detail=r"^(.*?) ?\(Y\)es"),
        *_REST,
    ),
)
CURSOR = RuleSet(
    "cursor",
    _VERSION,
    _RULED,
    (
        common.DEAD,
        common.EXITED,
        common.SHELL,
        _tail("permission", AgentState.PERMISSION, r"\((?:y|esc or n|enter|n)\)\s*$", r"(?i)\?", detail=r"^\W*(.*\?)"),
        ScreenRule("busy", AgentState.WORKING, Region.FOOTER, (r"(?i)ctrl\+c to stop",)),
        ScreenRule("busy-status", AgentState.WORKING, Region.STATUS, (rf"^ *(?:[⬡⬢]|{_BRAILLE}) \w+ing\b[^\n]*\s*\Z",)),
        *_DIALOGS[3:],
        common.PERMISSION,
        *_REST,
    ),
    (r"Add a follow-up", r"Plan, search, build anything"),
)
AMP = RuleSet(
    "amp",
    _VERSION,
    Shape(Composer.RULED, r"^(?=\s*)", r"(?!)", r"(?!)"),
    (
        common.DEAD,
        common.EXITED,
        common.SHELL,
        _tail(
            "sign-in",
            AgentState.LOGIN,
            r"^(?:Would you like to log in to Amp\?|When prompted, paste your code here:)[^\n]*\Z",
            detail=r"^((?:Would|When)[^\n\[]*)[^\n]*\Z",
        ),
        *_DIALOGS[3:],
        common.PERMISSION,
        ScreenRule("busy", AgentState.WORKING, Region.LAST, (r"(?i)^ *╰.*\b(?:thinking|streaming|running tools|waiting)\b.*╯?$",)),
        ScreenRule("busy-title", AgentState.WORKING, Region.TITLE, (rf"^{_BRAILLE}",)),
        *_REST,
    ),
)
AUGGIE = RuleSet(
    "auggie",
    _VERSION,
    _RULED,
    (
        common.DEAD,
        _tail(
            "sign-in",
            AgentState.LOGIN,
            r"^ *(?:→ Login to continue|Paste your login code:)",
            detail=r"^ *(?:→ )?((?:Login|Paste your)[^\n]*)",
        ),
        *_DIALOGS[1:],
        common.PERMISSION,
        ScreenRule("busy", AgentState.WORKING, Region.STATUS, (r"(?i)\((?:\d+[hms] ?)+[^)\n]*esc to interrupt\)\s*\Z",)),
        *_REST,
    ),
)
BUILTIN = RuleSet(
    "builtin",
    _VERSION,
    Shape(Composer.OPEN, r"^›(?: |$)", r"^› \S", r"^[•●■] "),
    (
        common.DEAD,
        common.EXITED,
        common.SHELL,
        ScreenRule("builtin-permission", AgentState.PERMISSION, Region.TITLE, (r"^▲",), detail=r"^▲ ?(.*)"),
        ScreenRule("builtin-working", AgentState.WORKING, Region.TITLE, (r"^◐",), detail=r"^◐ ?(.*)"),
        ScreenRule("builtin-busy", AgentState.WORKING, Region.STATUS, (r"\(\d+.* · esc to interrupt\)[^\n]*\s*\Z",)),
        ScreenRule("builtin-idle", AgentState.IDLE, Region.TITLE, (r"^✳",)),
        *_DIALOGS[3:],
        common.PERMISSION,
        *_REST,
    ),
)
OTHERS = (GEMINI, OPENCODE, COPILOT, PI, AIDER, CURSOR, AMP, AUGGIE, BUILTIN)
