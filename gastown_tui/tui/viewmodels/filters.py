"""The filter language of the wall: `state:needs,broken rig:mines !crew "two words"`.

Terms are joined by *and*, the values after a colon by *or*; `!` turns a term round. Words without a field are looked for
in everything that a tile says. Reading a filter never fails half-way: it is wrong as a whole, with a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from gastown_tui.core.errors import UsageError
from gastown_tui.core.evidence import AgentState, Light
from gastown_tui.core.snapshot import AgentView

FIELDS: dict[str, str] = {
    "state": "needs, broken, stalled, limited, working, done, idle, unknown, or a finer one such as question",
    "rig": "a part of the rig's name; town for those without one",
    "agent": "a part of the agent's address",
    "role": "polecat (worker), crew, witness, refinery (merge), deacon, dog",
    "convoy": "a part of the convoy's id (batch)",
    "bead": "a part of the bead's id or title",
    "cli": "a part of the agent CLI's name",
}
"""Field → what its values are."""
PLAIN_WORDS = {
    "worker": "polecat",
    "merge": "refinery",
    "planner": "mayor",
    "watcher": "witness",
    "health": "deacon",
    "chores": "dog",
}
"""Plain words for roles that people may write instead of Gas Town's."""
_STATES = {*(light.value for light in Light), *(state.value for state in AgentState)}
_TERM = re.compile(r'(!?)((?:[^\s"]|"[^"]*")+)')
_FIELD = re.compile(r"([A-Za-z]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Term:
    """One condition."""

    field: str
    """"" for a free word."""
    values: tuple[str, ...]
    """Lower case, at least one, none empty."""
    is_not: bool = False

    def __str__(self) -> str:
        words = ",".join(_quoted(value, in_field=bool(self.field)) for value in self.values)
        return f"{'!' if self.is_not else ''}{f'{self.field}:' if self.field else ''}{words}"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was read; without terms it lets everybody through."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return " ".join(str(term) for term in self.terms)

    def holds(self, agent: AgentView, convoy: str = "") -> bool:
        """Whether the agent, whose bead is in `convoy`, is let through."""
        return all(_holds(term, agent, convoy.lower()) is not term.is_not for term in self.terms)


def parse(text: str) -> Filter:
    """Reads a filter.

    Raises:
        UsageError: an unknown field or state, a missing value, an open quote.
    """
    if text.count('"') % 2:
        raise UsageError('a " is not closed')
    return Filter(tuple(_term(bool(found[1]), found[2]) for found in _TERM.finditer(text)))


def _term(is_not: bool, words: str) -> Term:
    if words == "!" or not words.replace('"', ""):
        raise UsageError("! needs a word" if is_not or words == "!" else "nothing stands between the quotes")
    found = None if words.startswith('"') else _FIELD.fullmatch(words)
    if found is None:
        return Term("", (words.replace('"', "").lower(),), is_not)
    field = found[1].lower()
    if field not in FIELDS:
        near = get_close_matches(field, FIELDS, 1)
        raise UsageError(f"no field {field}:", hint=f"{near[0]}: is one" if near else " ".join(f"{name}:" for name in FIELDS))
    values = tuple(value.lower() for value in _values(found[2]))
    if not values or "" in values:
        raise UsageError(f"{field}: needs a value", hint=FIELDS[field])
    for value in values:
        if field == "state" and value not in _STATES:
            near = get_close_matches(value, _STATES, 1)
            raise UsageError(f"no state {value}", hint=f"{near[0]} is one" if near else FIELDS["state"])
    return Term(field, values, is_not)


def _values(words: str) -> list[str]:
    """The parts between commas; a comma inside quotes is a letter."""
    parts = [""]
    is_quoted = False
    for char in words:
        if char == '"':
            is_quoted = not is_quoted
        elif char == "," and not is_quoted:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _quoted(value: str, *, in_field: bool) -> str:
    is_plain = not re.search(r"\s", value) and not value.startswith("!")
    is_plain = is_plain and ("," not in value if in_field else not _FIELD.fullmatch(value))
    return value if is_plain else f'"{value}"'


def _holds(term: Term, agent: AgentView, convoy: str) -> bool:
    return any(_is_so(term.field, value, agent, convoy) for value in term.values)


def _is_so(field: str, value: str, agent: AgentView, convoy: str) -> bool:
    match field:
        case "state":
            # Who waits for an approval may well be at work; a person is waited for all the same.
            is_asking = value == Light.NEEDS and bool(agent.request)
            return is_asking or value in (agent.verdict.light.value, agent.verdict.state.value)
        case "rig":
            return value in (agent.rig.lower() or "town")
        case "agent":
            return value in agent.address.lower()
        case "role":
            name = PLAIN_WORDS.get(value.removesuffix("s"), value)
            return agent.role in (name, name.removesuffix("s"))
        case "convoy":
            return value in convoy
        case "bead":
            return value in f"{agent.bead} {agent.bead_title}".lower()
        case "cli":
            return value in agent.driver.lower()
        case _:
            parts = (agent.address, agent.bead, agent.bead_title, agent.driver, agent.verdict.state.value, agent.verdict.detail)
            return any(value in part.lower() for part in (*parts, convoy))
