"""A budget that stops: real supervisor, real agents, a scripted model with a made-up price."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_town
from towns import home

from gastown_tui.core import budget
from gastown_tui.core.rows import Usage
from gastown_tui.core.states import BeadState
from gastown_tui.ledger import beads, incidents, usage
from gastown_tui.services import boot, shutdown, why
from gastown_tui.services import usage as service

__all__ = ["home"]
PRICE = '[prices."scripted"]\ninput = 1000.0\noutput = 1000.0\n'


LIMIT = 60.0


@pytest.mark.tmux
@pytest.mark.e2e
def test_a_spent_day_stops_dispatch_until_the_budget_is_raised(tmp_path: Path) -> None:
    ctx = small_town.make(tmp_path / "town")
    settings = ctx.layout.config.read_text()

    def allow(dollars: float) -> None:
        ctx.layout.config.write_text(f"{settings}\n{PRICE}\n[budget]\nday = {dollars}\n")

    def cards() -> set[tuple[str, str]]:
        boot.ensure_supervisor(ctx, wait=False)
        return {(card.kind, card.subject) for card in incidents.open_ones(ctx.ledger)}

    usage.add(ctx.ledger, Usage("earlier", "scripted", 1000, 0, 0, 0, 1), day=usage.day_of(ctx.now()))
    allow(0.5)
    try:
        small_town.start(ctx)
        assert boot.wait_until(lambda: (budget.OVER, budget.TODAY) in cards(), LIMIT)
        rounds = ctx.layout.heartbeat.stat().st_mtime_ns
        assert boot.wait_until(lambda: ctx.layout.heartbeat.stat().st_mtime_ns > rounds, LIMIT)
        assert {bead.state for bead in beads.every(ctx.ledger)} == {BeadState.OPEN}
        assert {why.explain(ctx, bead.id).answer for bead in beads.every(ctx.ledger)} == {
            "it is ready and slung, but a budget is spent"
        }
        allow(100_000)
        small_town.converge(ctx, limit=LIMIT)
        assert cards() == set()
        spent = {line.title: line.spent.calls for line in service.costs(ctx, "bead").lines}
        assert {title: calls for title, calls in spent.items() if title} == dict.fromkeys(small_town.BEADS, 4), "each answer once"
        allow(2)
        assert boot.wait_until(lambda: (budget.OVER, budget.TODAY) in cards(), LIMIT), "what real agents used counts"
    finally:
        shutdown.stop_town(ctx)
