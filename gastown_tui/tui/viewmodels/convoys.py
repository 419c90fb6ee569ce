"""Convoys as a tree, one convoy in full, and how long what is left may take."""

from __future__ import annotations

from collections.abc import Collection

from gastown_tui.core.rows import Bead
from gastown_tui.core.snapshot import ConvoyView, TownSnapshot
from gastown_tui.core.states import OPEN_MERGE_STATES, BeadOutcome, BeadState, ConvoyState
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, clean, wrap
from gastown_tui.tui.viewmodels.common import BLANK, age, bar, clock, keys, short, title
from gastown_tui.tui.viewmodels.work import agent_of, bead_row, open_first, queue_row

FEW_LANDED = 2
"""So many landed beads are shown one by one; more are one row until they are unfolded."""


def time_left(convoy: ConvoyView, snapshot: TownSnapshot, now: float) -> tuple[float | None, str]:
    """Seconds that what is left may take, and in words what that comes from; None where nothing is to be known.

    The pace is that of its own landings in the last day, measured until now, so that a pause makes it slower.
    """
    left = convoy.total - convoy.landed
    if convoy.state is not ConvoyState.OPEN or not left:
        return None, ""
    if snapshot.is_estopped or snapshot.wanted != "up":
        return None, "time left unknown: the town stands still"
    if not convoy.working:
        return None, "time left unknown: nobody works on it now"
    members = frozenset(convoy.beads)
    landed = sorted(bead.closed_at for bead in snapshot.beads if bead.id in members and _has_landed(bead) and bead.closed_at)
    if len(landed) < 2:
        return None, "time left unknown: fewer than two of its beads have landed in the last day"
    seconds = (now - landed[0]) / (len(landed) - 1) * left
    return seconds, f"about {age(seconds)} left at the pace of {len(landed)} landings since {clock(landed[0])}"


def _has_landed(bead: Bead) -> bool:
    return bead.state is BeadState.CLOSED and bead.outcome is not BeadOutcome.DROPPED


def convoy_rows(snapshot: TownSnapshot, folded: Collection[str], now: float) -> list[Row]:
    """The tree. Landed convoys and the landed beads of an open one are a row each, unless `folded` turns that over:
    a convoy's id for the convoy, `l:` and the id for its landed beads."""
    rows = [title("CONVOYS · batches", "needing you first")]
    beads = {bead.id: bead for bead in snapshot.beads}
    for convoy in open_first(snapshot.convoys):
        is_open = (convoy.state is ConvoyState.OPEN) != (convoy.id in folded)
        rows.append(_head(convoy, snapshot, now, is_open=is_open))
        if is_open:
            done = [bead for bead in convoy.beads if bead not in beads or beads[bead].state is BeadState.CLOSED]
            if len(done) > FEW_LANDED:
                is_unfolded = f"l:{convoy.id}" in folded
                rows.append(_done(convoy, [beads[bead] for bead in done if bead in beads], len(done), is_unfolded=is_unfolded))
                done = [] if is_unfolded else done
            else:
                done = []
            hidden = frozenset(done)
            rows += [_member(name, beads.get(name), snapshot, now) for name in convoy.beads if name not in hidden]
            rows.append(BLANK)
    if len(rows) == 1:
        rows += [
            BLANK,
            Row((("no convoy yet", "b soft"),)),
            Row(((f"ask the mayor ({key_of('mayor.talk')}), or write /convoy TITLE BEAD BEAD … to it", "soft"),)),
        ]
    return rows


def _head(convoy: ConvoyView, snapshot: TownSnapshot, now: float, *, is_open: bool) -> Row:
    seconds, _ = time_left(convoy, snapshot, now)
    left: list[Span] = [("▾ " if is_open else "▸ ", "faint"), (clean(convoy.id), "b ink"), (f" {clean(convoy.title)}", "ink")]
    if convoy.needs:
        left.append((f"  ▲ {short(convoy.needs)}", "needs"))
    if convoy.state is not ConvoyState.OPEN:
        left.append((f"  {convoy.state.value}", "soft"))
    pace: tuple[Span, ...] = ((f"~{age(seconds)} left  ", "soft"),) if seconds is not None else ()
    return Row(tuple(left), (*pace, *bar(convoy.landed, convoy.total)), key=f"c:{convoy.id}")


def _done(convoy: ConvoyView, known: list[Bead], count: int, *, is_unfolded: bool) -> Row:
    names = [clean(bead.id) for bead in known]
    which = f"{names[0]} … {names[-1]}, {count} closed" if len(names) > 1 else f"{count} closed"
    last = max((bead.closed_at for bead in known if bead.closed_at), default=None)
    left: tuple[Span, ...] = (("▾ " if is_unfolded else "✓ ", "working"), (which, "soft"))
    return Row(left, ((f"last {clock(last)}" if last else "", "soft"),), key=f"l:{convoy.id}", indent=2)


def _member(name: str, bead: Bead | None, snapshot: TownSnapshot, now: float) -> Row:
    if bead is not None:
        return bead_row(bead, snapshot, now, indent=2)
    return Row((("✓ ", "working"), (clean(name), "soft")), (("closed", "soft"),), key=f"b:{name}", indent=2)


def convoy_detail(convoy: ConvoyView, snapshot: TownSnapshot, now: float, width: int) -> list[Row]:
    """One convoy: how far it is and how long it may take, who is at it, what is on its way to the target."""
    ready = max(convoy.total - convoy.landed - convoy.working - convoy.waiting, 0)
    counts = ((convoy.landed, "landed"), (convoy.working, "at work"), (convoy.waiting, "waiting"), (ready, "ready"))
    rows = [
        Row(((f"{clean(convoy.id)} · ", "b soft"), (clean(convoy.title), "b ink")), bar(convoy.landed, convoy.total)),
        Row(
            tuple((f"{number} {word}   ", "ink" if number else "faint") for number, word in counts),
            ((convoy.state.value, "soft"),) if convoy.state is not ConvoyState.OPEN else (),
        ),
    ]
    _, words = time_left(convoy, snapshot, now)
    rows += [Row(((part, "soft"),)) for part in wrap(words, width)] if words else []
    members = frozenset(convoy.beads)
    agents = {agent.address: agent for bead in snapshot.beads if bead.id in members and (agent := agent_of(bead, snapshot))}
    working = [bead for bead in snapshot.beads if bead.id in members and agent_of(bead, snapshot)]
    if agents:
        rows += [BLANK, title("AT IT", str(len(agents))), *(bead_row(bead, snapshot, now) for bead in working)]
    merges = [merge for merge in snapshot.merges if merge.bead in members and merge.state in OPEN_MERGE_STATES]
    if merges:
        rows += [BLANK, title("REFINERY · merge queue", str(len(merges))), *(queue_row(merge, snapshot, now) for merge in merges)]
    held = [bead for bead in snapshot.beads if bead.id in members and bead.id in snapshot.reasons and bead.state is BeadState.OPEN]
    if held:
        rows += [BLANK, title("WAITING", str(len(held))), *(bead_row(bead, snapshot, now) for bead in held)]
    return [*rows, BLANK, Row(keys(("convoys.open", "fold or unfold")))]
