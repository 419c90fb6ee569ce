"""The account: added up by bead, agent, convoy and day, each answer once in the sum."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gastown_tui.core.rows import Usage
from gastown_tui.ledger import agents, beads, convoys, runs, usage
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import usage as service
from gastown_tui.services.context import TownContext
from gastown_tui.services.prices import prices
from worlds import run

DAY = 86_400.0
PRICES = '[prices."made-up"]\ninput = 1.0\noutput = 10.0\ncache_read = 0.1\ncache_write = 2\n'


@pytest.fixture
def spent(town: TownContext) -> TownContext:
    """Two beads of one convoy, the first worked on by two agents; an answer of the mayor's by a model without a price."""
    town.layout.config.write_text(PRICES.replace("cache_write = 2\n", "cache_write = 2.0\n"))
    with transaction(town.ledger):
        for title in ("one", "two"):
            beads.create(town.ledger, beads.NewBead("ms", "ms", title), actor="test", now=1.0)
        ids = [bead.id for bead in beads.every(town.ledger)]
        convoys.create(town.ledger, "both", ids, owner="overseer", now=1.0)
        convoys.create(town.ledger, "first", ids[:1], owner="overseer", now=1.0)
        for number, (address, bead) in enumerate(
            (("ms/polecats/a", ids[0]), ("ms/polecats/b", ids[0]), ("ms/crew/c", ids[1]), ("mayor", ""))
        ):
            agents.ensure(town.ledger, address, "builtin", actor="test", now=1.0)
            runs.create(town.ledger, replace(run(), id=f"run{number}", agent=address, bead="", token=str(number)), actor="test")
            town.ledger.execute("UPDATE runs SET bead = ?, state = 'succeeded' WHERE id = ?", (bead, f"run{number}"))
            model = "made-up" if bead else "other"
            usage.add(town.ledger, Usage(f"run{number}", model, 1_000_000, 0, 0, 0, 2), day=usage.day_of(town.now() - number * DAY))
    return town


def test_spending_is_added_up_by_whatever_is_asked_for(spent: TownContext) -> None:
    def lines(by: str, days: int = 0) -> list[tuple[str, float | None]]:
        return [(line.key, line.spent.cost) for line in service.costs(spent, by, days=days).lines]

    one, two = (bead.id for bead in beads.every(spent.ledger))
    assert lines("bead") == [(one, 2.0), (two, 1.0), ("", None)]
    assert dict(lines("agent")) == {"ms/polecats/a": 1.0, "ms/polecats/b": 1.0, "ms/crew/c": 1.0, "mayor": None}
    assert dict(lines("role")) == {"polecat": 2.0, "crew": 1.0, "mayor": None}
    assert dict(lines("rig")) == {"ms": 3.0, "": None}
    assert dict(lines("model")) == {"made-up": 3.0, "other": None}
    assert [cost for _, cost in lines("day")] == [None, 1.0, 1.0, 1.0], "oldest first"
    assert [cost for _, cost in lines("day", 2)] == [1.0, 1.0]
    named = {line.title: line.spent.cost for line in service.costs(spent, "convoy").lines}
    assert named == {"both": 3.0, "first": 2.0, "": None}


def test_the_sum_counts_each_answer_once_and_says_what_it_does_not_know(spent: TownContext) -> None:
    found = service.costs(spent, "convoy")
    assert (found.total.cost, found.total.is_partial, found.total.calls) == (3.0, True, 8)
    assert found.unpriced == ("other",)


def test_prices_are_read_again_when_the_file_changes(spent: TownContext) -> None:
    assert prices(spent)["made-up"].input == 1.0
    spent.layout.config.write_text(PRICES.replace("input = 1.0", "input = 1.25"))
    assert prices(spent)["made-up"].input == 1.25
    spent.layout.config.write_text("broken")
    assert "made-up" not in prices(spent)
    assert "claude-opus-5-5" in prices(spent)


def test_the_verb_says_the_same(spent: TownContext) -> None:
    from click.testing import CliRunner

    from gastown_tui.cli.main import gt

    told = CliRunner().invoke(gt, ["--town", str(spent.layout.root), "costs", "--by", "role", "--json"])
    data = json.loads(told.stdout)
    assert {line["key"]: line["cost"] for line in data["lines"]} == {"polecat": 2.0, "crew": 1.0, "mayor": None}
    assert data["total"]["cost_is_partial"] is True
    shown = CliRunner().invoke(gt, ["--town", str(spent.layout.root), "costs", "--by", "role"])
    assert "unknown" in shown.stdout
    assert "≥ $3.00" in shown.stdout
    assert "no price is known for other" in shown.stderr
