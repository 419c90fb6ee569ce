"""Commands of the composer that need no model: `/sling ms-1`, `/status`, `/nudge toast go on`.

Reading a line is pure; what it does goes through the same acts as the keys.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.errors import NotFound, UsageError
from gastown_tui.core.evidence import Light
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.core.states import OPEN_MERGE_STATES, BeadState, ConvoyState
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.tokens import GLYPH, WORD
from gastown_tui.tui.viewmodels.common import age, short
from gastown_tui.tui.viewmodels.needs import waiting


@dataclass(frozen=True, slots=True)
class SlashSpec:
    """One slash command."""

    name: str
    usage: str
    help: str


SLASHES: tuple[SlashSpec, ...] = (
    SlashSpec("help", "/help", "These commands"),
    SlashSpec("status", "/status", "How the town stands"),
    SlashSpec("ready", "/ready", "Beads that an agent could take up now"),
    SlashSpec("agents", "/agents", "Who is there and what they do"),
    SlashSpec("sling", "/sling BEAD [AGENT|RIG]", "Give a bead to an agent, by default to its rig's polecats"),
    SlashSpec("convoy", "/convoy [TITLE BEAD …]", "List the convoys, or build one"),
    SlashSpec("nudge", "/nudge AGENT [WORDS]", "Push an agent to go on"),
    SlashSpec("say", "/say AGENT WORDS", "Write to an agent; it reads it when it rests"),
    SlashSpec("interrupt", "/interrupt AGENT WORDS", "End what an agent does now, and tell it"),
    SlashSpec(
        "broadcast",
        "/broadcast all|marked|TERM,… WORDS",
        "Say the same to several: those marked, rig:R, role:R, state:S, or by name",
    ),
    SlashSpec("focus", "/focus AGENT", "Show an agent in full"),
    SlashSpec("pause", "/pause", "Start nothing new"),
    SlashSpec("resume", "/resume", "Start work again"),
    SlashSpec("up", "/up", "Want the town up"),
    SlashSpec("down", "/down", "Let every agent come to an end"),
    SlashSpec("estop", "/estop", "Stop every agent at once"),
    SlashSpec("quit", "/quit", "Leave the console; the town goes on"),
)
BY_NAME = {spec.name: spec for spec in SLASHES}
_FIELDS = ("rig", "role", "state", "")
NUDGE_WORDS = "Go on with your bead. If you are stuck, say so with: $GT escalate"


@dataclass(frozen=True, slots=True)
class SlashCall:
    """A slash command with its words."""

    name: str
    words: tuple[str, ...]
    rest: str
    """Everything behind the first word, as it was written."""
    tail: str
    """Everything, as it was written."""


def parse(text: str) -> SlashCall:
    """Reads a line that begins with a slash.

    Raises:
        UsageError: no such command, or a quote that is not closed.
    """
    name, _, tail = text.strip()[1:].partition(" ")
    if name not in BY_NAME:
        raise UsageError(f"no command /{name}", hint="/help lists them")
    try:
        words = tuple(shlex.split(tail))
    except ValueError:
        words = tuple(tail.split())
    first, _, rest = tail.strip().partition(" ")
    call = SlashCall(name, words, rest.strip() if first else "", tail.strip())
    least = {"sling": 1, "nudge": 1, "say": 2, "interrupt": 2, "broadcast": 1, "focus": 1}.get(name, 0)
    if len(words) < least or (name == "convoy" and len(words) == 1):
        raise UsageError(f"/{name} needs more words", hint=BY_NAME[name].usage)
    return call


def completions(text: str) -> list[SlashSpec]:
    """Commands that the half-written text could become."""
    if not text.startswith("/") or " " in text:
        return []
    return [spec for spec in SLASHES if spec.name.startswith(text[1:])]


def find_agent(snapshot: TownSnapshot, words: str) -> AgentView:
    """An agent by its address, or by its name when only one has it.

    Raises:
        NotFound: none has it, or several do.
    """
    exact = [agent for agent in snapshot.agents if agent.address == words]
    found = exact or [agent for agent in snapshot.agents if agent.name == words]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(f'several agents are called "{words}"', hint=", ".join(agent.address for agent in found))
    raise NotFound.of("agent", words, hint="/agents lists them")


def addressed(snapshot: TownSnapshot, call: SlashCall, marks: Sequence[str]) -> tuple[list[str], str]:
    """Whom a `/broadcast` is for, and the words. Without a selection it is for those who are marked.

    Raises:
        UsageError: nobody is meant, no words, or it is not clear whether the first word names somebody.
        NotFound: no such agent.
    """
    first = call.words[0]
    if first == "marked":
        receivers, words = list(marks), call.rest
        if not marks:
            raise UsageError("nobody is marked", hint=f"{key_of('town.mark')} marks the selected agent")
    elif not marks or _selects(snapshot, first):
        receivers, words = meant(snapshot, first), call.rest
    elif any(first in (agent.name, agent.address) for agent in snapshot.agents):
        raise UsageError(
            f"{len(marks)} are marked: is {first} the receiver or the first word?",
            hint=f"/say {first} WORDS, or /broadcast marked WORDS",
        )
    else:
        receivers, words = list(marks), call.tail
    if not words:
        raise UsageError("/broadcast needs more words", hint=BY_NAME["broadcast"].usage)
    return receivers, words


def _selects(snapshot: TownSnapshot, words: str) -> bool:
    """Whether a word can only be a selection: `all`, `rig:mines`, `toast,nux`."""
    terms = words.split(",")
    named = {name for agent in snapshot.agents for name in (agent.name, agent.address)}
    known = all(term == "all" or term in named or (term.partition(":")[0] in _FIELDS[:3] and ":" in term) for term in terms)
    return known and (len(terms) > 1 or terms[0] not in named)


def meant(snapshot: TownSnapshot, words: str) -> list[str]:
    """The addresses that `all`, `rig:mines,state:idle` or `toast,nux` mean: terms of one field are alternatives.

    Raises:
        UsageError: an unknown field, or nobody is meant.
        NotFound: no such agent.
    """
    found: dict[str, list[str]] = {field: [] for field in _FIELDS}
    for term in words.split(","):
        field, colon, value = term.partition(":")
        if not colon and term not in ("", "all"):
            found[""].append(find_agent(snapshot, term).address)
        elif colon and (not value or field not in found):
            raise UsageError(f"{term} says nothing of an agent", hint="rig:NAME, role:NAME, state:NAME, all, or agents by name")
        elif colon:
            found[field].append(value)
    # Loaded when it is used: the first picture waits for no service.
    from gastown_tui.services import broadcast

    selection = broadcast.Selection(tuple(found[""]), tuple(found["role"]), tuple(found["rig"]), tuple(found["state"]))
    addresses = broadcast.meant(snapshot, selection)
    if not addresses:
        raise UsageError(f"nobody is meant by {words}", hint="/agents lists who is there")
    return addresses


def answer(call: SlashCall, snapshot: TownSnapshot, now: float) -> list[str] | None:
    """The lines of a command that only reads, None when it acts."""
    match call.name:
        case "help":
            return [f"{spec.usage} · {spec.help}" for spec in SLASHES]
        case "status":
            return status(snapshot, now)
        case "ready":
            ready = [bead for bead in snapshot.beads if bead.state is BeadState.OPEN and bead.id not in snapshot.reasons]
            return [f"{bead.id} P{bead.priority} {bead.title}" for bead in ready] or ["no bead is ready"]
        case "agents":
            return [_agent_line(agent, now) for agent in snapshot.agents] or ["no agent yet"]
        case "convoy" if not call.words:
            lines = [
                f"{convoy.id} {convoy.title} · {convoy.landed}/{convoy.total} {convoy.state.value}" for convoy in snapshot.convoys
            ]
            return lines or ["no convoy yet · /convoy TITLE BEAD … builds one"]
    return None


def _agent_line(agent: AgentView, now: float) -> str:
    since = f" {age(now - agent.verdict.since)}" if agent.verdict.since else ""
    return f"{GLYPH[agent.verdict.light]} {agent.address} · {agent.verdict.state.value}{since}{f' · {agent.bead}' if agent.bead else ''}"


def status(snapshot: TownSnapshot, now: float) -> list[str]:
    """The town in a few lines."""
    counts = {**snapshot.counts(), Light.NEEDS: len(waiting(snapshot))}
    lights = "  ".join(f"{GLYPH[light]} {number} {WORD[light]}" for light, number in counts.items() if number) or "no agent runs"
    queue = sum(merge.state in OPEN_MERGE_STATES for merge in snapshot.merges)
    convoys = [f"{convoy.title} {convoy.landed}/{convoy.total}" for convoy in snapshot.convoys if convoy.state is ConvoyState.OPEN]
    lines = [
        f"town {snapshot.wanted}{', E-STOPPED' if snapshot.is_estopped else ''} · supervisor {snapshot.supervisor.state}",
        lights,
        f"{sum(rig.ready for rig in snapshot.rigs)} ready, {sum(rig.open for rig in snapshot.rigs)} open · {queue} on the way to land · landed today {snapshot.landed_today}",
    ]
    lines += [f"convoys: {', '.join(convoys)}"] if convoys else []
    return lines + [f"{GLYPH[Light.NEEDS]} {short(need.agent) or need.kind}: {need.title}" for need in waiting(snapshot)[:5]]


def known_agents(snapshot: TownSnapshot) -> Sequence[str]:
    """Addresses, for completion."""
    return [agent.address for agent in snapshot.agents]
