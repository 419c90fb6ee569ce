"""Convoys: batches of beads that are watched together, made from beads that exist or from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.errors import NotFound, UsageError
from gastown_tui.core.rows import Bead, Convoy
from gastown_tui.core.states import BeadOutcome, BeadState, ConvoyState
from gastown_tui.ledger import beads, convoys, readiness, rigs
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import sling
from gastown_tui.services.beads import Filing
from gastown_tui.services.beads import create as create_bead
from gastown_tui.services.beads import find as find_bead
from gastown_tui.services.context import TownContext


@dataclass(frozen=True, slots=True)
class ConvoyDetail:
    """A convoy with its beads and why each open one waits."""

    convoy: Convoy
    beads: tuple[Bead, ...]
    reasons: dict[str, str]

    @property
    def landed(self) -> int:
        """How many are closed as merged or accepted."""
        return sum(1 for bead in self.beads if bead.outcome in (BeadOutcome.MERGED, BeadOutcome.ACCEPTED))

    @property
    def closed(self) -> int:
        return sum(1 for bead in self.beads if bead.state is BeadState.CLOSED)


def create(ctx: TownContext, title: str, members: Sequence[str], *, sling_them: bool = False) -> ConvoyDetail:
    """Makes a convoy of beads that exist; all or nothing."""
    if not members:
        raise UsageError("a convoy needs beads", hint="gt convoy create TITLE BEAD…, or --from FILE")
    with transaction(ctx.ledger) as conn:
        for bead in members:
            find_bead(ctx, bead)
        convoy = convoys.create(conn, title, list(dict.fromkeys(members)), owner=ctx.actor, now=ctx.now())
        if sling_them:
            sling.sling_all(ctx, members)
        return detail(ctx, convoy.id)


def create_from(ctx: TownContext, text: str, file: str, *, rig: str, sling_them: bool = False) -> ConvoyDetail:
    """Files every bead of a convoy file with its needs, and the convoy; all or nothing.

    Raises:
        ConfigError: the file is wrong.
        NotFound: no such rig, or a needed bead that is neither in the file nor in the ledger.
    """
    from gastown_tui.core.convoy_file import read_convoy

    plan = read_convoy(text, file)
    rigs.get(ctx.ledger, plan.rig or rig)
    with transaction(ctx.ledger) as conn:
        ids: dict[str, str] = {}
        waiting = list(plan.bead)
        keys = {bead.key for bead in waiting}
        while waiting:
            # Circles were refused when the file was read, so there is always one whose needs are filed.
            bead = next(one for one in waiting if all(need in ids or need not in keys for need in one.needs))
            waiting.remove(bead)
            filing = Filing(
                title=bead.title,
                rig=plan.rig or rig,
                description=bead.description,
                acceptance=bead.acceptance,
                kind=bead.kind,
                priority=bead.priority,
                deps=tuple(("blocks", ids.get(need, need)) for need in bead.needs),
                labels=tuple(bead.labels),
            )
            ids[bead.key] = create_bead(ctx, filing).id
        members = [ids[bead.key] for bead in plan.bead]
        convoy = convoys.create(conn, plan.title, members, owner=ctx.actor, now=ctx.now())
        if sling_them:
            sling.sling_all(ctx, members)
        return detail(ctx, convoy.id)


def add(ctx: TownContext, convoy: str, members: Sequence[str]) -> ConvoyDetail:
    """Adds beads; those that are in it already stay."""
    with transaction(ctx.ledger) as conn:
        for bead in members:
            find_bead(ctx, bead)
            convoys.add(conn, convoy, bead, actor=ctx.actor, now=ctx.now())
        return detail(ctx, convoy)


def every(ctx: TownContext, *, open_only: bool = False) -> list[ConvoyDetail]:
    """Convoys, oldest first."""
    why = readiness.reasons(ctx.ledger, ctx.now())[1]
    return [_detail(ctx, convoy, why) for convoy in convoys.every(ctx.ledger, all_states=not open_only)]


def detail(ctx: TownContext, convoy: str) -> ConvoyDetail:
    """One convoy, or NotFound."""
    found = convoys.find(ctx.ledger, convoy)
    if found is None:
        raise NotFound.of("convoy", convoy, hint="see gt convoy list")
    return _detail(ctx, found, readiness.reasons(ctx.ledger, ctx.now())[1])


def cancel(ctx: TownContext, convoy: str) -> ConvoyDetail:
    """Stops watching it; its beads are not touched."""
    convoys.end(ctx.ledger, convoy, ConvoyState.CANCELLED, actor=ctx.actor, now=ctx.now())
    return detail(ctx, convoy)


def _detail(ctx: TownContext, convoy: Convoy, why: dict[str, str]) -> ConvoyDetail:
    members = tuple(beads.get(ctx.ledger, bead) for bead in convoys.members(ctx.ledger, convoy.id))
    return ConvoyDetail(convoy, members, {bead.id: why[bead.id] for bead in members if bead.id in why})
