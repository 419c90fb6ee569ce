"""Which beads are ready, and why each other one is not.

`bead` needs `target` (a dependency row). Kinds that block: `blocks` and `conditional-blocks` until the target is closed;
`waits-for` until every child of the target is closed; `parent-child` passes a parent's blockedness down to its children.
Every other kind informs only. A target that is not in the ledger blocks, with that as the reason: unknown is not done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gastown_tui.core.rows import Bead, Dependency
from gastown_tui.core.states import BeadState

BLOCKING_KINDS = frozenset({"blocks", "conditional-blocks", "waits-for", "parent-child"})
"""Kinds that must not form a circle."""
CONTAINER_KINDS = frozenset({"epic", "milestone"})
"""They are worked on through their children."""


def find_cycle(edges: Mapping[str, Sequence[str]], bead: str, target: str) -> list[str]:
    """The circle that `bead` → `target` would close, as the list of its beads; empty when there is none."""
    stack = [(target, [bead, target])]
    seen: set[str] = set()
    while stack:
        here, path = stack.pop()
        if here == bead:
            return path
        if here in seen:
            continue
        seen.add(here)
        stack.extend((after, [*path, after]) for after in edges.get(here, ()))
    return []


def explain_all(
    beads: Iterable[Bead], deps: Iterable[Dependency], now: float, parked: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Why each bead that is not closed is not ready; a bead that is ready has no entry.

    Args:
        beads: every bead of the ledger, closed ones too (they release their dependants).
        parked: names of rigs on which nothing may start.
    """
    by_id = {bead.id: bead for bead in beads}
    needs: dict[str, list[Dependency]] = {}
    children: dict[str, list[str]] = {}
    for dep in deps:
        if dep.kind in BLOCKING_KINDS:
            needs.setdefault(dep.bead, []).append(dep)
            if dep.kind == "parent-child":
                children.setdefault(dep.target, []).append(dep.bead)
    blockers = _Blockers(by_id, needs, children)
    reasons: dict[str, str] = {}
    for bead in by_id.values():
        reason = _own_reason(bead, now, parked) or blockers.reason(bead.id)
        if bead.state is not BeadState.CLOSED and reason:
            reasons[bead.id] = reason
    return reasons


def _own_reason(bead: Bead, now: float, parked: frozenset[str]) -> str:
    match bead.state:
        case BeadState.CLOSED:
            return f"closed ({bead.outcome.value})" if bead.outcome else "closed"
        case BeadState.HOOKED | BeadState.IN_PROGRESS:
            return f"{bead.assignee or 'somebody'} works on it"
        case BeadState.SUBMITTED:
            return "submitted, waits for its merge"
        case BeadState.NEEDS_HELP:
            return "needs help: a person must look at it"
        case BeadState.DEFERRED:
            if bead.defer_until is None:
                return "deferred"
    if bead.defer_until is not None and bead.defer_until > now:
        return "deferred until a later time"
    if bead.kind in CONTAINER_KINDS:
        return f"{bead.kind}: its children are the work"
    if bead.rig in parked:
        return f"rig {bead.rig} is parked"
    return ""


class _Blockers:
    """Blockedness with memory, so that a graph of any depth is walked once."""

    def __init__(self, by_id: Mapping[str, Bead], needs: Mapping[str, list[Dependency]], children: Mapping[str, list[str]]) -> None:
        self.by_id, self.needs, self.children = by_id, needs, children
        self.known: dict[str, str] = {}

    def reason(self, bead: str) -> str:
        """Why edges keep `bead` from being ready, "" when they do not."""
        chain = [bead]
        while True:  # up the parents, without recursion: imported ledgers may be deep, or hold circles
            parents = [dep.target for dep in self.needs.get(chain[-1], ()) if dep.kind == "parent-child"]
            if not parents or parents[0] in chain or parents[0] in self.known or parents[0] not in self.by_id:
                break
            chain.append(parents[0])
        for one in reversed(chain):
            if one not in self.known:
                self.known[one] = self._direct(one)
        return self.known[bead]

    def _direct(self, bead: str) -> str:
        for dep in self.needs.get(bead, ()):
            target = self.by_id.get(dep.target)
            if target is None:
                return f"waits for {dep.target}, which is not in this ledger"
            if dep.kind == "parent-child":
                if target.state is not BeadState.CLOSED and self.known.get(dep.target):
                    return f"its parent {dep.target} {self.known[dep.target]}"
            elif dep.kind == "waits-for":
                open_children = [
                    child for child in self.children.get(dep.target, ()) if self.by_id[child].state is not BeadState.CLOSED
                ]
                if open_children:
                    return f"waits for {open_children[0]}, a child of {dep.target}"
            elif target.state is not BeadState.CLOSED:
                return f"waits for {dep.target} ({target.state.value.replace('_', ' ')})"
        return ""
