"""From evidence to state: what an agent is doing, who says so and how old that is.

Evidence is ranked by source: CLI hook event > terminal title > transcript tail > screen rule > output activity > process.
A fresh visible prompt may overrule an older claim. Unknown is a value and is never read as dead or idle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum


class AgentState(StrEnum):
    """What an agent is doing."""

    STARTING = "starting"
    WORKING = "working"
    BACKGROUND = "background"
    PERMISSION = "permission"
    QUESTION = "question"
    PLAN = "plan"
    TRUST = "trust"
    LOGIN = "login"
    LIMIT = "limit"
    RETRYING = "retrying"
    ERROR = "error"
    STALLED = "stalled"
    DONE = "done"
    IDLE = "idle"
    DEAD = "dead"
    STOPPED = "stopped"
    """No session, and none is wanted."""
    UNKNOWN = "unknown"


class Light(StrEnum):
    """The eight lights of the console, in the order of its header."""

    NEEDS = "needs"
    BROKEN = "broken"
    STALLED = "stalled"
    LIMITED = "limited"
    WORKING = "working"
    DONE = "done"
    IDLE = "idle"
    UNKNOWN = "unknown"


LIGHT_OF: dict[AgentState, Light] = {
    AgentState.STARTING: Light.WORKING,
    AgentState.WORKING: Light.WORKING,
    AgentState.BACKGROUND: Light.WORKING,
    AgentState.PERMISSION: Light.NEEDS,
    AgentState.QUESTION: Light.NEEDS,
    AgentState.PLAN: Light.NEEDS,
    AgentState.TRUST: Light.NEEDS,
    AgentState.LOGIN: Light.BROKEN,
    AgentState.LIMIT: Light.LIMITED,
    AgentState.RETRYING: Light.LIMITED,
    AgentState.ERROR: Light.BROKEN,
    AgentState.STALLED: Light.STALLED,
    AgentState.DONE: Light.DONE,
    AgentState.IDLE: Light.IDLE,
    AgentState.DEAD: Light.BROKEN,
    AgentState.STOPPED: Light.IDLE,
    AgentState.UNKNOWN: Light.UNKNOWN,
}


class Source(IntEnum):
    """Where evidence comes from; a smaller number is trusted more."""

    HOOK = 1
    TITLE = 2
    TRANSCRIPT = 3
    SCREEN = 4
    ACTIVITY = 5
    PROCESS = 6
    NONE = 9


SOURCE_WORDS: dict[Source, str] = {
    Source.HOOK: "its own hook",
    Source.TITLE: "its terminal title",
    Source.TRANSCRIPT: "its transcript",
    Source.SCREEN: "a rule that knows its screen",
    Source.ACTIVITY: "the activity of its pane",
    Source.PROCESS: "its process",
    Source.NONE: "nothing: no evidence yet",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One claim about an agent."""

    source: Source
    state: AgentState
    detail: str
    """What it is about: a tool's name, a limit's end … Foreign text."""
    at: float
    """When the claim was made (Unix seconds)."""
    since: float
    """Since when the state holds, as far as the source knows."""
    rule: str = ""
    """Which rule or event said so."""


@dataclass(frozen=True, slots=True)
class StateVerdict:
    """The state that is shown, with its source and age."""

    state: AgentState
    detail: str
    source: Source
    since: float
    at: float
    rule: str = ""

    @property
    def light(self) -> Light:
        return LIGHT_OF[self.state]


FRESH_PROMPT = 2.0
"""Seconds by which a screen rule's prompt must be newer than a hook's claim to overrule it: the hook of an answered
prompt may come that much later than the screen."""
PROMPTS = frozenset(
    {AgentState.PERMISSION, AgentState.QUESTION, AgentState.PLAN, AgentState.TRUST, AgentState.LOGIN, AgentState.LIMIT}
)


SETTLED = 10.0
"""Seconds by which a screen at rest, in error or retrying must be newer than a claim of work to overrule it: no hook
tells of Esc, of a question that was denied by hand or of a model that cannot be reached. What stands still for that long counts
as newer: whatever works draws."""
WRITTEN = 1.0
"""Seconds by which a record of a transcript must be newer than a claim of work to end it, or than any claim to tell of a
limit or a missing login: a record has the very time at which it was written, and the hook of the same moment comes after it."""
ENDS = frozenset({AgentState.IDLE, AgentState.ERROR, AgentState.RETRYING})
CLAIMS_OF_WORK = frozenset({AgentState.STARTING, AgentState.WORKING})
_GOES_ON = CLAIMS_OF_WORK | PROMPTS | {AgentState.RETRYING, AgentState.ERROR}
"""What is over once the transcript tells of a tool's result or of a further call. Rest is not: a record may be written late."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One piece of evidence and what became of it."""

    evidence: Evidence
    lost: str = ""
    """Why it does not decide, "" for the one that does."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A state with everything that was weighed for it."""

    verdict: StateVerdict
    claims: tuple[Claim, ...] = ()
    """The one that decides first, then the others by trust."""


def resolve(evidence: list[Evidence], now: float) -> StateVerdict:
    """The state that the ranked evidence supports; UNKNOWN when there is none.

    The most trusted source wins, whatever its age (the age is shown), with exceptions for what is on the screen or in the
    transcript: a prompt (or a limit) that came clearly later than the winner's claim overrules it, the end of a turn overrules
    an older claim of work, and what a transcript tells of work says what the work is now, and that a question was answered.
    """
    return weigh(evidence, now).verdict


def weigh(evidence: list[Evidence], now: float) -> Judgement:
    """The same with the claims that lost, and why."""
    if not evidence:
        return Judgement(StateVerdict(AgentState.UNKNOWN, "", Source.NONE, now, now))
    ranked = sorted(evidence, key=lambda one: (one.source, -one.at))
    best = ranked[0]
    for one in ranked:
        if one.source in _MAY_OVERRULE and _overrules(one, best):
            best = one
    verdict = verdict_of(best)
    if best.state is AgentState.WORKING and ranked[0].state in CLAIMS_OF_WORK:
        verdict = replace(verdict, since=min(best.since, ranked[0].since))
    lost = tuple(Claim(one, _why_lost(one, best)) for one in ranked if one is not best)
    return Judgement(verdict, (Claim(best), *lost))


def verdict_of(evidence: Evidence) -> StateVerdict:
    """The verdict when this evidence decides."""
    return StateVerdict(evidence.state, evidence.detail, evidence.source, evidence.since, evidence.at, evidence.rule)


def _why_lost(one: Evidence, best: Evidence) -> str:
    if one.source is best.source:
        return "older than another word from the same source"
    if best.source > one.source:
        return f"{SOURCE_WORDS[best.source]} tells of something that came clearly later"
    if one.source is Source.SCREEN and one.state in PROMPTS:
        return f"a prompt on the screen overrules only what is {FRESH_PROMPT:g} s older"
    if one.source is Source.SCREEN and one.state in ENDS and best.state in CLAIMS_OF_WORK:
        return f"a screen at rest overrules only a claim of work that is {SETTLED:g} s older"
    return f"{SOURCE_WORDS[best.source]} is trusted more"


_MAY_OVERRULE = frozenset({Source.TRANSCRIPT, Source.SCREEN})


def _overrules(later: Evidence, best: Evidence) -> bool:
    is_written = later.source is Source.TRANSCRIPT
    if not is_written and later.state in PROMPTS | ENDS and best.state in CLAIMS_OF_WORK and later.at > best.at + SETTLED:
        return True  # what works draws; this screen was the same all the time
    if later.state in PROMPTS:
        return later.since > best.at + (WRITTEN if is_written else FRESH_PROMPT)
    if is_written and later.state is AgentState.WORKING:
        return later.at > best.at + (0.0 if best.state in CLAIMS_OF_WORK else WRITTEN) and best.state in _GOES_ON
    return later.state in ENDS and best.state in CLAIMS_OF_WORK and later.since > best.at + (WRITTEN if is_written else SETTLED)
