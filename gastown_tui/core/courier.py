"""Which queued message may be typed into which agent now. Pure.

Agents that pull take their messages themselves. Into the others one message at a time is pasted, when the agent's own
hook says that it rests, nobody is attached, the pane is alive and not in a mode, and the composer is empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gastown_tui.core.evidence import AgentState
from gastown_tui.core.observation import RunFacts
from gastown_tui.core.rows import Delivery, Run
from gastown_tui.core.states import RunState

REST = 1.0
"""Seconds of rest before something is typed: between two tool calls a CLI looks idle for a moment."""
INLINE_CHARACTERS = 700
INLINE_LINES = 3
"""Longer text goes into a file: Claude Code 2.1.330 wraps pastes of more than 3 lines or about 800 characters in a
provenance mark (reference: agent-clis §5)."""
PROOF_LIMIT = 15.0
"""Seconds after Enter by which the agent's hook must have shown the prompt."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One message to type into one run now."""

    delivery: Delivery
    run: Run
    pane: str


def choose(
    queued: Sequence[Delivery], under_way: Sequence[Delivery], runs: Sequence[Run], facts: Mapping[str, RunFacts], pulls: frozenset[str],
    now: float,
) -> list[Handover]:  # fmt: skip
    """The oldest queued message of each agent that may be typed into.

    Args:
        under_way: deliveries that are leased, pasted or submitted: their receivers get nothing else meanwhile.
        pulls: names of drivers whose agents take messages themselves.
        now: watched time, as in `facts`.
    """
    occupied = {one.receiver for one in under_way}
    by_agent = {run.agent: run for run in runs if run.state is RunState.WORKING and run.driver not in pulls}
    chosen: dict[str, Handover] = {}
    for delivery in queued:
        run = by_agent.get(delivery.receiver)
        if run is None or delivery.receiver in occupied or delivery.receiver in chosen:
            continue
        fact = facts.get(run.id)
        if fact is not None and may_type(fact, now):
            assert fact.pane is not None
            chosen[delivery.receiver] = Handover(delivery, run, fact.pane.pane)
    return list(chosen.values())


def may_type(fact: RunFacts, now: float) -> bool:
    """Whether the run rests, alone, in a living pane."""
    pane, report = fact.pane, fact.report
    if pane is None or pane.dead or pane.in_mode or pane.attached or report is None or fact.has_exited:
        return False
    return report.state in (AgentState.IDLE, AgentState.DONE) and now - report.since >= REST


def wrap(message_id: str, sender: str, subject: str, body: str, file: str) -> tuple[str, bool]:
    """(text to type, whether the body goes into `file`). It never begins with a character that a CLI takes for a command."""
    head = f"[message {message_id} from {sender}]"
    text = f"{subject}\n{body}".strip() if subject and subject not in body else body.strip()
    if len(text) <= INLINE_CHARACTERS and text.count("\n") < INLINE_LINES:
        return f"{head} {text}", False
    return f"{head} Read {file} and act on it.", True
