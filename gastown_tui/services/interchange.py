"""Importing and exporting beads as JSONL. JSONL is never a second master: what is read becomes rows of the ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass

from gastown_tui.core import interchange
from gastown_tui.core.errors import Conflict
from gastown_tui.core.interchange import Incoming
from gastown_tui.core.states import BeadOutcome, BeadState
from gastown_tui.ledger import beads, comments, deps, labels, rigs, settings
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

_OTHERS = "interchange.others."
"""With a rig's name: the lines of its file that are no beads, as a JSON list."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    created: int
    updated: int
    unchanged: int
    warnings: tuple[str, ...]


def import_beads(ctx: TownContext, text: str, rig: str) -> Imported:
    """Takes beads over into a rig, all or none. A bead that is there already is changed when the record is newer.

    Raises:
        NotFound: no such rig.
        UsageError: a line is no bead; the message names it.
        Conflict: an id is in the file twice, or belongs to a bead of another rig.
    """
    rigs.get(ctx.ledger, rig)
    records, others = interchange.parse_lines(text)
    incoming = [interchange.read_record(record, number, rig, ctx.now()) for number, record in records]
    seen: set[str] = set()
    for one in incoming:
        if one.bead.id in seen:
            raise Conflict(f"{one.bead.id} is in the file twice", hint="keep the newer line")
        seen.add(one.bead.id)
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    with transaction(ctx.ledger) as conn:
        for one in incoming:
            counts[_take(ctx, one)] += 1
        if others:
            known = json.loads(settings.get(conn, _OTHERS + rig, "[]"))
            settings.put(conn, _OTHERS + rig, json.dumps(list(dict.fromkeys([*known, *others])), ensure_ascii=True))
    warnings = tuple(warning for one in incoming for warning in one.warnings)
    return Imported(counts["created"], counts["updated"], counts["unchanged"], warnings)


def export_beads(ctx: TownContext, rig: str = "") -> list[str]:
    """One line per bead, by id, then the lines that an import could not take as beads."""
    names = [rigs.get(ctx.ledger, rig).name] if rig else [one.name for one in rigs.every(ctx.ledger)]
    labelled = labels.every(ctx.ledger)
    lines = []
    for bead in sorted(beads.every(ctx.ledger, rig=rig), key=lambda one: one.id):
        edges, remarks = deps.of_bead(ctx.ledger, bead.id), comments.of_bead(ctx.ledger, bead.id)
        record = interchange.write_record(bead, labelled.get(bead.id, ()), edges, remarks)
        lines.append(interchange.to_line(record))
    for name in names:
        lines += json.loads(settings.get(ctx.ledger, _OTHERS + name, "[]"))
    return lines


def _take(ctx: TownContext, one: Incoming) -> str:
    known = beads.find(ctx.ledger, one.bead.id)
    if known is None:
        beads.restore(ctx.ledger, one.bead, actor=ctx.actor, now=ctx.now())
        _take_relations(ctx, one)
        return "created"
    if known.rig != one.bead.rig:
        raise Conflict(f"{one.bead.id} is a bead of rig {known.rig} already", hint="import it there")
    kept = json.loads(known.extra).get(interchange.KEPT)
    before = interchange.read_record(kept, 0, known.rig, 0.0).updated if isinstance(kept, dict) else known.updated_at
    if one.updated <= before:
        return "unchanged"
    fields = ("title", "description", "acceptance", "kind", "priority", "extra")
    changes = {field: getattr(one.bead, field) for field in fields}
    beads.edit(ctx.ledger, known.id, changes, actor=ctx.actor, now=ctx.now())
    if one.bead.state is BeadState.CLOSED and known.state in (BeadState.OPEN, BeadState.DEFERRED, BeadState.NEEDS_HELP):
        outcome = one.bead.outcome if one.bead.outcome is BeadOutcome.DROPPED else BeadOutcome.ACCEPTED
        beads.close(ctx.ledger, known.id, outcome, actor=ctx.actor, reason=one.bead.close_reason, now=ctx.now())
    _take_relations(ctx, one)
    return "updated"


def _take_relations(ctx: TownContext, one: Incoming) -> None:
    """Labels, edges and comments are joined to what is there; nothing is taken away."""
    for label in one.labels:
        labels.restore(ctx.ledger, one.bead.id, label)
    for dep in one.deps:
        deps.restore(ctx.ledger, dep)
    there = {(remark.author, remark.text, remark.created_at) for remark in comments.of_bead(ctx.ledger, one.bead.id)}
    for remark in one.comments:
        if (remark.author, remark.text, remark.created_at) not in there:
            comments.restore(ctx.ledger, remark)
