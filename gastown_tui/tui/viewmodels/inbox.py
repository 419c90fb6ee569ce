"""Requests as cards for the rail, the inbox list and its detail."""

from __future__ import annotations

from dataclasses import replace

from gastown_tui.core.evidence import Light
from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, Spans, clean, clean_lines, wrap
from gastown_tui.tui.tokens import GLYPH
from gastown_tui.tui.viewmodels.common import BLANK, age, clock, inside, keys, mark, short, title
from gastown_tui.tui.viewmodels.needs import Need, choose, needs, options_of, waiting

FULL_CARDS = 3
_SHELLS = ("shell", "bash", "exec")
"""Tools whose words are a command."""
_TITLES = {"answer": "ANSWER", "repair": "REPAIR", "read": "READ"}
_VERBS: dict[str, tuple[tuple[str, str], ...]] = {
    "answer": (("a", "allow"), ("r", "refuse"), ("o", "options")),
    "repair": (("t", "attach"), ("n", "nudge"), (".", "seen")),
    "read": ((".", "seen"),),
}


def verbs(request: Request) -> Spans:
    """The keys that answer this request."""
    offered: list[tuple[str, str]] = []
    if choose(request, "allow"):
        offered.append(("a", "approve" if request.kind == "approval" else "allow"))
    if choose(request, "always"):
        offered.append(("A", "always"))
    if choose(request, "refuse"):
        offered.append(("r", "send back" if request.kind == "approval" else "refuse"))
    if request.kind == "approval":
        offered.append(("d", "diff"))
    if options_of(request) and not (choose(request, "allow") and request.kind == "approval"):
        offered.append(("o", "more" if offered else "answer"))
    return keys(*offered)


def _tool_of(request: Request) -> tuple[str, str]:
    """(tool, what it would do) of a permission; other questions have no tool."""
    tool, colon, rest = request.title.partition(": ")
    if request.kind != "permission":
        return "", request.title
    if colon and tool.isidentifier():
        return tool.lower(), rest if tool.lower() in _SHELLS else request.title
    return "shell", request.title


def ask_lines(request: Request, width: int, *, limit: int = 0) -> list[Spans]:
    """What is asked, in full: the command of a permission with `$`, the words of a question.

    Args:
        limit: rows at most for the small print below it, 0 for all of it.
    """
    lines: list[Spans] = []
    tool, asked = _tool_of(request)
    is_command = tool in _SHELLS
    for index, line in enumerate(clean_lines(asked)):
        prefix: Span = ("$ ", "soft") if is_command and index == 0 else ("  " if is_command else "", "soft")
        for number, part in enumerate(wrap(line, width - len(prefix[0]))):
            lines.append((prefix if number == 0 else (" " * len(prefix[0]), ""), (part, "ink")))
    small: list[Spans] = []
    for line in clean_lines(request.detail) if request.detail.strip() not in ("", asked.strip(), request.title.strip()) else []:
        small += [((part, "soft"),) for part in wrap(line, width)]
    if limit and len(small) > limit:
        small = [*small[: limit - 1], (("…", "soft"),)] if limit > 1 else small[:1]
    if request.kind in ("question", "plan", "trust"):
        spans: list[Span] = []
        for number, (_, label) in enumerate(options_of(request), 1):
            spans += [(f"{number} ", "b soft"), (f"{clean(label)}   ", "soft")]
        if spans:
            small.append(tuple(spans))
    return lines + small


def _block(rows: list[Row], *, key: str = "", edge: str = "", ground: str = "") -> list[Row]:
    """Rows that belong together: one key, one edge, one ground."""
    return [replace(row, key=key, edge=edge, ground=ground, indent=1, is_card=bool(key)) for row in rows]


def card(need: Need, now: float, width: int, *, with_verbs: bool) -> list[Row]:
    """A request in full, as one block."""
    request = need.request
    who = short(need.agent) if need.agent else need.kind
    where = "  ".join(part for part in (need.kind, clean(need.bead)) if part)
    rows = [Row(((f"{GLYPH[Light.NEEDS]} ", "needs"), (who, "b needs"), (f"  {where}", "soft")), ((age(now - need.at), "needs"),))]
    if request is None:
        rows += [Row(((clean(need.title) or "a dialog is open in its pane", "ink"),)), Row(keys(("⏎", "focus"), ("t", "attach")))]
    else:
        rows += [Row(line) for line in ask_lines(request, width - 4, limit=3)]
        if with_verbs:
            rows.append(Row(verbs(request)))
    return _block(rows, key=need.key, edge="needs")


def rail_needs(snapshot: TownSnapshot, now: float, width: int, selected: str) -> list[Row]:
    """The rail's first part: the oldest in full, all others one line each."""
    found = needs(snapshot)
    asked = waiting(snapshot)
    if not found:
        working = sum(agent.verdict.light is Light.WORKING for agent in snapshot.agents)
        free = sum(agent.verdict.light is Light.IDLE and agent.role in ("polecat", "crew") for agent in snapshot.agents)
        return [title("NEEDS YOU"), Row(((f"nobody needs you · {working} working, {free} free", "soft"),)), BLANK]
    rows = [title("NEEDS YOU", f"oldest {age(now - asked[0].at)}" if asked else "")]
    full = 0
    for need in found:
        if need.light is Light.NEEDS and (full < FULL_CARDS or need.key == selected):
            rows += card(need, now, width, with_verbs=need.key == selected or full == 0)
            rows.append(BLANK)
            full += 1
        else:
            name = short(need.agent) if need.agent else clean(need.kind)
            rows.append(
                Row(
                    (mark(need.light), (f" {name} ", "ink"), (clean(need.title) or need.kind, "soft")),
                    ((age(now - need.at), "soft"),),
                    key=need.key,
                )
            )
    return [*rows, BLANK] if rows[-1] != BLANK else rows


def inbox_rows(snapshot: TownSnapshot, now: float) -> list[Row]:
    """The inbox: groups by what a person has to do, oldest first."""
    found = needs(snapshot)
    counts = [f"{_TITLES[bucket].capitalize()} {sum(need.bucket == bucket for need in found)}" for bucket in _TITLES]
    rows = [Row(((f"All {len(found)}  ", "b ink"), ("  ".join(counts), "soft")), (("oldest first", "faint"),))]
    if not found:
        return [*rows, BLANK, Row((("all clear", "b soft"), ("  nothing waits for you · 1 shows the town", "soft")))]
    for bucket, words in _TITLES.items():
        here = [need for need in found if need.bucket == bucket]
        if not here:
            continue
        rows += [BLANK, Row(((words, "b soft"),), tuple((text, "faint") for text, _ in keys(*_VERBS[bucket])))]
        for need in here:
            name = short(need.agent) if need.agent else "town"
            first = clean_lines(need.title)[0]
            rows.append(
                Row(
                    (mark(need.light), (f" {name:<9.9} ", "b ink"), (f"{clean(need.kind):<11.11} ", "soft"), (first, "ink")),
                    ((age(now - need.at), "needs" if need.light is Light.NEEDS else "soft"),),
                    key=need.key,
                )
            )
    return rows


def detail_rows(need: Need | None, now: float, width: int, root: str = "") -> list[Row]:
    """The inbox's request card, in full."""
    if need is None:
        return [Row((("nothing selected", "faint"),))]
    who = short(need.agent) if need.agent else "town"
    head: Spans = (
        (f"{GLYPH[need.light]} {clean(need.kind).upper()}", f"b {need.light.value}"),
        (f"  {who}", "ink"),
        (f"  {clean(need.bead)}", "soft"),
    )
    rows = [Row(head, ((age(now - need.at), need.light.value),)), BLANK]
    if need.request is not None:
        request = need.request
        rows += [Row(line) for line in ask_lines(request, width - 4)]
        if request.directory:
            rows.append(Row(((f"in {inside(request.directory, root)}", "soft"),)))
        rows += [BLANK, Row(verbs(request), ((f"asked {clock(request.created_at)}", "faint"),))]
    else:
        words = clean_lines(need.title) if need.title else ["its pane shows what"]
        rows += [Row(((part, "ink"),)) for line in words for part in wrap(line, width - 4)]
        offered = [("⏎", "focus"), ("t", "attach"), ("n", "nudge")] if need.agent else []
        if need.key.startswith("i:"):
            offered.append((".", "seen"))
        rows += [BLANK, Row(keys(*offered))]
    return _block(rows, edge="needs" if need.light is Light.NEEDS else "line", ground="raised")
