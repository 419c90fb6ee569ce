"""The merge lane's rules: whose turn it is, and what a gate's result means. Pure.

One merge per rig at a time. What waits for a person does not hold up the others.
"""

from __future__ import annotations

from gastown_tui.core.observation import Action, AdvanceMerge, Observation
from gastown_tui.core.rows import Bead, Merge, Rig
from gastown_tui.core.states import LANE_STATES, Dial, MergeState

MAX_ATTEMPTS = 3
"""Failed runs and returned merges of one bead after which a person must look (reference: gastown-work §31.5, 11)."""
_ORDER = (MergeState.LANDING, MergeState.GATING, MergeState.REBASING, MergeState.QUEUED)


def decide(seen: Observation) -> list[Action]:
    """The next step of each rig's lane. Parked rigs and a paused town still land what was submitted; E-stop does not."""
    if seen.is_estopped or seen.wanted == "down":
        return []
    actions: list[Action] = []
    for rig in seen.rigs:
        key = f"lane:{rig.name}"
        if key in seen.busy:
            continue
        waiting = [merge for merge in seen.merges if merge.rig == rig.name and merge.state in LANE_STATES]
        if waiting:
            first = min(waiting, key=lambda merge: (_ORDER.index(merge.state), merge.id))
            actions.append(AdvanceMerge(key, f"merge {first.id} of {first.bead} is {first.state.value}", first.id))
    return actions


def effective_dial(rig: Rig, bead: Bead | None) -> Dial:
    """The bead's own dial, else the rig's."""
    return bead.dial if bead is not None and bead.dial is not None else rig.dial


def after_green(dial: Dial, merge: Merge) -> MergeState:
    """Where a merge goes whose gates are green. An approval is for one submission and stays with it."""
    if merge.approved_by or dial is Dial.AUTO:
        return MergeState.LANDING
    return MergeState.DRAFTED if dial is Dial.DRAFT else MergeState.AWAITING_APPROVAL


def needs_person(bead: Bead) -> bool:
    """Whether one more failure of this bead ends its automatic attempts."""
    return bead.attempts + 1 >= MAX_ATTEMPTS
