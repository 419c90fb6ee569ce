"""What the supervisor remembers between rounds (watch), after a crash (journal) and what it takes in (spool)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_town
from towns import home

from gastown_tui.core.states import IntentState
from gastown_tui.ledger import agents, beads, events, intents, runs, telemetry
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor import journal, spool
from gastown_tui.supervisor.scheduler import new_run
from gastown_tui.supervisor.watch import BACK_OFF, GAP, Watch

__all__ = ["home"]
TOAST = f"{small_town.RIG}/polecats/toast"


@pytest.mark.parametrize(
    ("moments", "watched", "may_judge"),
    [
        ([100.0], 0.0, False),
        ([100.0, 101.0], 1.0, True),
        ([100.0, 100.0 + GAP], GAP, True),
        ([100.0, 101.0 + GAP], 0.0, False),
        ([100.0, 101.0, 900.0], 1.0, False),
        ([100.0, 101.0, 900.0, 902.0], 3.0, True),
        ([100.0, 99.0], 0.0, True),
    ],
)
def test_only_watched_time_counts(moments: list[float], watched: float, may_judge: bool) -> None:
    watch = Watch()
    for moment in moments:
        watch.tick(moment)
    assert (watch.watched, watch.may_judge) == (watched, may_judge)


def test_an_act_that_fails_rests_longer_each_time_until_it_succeeds() -> None:
    watch = Watch(watched=50.0)
    assert [watch.failed("a") for _ in range(8)] == [*BACK_OFF, BACK_OFF[-1], BACK_OFF[-1]]
    assert watch.failures("a") == 8
    assert watch.resting() == {"a"}
    assert watch.restless_at(["a", "b"]) == {"a": 50.0 + BACK_OFF[-1]}
    watch.watched += BACK_OFF[-1]
    assert watch.resting() == frozenset()
    watch.succeeded("a")
    assert watch.failures("a") == 0
    assert watch.failed("a") == BACK_OFF[0]


def test_missing_counts_rounds_in_a_row() -> None:
    watch = Watch()
    assert [watch.missing("r", is_missing=gone) for gone in (True, True, False, True)] == [1, 2, 0, 1]


@pytest.fixture
def town(home: Path, tmp_path: Path) -> Iterator[TownContext]:
    ctx = small_town.make(tmp_path / "town", has_model=False)
    yield ctx
    ctx.close()


@pytest.mark.parametrize(
    ("told", "state", "is_unsettled"),
    [(True, "done", False), (False, "abandoned", False), (None, "open", True), ("no probe", "abandoned", False)],
)
def test_recovery_settles_what_can_be_told(town: TownContext, told: object, state: str, is_unsettled: bool) -> None:
    number = intents.begin(town.ledger, "kind", "key", {"x": 1}, now=1.0)
    asked: list[object] = []

    def probe(ctx: TownContext, intended: object) -> bool | None:
        asked.append(intended)
        return told if isinstance(told, bool) else None

    left = journal.recover(town, {} if told == "no probe" else {"kind": probe})
    assert [entry.id for entry in left] == ([number] if is_unsettled else [])
    assert intents.INTENTS.one(town.ledger, "id = ?", number).state == state
    assert asked == ([] if told == "no probe" else [{"x": 1}])
    recovered = [event for event in events.of_subject(town.ledger, "supervisor") if event.kind == "intent.recovered"]
    assert len(recovered) == (0 if is_unsettled else 1)
    assert len(journal.recover(town, {"kind": probe})) == (1 if is_unsettled else 0), "settled once"


def test_an_act_that_raises_abandons_its_intent_and_a_repeat_replaces_one_that_a_crash_left(town: TownContext) -> None:
    crashed = intents.begin(town.ledger, "kind", "key", {}, now=1.0)
    with pytest.raises(ValueError, match="no"), journal.intent(town, "kind", "key", {}):
        raise ValueError("no")
    with journal.intent(town, "kind", "key", {}):
        assert len(intents.open_ones(town.ledger)) == 1
    assert intents.open_ones(town.ledger) == []
    assert intents.INTENTS.one(town.ledger, "id = ?", crashed).state == IntentState.ABANDONED


@pytest.mark.parametrize(
    ("change", "is_taken"),
    [
        ({}, True),
        ({"kind": "log"}, True),
        ({"token": "0" * 32}, False),
        ({"run": "nobody00"}, False),
        ({"kind": "order"}, False),
        ({"at": "soon"}, False),
        ({"state": None, "kind": None}, False),
        ({"rule": "x" * spool.FILE_LIMIT}, False),
        ("[]", False),
        ("{", False),
        (b"\xff\xfe", False),
    ],
)
def test_only_a_run_s_own_token_speaks_and_garbage_is_kept_aside(town: TownContext, change: object, is_taken: bool) -> None:
    agents.ensure(town.ledger, TOAST, "builtin", actor="supervisor", now=1.0)
    bead = beads.every(town.ledger)[0]
    run = new_run(TOAST, bead.id, "builtin", 1, 1, 1.0)
    runs.create(town.ledger, run, actor="supervisor")
    said = {"kind": "report", "run": run.id, "token": run.token, "at": 5.0, "event": "Stop"}
    said |= {"state": "idle", "detail": "", "rule": "hook"}
    town.layout.spool.mkdir(exist_ok=True)
    path = town.layout.spool / "hook-1.json"
    if isinstance(change, dict):
        path.write_text(json.dumps(said | change))
    else:
        path.write_bytes(change if isinstance(change, bytes) else str(change).encode())
    assert spool.drain(town) == int(is_taken)
    assert [entry.name for entry in town.layout.spool.iterdir()] == ([] if is_taken else ["hook-1.bad"])
    is_report = is_taken and change == {}
    assert (run.id in telemetry.reports(town.telemetry)) == is_report
    assert spool.drain(town) == 0, "what was set aside is not read again"
