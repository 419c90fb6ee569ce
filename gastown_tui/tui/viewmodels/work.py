"""Convoys, the merge queue and beads as rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gastown_tui.core.evidence import Light
from gastown_tui.core.rows import Bead, Merge
from gastown_tui.core.snapshot import AgentView, ConvoyView, TownSnapshot
from gastown_tui.core.states import OPEN_MERGE_STATES, BeadOutcome, BeadState, ConvoyState, MergeState
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, Spans, clean, clean_lines, wrap
from gastown_tui.tui.viewmodels.common import BLANK, age, bar, clock, keys, mark, short, title

_BEAD_SHAPE: dict[BeadState, Span] = {
    BeadState.OPEN: ("○", "soft"),
    BeadState.HOOKED: ("●", "working"),
    BeadState.IN_PROGRESS: ("●", "working"),
    BeadState.SUBMITTED: ("⚙", "ink"),
    BeadState.CLOSED: ("✓", "working"),
    BeadState.DEFERRED: ("◷", "limited"),
    BeadState.NEEDS_HELP: ("▲", "needs"),
}
_MERGE_SHAPE: dict[MergeState, Span] = {
    MergeState.QUEUED: ("·", "faint"),
    MergeState.REBASING: ("⚙", "ink"),
    MergeState.GATING: ("⚙", "ink"),
    MergeState.AWAITING_APPROVAL: ("▲", "needs"),
    MergeState.LANDING: ("⚙", "ink"),
    MergeState.MERGED: ("✓", "working"),
    MergeState.DRAFTED: ("■", "done"),
    MergeState.CONFLICT: ("×", "broken"),
    MergeState.GATE_FAILED: ("×", "broken"),
    MergeState.REJECTED: ("×", "soft"),
}
CAME_BACK = frozenset({MergeState.CONFLICT, MergeState.GATE_FAILED, MergeState.REJECTED})
"""Merges that a person may put into the queue again."""
_MERGE_WORD: dict[MergeState, str] = {
    MergeState.QUEUED: "waits",
    MergeState.REBASING: "rebase",
    MergeState.GATING: "gates",
    MergeState.AWAITING_APPROVAL: "your approval",
    MergeState.LANDING: "landing",
    MergeState.MERGED: "landed",
    MergeState.DRAFTED: "draft, on its branch",
    MergeState.CONFLICT: "conflict, goes back",
    MergeState.GATE_FAILED: "gates failed, goes back",
    MergeState.REJECTED: "sent back",
}


def bead_shape(bead: Bead, snapshot: TownSnapshot) -> Span:
    """A bead's shape; a blocked one is told from a ready one, and one in somebody's hands has its agent's."""
    if bead.state is BeadState.OPEN and bead.id in snapshot.reasons:
        return "⊘", "faint"
    if bead.state in (BeadState.HOOKED, BeadState.IN_PROGRESS) and (agent := agent_of(bead, snapshot)):
        return mark(agent.verdict.light)
    if bead.state is BeadState.SUBMITTED and (merge := merge_on_way(bead, snapshot)):
        return _MERGE_SHAPE[merge.state]
    if bead.state is BeadState.CLOSED and bead.outcome is BeadOutcome.DROPPED:
        return "×", "soft"
    return _BEAD_SHAPE[bead.state]


def bead_note(bead: Bead, snapshot: TownSnapshot, now: float) -> Spans:
    """What holds or has a bead now: who waits for a person, who works, what it waits for."""
    agent = agent_of(bead, snapshot)
    match bead.state:
        case BeadState.CLOSED:
            word = bead.outcome.value if bead.outcome else "closed"
            return ((f"{word} {clock(bead.closed_at)}" if bead.closed_at else word, "soft"),)
        case BeadState.OPEN:
            reason = snapshot.reasons.get(bead.id, "")
            return ((clean(reason) if reason else "ready", "faint" if reason else "soft"),)
        case BeadState.SUBMITTED:
            merge = merge_on_way(bead, snapshot)
            return (
                (
                    _MERGE_WORD[merge.state] if merge else "submitted",
                    "needs" if merge and merge.state is MergeState.AWAITING_APPROVAL else "soft",
                ),
            )
        case BeadState.HOOKED | BeadState.IN_PROGRESS if agent is not None:
            if agent.verdict.light is Light.NEEDS:
                return ((f"{short(agent.address)} asks {age(now - agent.verdict.since)}", "needs"),)
            return ((f"{short(agent.address)} {agent.verdict.state.value}", agent.verdict.light.value),)
    return ((bead.state.value.replace("_", " "), "soft"),)


def merge_on_way(bead: Bead, snapshot: TownSnapshot) -> Merge | None:
    """The merge that brings a bead to its target, None when none is on its way."""
    return next((merge for merge in snapshot.merges if merge.bead == bead.id and merge.state in OPEN_MERGE_STATES), None)


def agent_of(bead: Bead, snapshot: TownSnapshot) -> AgentView | None:
    """The agent whose hook holds a bead."""
    return next((agent for agent in snapshot.agents if agent.address == bead.assignee or agent.bead == bead.id), None)


def rail_convoys(snapshot: TownSnapshot, width: int) -> list[Row]:
    """The rail's convoys: open ones with their progress; ids only where there is room for them."""
    rows = [title("CONVOYS · batches", f"landed today {snapshot.landed_today}")]
    for convoy in open_first(snapshot.convoys)[:4]:
        note: tuple[Span, ...] = ()
        if convoy.needs:
            note = ((f" ▲ {short(convoy.needs)}", "needs"),)
        elif convoy.state is ConvoyState.LANDED:
            note = ((" landed", "working"),)
        name = f"{clean(convoy.id)} " if len(convoy.id) + len(convoy.title) + 18 <= width else ""
        rows.append(
            Row(
                ((name, "soft"), (clean(convoy.title), "ink"), *note),
                bar(convoy.landed, convoy.total),
                key=f"c:{convoy.id}",
            )
        )
    if len(rows) == 1:
        rows.append(Row(((f"none yet · {key_of('mayor.talk')} asks the mayor for one", "soft"),)))
    return [*rows, BLANK]


def rail_merges(snapshot: TownSnapshot, now: float) -> list[Row]:
    """The rail's merge queue."""
    targets = sorted({rig.target for rig in snapshot.rigs})
    rows = [title("REFINERY · merge queue", clean(", ".join(targets)))]
    queue = [merge for merge in snapshot.merges if merge.state in OPEN_MERGE_STATES]
    rows += [_merge_line(merge, now) for merge in queue[:4]]
    if len(queue) > 4:
        rows.append(Row(((f"{len(queue) - 4} more", "faint"),)))
    if not queue:
        rows.append(Row((("nothing to merge", "soft"),)))
    return [*rows, BLANK]


def _merge_line(merge: Merge, now: float) -> Row:
    shape = _MERGE_SHAPE[merge.state]
    tone = "needs" if merge.state is MergeState.AWAITING_APPROVAL else "soft"
    right: Spans = ((f"{_MERGE_WORD[merge.state]} ", tone), (age(now - merge.updated_at), tone))
    return Row((shape, (f" {clean(merge.bead)} ", "ink"), (short(merge.agent), "soft")), right, key=f"m:{merge.id}")


def open_first(convoys: Iterable[ConvoyView]) -> list[ConvoyView]:
    """Open convoys that need someone first, then open ones, then landed ones."""
    return sorted(convoys, key=lambda convoy: (convoy.state is not ConvoyState.OPEN, not convoy.needs))


def bead_row(bead: Bead, snapshot: TownSnapshot, now: float, *, indent: int = 0) -> Row:
    """One bead: shape, id, title, and what holds it."""
    tone = "faint" if bead_shape(bead, snapshot)[1] == "faint" else "ink"
    glyph, colour = bead_shape(bead, snapshot)
    note = bead_note(bead, snapshot, now)
    if sum(len(text) for text, _ in note) > 40:
        note = ((f"{note[0][0][:39]}…", note[0][1]),)
    return Row(
        ((f"{glyph} ", colour), (clean(bead.id), "b soft"), (f" {clean(bead.title)}", tone)),
        note,
        key=f"b:{bead.id}",
        indent=indent,
    )


def merge_rows(snapshot: TownSnapshot, now: float) -> list[Row]:
    """The merge queue, then what ended."""
    dials = ", ".join(f"{rig.name} → {rig.target}, dial {rig.dial.value}" for rig in snapshot.rigs)
    rows = [title("REFINERY · merge queue", clean(dials))]
    queue = [merge for merge in snapshot.merges if merge.state in OPEN_MERGE_STATES]
    rows += [queue_row(merge, snapshot, now) for merge in queue]
    if not queue:
        rows.append(Row((("nothing to merge", "soft"),)))
    ended = [merge for merge in snapshot.merges if merge.state not in OPEN_MERGE_STATES]
    if ended:
        rows += [BLANK, title("LATEST", f"landed today {snapshot.landed_today}")]
        for merge in sorted(ended, key=lambda merge: -merge.updated_at):
            detail = f"  {clean(merge.detail)}" if merge.detail and merge.state is not MergeState.MERGED else ""
            left: Spans = (
                _MERGE_SHAPE[merge.state],
                (f" {clean(merge.bead)} ", "ink"),
                (f"{_title_of(merge.bead, snapshot)}{detail}", "soft"),
            )
            rows.append(Row(left, ((f"{_MERGE_WORD[merge.state]} {clock(merge.updated_at)}", "soft"),), key=f"m:{merge.id}"))
    return rows


def _title_of(bead_id: str, snapshot: TownSnapshot) -> str:
    return next((clean(bead.title) for bead in snapshot.beads if bead.id == bead_id), "")


def queue_row(merge: Merge, snapshot: TownSnapshot, now: float) -> Row:
    """One merge on its way, with its stages."""
    order = (MergeState.QUEUED, MergeState.REBASING, MergeState.GATING, MergeState.LANDING)
    state = MergeState.GATING if merge.state is MergeState.AWAITING_APPROVAL else merge.state
    reached = order.index(state) if state in order else 0
    stages: list[Span] = []
    for index, word in enumerate(("rebase", "gates", "land"), 1):
        is_done = reached > index or (merge.state is MergeState.AWAITING_APPROVAL and index <= 2)
        glyph = ("✓ ", "working") if is_done else ("● ", "working") if reached == index else ("· ", "faint")
        stages += [glyph, (f"{word}  ", "b ink" if reached == index and not is_done else "soft" if is_done else "faint")]
    if merge.state is MergeState.AWAITING_APPROVAL:
        stages = [("▲ your approval ", "needs")]
    left: Spans = (
        _MERGE_SHAPE[merge.state],
        (f" {clean(merge.bead)} ", "b ink"),
        (f"{short(merge.agent)}  {_title_of(merge.bead, snapshot)}", "soft"),
    )
    return Row(left, (*stages, (age(now - merge.updated_at).rjust(3), "soft")), key=f"m:{merge.id}")


def merge_detail(merge: Merge | None, snapshot: TownSnapshot, now: float, width: int, *, can_answer: bool) -> list[Row]:
    """One merge: what was submitted, where it stands, what to do."""
    if merge is None:
        return [Row((("nothing selected", "faint"),))]
    glyph, tone = _MERGE_SHAPE[merge.state]
    rows = [
        Row(
            ((f"{clean(merge.bead)} · ", "b soft"), (_title_of(merge.bead, snapshot), "b soft")),
            ((f"attempt {merge.attempt}", "faint"),),
        ),
        Row(
            ((f"{glyph} {_MERGE_WORD[merge.state]}", tone), (f"  by {short(merge.agent)}", "soft")),
            ((f"{age(now - merge.updated_at)} ago", "soft"),),
        ),
    ]
    heads: list[Span] = []
    for word, head in (("submitted", merge.submitted_head), ("rebased", merge.rebased_head), ("target now", merge.target_after)):
        if head:
            heads += [(f"{word} ", "soft"), (f"{clean(head)[:8]}  ", "ink")]
    rows.append(Row(tuple(heads)))
    if merge.approved_by:
        rows.append(Row(((f"approved by {clean(merge.approved_by)}", "soft"),)))
    for line in clean_lines(merge.detail)[:12] if merge.detail else []:
        rows += [Row(((part, "soft"),)) for part in wrap(line, width)]
    if merge.log:
        rows.append(Row((("log ", "soft"), (clean(merge.log), "ink"))))
    offered = [("merge.approve", "approve"), ("merge.send_back", "send back")] if can_answer else []
    if merge.state in CAME_BACK:
        offered.append(("merge.retry", "try again"))
    if merge.log:
        offered.append(("merge.log", "log"))
    rows += [BLANK, Row(keys(*offered, ("merge.diff", "diff"), ("merge.open", "bead")))]
    return rows


def merge_words(merge: Merge) -> tuple[Span, str]:
    """A merge's shape, and its state in words."""
    return _MERGE_SHAPE[merge.state], _MERGE_WORD[merge.state]


def log_rows(log: str, room: int) -> list[Row]:
    """The end of a gate log, as much as there is room for."""
    lines = [line for line in clean_lines(log) if line.strip()][-max(room - 2, 0) :] if log and room > 2 else []
    return [BLANK, title("GATES", "end of the log"), *(Row(((line, "soft"),)) for line in lines)] if lines else []


_BEAD_GROUPS = (
    ("NEEDS HELP", (BeadState.NEEDS_HELP,)),
    ("IN WORK", (BeadState.HOOKED, BeadState.IN_PROGRESS)),
    ("SUBMITTED", (BeadState.SUBMITTED,)),
    ("OPEN", (BeadState.OPEN,)),
    ("DEFERRED", (BeadState.DEFERRED,)),
    ("CLOSED", (BeadState.CLOSED,)),
)


def bead_rows(snapshot: TownSnapshot, now: float, *, by_rig: bool = False) -> list[Row]:
    """All beads by state, or by rig and then by state; ready ones before those that wait, urgent ones first."""
    open_count = sum(bead.state is not BeadState.CLOSED for bead in snapshot.beads)
    ready = sum(bead.state is BeadState.OPEN and bead.id not in snapshot.reasons for bead in snapshot.beads)
    way = ((f"by {'rig' if by_rig else 'state'} · {key_of('beads.view')} changes", "faint"),)
    rows = [Row(((f"{open_count} open  ", "b ink"), (f"{ready} ready", "soft")), way if snapshot.beads else ())]
    if not snapshot.beads:
        return [
            *rows,
            BLANK,
            Row(
                (
                    (
                        f"no bead yet · {key_of('beads.new')} or gt create TITLE files one, or ask the mayor ({key_of('mayor.talk')})",
                        "soft",
                    ),
                )
            ),
        ]
    groups = [(words, _in_order(states, snapshot)) for words, states in _BEAD_GROUPS]
    if by_rig:
        every = [bead for _, here in groups for bead in here]
        names = dict.fromkeys([*(rig.name for rig in snapshot.rigs), *(bead.rig for bead in every)])
        groups = [(clean(name).upper(), [bead for bead in every if bead.rig == name]) for name in names]
    for words, here in groups:
        if here:
            rows += [BLANK, title(words, str(len(here))), *(bead_row(bead, snapshot, now) for bead in here)]
    return rows


def _in_order(states: Sequence[BeadState], snapshot: TownSnapshot) -> list[Bead]:
    here = [bead for bead in snapshot.beads if bead.state in states]
    if BeadState.CLOSED in states:
        return sorted(here, key=lambda bead: -(bead.closed_at or 0))
    return sorted(here, key=lambda bead: (bead.id in snapshot.reasons, bead.priority, bead.created_at))
