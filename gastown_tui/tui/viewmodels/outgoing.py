"""What a person said to one agent and how far it got, live beside its pane."""

from __future__ import annotations

from rich.cells import cell_len

from gastown_tui.core.snapshot import Outgoing, TownSnapshot
from gastown_tui.core.states import DeliveryState
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import clean, cut, wrap
from gastown_tui.tui.viewmodels.common import clock
from gastown_tui.tui.viewmodels.mail import FATES


def to_agent(snapshot: TownSnapshot, address: str, width: int, most: int = 3) -> list[Row]:
    """Your newest words to an agent and how far each got, one row each; words that do not fit are cut."""
    rows = []
    for one in [one for one in snapshot.outgoing if one.receiver == address][:most]:
        words, tone = FATES[one.state]
        why = f" · {clean(reason(snapshot, one))}" if one.state is not DeliveryState.SEEN else f" {clock(one.at)}"
        told = f"{words}{why}"
        room = width - cell_len(told) - 3
        said = " ".join(clean(one.words).split())
        if room >= min(cell_len(said), 24):
            rows.append(Row((("→ ", "b soft"), (cut(said, room), "ink")), ((told, tone),)))
        else:
            rows += [
                Row((("→ ", "b soft"), (cut(said, width - 2), "ink"))),
                *(Row(((part, tone),), indent=2) for part in wrap(told, width - 2)),
            ]
    return rows


def reason(snapshot: TownSnapshot, one: Outgoing) -> str:
    """Why it stands where it stands."""
    if one.state is DeliveryState.QUEUED and snapshot.is_estopped:
        return "the town is stopped by E-stop"
    if one.state is DeliveryState.QUEUED and snapshot.supervisor.state != "up":
        return "the supervisor does not run"
    return one.detail or ("a moment" if one.state is DeliveryState.QUEUED else clock(one.at))
