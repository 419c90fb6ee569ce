"""How the agent's terminal looks: colours, titles and the lines of each thing that is shown. Pure."""

from __future__ import annotations

from gastown_tui.agent.surface import Level, Question
from gastown_tui.agent.text import Styled, clean, excerpt, fitted, one_line
from gastown_tui.core.evidence import AgentState

PROMPT = "› "
DIALOG_MARK = "Do you want to allow this?"
"""Recognised on the screen by the driver; changing it means changing the driver's rule."""
INTERRUPT_MARK = "esc to interrupt"
TITLES: dict[AgentState, str] = {
    AgentState.STARTING: "◐ starting",
    AgentState.WORKING: "◐ working",
    AgentState.PERMISSION: "▲ permission",
    AgentState.RETRYING: "◌ retrying",
    AgentState.LIMIT: "◌ limit",
    AgentState.ERROR: "✗ error",
    AgentState.LOGIN: "✗ login",
    AgentState.IDLE: "✳ idle",
}
"""Terminal titles: evidence of the state for whoever watches the pane."""
BUSY = frozenset({AgentState.STARTING, AgentState.WORKING, AgentState.RETRYING, AgentState.LIMIT})
STYLE: dict[str, str] = {
    "dim": "ansibrightblack",
    "code": "ansicyan",
    "heading": "bold",
    "strong": "bold",
    "user": "bold ansiblue",
    "call": "ansimagenta",
    "bad": "ansired",
    "warning": "ansiyellow",
    "busy": "ansigreen",
    "ask": "bold ansiyellow",
    "prompt": "bold ansiblue",
}
_LEVEL_CLASS = {Level.INFO: "class:dim", Level.WARNING: "class:warning", Level.ERROR: "class:bad"}
DETAIL_LINES = 10


def user_lines(text: str, sender: str) -> list[Styled]:
    """A user turn; long ones are shortened, the transcript has them whole."""
    shown = excerpt(text, 12)
    head = f"{PROMPT}" if not sender else f"✉ {one_line(sender, 60)}: "
    lines: list[Styled] = [[], [("class:user", head), ("", shown[0] if shown else "")]]
    return [*lines, *([("", f"  {line}")] for line in shown[1:])]


def call_line(tool: str, summary: str) -> Styled:
    return [("class:call", f"• {tool} "), ("", one_line(summary))]


def result_lines(text: str, is_error: bool, width: int) -> list[Styled]:
    """The first lines of a result. A failure is shown whole; of other lines what fits: wrapped, they would lose their place."""
    style = "class:bad" if is_error else "class:dim"
    lines = excerpt(text) if is_error else [fitted(line, max(20, width - 4)) for line in excerpt(text)]
    return [[(style, f"  {'⎿' if number == 0 else ' '} {line}")] for number, line in enumerate(lines)]


def notice_lines(text: str, level: Level) -> list[Styled]:
    return [[(_LEVEL_CLASS[level], line)] for line in clean(text).splitlines()]


def busy_line(state: AgentState, detail: str, seconds: int) -> Styled:
    """`Working (8s · esc to interrupt)`."""
    words = one_line(detail, 160) if state in (AgentState.RETRYING, AgentState.LIMIT) and detail else "Working"
    return [("class:busy", words), ("class:dim", f" ({seconds}s · {INTERRUPT_MARK})")]


def question_lines(question: Question, width: int) -> list[Styled]:
    """The permission dialog. What it asks about comes before the options, so that it is read first."""
    inner = max(20, width - 4)
    lines: list[Styled] = [
        [("class:ask", f"▲ Permission: {question.tool}"), ("class:dim", f" · {one_line(question.reason, inner)}")]
    ]
    detail = excerpt(question.detail, DETAIL_LINES)
    lines += [[("class:dim", "  │ "), ("", line[:inner])] for line in detail]
    lines.append([("class:ask", DIALOG_MARK)])
    for number, (key, label) in enumerate(question.options(), 1):
        letter = {"allow": "y", "always": "a", "deny": "n"}[key]
        lines.append([("class:prompt", f"  {number}. "), ("", one_line(label, inner)), ("class:dim", f" ({letter})")])
    return lines


def footer(model: str, autonomy: str, share: float, address: str) -> Styled:
    parts = [one_line(model, 40), f"{share:.0%} context", autonomy]
    if address:
        parts.insert(0, one_line(address, 60))
    return [("class:dim", " · ".join(parts) + " · /help")]
