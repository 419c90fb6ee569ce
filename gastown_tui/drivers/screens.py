"""Reading a CLI's screen with rules that are data: one of the less trusted ways to know what an agent does.

A rule names a state and what must be seen in one part of the screen. Rules are tried in order and the first that
matches wins. The parts are cut by core/screen.py, bottom first, so that history decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gastown_tui.core.evidence import AgentState, Evidence, Source
from gastown_tui.core.screen import Dialog, Shape, View, view

_DETAIL = 300
"""Characters of a detail; a command may be longer than any tile."""
_STATUS_LINES = 24
_TAIL_LINES = 8


class Region(StrEnum):
    """Where a rule looks."""

    LAST = "last"
    """The last line with text."""
    END = "end"
    """The last lines with text, whatever they are: for what is drawn when the CLI itself draws no more."""
    TAIL = "tail"
    """The last lines with text, when there is neither composer nor dialog."""
    WHOLE = "whole"
    """All of a screen that has neither composer nor dialog."""
    BLANK = "blank"
    """A word when nothing at all is drawn."""
    DIALOG = "dialog"
    """A dialog's head, options and keys, one a line."""
    ASK = "ask"
    """A dialog's question and options, one a line: its own words, without the command or text that it is about."""
    KEYS = "keys"
    """The lines of a dialog that name keys."""
    FOOTER = "footer"
    """Below the composer."""
    COMPOSER = "composer"
    """What stands in the composer, after a `>`; so it is not "" when there is one."""
    STATUS = "status"
    """The last lines above the composer."""
    SAID = "said"
    """The last thing said, unless a tool printed it."""
    AFTER = "after"
    """What stands between the last words and the composer."""
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class ScreenRule:
    """One rule. All `needs` must be found in the region and none of `refuses` (regular expressions, multi-line)."""

    name: str
    state: AgentState
    region: Region
    needs: tuple[str, ...]
    refuses: tuple[str, ...] = ()
    detail: str = ""
    """Regular expression whose groups become the evidence's detail; of a dialog "" means what it asks about."""
    keys: str = ""
    """… that must be found in a dialog's line of keys, which no text that it is about can write into."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything that reading one CLI's screens needs."""

    driver: str
    version: str
    """When the rules were last compared with captured screens."""
    shape: Shape
    rules: tuple[ScreenRule, ...]
    placeholders: tuple[str, ...] = ()
    """What stands in an empty composer."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen cut into the regions that rules look at."""

    regions: dict[Region, str]
    view: View

    @classmethod
    def of(cls, screen: str, title: str, shape: Shape) -> Screen:
        """Cuts a captured screen, plain or with escapes."""
        seen = view(screen, shape)
        is_bare = seen.composer is None and seen.dialog is None
        dialog = seen.dialog
        return cls(
            {
                Region.LAST: seen.lines[-1] if seen.lines else "",
                Region.END: "\n".join(seen.lines[-_TAIL_LINES:]),
                Region.TAIL: "\n".join(seen.lines[-_TAIL_LINES:]) if is_bare else "",
                Region.WHOLE: "\n".join(seen.lines) if is_bare else "",
                Region.BLANK: "" if seen.lines else "blank",
                Region.DIALOG: "\n".join((*dialog.head, *dialog.options, *dialog.hints)) if dialog else "",
                Region.ASK: "\n".join((dialog.question, *dialog.options)) if dialog else "",
                Region.KEYS: " · ".join(dialog.hints) if dialog else "",
                Region.FOOTER: "\n".join(seen.footer),
                Region.COMPOSER: "" if seen.composer is None else f"> {seen.composer}",
                Region.STATUS: "" if seen.composer is None else "\n".join(seen.above[-_STATUS_LINES:]),
                Region.SAID: "" if seen.composer is None else "\n".join(seen.said),
                Region.AFTER: "\n".join(seen.chrome),
                Region.TITLE: title,
            },
            seen,
        )


def classify(screen: Screen, rules: Sequence[ScreenRule], now: float) -> Evidence | None:
    """The first rule's claim, or None when no rule matches, or one that says that nothing can be known: a list that a person
    has opened stands in front of what the agent does. Title rules give evidence of the title's rank."""
    for rule in rules:
        text = screen.regions[rule.region]
        if not text or not all(re.search(need, text, re.MULTILINE) for need in rule.needs):
            continue
        if rule.keys and not re.search(rule.keys, screen.regions[Region.KEYS]):
            continue
        if any(re.search(refused, text, re.MULTILINE) for refused in rule.refuses):
            continue
        if rule.state is AgentState.UNKNOWN:
            return None
        source = Source.TITLE if rule.region is Region.TITLE else Source.SCREEN
        return Evidence(source, rule.state, _detail(rule, text, screen.view.dialog), now, now, rule.name)
    return None


def _detail(rule: ScreenRule, text: str, dialog: Dialog | None) -> str:
    found = re.search(rule.detail, text, re.MULTILINE) if rule.detail else None
    if found is not None:
        said = " ".join(group.strip() for group in found.groups() if group)
    elif rule.region in (Region.DIALOG, Region.ASK, Region.KEYS) and dialog is not None:
        said = _asked(dialog, rule.state)
    else:
        said = ""
    return re.sub(r"\s+", " ", said).strip()[:_DETAIL]


_NOISE = re.compile(r"^(?:Tip: |This command requires approval$|Environment: |Reason: )")


def _asked(dialog: Dialog, state: AgentState) -> str:
    """What a dialog is about: a permission's kind and subject, the folder to be trusted, else its question."""
    asked = dialog.question
    if state is AgentState.TRUST:
        places = [line for line in dialog.head if line.startswith(("/", "~/"))]
        return " · ".join((*places[:1], asked))
    if state is not AgentState.PERMISSION:
        return asked
    rest = [line for line in dialog.head if line != asked and not _NOISE.match(line)]
    if not rest:
        return asked
    return f"{rest[0]}: {' '.join(rest[1:])} · {asked}" if len(rest) > 1 else f"{rest[0]} · {asked}"


def draft(screen: Screen, placeholders: Sequence[str]) -> str | None:
    """What is typed but not sent: "" when nothing is, None when there is no composer on the screen."""
    typed = screen.view.composer
    if typed is None:
        return None
    return "" if any(re.fullmatch(one, typed) for one in placeholders) else typed
