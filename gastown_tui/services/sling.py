"""Slinging: saying who shall work on a bead. The supervisor dispatches it when it is ready and there is room."""

from __future__ import annotations

from collections.abc import Sequence

from gastown_tui.core.errors import Conflict, NotAllowed, NotFound, UsageError
from gastown_tui.core.ids import Role, parse_address
from gastown_tui.core.readiness import CONTAINER_KINDS
from gastown_tui.core.rows import Bead
from gastown_tui.ledger import agents, beads, deps, rigs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.beads import Filing, create, find
from gastown_tui.services.context import TownContext

_TOWN_AGENTS = ("mayor", "deacon")


def resolve_target(ctx: TownContext, bead: Bead, target: str) -> str:
    """The address that `target` means for this bead: "" and a rig's name mean any polecat of that rig.

    Raises:
        UsageError: no address, or a role that takes no beads.
        NotFound: no such rig or agent.
        Conflict: the target belongs to another rig, or its rig is parked.
    """
    target = target.rstrip("/")
    if not target or target == bead.rig or target == f"{bead.rig}/polecats":
        _check_open_rig(ctx, bead.rig)
        return f"{bead.rig}/polecats"
    if "/" not in target and rigs.find(ctx.ledger, target) is not None:
        raise Conflict(f"{bead.id} belongs to rig {bead.rig}, not {target}", hint="file it again in that rig")
    if target.endswith("/polecats"):
        rigs.get(ctx.ledger, target.removesuffix("/polecats"))
        raise Conflict(f"{bead.id} belongs to rig {bead.rig}, not {target.split('/')[0]}", hint="file it again in that rig")
    if "/" not in target and target not in _TOWN_AGENTS:
        raise NotFound.of("rig or agent", target, hint="targets look like RIG, RIG/polecats/NAME or RIG/crew/NAME")
    address = parse_address(target)
    if address.role not in (Role.POLECAT, Role.CREW):
        raise UsageError(f"{target} takes no beads", hint="sling to a rig, a polecat or a crew member")
    if address.rig != bead.rig:
        raise Conflict(f"{bead.id} belongs to rig {bead.rig}, not {address.rig}", hint="file it again in that rig")
    if address.role is Role.CREW and agents.find(ctx.ledger, target) is None:
        raise NotFound.of("agent", target, hint=f"add it with: gt crew add {address.rig} {address.name}")
    _check_open_rig(ctx, bead.rig)
    return target


def sling(ctx: TownContext, bead_id: str, target: str = "") -> Bead:
    """Slings one bead; a container (epic) is refused with what to sling instead."""
    if "/polecats/" in ctx.actor:
        raise NotAllowed("a polecat does not sling work", hint="file a bead and mail the mayor")
    bead = find(ctx, bead_id)
    if bead.kind in CONTAINER_KINDS:
        children = [dep.bead for dep in deps.dependants(ctx.ledger, bead_id) if dep.kind == "parent-child"]
        hint = f"sling its children: {' '.join(children)}" if children else "give it children with: gt create --parent " + bead_id
        raise UsageError(f"{bead_id} is of kind {bead.kind}: its children are the work", hint=hint)
    address = resolve_target(ctx, bead, target)
    return beads.sling(ctx.ledger, bead_id, address, actor=ctx.actor, now=ctx.now())


def create_and_sling(ctx: TownContext, filing: Filing, target: str = "") -> Bead:
    """Files a bead and slings it, both or neither."""
    with transaction(ctx.ledger):
        return sling(ctx, create(ctx, filing).id, target)


def sling_all(ctx: TownContext, bead_ids: Sequence[str], target: str = "") -> list[Bead]:
    """Slings several beads, all or none."""
    with transaction(ctx.ledger):
        return [sling(ctx, bead_id, target) for bead_id in dict.fromkeys(bead_ids)]


def is_bead(ctx: TownContext, word: str) -> bool:
    """Whether a bead of that id exists."""
    return beads.find(ctx.ledger, word) is not None


def is_target(ctx: TownContext, word: str) -> bool:
    """Whether a word without a slash is a target: a rig's name, or a town agent (which then is refused with a reason)."""
    return word in _TOWN_AGENTS or rigs.find(ctx.ledger, word) is not None


def unsling(ctx: TownContext, bead_id: str) -> Bead:
    """Takes a bead back before anybody has begun."""
    find(ctx, bead_id)
    return beads.unsling(ctx.ledger, bead_id, actor=ctx.actor, now=ctx.now())


def _check_open_rig(ctx: TownContext, name: str) -> None:
    rig = rigs.find(ctx.ledger, name)
    if rig is None:
        raise NotFound.of("rig", name, hint="it was removed; see gt rig list")
    if rig.state == "parked":
        raise Conflict(f"rig {name} is parked", hint=f"unpark it first: gt rig unpark {name}")
