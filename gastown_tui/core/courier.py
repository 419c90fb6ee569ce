"""Which queued message may be typed into which agent now, why another waits, and what a composer shows of one. Pure.

Agents that pull take their messages themselves. Into the others one message at a time is pasted, when the agent rests,
nobody is attached, the pane is alive and not in a mode, and the composer is empty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.observation import RunFacts
from gastown_tui.core.rows import Delivery, Message, Run
from gastown_tui.core.states import RunState

REST = 1.0
"""Seconds of rest before something is typed: between two tool calls a CLI looks idle for a moment."""
INLINE_LINES = 3
"""Longer text goes into a file: Claude Code 2.1.330 wraps pastes of more than 3 lines or about 800 characters in a
provenance mark (reference: agent-clis §5)."""
SUBJECT_CHARACTERS = 200
"""Of a subject beside the name of a file: it must not make the typed line a long one."""
PASTE_LIMIT = 10.0
"""Seconds in which a pasted text must stand in the composer; a loaded machine draws late."""
PROOF_LIMIT = 15.0
"""Seconds after Enter by which the agent's hook must have shown the prompt."""
ENTER_AGAIN = (1.5, 3.0, 6.0)
"""Seconds after each Enter before it is pressed once more, while the text provably still stands in the composer."""
EXPIRES = 24 * 3600.0
"""Seconds that a nudge waits for its agent to rest (reference: gastown-runtime §7.3). Mail waits in its inbox for ever."""
BUDGET = 6
BUDGET_SECONDS = 3600.0
"""Messages in an hour between two agents in one thread, after which a person decides: agents that wake each other in a
circle cost money all night."""

INTERRUPT_WITHIN = 120.0
"""Seconds after which words no longer end a turn: it is another one than the person meant."""

TYPABLE = frozenset({AgentState.IDLE, AgentState.DONE, AgentState.ERROR})
"""States with a prompt that waits for words; after an error that ended its turn an agent waits to be told to go on."""
INTERRUPTIBLE = frozenset({AgentState.WORKING, AgentState.RETRYING})
"""States in which the CLI's interrupt key ends a turn and nothing else."""
_WAITS_FOR_PERSON = frozenset({AgentState.PERMISSION, AgentState.QUESTION, AgentState.PLAN, AgentState.TRUST})
_COMPLETES = re.compile(r"(?:^|\s)(?:@\S|[@/$]\S*$)|\\$")
"""A word for which a CLI puts in a file; a last word that opens a menu in which Enter chooses instead of sending; a last
backslash, after which Enter breaks the line (Claude Code and Codex)."""
_ODD = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mc", "Me", "Mn", "Zl", "Zp"})
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


@dataclass(frozen=True, slots=True)
class Rest:
    """What is known of an agent's turn."""

    state: AgentState
    seconds: float
    """For how long."""
    detail: str = ""
    """What it is about. Foreign text."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One message to type into one run now."""

    delivery: Delivery
    run: Run
    pane: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What to type now, and why the rest waits."""

    handovers: tuple[Handover, ...]
    reasons: Mapping[tuple[str, str], str]
    """(message, receiver) → why it waits."""
    interrupts: tuple[Handover, ...]
    """For which a running turn is to be ended now; they stay queued."""
    again_in: float | None
    """Seconds after which another look may choose more, though nothing else happens; None when there is no such time."""


def choose(
    queued: Sequence[Delivery], under_way: Sequence[Delivery], runs: Sequence[Run], facts: Mapping[str, RunFacts],
    rests: Mapping[str, Rest], pulls: frozenset[str], first: Iterable[str] = (), ending: frozenset[str] = frozenset(),
) -> Choice:  # fmt: skip
    """The oldest queued message of each agent that may be typed into.

    Args:
        under_way: deliveries that are leased, pasted or submitted: their receivers get nothing else meanwhile.
        rests: run → what is known of its turn; a run without is unknown.
        pulls: names of drivers whose agents take messages themselves.
        first: messages that go before all others.
        ending: those among them for which a running turn may be ended now.
    """
    occupied = {one.receiver for one in under_way}
    by_agent = {run.agent: run for run in runs}
    chosen: dict[str, Handover] = {}
    interrupts: dict[str, Handover] = {}
    reasons: dict[tuple[str, str], str] = {}
    waits: list[float] = []
    urgent = frozenset(first)
    for delivery in sorted(queued, key=lambda one: one.message not in urgent):
        key = (delivery.message, delivery.receiver)
        run = by_agent.get(delivery.receiver)
        if delivery.receiver in occupied or delivery.receiver in chosen or delivery.receiver in interrupts:
            reasons[key] = "another message goes first"
        elif run is None:
            reasons[key] = "the agent does not run"
        else:
            fact, rest = facts.get(run.id, RunFacts()), rests.get(run.id)
            why = why_waiting(run, fact, rest)
            is_only_busy = rest is not None and rest.state in INTERRUPTIBLE and why == _doing(rest)
            if delivery.message in ending and is_only_busy and fact.pane is not None:
                interrupts[delivery.receiver] = Handover(delivery, run, fact.pane.pane)
            if run.state is RunState.WORKING and run.driver in pulls:
                reasons[key] = "the agent takes it when it rests"
            elif why:
                reasons[key] = why
            elif rest is not None and rest.seconds < REST:
                waits.append(REST - rest.seconds)
            elif fact.pane is not None:
                chosen[delivery.receiver] = Handover(delivery, run, fact.pane.pane)
    return Choice(tuple(chosen.values()), reasons, tuple(interrupts.values()), min(waits, default=None))


def why_waiting(run: Run, fact: RunFacts, rest: Rest | None) -> str:
    """Why nothing may be typed into the run, in words for the sender; "" when it may (once it has rested for `REST`)."""
    pane = fact.pane
    if run.state is not RunState.WORKING:
        return f"its run is {run.state.value}"
    if fact.has_exited or (pane is not None and pane.dead):
        return "its program has ended"
    if pane is None:
        return "its pane is not known"
    if pane.in_mode:
        return "a person reads back in its pane"
    if pane.attached:
        return "a person is attached to it"
    if rest is None or rest.state is AgentState.UNKNOWN:
        return "it is not known whether it rests"
    if rest.state in TYPABLE:
        return ""
    return f"it waits for a person ({rest.state.value})" if rest.state in _WAITS_FOR_PERSON else _doing(rest)


_DOING = {
    AgentState.LIMIT: "it has reached its limit",
    AgentState.LOGIN: "it is not logged in",
    AgentState.RETRYING: "its model does not answer, and it tries again",
}
_DETAIL = 120


def _doing(rest: Rest) -> str:
    """What keeps it from reading, with until when where that is known."""
    words = _DOING.get(rest.state, f"it is {rest.state.value}")
    return f"{words}: {' '.join(rest.detail.split())[:_DETAIL]}" if rest.detail and rest.state in _DOING else words


def wrap(message: Message, file: str, *, most: int, takes_lines: bool = True) -> tuple[str, str]:
    """(text to type, what `file` is to hold: "" when all is typed). It never begins with a character that a CLI takes for a command.

    Args:
        most: characters that may be typed at once.
        takes_lines: the CLI asks for bracketed paste, so that a line's end inside a paste does not send it.
    """
    head = f"{mark_of(message.id)}from {message.sender}]"
    subject, body = " ".join(message.subject.split()), message.body.strip()
    text = f"{subject}\n{body}".strip() if subject and subject not in body else body
    typed = f"{head} {text}"
    if body == message.body and len(typed) <= most and _may_be_typed(text, INLINE_LINES if takes_lines else 1):
        return typed, ""
    told = f"{head} Read {file} and act on it."
    if not subject:
        return told, message.body
    if not all(map(_is_plain, subject)) or "@" in subject:
        return told, f"{message.subject}\n\n{message.body}"
    return f"{head} {subject[:SUBJECT_CHARACTERS]}: Read {file} and act on it.", message.body


def _may_be_typed(text: str, lines: int) -> bool:
    """Whether a composer gives the text to its model as it is, and draws it so that it can be known again: few lines, no
    blank ones, menus, and characters that CLIs and terminals drop, join or turn around."""
    is_low = text.count("\n") < lines and "\n\n" not in text
    return is_low and not _COMPLETES.search(text) and all(map(_is_plain, text.replace("\n", " ")))


def _is_plain(character: str) -> bool:
    if character.isascii():
        return character.isprintable()
    category = unicodedata.category(character)
    return category not in _ODD and category != "Zs" and unicodedata.bidirectional(character) not in _RIGHT_TO_LEFT


_FILED = re.compile(r"Read /\S*/messages/(\w+)\.md and act on it\.$")


def filed(words: str) -> str:
    """The message whose file a typed line names, "" when it names none."""
    found = _FILED.search(words)
    return found[1] if found else ""


def mark_of(message: str) -> str:
    """How a typed message begins; by it a message is found again in a composer, a transcript and the hooks' log."""
    return f"[message {message} "


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Text without control characters: an escape sequence in it could end a bracketed paste and type on."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class Fit(StrEnum):
    """What a composer holds of a text that was typed into it."""

    EMPTY = "empty"
    WHOLE = "whole"
    OTHER = "other"
    """Something else, or the text with something more or less."""
    UNSEEN = "unseen"
    """No composer can be seen."""


def fit(composer: str | None, text: str) -> Fit:
    """Compares a composer as it is drawn (wrapped, perhaps boxed) with the text: by letters and digits alone."""
    if composer is None:
        return Fit.UNSEEN
    if not composer:
        return Fit.EMPTY
    return Fit.WHOLE if _letters(composer) == _letters(text) else Fit.OTHER


def _letters(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFC", text) if character.isalnum())
