"""How beads look in JSON and to people, the same in every verb."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from gastown_tui.cli.output import one_line, table
from gastown_tui.cli.session import age, clock
from gastown_tui.core.interchange import KEPT
from gastown_tui.core.rows import Bead
from gastown_tui.services.beads import BeadDetail


def bead_json(bead: Bead) -> dict[str, object]:
    """A bead's fields; `extra` as an object."""
    extra = json.loads(bead.extra)
    # The record of an import is for export alone.
    return {**asdict(bead), "extra": {key: value for key, value in extra.items() if key != KEPT}}


def detail_json(detail: BeadDetail) -> dict[str, object]:
    """A bead with everything about it."""
    return {
        **bead_json(detail.bead),
        "ready": not detail.reason,
        "reason": detail.reason,
        "needs": [{"bead": dep.target, "kind": dep.kind} for dep in detail.needs],
        "needed_by": [{"bead": dep.bead, "kind": dep.kind} for dep in detail.needed_by],
        "labels": list(detail.labels),
        "comments": [asdict(comment) for comment in detail.comments],
        "convoys": list(detail.convoys),
        "runs": [
            {"id": run.id, "agent": run.agent, "state": run.state, "reason": run.reason, "branch": run.branch, "head": run.head}
            for run in detail.runs
        ],
        "merges": [
            {"id": merge.id, "state": merge.state, "head": merge.rebased_head or merge.submitted_head, "detail": merge.detail}
            for merge in detail.merges
        ],
    }


def bead_rows(beads: Iterable[Bead], now: float, notes: dict[str, str] | None = None) -> list[str]:
    """A table of beads; `notes` adds a text per id."""
    rows = []
    for bead in beads:
        who = bead.assignee or (f"→ {bead.slung_to}" if bead.slung_to else "")
        extra = (notes or {}).get(bead.id, "")
        rows.append(
            [
                bead.id,
                f"P{bead.priority}",
                state_word(bead),
                who,
                age(now, bead.updated_at),
                bead.title + (f" · {extra}" if extra else ""),
            ]
        )
    return table(rows)


def state_word(bead: Bead) -> str:
    """A bead's state, with the outcome when it is closed."""
    return bead.outcome.value if bead.outcome else bead.state.value.replace("_", " ")


def detail_lines(detail: BeadDetail) -> list[str]:
    """A bead for people and agents to read."""
    bead = detail.bead
    lines = [f"{bead.id}  {one_line(bead.title)}", ""]
    facts = [
        ["state", state_word(bead) + (f", {bead.close_reason}" if bead.close_reason else "")],
        ["ready", "" if bead.outcome else "yes" if not detail.reason else f"no: {detail.reason}"],
        ["rig", f"{bead.rig}  kind {bead.kind}  priority {bead.priority}" + (f"  dial {bead.dial.value}" if bead.dial else "")],
        ["hook", bead.assignee or "nobody"],
        ["slung to", bead.slung_to or "nobody"],
        ["filed", f"{clock(bead.created_at)} by {bead.created_by}"],
        ["labels", ", ".join(detail.labels)],
        ["convoys", ", ".join(detail.convoys)],
        ["needs", ", ".join(f"{dep.target} ({dep.kind})" for dep in detail.needs)],
        ["needed by", ", ".join(f"{dep.bead} ({dep.kind})" for dep in detail.needed_by)],
    ]
    lines += table([fact for fact in facts if fact[1]])
    for title, text in (("Description", bead.description), ("Acceptance", bead.acceptance)):
        if text:
            lines += ["", f"{title}:", *(f"  {line}" for line in text.splitlines())]
    if detail.runs:
        lines += ["", "Runs:", *table([[run.id, run.agent, run.state.value, run.reason] for run in detail.runs], indent="  ")]
    if detail.merges:
        rows = [
            [str(merge.id), merge.state.value, (merge.rebased_head or merge.submitted_head)[:10], merge.detail]
            for merge in detail.merges
        ]
        lines += ["", "Merges:", *table(rows, indent="  ")]
    for comment in detail.comments:
        lines += ["", f"{comment.author}, {clock(comment.created_at)}:", *(f"  {line}" for line in comment.text.splitlines())]
    return lines
