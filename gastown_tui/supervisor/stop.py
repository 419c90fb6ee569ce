"""The emergency stop as the supervisor sees it: freeze what runs, confirm, and thaw when the flag is gone."""

from __future__ import annotations

from gastown_tui.core.ids import SUPERVISOR
from gastown_tui.core.observation import Observation
from gastown_tui.infra.act import kill
from gastown_tui.infra.launches import read_launcher
from gastown_tui.ledger import events, settings
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

CONFIRMED = "estop.confirmed"


def apply(ctx: TownContext, seen: Observation) -> None:
    """Makes the flag true for every active run, once per change of the flag; each round while it stays for new ones."""
    is_confirmed = settings.get(ctx.ledger, CONFIRMED) == "yes"
    if seen.is_estopped:
        proven = [_freeze(ctx, run.id, run.token) for run in seen.runs]
        if not is_confirmed:
            _tell(ctx, "estop.confirmed", "yes", {"stopped": sum(proven), "still_running": len(proven) - sum(proven)})
    elif is_confirmed:
        for run in seen.runs:
            record = read_launcher(ctx.layout.run_directory(run.id))
            if record is not None and record.is_alive():
                kill.thaw_run(record, run.token)
        _tell(ctx, "estop.thawed", "no", {})


def _freeze(ctx: TownContext, run: str, token: str) -> bool:
    record = read_launcher(ctx.layout.run_directory(run))
    if record is None or not record.is_alive():
        return True  # nothing of it runs
    return kill.freeze_run(record, token).is_proven


def _tell(ctx: TownContext, kind: str, confirmed: str, data: dict[str, object]) -> None:
    with transaction(ctx.ledger):
        settings.put(ctx.ledger, CONFIRMED, confirmed)
        events.record(ctx.ledger, now=ctx.now(), kind=kind, actor=SUPERVISOR, subject="town", data=data)
