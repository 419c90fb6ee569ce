"""What a question to a person consists of beside its words: options, subject, risk, and how its answer travels. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gastown_tui.core import risk, rules
from gastown_tui.core.rows import Request

ROW, PANE = "row", "pane"
"""`Request.channel`."""
PRESSING, PRESSED, TAKEN, UNPROVEN, CHANGED = "pressing", "pressed", "taken", "unproven", "changed"
"""`Request.proof`: about to be sent (found after a crash: perhaps sent), sent, the dialog has gone, the dialog still stands,
another dialog stood there and nothing was sent."""
ALLOW, ALWAYS, DENY = "allow", "always", "deny"
ANSWERS = "answers"
"""Key of an answer whose text is a JSON object, question → answer, for several questions at once."""
DIALOGS = ("permission", "question", "plan", "trust")
"""Kinds that stand as a dialog in the agent's own pane."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that is offered. `label` is the agent's own, foreign text; `press` the keys that give it in its pane."""

    key: str
    label: str
    press: tuple[str, ...] = ()
    about: str = ""
    """What the agent says about it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its own choices."""

    text: str
    choices: tuple[Choice, ...]
    takes_many: bool


def options_json(choices: Sequence[Choice]) -> str:
    """For `Request.options`."""
    return json.dumps(
        [
            {"key": one.key, "label": one.label}
            | ({"press": list(one.press)} if one.press else {})
            | ({"about": one.about} if one.about else {})
            for one in choices
        ],
        ensure_ascii=False,
    )


def choices_of(request: Request) -> list[Choice]:
    """What a request offers; [] when that cannot be read."""
    found = _read(request.options)
    return _choices(found) if isinstance(found, list) else []


def _choices(found: Sequence[object]) -> list[Choice]:
    return [
        Choice(
            str(one["key"]), str(one.get("label", one["key"])), tuple(map(str, one.get("press") or ())), str(one.get("about", ""))
        )
        for one in found
        if isinstance(one, dict) and "key" in one
    ]


def subject_of(request: Request) -> dict[str, object]:
    """The subject's object; empty when there is none."""
    found = _read(request.subject)
    return found if isinstance(found, dict) else {}


def subject_json(tool: str, given: Mapping[str, object], **more: object) -> str:
    """For `Request.subject`: what is needed to judge and to match the call, long texts cut."""
    kept = {key: value[:INPUT_LIMIT] if isinstance(value, str) else value for key, value in given.items() if key not in _LONG}
    return json.dumps({"tool": tool, "input": kept, **more}, ensure_ascii=False)


INPUT_LIMIT = 20_000
_LONG = frozenset({"content", "old_string", "new_string", "new_source", "plan", "edits", "diff"})
"""Texts that stand in the request's detail already."""


def call_of(request: Request) -> tuple[str, dict[str, object]]:
    """(tool, its input); ("", {}) when the request is about no tool call."""
    subject = subject_of(request)
    given = subject.get("input")
    return str(subject.get("tool", "")), given if isinstance(given, dict) else {}


def questions_of(request: Request) -> list[Asked]:
    """The single questions of one that asks several; [] when its own options are all there is."""
    found = subject_of(request).get("questions")
    return [
        Asked(str(one.get("text", "")), tuple(_choices(options)), bool(one.get("many")))
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict) and isinstance(options := one.get("options"), list)
    ]


def note_of(request: Request) -> str:
    """What must be said beside it, for example that an earlier answer was not taken."""
    return str(subject_of(request).get("note", ""))


def risk_of(request: Request, *, worktree: str = "", town: str = "") -> tuple[risk.Finding, ...]:
    """What a permission would allow; () for other kinds, which allow nothing by themselves."""
    if request.kind not in ("permission", "trust"):
        return ()
    return _risk(request.kind, request.subject, request.title, request.detail, request.directory, worktree, town)


@lru_cache(maxsize=256)
def _risk(kind: str, subject: str, title: str, detail: str, directory: str, worktree: str, town: str) -> tuple[risk.Finding, ...]:
    if kind == "trust":
        return ((risk.RUNS, "code and settings of that folder"),)
    found = _read(subject)
    read = found if isinstance(found, dict) else {}
    tool, given = str(read.get("tool", "")), read.get("input")
    if not tool:
        return risk.of_text(f"{title}\n{detail}")
    assessed = risk.assess(tool, given if isinstance(given, dict) else {}, directory, worktree=worktree, town=town)
    if not read.get("screen"):
        return assessed
    # Cut from a screen: where a command ends there is a guess, so that every word of the dialog counts.
    return risk.ordered([*assessed, *(one for one in risk.of_text(detail) if one[0] != risk.UNKNOWN)])


def rule_for(request: Request, town: str) -> dict[str, str] | None:
    """The standing rule that a person may make of a permission, or None.

    Args:
        town: the town's root.
    """
    tool, given = call_of(request)
    if request.kind != "permission" or not tool:
        return None
    return rules.propose(tool, given, agent=request.agent, directory=request.directory, town=town)


def _read(text: str) -> object:
    try:
        found: object = json.loads(text)
    except ValueError:
        return None
    return found
