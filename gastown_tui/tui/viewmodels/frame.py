"""The header, the number bar and the footer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.evidence import Light
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.core.states import OPEN_MERGE_STATES
from gastown_tui.tui.commands import BY_ID, CommandSpec, key_of, present
from gastown_tui.tui.keys import key_name
from gastown_tui.tui.paint import KEY, Row, cells
from gastown_tui.tui.text import Span, Spans, clean, wrap
from gastown_tui.tui.tokens import GLYPH, WORD
from gastown_tui.tui.viewmodels.common import WORKER_WORDS, age, clock, count, fill, money, rough_age, short, spending
from gastown_tui.tui.viewmodels.needs import needs, waiting

TABS = (
    ("1", "town", "Town"),
    ("2", "inbox", "Inbox"),
    ("3", "convoys", "Convoys"),
    ("4", "beads", "Beads"),
    ("5", "merge", "Merge"),
    ("6", "feed", "Feed"),
    ("7", "mail", "Mail"),
    ("8", "doctor", "Doctor"),
    ("9", "settings", "Settings"),
)
NARROW = 100
WIDE = 160
LEAST_COLUMNS, LEAST_ROWS = 40, 12
"""Below this no screen has room for what it must say."""
MINUTE = 60.0
STALE_SECONDS = 45.0
"""A picture is made anew every 15 seconds at least; one that is much older means that the town cannot be read."""


def header(snapshot: TownSnapshot, now: float, width: int) -> Row:
    """Counts in fixed places: a zero is faint, never absent. Only what needs a person is filled.

    Where the words do not fit, those at the end go first; the glyphs stay.
    """
    spans, has_clock = _fitting_counts(snapshot, now, width)
    return Row(tuple(span for _, part in spans for span in part), ((f"{clock(now)} ", "soft"),) if has_clock else ())


def tiny(width: int, height: int) -> list[Row]:
    """What is said where no screen has room."""
    words = f"needs at least {LEAST_COLUMNS}x{LEAST_ROWS}, this is {width}x{height} · {key_of('app.quit')} leaves, the town goes on"
    return [Row(((line, "soft"),)) for line in wrap(words, max(width - 2, 1))][:height]


def light_at(snapshot: TownSnapshot, now: float, width: int, x: int) -> Light | None:
    """Whose count is at column `x` of the header."""
    end = 0
    for light, spans in _fitting_counts(snapshot, now, width)[0]:
        end += cells(spans)
        if x < end:
            return light
    return None


Part = tuple[Light | None, Spans]


def _fitting_counts(snapshot: TownSnapshot, now: float, width: int) -> tuple[list[Part], bool]:
    """The fullest form of the counts that fits, and whether the clock fits beside it."""
    gap = 2 if width >= NARROW else 1
    forms = [(" GAS TOWN ", worded, gap, True) for worded in range(len(Light) if width >= NARROW else 1, 0, -1)]
    forms += [(" GAS TOWN ", 1, 1, False), (" GT ", 1, 1, False), (" ", 0, 1, False)]
    for name, worded, space, has_clock in forms:
        parts = _counts(snapshot, now, name, worded, space)
        room = width - (len(" 00:00 ") if has_clock else 0)
        if sum(cells(spans) for _, spans in parts) <= room:
            break
    return parts, has_clock


def _counts(snapshot: TownSnapshot, now: float, name: str, worded: int, gap: int) -> list[Part]:
    """The counts; only the first `worded` of them have words."""
    parts: list[Part] = [(None, ((name, "b brand"),))]
    if not snapshot.root:
        return [*parts, (None, ((" reading the town …", "soft"),))]
    asked = waiting(snapshot)
    totals = {**snapshot.counts(), Light.NEEDS: len(asked)}
    space = (" " * gap, "")
    for index, light in enumerate(Light):
        number = totals[light]
        word = f" {WORD[light]}" if index < worded else ""
        if light is Light.NEEDS and number:
            oldest = age(now - min(need.at for need in asked))
            parts.append((light, ((f" {GLYPH[light]} {number}{word} {oldest:>3} ", "b on-needs on:needs"), ("  ", ""))))
        elif light is Light.NEEDS:
            # As wide as the filled one with a short age, so that the counts behind it stay in place.
            parts.append((light, ((f" {GLYPH[light]} 0{word}     ", "faint"), ("  ", ""))))
        elif number:
            parts.append((light, ((f"{GLYPH[light]} {number}", light.value), (word, "soft"), space)))
        else:
            parts.append((light, ((f"{GLYPH[light]} {number}{word}", "faint"), space)))
    last, spans = parts[-1]
    return [*parts[:-1], (last, spans[:-1])]


def grows_by_seconds(snapshot: TownSnapshot, now: float) -> bool:
    """Whether an age is shown that changes every second, apart from that of the selected agent's evidence."""
    times = [agent.verdict.since for agent in snapshot.agents]
    times += [request.created_at for request in snapshot.requests]
    times += [incident.last_at for incident in snapshot.incidents]
    times += [merge.updated_at for merge in snapshot.merges]
    return now - max(times, default=0.0) < MINUTE


def is_fresh(agent: AgentView | None, now: float) -> bool:
    """Whether the age of an agent's evidence changes every second: it does all the time for one whose screen is read."""
    return agent is not None and now - agent.verdict.at < MINUTE


def tabs(snapshot: TownSnapshot, active: str, width: int, now: float) -> list[tuple[str, Spans]]:
    """(mode, spans) for each screen of the number bar. Where the town has something to say the words of the last screens
    make room for it; their numbers stay."""
    needed = sum(len(part.short) + 3 for part in _condition(snapshot, now) if part.is_needed)
    worded = len(TABS)
    while True:
        found = _tabs(snapshot, active, width, worded)
        if not worded or sum(cells(spans) for _, spans in found) + needed <= width:
            return found
        worded -= 1


def _tabs(snapshot: TownSnapshot, active: str, width: int, worded: int) -> list[tuple[str, Spans]]:
    is_roomy = width >= NARROW
    totals = {
        "inbox": len(needs(snapshot)) + snapshot.unread_mail,
        "merge": sum(merge.state in OPEN_MERGE_STATES for merge in snapshot.merges),
        "mail": snapshot.unread_mail,
    }
    found = []
    for index, (key, mode, words) in enumerate(TABS):
        number = totals.get(mode, 0) if is_roomy else 0
        name = words if index < worded or mode == active else ""
        ground = " on:ground" if mode == active else ""
        parts: list[Span] = [(f" {key}", f"faint{ground}")]
        if name:
            parts.append((f" {name}", f"b ink{ground}" if ground else "soft"))
        if number:
            parts.append((f" {number}", f"soft{ground}" if ground else "faint"))
        if is_roomy or ground:
            parts.append((" ", ground.strip()))
        found.append((mode, tuple(parts)))
    return found


def tab_at(snapshot: TownSnapshot, active: str, width: int, now: float, x: int) -> str:
    """The screen whose tab is at column `x` of the number bar, "" for none."""
    end = 0
    for mode, spans in tabs(snapshot, active, width, now):
        end += cells(spans)
        if x < end:
            return mode
    return ""


def nav(snapshot: TownSnapshot, active: str, width: int, now: float) -> Row:
    """The number bar: only screens that exist, and at its end what holds for the whole town."""
    spans = tuple(span for _, tab in tabs(snapshot, active, width, now) for span in tab)
    right = condition(snapshot, width - cells(spans) - 3, now)
    return Row(spans, (*right, (" ", "")), ground="raised")


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that holds for the whole town."""

    text: str
    style: str
    short: str
    is_needed: bool
    """A person must know it: other words make room."""


def _condition(snapshot: TownSnapshot, now: float) -> list[_Part]:
    parts: list[_Part] = []

    def say(text: str, style: str, *, short: str = "", is_needed: bool = True) -> None:
        parts.append(_Part(text, style, short or text, is_needed))

    if now - snapshot.taken_at > STALE_SECONDS:
        say(f"this picture is {age(now - snapshot.taken_at)} old", "b broken")
    if snapshot.is_estopped:
        say(f"E-STOPPED · {key_of('app.palette')} releases it", "b broken", short="E-STOPPED")
    if snapshot.supervisor.state != "up" and snapshot.wanted != "down":
        say(f"supervisor {snapshot.supervisor.state}", "b broken")
    if snapshot.wanted != "up":
        say(f"town {snapshot.wanted}", "b stalled")
    if snapshot.is_rehearsal:
        say("rehearsal: scripted model", "b brand", short="rehearsal")
    if snapshot.landed_today:
        say(f"landed today {snapshot.landed_today}", "soft", is_needed=False)
    if snapshot.today.tokens.total:
        spent = money(snapshot.today) or f"{count(snapshot.today.tokens.total)} tokens"
        say(f"{spent} today", "soft", is_needed=False)
    return parts


def condition(snapshot: TownSnapshot, room: int, now: float) -> Spans:
    """What a person must know about the town itself, as much of it as fits, the gravest first."""
    spans: list[Span] = []
    parts = _condition(snapshot, now)
    for index, part in enumerate(parts):
        behind = sum(len(other.short) + 3 for other in parts[index + 1 :] if other.is_needed)
        left = room - cells(tuple(spans)) - (3 if spans else 0)
        text = part.text if len(part.text) + behind <= left else part.short
        if len(text) > left:
            break
        spans += [("   " if spans else "", ""), (text, part.style)]
    return tuple(spans)


def facts(agent: AgentView | None, now: float) -> Row:
    """One line about the selected agent."""
    if agent is None:
        return Row(((" ", ""),))
    spans: list[Span] = [(f" {short(agent.address)} ", "b ink"), (f"{WORKER_WORDS.get(agent.role, agent.role)}   ", "soft")]
    if agent.bead:
        spans.append((f"{clean(agent.bead)} {clean(agent.bead_title)}   ", "soft"))
    if agent.digest is not None and agent.digest.fill is not None:
        spans.append((f"context {fill(agent.digest)} {rough_age(now - agent.digest.context_at)} ago   ", "soft"))
    if used := spending(agent.spent):
        spans.append((f"{used}   ", "soft"))
    if agent.branch:
        spans.append((f"branch {clean(agent.branch)}   ", "soft"))
    source = agent.verdict.source.name.lower()
    right: Spans = (
        ((f"{agent.verdict.state.value}, by {source} {rough_age(now - agent.verdict.at)} ago ", "faint"),)
        if source != "none"
        else ()
    )
    return Row(tuple(spans), right)


def footer(commands: Sequence[CommandSpec], width: int) -> Row:
    """The keys that work now, as many as fit; help is always there."""
    spans: list[Span] = [(" ", "")]
    for command in _fitting(commands, width):
        spans += [(key_name(command.keys[0]), f"b ink {KEY}"), (f" {command.title}", "soft"), ("  ", "")]
    return Row(tuple(spans), _help_words())


def footer_at(commands: Sequence[CommandSpec], width: int, x: int) -> CommandSpec | None:
    """The command whose words are at column `x` of the footer."""
    if x >= width - cells(_help_words()):
        return present(BY_ID["app.help"])
    end = 1
    for command in _fitting(commands, width):
        end += len(key_name(command.keys[0])) + len(command.title) + 3
        if 1 <= x < end - 2:
            return command
    return None


def _help_words() -> Spans:
    return ((f"{key_of('app.help')} ", f"b ink {KEY}"), ("help ", "soft"))


def _fitting(commands: Sequence[CommandSpec], width: int) -> list[CommandSpec]:
    room = width - cells(_help_words()) - 3
    found, used = [], 1
    for command in commands:
        size = len(key_name(command.keys[0])) + len(command.title) + 3
        if used + size <= room:
            found.append(command)
            used += size
    return found
