"""One bead in full: what it is, what it waits for and holds up, who worked on it, what was said, its trail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gastown_tui.core.rows import Bead, Dependency, Event
from gastown_tui.core.snapshot import TownSnapshot
from gastown_tui.core.states import RunState
from gastown_tui.services.beads import BeadDetail
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, clean, clean_lines, wrap
from gastown_tui.tui.viewmodels.common import BLANK, clock, short, spending, title
from gastown_tui.tui.viewmodels.events import event_row
from gastown_tui.tui.viewmodels.work import bead_note, bead_shape, merge_words

_RUN_SHAPE: dict[RunState, Span] = {
    RunState.SUCCEEDED: ("✓", "working"),
    RunState.FAILED: ("×", "broken"),
    RunState.LOST: ("×", "broken"),
    RunState.CANCELLED: ("×", "soft"),
    RunState.ESCALATED: ("▲", "needs"),
    RunState.PAUSED: ("◷", "limited"),
}


def bead_detail(
    bead: Bead | None, found: BeadDetail | None, snapshot: TownSnapshot, trail: Iterable[Event], now: float, width: int
) -> list[Row]:
    """A bead in full. `found` is None until it was read; `bead` is the newest picture of it, None when only `found` has it."""
    bead = bead or (found.bead if found else None)
    if bead is None:
        return [Row((("reading …", "soft"),))]
    rows = [*_head(bead, snapshot, now)]
    if found is not None:
        rows += _facts(found)
    for words, text in (("", bead.description), ("ACCEPTANCE", bead.acceptance)):
        if text.strip():
            rows += [BLANK, *([title(words)] if words else [])]
            rows += [Row(((part, "ink"),)) for line in clean_lines(text) for part in wrap(line, width)]
    if found is not None:
        rows += _linked("NEEDS", [(one, one.target) for one in found.needs], snapshot, now)
        rows += _linked("HOLDS UP", [(one, one.bead) for one in found.needed_by], snapshot, now)
        rows += [*_worked(found), *_said(found, width)]
    rows += [BLANK, title("TRAIL")]
    events = [event_row(event, with_key=False) for event in trail]
    return rows + (events or [Row((("nothing yet", "faint"),))])


def _head(bead: Bead, snapshot: TownSnapshot, now: float) -> list[Row]:
    glyph, tone = bead_shape(bead, snapshot)
    rows = [
        Row(
            ((f"{clean(bead.id)} · ", "b soft"), (clean(bead.title), "b ink")), ((f"P{bead.priority} {clean(bead.kind)}", "soft"),)
        ),
        Row(
            ((f"{glyph} ", tone), (bead.state.value.replace("_", " "), tone), ("  ", ""), *bead_note(bead, snapshot, now)),
            ((f"created {clock(bead.created_at)} by {short(bead.created_by)}", "faint"),),
        ),
    ]
    if bead.assignee:
        rows.append(Row((("on the hook of ", "soft"), (clean(bead.assignee), "ink"))))
    if bead.slung_to and not bead.assignee:
        rows.append(Row((("slung to ", "soft"), (clean(bead.slung_to), "ink"))))
    if bead.attempts:
        rows.append(Row(((f"tried {bead.attempts} times since a person last acted", "stalled"),)))
    if used := spending(snapshot.spent_on.get(bead.id)):
        rows.append(Row((("spent ", "soft"), (used, "ink"))))
    if bead.close_reason:
        rows.append(Row((("closed: ", "soft"), (clean(bead.close_reason), "ink"))))
    return rows


def _facts(found: BeadDetail) -> list[Row]:
    rows = [Row((("in convoy ", "soft"), (clean(convoy), "ink")), key=f"c:{convoy}") for convoy in found.convoys]
    if found.labels:
        rows.append(Row((("labels ", "soft"), (", ".join(map(clean, found.labels)), "ink"))))
    return rows


def _linked(words: str, linked: Sequence[tuple[Dependency, str]], snapshot: TownSnapshot, now: float) -> list[Row]:
    rows: list[Row] = []
    beads = {bead.id: bead for bead in snapshot.beads}
    for dependency, name in linked:
        bead = beads.get(name)
        shape, about = (bead_shape(bead, snapshot), clean(bead.title)) if bead else (("✓", "soft"), "")
        note = bead_note(bead, snapshot, now) if bead else (("not in today's picture", "faint"),)
        kind = f"  {clean(dependency.kind)}" if dependency.kind != "blocks" else ""
        rows.append(Row((shape, (f" {clean(name)} ", "b ink"), (about, "ink"), (kind, "faint")), note, key=f"b:{name}"))
    return [BLANK, title(words, str(len(rows))), *rows] if rows else []


def _worked(found: BeadDetail) -> list[Row]:
    rows: list[Row] = []
    for run in found.runs:
        when = clock(run.started_at or run.created_at)
        why = f"  {clean(run.reason)}" if run.reason else ""
        shape = _RUN_SHAPE.get(run.state, ("●", "working"))
        words = f" {short(run.agent)}  {run.state.value}"
        rows.append(
            Row((shape, (words, "ink"), (why, "soft")), ((f"run {run.id}  {when}", "faint"),), key=f"a:{run.agent}:{run.id}")
        )
    for merge in found.merges:
        (glyph, tone), words = merge_words(merge)
        detail = f"  {clean(clean_lines(merge.detail)[0])}" if merge.detail else ""
        left = ((glyph, tone), (f" merge {words}", "ink"), (detail, "soft"))
        rows.append(Row(left, ((f"attempt {merge.attempt}  {clock(merge.updated_at)}", "faint"),), key=f"m:{merge.id}"))
    return [BLANK, title("WORK", str(len(rows))), *rows] if rows else []


def _said(found: BeadDetail, width: int) -> list[Row]:
    said = [(one.created_at, one.author, one.text, "") for one in found.comments]
    said += [(one.created_at, one.author, one.text, one.kind) for one in found.notes]
    rows: list[Row] = []
    for at, author, text, kind in sorted(said):
        rows.append(Row(((f"{short(author)} ", "b soft"), (clean(kind), "faint")), ((clock(at), "faint"),)))
        rows += [Row(((part, "ink"),), indent=2) for line in clean_lines(text)[:20] for part in wrap(line, width - 2)]
    return [BLANK, title("SAID", str(len(said))), *rows] if rows else []
