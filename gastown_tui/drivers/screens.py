"""Reading a CLI's screen with rules that are data: the last and least trusted way to know what an agent does.

A rule names a state and what must be seen in one region of the screen. Rules are tried in order, dialogs first, and the
first that matches wins. Every rule has a captured screen in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gastown_tui.core.evidence import AgentState, Evidence, Source

_RULER = re.compile(r"^[─━▔╌]{20,}")
_TAIL_LINES = 14
_ANSWER_LINES = 12


class Region(StrEnum):
    """Where a rule looks. Foreign words elsewhere on the screen must not decide."""

    TAIL = "tail"
    """The last lines with text."""
    FOOTER = "footer"
    """Below the composer; "" when there is no composer."""
    COMPOSER = "composer"
    """Between the last two rulers."""
    ANSWER = "answer"
    """The last lines above the composer, after the newest prompt of the user."""
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
    """Regular expression whose first group becomes the evidence's detail."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen cut into the regions that rules look at. U+00A0 is read as a blank."""

    regions: dict[Region, str]

    @classmethod
    def of(cls, screen: str, title: str, prompt: str) -> Screen:
        """Cuts a captured screen; `prompt` is the glyph with which the CLI marks the user's words."""
        lines = [line.rstrip() for line in screen.replace("\u00a0", " ").splitlines()]
        while lines and not lines[-1]:
            lines.pop()
        rulers = [index for index, line in enumerate(lines) if _RULER.match(line.strip())]
        composer = footer = answer = ""
        if len(rulers) >= 2 and lines[rulers[-2] + 1 : rulers[-1]] and lines[rulers[-2] + 1].startswith(prompt):
            composer = "\n".join(lines[rulers[-2] + 1 : rulers[-1]])
            footer = "\n".join(lines[rulers[-1] + 1 :])
            above = [line for line in lines[: rulers[-2]] if line.strip()]
            marks = [index for index, line in enumerate(above) if line.startswith(prompt)]
            answer = "\n".join(above[marks[-1] + 1 if marks else 0 :][-_ANSWER_LINES:])
        tail = "\n".join([line for line in lines if line.strip()][-_TAIL_LINES:])
        return cls(
            {Region.TAIL: tail, Region.FOOTER: footer, Region.COMPOSER: composer, Region.ANSWER: answer, Region.TITLE: title}
        )


def classify(screen: Screen, rules: Sequence[ScreenRule], now: float) -> Evidence | None:
    """The first rule's claim, or None when no rule matches. Title rules give evidence of the title's rank."""
    for rule in rules:
        text = screen.regions[rule.region]
        if not text or not all(re.search(need, text, re.MULTILINE) for need in rule.needs):
            continue
        if any(re.search(refused, text, re.MULTILINE) for refused in rule.refuses):
            continue
        found = re.search(rule.detail, text, re.MULTILINE) if rule.detail else None
        source = Source.TITLE if rule.region is Region.TITLE else Source.SCREEN
        return Evidence(source, rule.state, found[1].strip() if found else "", now, now, rule.name)
    return None


def draft(screen: Screen, prompt: str, placeholders: Sequence[str]) -> str | None:
    """What is typed but not sent: "" when nothing is, None when there is no composer on the screen."""
    composer = screen.regions[Region.COMPOSER]
    if not composer:
        return None
    typed = composer.removeprefix(prompt).strip()
    return "" if any(re.fullmatch(one, typed) for one in placeholders) else typed
