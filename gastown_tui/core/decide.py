"""One round's decisions: the roles one after another, as one pure function of the observation."""

from __future__ import annotations

from gastown_tui.core import refinery, scheduler, witness
from gastown_tui.core.observation import Action, Observation


def decide(seen: Observation) -> list[Action]:
    """Every act of this round, ends before starts so that their room is free in the next. One act per key."""
    chosen: dict[str, Action] = {}
    for action in (*witness.decide(seen), *refinery.decide(seen), *scheduler.decide(seen)):
        chosen.setdefault(action.key, action)
    return list(chosen.values())
