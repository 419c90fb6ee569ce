"""What a broken settings file holds back costs no attempt, and its card outlives no mended file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import small_town
from towns import home

from gastown_tui.core.states import RunState
from gastown_tui.ledger import agents, beads, incidents, runs
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor import held
from gastown_tui.supervisor.observe import observe
from gastown_tui.supervisor.scheduler import new_run
from gastown_tui.supervisor.watch import Watch

__all__ = ["home"]
TOAST = f"{small_town.RIG}/polecats/toast"


@pytest.fixture
def town(home: Path, tmp_path: Path) -> Iterator[TownContext]:
    ctx = small_town.make(tmp_path / "town", has_model=False)
    ctx.layout.rig(small_town.RIG).config.write_text("[gates]\ntset = 'true'\n")
    yield ctx
    ctx.close()


def test_a_run_that_waits_is_held_and_not_failed(town: TownContext) -> None:
    first, second = beads.every(town.ledger)
    agents.ensure(town.ledger, TOAST, "builtin", actor="supervisor", now=1.0)
    run = new_run(TOAST, first.id, "builtin", 1, 1, 1.0)
    runs.create(town.ledger, run, actor="supervisor")
    beads.claim(town.ledger, first.id, TOAST, run=run.id, now=1.0)
    config, broken = held.settings(town)
    seen = observe(town, Watch(), (), frozenset(), config.max_polecats, broken)
    assert {run.id, second.id, f"lane:{small_town.RIG}"} <= seen.busy
    assert runs.get(town.ledger, run.id).state is RunState.QUEUED


def test_the_town_s_own_file_holds_every_agent(town: TownContext) -> None:
    town.layout.config.write_text("= not TOML")
    agents.ensure(town.ledger, "mayor", "builtin", actor="overseer", now=1.0)
    config, broken = held.settings(town)
    assert set(broken) == {held.TOWN, small_town.RIG}
    assert "mayor" in observe(town, Watch(), (), frozenset(), config.max_polecats, broken).busy


def test_a_card_goes_when_the_file_is_mended_though_nobody_remembers_it(town: TownContext) -> None:
    held.tell(town, held.settings(town)[1])
    (card,) = incidents.open_ones(town.ledger)
    assert (card.kind, card.subject) == ("config", f"{small_town.RIG}/rig.toml")
    assert "tset" in card.detail
    held.tell(town, held.settings(town)[1])
    assert incidents.open_ones(town.ledger)[0].count == 1, "told once"
    town.layout.rig(small_town.RIG).config.write_text("")
    held.tell(town, held.settings(town)[1])
    assert incidents.open_ones(town.ledger) == []
