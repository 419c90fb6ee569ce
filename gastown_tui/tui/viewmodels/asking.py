"""One question as lines: what is asked, in full, what it would risk, which keys answer it, and how it ended."""

from __future__ import annotations

from gastown_tui.core import risk
from gastown_tui.core.requests import ALLOW, ALWAYS, DENY, PANE, call_of, choices_of, note_of, questions_of, risk_of
from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.core.states import RequestState
from gastown_tui.tui.text import Span, Spans, clean, clean_lines, wrap
from gastown_tui.tui.viewmodels.common import keys
from gastown_tui.tui.viewmodels.needs import choose, options_of

_SHELLS = ("shell", "bash", "exec")
"""Tools whose words are a command."""
_VERBS = {
    "approval": ("approve", "always", "send back"),
    "plan": ("approve, edits ask", "approve, edits need no asking", "keep planning"),
}
"""What allow, always and refuse are called where they are called otherwise."""
_ENDED = {ALLOW: "allowed", ALWAYS: "always allowed", DENY: "refused", "approve": "approved", "send_back": "sent back"}
_PROOFS = {
    "": "not typed yet",
    "pressing": "being typed",
    "pressed": "typed, not proven yet",
    "unproven": "typed, and not seen to be taken",
    "changed": "not sent: its dialog had gone or changed",
}


def verbs(request: Request) -> Spans:
    """The keys that answer this request."""
    offered: list[tuple[str, str]] = []
    names = _VERBS.get(request.kind, ("allow", "always", "refuse"))
    for verb, name in zip(("allow", "always", "refuse"), names, strict=True):
        if choose(request, verb):
            offered.append((f"request.{verb}", name))
    if request.kind == "approval":
        offered.append(("agent.diff", "diff"))
    if options_of(request) and not (choose(request, "allow") and request.kind == "approval"):
        offered.append(("request.options", "more" if offered else "answer"))
    return keys(*offered) if offered else keys(("agent.attach", "its pane takes the answer"))


def risks(request: Request, snapshot: TownSnapshot) -> tuple[risk.Finding, ...]:
    """What allowing it would risk; () where nothing is allowed by it."""
    worktree = next((agent.worktree for agent in snapshot.agents if agent.address == request.agent), "")
    return risk_of(request, worktree=worktree, town=snapshot.root)


def risk_spans(request: Request, snapshot: TownSnapshot) -> Spans:
    """The risks in one line, the worst first and marked; () for a question that allows nothing."""
    if request.kind not in ("permission", "trust"):
        return ()
    found = risks(request, snapshot)
    if not found:
        return (("no risk recognised", "faint"),)
    spans: list[Span] = []
    for (kind, _), words in zip(found, risk.words(found), strict=True):
        is_bad = kind in risk.DESTRUCTIVE
        spans += [(" · ", "faint")] if spans else []
        spans.append((("! " if is_bad else "") + clean(words), "b broken" if is_bad else "stalled"))
    return tuple(spans)


def risk_lines(request: Request, snapshot: TownSnapshot, width: int, *, limit: int = 3) -> list[Spans]:
    """The same, wrapped between findings."""
    lines: list[list[Span]] = [[]]
    used = 0
    for text, style in risk_spans(request, snapshot):
        if style == "faint" and text == " · ":
            continue
        parts = wrap(text, width)
        if used and used + 3 + len(text) > width:
            lines.append([])
            used = 0
        if used:
            lines[-1].append((" · ", "faint"))
            used += 3
        for number, part in enumerate(parts):
            if number:
                lines.append([])
                used = 0
            lines[-1].append((part, style))
            used += len(part)
    return [tuple(line) for line in lines[:limit] if line]


def _tool_of(request: Request) -> tuple[str, str]:
    """(tool, what it would do) of a permission; other questions have no tool."""
    tool, colon, rest = request.title.partition(": ")
    if request.kind != "permission":
        return "", request.title
    command = call_of(request)[1].get("command")
    if isinstance(command, str) and command.strip():
        return "bash", command
    if colon and tool.isidentifier():
        return tool.lower(), rest if tool.lower() in _SHELLS else request.title
    return "shell", request.title


def ask_lines(request: Request, width: int, *, limit: int = 0) -> list[Spans]:
    """What is asked, in full: the command of a permission with `$`, the words of a question.

    Args:
        limit: rows at most for the small print below it, and for a long command; 0 for all of it.
    """
    lines: list[Spans] = []
    tool, asked = _tool_of(request)
    if len(questions_of(request)) > 1 and not limit:
        asked = f"{len(questions_of(request))} questions"  # each stands below with its answers
    is_command = tool in _SHELLS
    for index, line in enumerate(clean_lines(asked)):
        prefix: Span = ("$ ", "soft") if is_command and index == 0 else ("  " if is_command else "", "soft")
        for number, part in enumerate(wrap(line, width - len(prefix[0]))):
            lines.append((prefix if number == 0 else (" " * len(prefix[0]), ""), (part, "ink")))
    if limit and "\n" in asked.strip() and len(lines) > limit + 3:
        lines = [*lines[: limit + 2], (("  … the inbox shows all of it", "faint"),)]
    small = _small_print(request, asked, width)
    if limit and len(small) > limit:
        small = [*small[: limit - 1], (("…", "soft"),)] if limit > 1 else small[:1]
    if request.kind in ("question", "plan", "trust"):
        small += _answers(request, width) if not limit else _answers_in_a_row(request)
    note = [((part, "stalled"),) for part in wrap(clean(note_of(request)), width)] if note_of(request) else []
    return lines + small + note


def _small_print(request: Request, asked: str, width: int) -> list[Spans]:
    """The detail without what stands above it; the lines of a diff in their colours."""
    detail = request.detail.strip()
    given = call_of(request)[1]
    if detail in ("", asked.strip(), request.title.strip()):
        return []
    told = detail.splitlines()
    if isinstance(given.get("command"), str):
        told = _without_command(detail, asked)
    elif request.kind == "question" and told and told[0].strip() == asked.strip():
        told = []  # its choices stand below, each with its words
    is_edit = bool(given.get("file_path") or given.get("notebook_path")) and any(line[:1] in "+-" for line in told if line)
    rows: list[Spans] = []
    for line in clean_lines("\n".join(told)) if told else []:
        style = "soft"
        if is_edit and line[:1] in ("+", "-"):
            style = "ink on:add" if line[0] == "+" else "soft on:del"
        elif request.kind == "plan":
            style = "b ink" if line.startswith("#") else "ink"
        rows += [((part, style),) for part in wrap(line, width)]
    return rows


def _without_command(detail: str, command: str) -> list[str]:
    """A detail's lines but those of the command, as it is written or as a screen has wrapped it."""
    if detail.startswith(command.strip()):
        return detail[len(command.strip()) :].strip().splitlines()
    flat = " ".join(command.split())
    return [line for line in detail.splitlines() if " ".join(line.removeprefix("$ ").split()) not in flat]


def _answers(request: Request, width: int) -> list[Spans]:
    """Each answer with what the agent says about it."""
    lines: list[Spans] = []
    asked = questions_of(request)
    if len(asked) == 1 and not asked[0].takes_many:
        groups = [("", list(asked[0].choices))]
    else:
        groups = [(f"{one.text}{' (several may hold)' if one.takes_many else ''}", list(one.choices)) for one in asked]
    for words, choices in groups or [("", choices_of(request))]:
        lines += [((part, "b soft"),) for part in wrap(clean(words), width)] if words else []
        for number, choice in enumerate(choices, 1):
            label = wrap(clean(choice.label), width - 2)
            lines += [(((f"{number} " if at == 0 else "  "), "b soft"), (part, "ink")) for at, part in enumerate(label)]
            lines += [(("  ", ""), (part, "soft")) for part in wrap(clean(choice.about), width - 2)] if choice.about else []
    return lines


def _answers_in_a_row(request: Request) -> list[Spans]:
    spans: list[Span] = []
    for number, (_, label) in enumerate(options_of(request), 1):
        spans += [(f"{number} ", "b soft"), (f"{clean(label)}   ", "soft")]
    return [tuple(spans)] if spans else []


def outcome_word(request: Request) -> tuple[str, str]:
    """The same in a word or two, for a list."""
    _, style = outcome(request)
    match request.state:
        case RequestState.SETTLED:
            return "in its pane", style
        case RequestState.EXPIRED:
            return "unanswered", style
    if style == "stalled":
        return {"unproven": "not proven", "changed": "not sent"}.get(request.proof, "being typed"), style
    by = "" if request.answered_by == "overseer" else f" by {clean(request.answered_by)}"
    return f"{_ENDED.get(request.answer, 'answered')}{by}", style


def outcome(request: Request) -> tuple[str, str]:
    """(what became of it, style) of a question that is no longer open."""
    if request.state is RequestState.SETTLED:
        return "answered in its pane", "soft"
    if request.state is RequestState.EXPIRED:
        return "nobody answered before its run ended", "stalled"
    labels = dict(options_of(request))
    said = _ENDED.get(request.answer, clean(labels.get(request.answer, request.answer)))
    words = f"{said} by {clean(request.answered_by)}"
    if request.answer_text and request.answer != "answers":
        words += f": {clean(request.answer_text)}"
    if request.channel == PANE and request.proof != "taken":
        return f"{words} · {_PROOFS[request.proof]}", "stalled"
    return words, "broken" if request.answer in (DENY, "send_back") else "working"
