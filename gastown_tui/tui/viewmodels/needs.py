"""What waits for a person, and whether a key may answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.evidence import AgentState, Light
from gastown_tui.core.requests import call_of, choices_of
from gastown_tui.core.rows import Merge, Request
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.core.states import IncidentState, MergeState, RequestState

SETTLE_SECONDS = 0.3
"""A selection younger than this may not be the one that the person meant."""
BURST_SECONDS = 0.03
"""Two keys nearer than this were pasted, not typed."""
ALLOW_KEYS = ("allow", "approve", "yes", "once", "accept", "y")
ALWAYS_KEYS = ("always", "session")
REFUSE_KEYS = ("deny", "reject", "refuse", "send_back", "no", "n")
BUCKETS = ("answer", "repair", "read")
INCIDENT_WORDS = {"gate_failed": "gates failed", "idle_with_work": "rests on work"}
"""What a card is called for a person where its kind alone does not say it."""
_DIALOG = "a dialog is open in its pane"
_STATE_WORDS = {
    AgentState.DEAD: "its process ended",
    AgentState.ERROR: "it stopped with an error",
    AgentState.LIMIT: "its provider limits it",
    AgentState.LOGIN: "not logged in",
    AgentState.RETRYING: "it tries again after an error",
    AgentState.STALLED: "no progress",
    AgentState.UNKNOWN: "its screen is not recognised",
}
"""Where an agent's state came without words of its own."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing for a person's attention."""

    key: str
    """`q:ID` a request, `i:ID` an incident, `a:ADDRESS` an agent."""
    bucket: str
    """answer | repair | read"""
    kind: str
    agent: str
    bead: str
    title: str
    at: float
    light: Light
    request: Request | None = None


def needs(snapshot: TownSnapshot) -> list[Need]:
    """Everything that waits, in the inbox's order: answers first, then repairs, each oldest first."""
    found = [_of_request(request) for request in snapshot.requests if request.state is RequestState.OPEN]
    asked = {need.agent for need in found}
    shown: set[str] = set()
    for incident in snapshot.incidents:
        if incident.state is IncidentState.OPEN:
            shown.add(incident.subject)
            light = Light.BROKEN if incident.severity in ("high", "critical") else Light.STALLED
            agent = incident.subject if any(agent.address == incident.subject for agent in snapshot.agents) else ""
            bead = incident.subject if any(bead.id == incident.subject for bead in snapshot.beads) else ""
            words = f"{incident.subject}: {incident.detail}" if not agent and incident.subject else incident.detail
            kind = INCIDENT_WORDS.get(incident.kind, incident.kind.replace("_", " "))
            found.append(Need(f"i:{incident.id}", "repair", kind, agent, bead, words, incident.first_at, light))
    for agent_view in snapshot.agents:
        need = _of_agent(agent_view)
        if need is not None and agent_view.address not in asked and agent_view.address not in shown:
            found.append(need)
    return sorted(found, key=lambda need: (BUCKETS.index(need.bucket), need.at, need.key))


def _of_request(request: Request) -> Need:
    return Need(
        f"q:{request.id}",
        "answer",
        request.kind,
        request.agent,
        request.bead,
        request.title,
        request.created_at,
        Light.NEEDS,
        request,
    )


def _of_agent(agent: AgentView) -> Need | None:
    verdict = agent.verdict
    match verdict.light:
        case Light.NEEDS:
            # The pane shows a dialog that nobody published: only the pane itself can answer it.
            bucket = "answer"
        case Light.BROKEN | Light.STALLED | Light.LIMITED:
            bucket = "repair"
        case Light.UNKNOWN:
            if not agent.pane:
                return None
            bucket = "repair"
        case _:
            return None
    words = verdict.detail or _STATE_WORDS.get(verdict.state, _DIALOG)
    if verdict.state is AgentState.STALLED and not verdict.detail and agent.bead:
        words += f" on {agent.bead}"
    return Need(f"a:{agent.address}", bucket, verdict.state.value, agent.address, agent.bead, words, verdict.since, verdict.light)


def waiting(snapshot: TownSnapshot) -> list[Need]:
    """Those that only a person's answer ends: the header's ▲."""
    return [need for need in needs(snapshot) if need.light is Light.NEEDS]


def options_of(request: Request) -> list[tuple[str, str]]:
    """The request's (key, label) pairs; [] when they cannot be read."""
    return [(one.key, one.label) for one in choices_of(request)]


def choose(request: Request, verb: str) -> str:
    """The option key that `allow`, `always` or `refuse` means for this request, "" when it offers none.

    A question has no allowing answer: its own options are the only ones.
    """
    if request.kind == "question" and verb != "refuse":
        return ""
    keys = [key for key, _ in options_of(request)]
    known = {"allow": ALLOW_KEYS, "always": ALWAYS_KEYS, "refuse": REFUSE_KEYS}[verb]
    return next((key for key in known if key in keys), "")


def same_calls(request: Request, snapshot: TownSnapshot) -> list[Request]:
    """Open permissions of others for the very same call, oldest first; none where the call cannot be told."""
    call = call_of(request)
    if request.kind != "permission" or not call[0] or not call[1]:
        return []
    others = [one for one in snapshot.requests if one.id != request.id and one.kind == "permission"]
    return [one for one in others if one.state is RequestState.OPEN and call_of(one) == call and choose(one, "allow")]


def refusal(
    shown: Request | None, present: TownSnapshot, *, now: float, selected_at: float, key_before: float, key_at: float
) -> str:
    """Why an answering key must not be sent now, "" when it may.

    Args:
        shown: the request as it stood on the screen when the selection came to rest on it.
        present: the newest picture of the town.
        selected_at, now: monotonic seconds.
        key_before, key_at: when the last two keys arrived, monotonic seconds.
    """
    if shown is None:
        return "nothing is asked here"
    if 0 <= key_at - key_before < BURST_SECONDS:
        return "that came too fast for a hand: nothing was sent"
    if now - selected_at < SETTLE_SECONDS:
        return "the selection has just moved: press again"
    open_one = next((request for request in present.requests if request.id == shown.id), None)
    if open_one is None or open_one.state is not RequestState.OPEN:
        return "it is no longer open"
    if open_one.fingerprint != shown.fingerprint or open_one.options != shown.options:
        return "the question has changed: read it again"
    return ""


def merge_of(snapshot: TownSnapshot, request: Request) -> Merge | None:
    """The merge that an approval is about."""
    held = [merge for merge in snapshot.merges if merge.state is MergeState.AWAITING_APPROVAL]
    return next((merge for merge in held if merge.bead == request.bead), None)


def approval_of(snapshot: TownSnapshot, merge: Merge) -> Request | None:
    """The open approval that a merge waits for."""
    return next(
        (request for request in snapshot.requests if request.kind == "approval" and merge_of(snapshot, request) == merge), None
    )


def following(found: Sequence[Need], key: str, step: int) -> Need | None:
    """The need after (or before) the one called `key`, round and round; the first when `key` is none of them."""
    if not found:
        return None
    keys = [need.key for need in found]
    return found[(keys.index(key) + step) % len(found)] if key in keys else found[0 if step > 0 else -1]
