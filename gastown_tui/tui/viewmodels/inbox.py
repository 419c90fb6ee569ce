"""Requests as cards for the rail, the inbox list and its detail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from gastown_tui.core import risk
from gastown_tui.core.evidence import Light
from gastown_tui.core.rows import Request
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.core.states import RequestState
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Spans, clean, clean_lines, wrap
from gastown_tui.tui.tokens import GLYPH
from gastown_tui.tui.viewmodels.asking import ask_lines, outcome, outcome_word, risk_lines, risks, verbs
from gastown_tui.tui.viewmodels.common import BLANK, age, clock, inside, keys, mark, short, title, told_apart
from gastown_tui.tui.viewmodels.needs import Need, needs, waiting
from gastown_tui.tui.viewmodels.snooze import Snoozes, awake, back, until

FULL_CARDS = 3
MORE = "i:"
"""The key of the line that stands for what the rail has no room for."""
SHOWN_ENDED = 8
LETTERS = "m:mail"
"""Key of the row that stands for all unread letters."""
SHOWN_RULED = 5
_TITLES = {"answer": "ANSWER", "repair": "REPAIR", "read": "READ"}
_VERBS: dict[str, tuple[tuple[str, str], ...]] = {
    "answer": (("request.allow", "allow"), ("request.refuse", "refuse"), ("request.options", "options")),
    "repair": (("agent.attach", "attach"), ("agent.nudge", "nudge"), ("inbox.seen", "seen")),
    "read": (("agent.focus", "open"),),
}


def _block(rows: list[Row], *, key: str = "", edge: str = "", ground: str = "") -> list[Row]:
    """Rows that belong together: one key, one edge, one ground."""
    return [replace(row, key=key, edge=edge, ground=ground, indent=1, is_card=bool(key)) for row in rows]


def card(need: Need, snapshot: TownSnapshot, now: float, width: int, *, with_verbs: bool) -> list[Row]:
    """A request as one block, with its risk."""
    request = need.request
    who = short(need.agent) if need.agent else need.kind
    where = "  ".join(part for part in (need.kind, clean(need.bead)) if part)
    rows = [Row(((f"{GLYPH[Light.NEEDS]} ", "needs"), (who, "b needs"), (f"  {where}", "soft")), ((age(now - need.at), "needs"),))]
    if request is None:
        rows += [
            Row(((clean(need.title), "ink"),)),
            Row(keys(("agent.focus", "focus"), ("agent.attach", "attach"))),
        ]
    else:
        rows += [Row(line) for line in ask_lines(request, width - 4, limit=3)]
        rows += [Row(line) for line in risk_lines(request, snapshot, width - 4, limit=2)]
        if with_verbs:
            rows.append(Row(verbs(request)))
    return _block(rows, key=need.key, edge="needs")


def rail_needs(
    snapshot: TownSnapshot,
    now: float,
    width: int,
    selected: str,
    room: int = 1000,
    snoozed: Snoozes = MappingProxyType({}),
) -> list[Row]:
    """The rail's first part: the oldest in full, all others one line each; what was put off comes last. What `room` rows do
    not hold is counted in a last line; the selected one is always there."""
    every = needs(snapshot)
    asleep = frozenset(need.key for need in every if until(need, snoozed, now) is not None)
    found = sorted(every, key=lambda need: need.key in asleep)
    asked = waiting(snapshot)
    if not found:
        working = sum(agent.verdict.light is Light.WORKING for agent in snapshot.agents)
        free = sum(agent.verdict.light is Light.IDLE and agent.role in ("polecat", "crew") for agent in snapshot.agents)
        return [title("NEEDS YOU"), Row(((f"nobody needs you · {working} working, {free} free", "soft"),)), BLANK]
    names = told_apart(agent.address for agent in snapshot.agents)
    for most in range(FULL_CARDS, 0, -1):
        blocks = []
        full = taken = 0
        for need in found:
            is_asking = need.light is Light.NEEDS and need.key not in asleep
            if is_asking and (full < most or need.key == selected):
                block = [*card(need, snapshot, now, width, with_verbs=need.key == selected or full == 0), BLANK]
                full += 1
            else:
                block = [_rail_line(need, names, now)]
            blocks.append(block)
            taken += len(block) if is_asking else 0
        if taken <= room - 3:
            break  # who waits for an answer is there, if need be with fewer in full
    rows = [title("NEEDS YOU", f"oldest {age(now - asked[0].at)}" if asked else "")]
    rows += _fitting(blocks, selected, room - 2)
    return [*rows, BLANK] if rows[-1] != BLANK else rows


def _rail_line(need: Need, names: Mapping[str, str], now: float) -> Row:
    name = (names.get(need.agent) or short(need.agent)) if need.agent else clean(need.kind)
    left = (mark(need.light), (f" {name} ", "ink"), (clean(need.title) or need.kind, "soft"))
    return Row(left, ((age(now - need.at), "soft"),), key=need.key)


def _fitting(blocks: list[list[Row]], selected: str, room: int) -> list[Row]:
    """The first blocks that fit, the selected one, and how many are left out."""
    if sum(map(len, blocks)) <= room:
        return [row for block in blocks for row in block]
    chosen = next((block for block in blocks if block[0].key == selected), [])
    rows: list[Row] = []
    count = 0
    spare = room - 1 - len(chosen)
    for block in blocks:
        if block is chosen:
            spare += len(chosen)
        if len(rows) + len(block) > spare:
            break
        rows += block
        count += 1
    if chosen and chosen[0] not in rows:
        rows += chosen
        count += 1
    return [*rows, Row(((f"+{len(blocks) - count} more", "ink"), (f" · {key_of('screen.inbox')} shows all", "soft")), key=MORE)]


def inbox_rows(snapshot: TownSnapshot, now: float, snoozed: Snoozes = MappingProxyType({})) -> list[Row]:
    """The inbox: groups by what a person has to do, oldest first; what was put off stands below them."""
    every = needs(snapshot)
    found = awake(every, snoozed, now)
    asleep = [need for need in every if need not in found]
    letters = snapshot.unread_mail
    many = {bucket: sum(need.bucket == bucket for need in found) + (letters if bucket == "read" else 0) for bucket in _TITLES}
    counts = [f"{_TITLES[bucket].capitalize()} {number}" for bucket, number in many.items()]
    names = told_apart(agent.address for agent in snapshot.agents)
    columns = _columns(every, names)
    rows = [Row(((f"All {sum(many.values())}  ", "b ink"), ("  ".join(counts), "soft")), (("oldest first", "faint"),))]
    if not sum(many.values()):
        words = (
            f"  nothing else waits for you · {key_of('screen.town')} shows the town"
            if asleep
            else f"  nothing waits for you · {key_of('screen.town')} shows the town"
        )
        rows += [BLANK, Row((("all clear", "b soft"), (words, "soft")))]
    for bucket, heading in _TITLES.items():
        here = [need for need in found if need.bucket == bucket]
        if not many[bucket]:
            continue
        rows += [BLANK, Row(((heading, "b soft"),), tuple((text, "faint") for text, _ in keys(*_VERBS[bucket])))]
        for need in here:
            tone = "needs" if need.light is Light.NEEDS else "soft"
            rows.append(_need_row(need, snapshot, names, columns, ((age(now - need.at), tone),)))
        if bucket == "read" and letters:
            words = f"{letters} unread letter{'s' if letters > 1 else ''}"
            left = (("@ ", "done"), (f"{'you':<{columns[0]}} ", "b ink"), (f"{'mail':<{columns[1]}} ", "soft"), (words, "ink"))
            rows.append(Row(left, ((f"{key_of('screen.mail')} reads them", "faint"),), key=LETTERS))
    if asleep:
        rows += [BLANK, Row((("PUT OFF", "b soft"),), ((f"{key_of('inbox.undo_rule')} wakes it", "faint"),))]
        rows += [_need_row(need, snapshot, names, columns, ((back(until(need, snoozed, now) or now), "soft"),)) for need in asleep]
    return rows + ruled_rows(snapshot) + ended_rows(snapshot)


def _columns(found: Sequence[Need], names: Mapping[str, str]) -> tuple[int, int]:
    """How wide the names and the kinds are: as wide as the widest, within bounds."""
    name = max((len(names.get(need.agent) or short(need.agent)) for need in found), default=0)
    kind = max((len(clean(need.kind)) for need in found), default=0)
    return min(max(name, 9), 17), min(max(kind, 10), 13)


def _cell(text: str, width: int) -> str:
    return f"{text if len(text) <= width else text[: width - 1] + '…':<{width}}"


def _need_row(need: Need, snapshot: TownSnapshot, names: Mapping[str, str], columns: tuple[int, int], right: Spans) -> Row:
    name = names.get(need.agent) or short(need.agent) if need.agent else "town"
    first = clean_lines(need.title)[0] if need.title.strip() else ""
    is_bad = need.request is not None and risk.is_destructive(risks(need.request, snapshot))
    danger: Spans = (("! ", "b broken"),) if is_bad else ()
    head: Spans = (mark(need.light), (f" {_cell(name, columns[0])} ", "b ink"), (f"{_cell(clean(need.kind), columns[1])} ", "soft"))
    return Row((*head, *danger, (first, "ink")), right, key=need.key)


def ruled_rows(snapshot: TownSnapshot) -> list[Row]:
    """What standing rules answered, the newest first; `u` on one takes its rule back."""
    if not snapshot.ruled:
        return []
    rows = [BLANK, Row((("ANSWERED BY RULE", "b soft"),), ((f"{key_of('inbox.undo_rule')} takes the rule back", "faint"),))]
    for index, use in enumerate(snapshot.ruled[:SHOWN_RULED]):
        style = {"allow": "working", "deny": "broken"}.get(use.verdict, "stalled")
        mark_of = {"allow": "✓", "deny": "×"}.get(use.verdict, "?")
        left = (
            (f"{clock(use.at)} ", "faint"),
            (f"{mark_of} ", style),
            (f"{short(use.agent):<9.9} ", "soft"),
            (clean(use.what), "soft"),
        )
        rows.append(Row(left, ((clean(use.rule), "faint"),), key=f"u:{index}:{use.rule}"))
    return rows


def ended_rows(snapshot: TownSnapshot) -> list[Row]:
    """What was answered lately, the newest first: the answer, and by whom."""
    if not snapshot.answered:
        return []
    rows = [BLANK, Row((("ANSWERED", "b soft"),))]
    for request in snapshot.answered[:SHOWN_ENDED]:
        words, style = outcome_word(request)
        first = clean_lines(request.title)[0]
        mark_of = "✓" if request.state is RequestState.ANSWERED and style == "working" else "·"
        rows.append(
            Row(
                (
                    (f"{clock(request.answered_at or request.created_at)} ", "faint"),
                    (f"{mark_of} ", style),
                    (f"{short(request.agent):<9.9} ", "soft"),
                    (first, "soft"),
                ),
                ((words, style),),
                key=f"d:{request.id}",
            )
        )
    return rows


def detail_rows(need: Need | None, snapshot: TownSnapshot, now: float, width: int) -> list[Row]:
    """The inbox's request card, in full: who, what, where. Its risk and keys stand below it (`foot_rows`)."""
    if need is None:
        return [Row((("nothing selected", "faint"),))]
    rows = [_head(need.light, need.kind, need.agent, need.bead, age(now - need.at)), BLANK]
    if need.request is not None:
        rows += [Row(line) for line in ask_lines(need.request, width - 4)]
        if need.request.directory:
            rows.append(Row(((f"in {inside(need.request.directory, snapshot.root)}", "soft"),)))
    else:
        words = clean_lines(need.title)
        rows += [Row(((part, "ink"),)) for line in words for part in wrap(line, width - 4)]
    return _block(rows, edge="needs" if need.light is Light.NEEDS else "line", ground="raised")


def letters_detail(snapshot: TownSnapshot) -> list[Row]:
    """What stands for the unread letters."""
    count = snapshot.unread_mail
    rows = [
        Row((("@ ", "done"), (f"{count} unread letter{'s' if count > 1 else ''}", "b ink"))),
        BLANK,
        Row(keys(("agent.focus", "open the mail"))),
    ]
    return _block(rows, edge="line", ground="raised")


def ended_detail(request: Request, snapshot: TownSnapshot, width: int) -> list[Row]:
    """A question that is over, in full, with its answer."""
    words, style = outcome(request)
    rows = [_head(None, request.kind, request.agent, request.bead, clock(request.answered_at or request.created_at)), BLANK]
    rows += [Row(line) for line in ask_lines(request, width - 4)]
    if request.directory:
        rows.append(Row(((f"in {inside(request.directory, snapshot.root)}", "soft"),)))
    rows += [Row(line) for line in risk_lines(request, snapshot, width - 4)]
    rows += [BLANK, *(Row(((part, style),)) for part in wrap(words, width - 4))]
    return _block(rows, edge="line", ground="raised")


def _head(light: Light | None, kind: str, agent: str, bead: str, at: str) -> Row:
    who = short(agent) if agent else "town"
    colour = light.value if light else "soft"
    shape = f"{GLYPH[light]} " if light else ""
    head: Spans = ((f"{shape}{clean(kind).upper()}", f"b {colour}"), (f"  {who}", "ink"), (f"  {clean(bead)}", "soft"))
    return Row(head, ((at, colour),))


def foot_rows(need: Need | None, snapshot: TownSnapshot, width: int, hidden: int) -> list[Row]:
    """Below the card: how much of it is out of sight, the risk, the keys."""
    if need is None:
        return []
    more = (
        [Row(((f"{hidden} more lines", "faint"), ("  ", ""), *keys(("inbox.card_down", "down"), ("inbox.card_up", "up"))))]
        if hidden
        else []
    )
    if need.request is not None:
        marks = [Row(line) for line in risk_lines(need.request, snapshot, width - 4)]
        rows = [*more, *marks, BLANK, Row(verbs(need.request), ((f"asked {clock(need.request.created_at)}", "faint"),))]
    else:
        offered = [("agent.focus", "focus"), ("agent.attach", "attach"), ("agent.nudge", "nudge")] if need.agent else []
        if need.key.startswith("i:"):
            offered.append(("inbox.seen", "seen"))
        rows = [*more, BLANK, Row(keys(*offered))]
    return _block(rows, edge="needs" if need.light is Light.NEEDS else "line", ground="raised")
