"""A message that an agent took but did not write down is given to its next run; one that it wrote down is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown_tui.core.states import DeliveryState, RunState
from gastown_tui.ledger import agents, messages, runs
from gastown_tui.services import messages as service
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town
from gastown_tui.supervisor.courier import Courier
from gastown_tui.supervisor.scheduler import new_run


@pytest.fixture
def town(tmp_path: Path) -> TownContext:
    ctx = create_town(tmp_path / "town", name="town")
    agents.ensure(ctx.ledger, "mayor", "builtin", actor="overseer", now=1.0)
    runs.create(ctx.ledger, new_run("mayor", "", "builtin", 1, 1, 1.0), actor="supervisor")
    return ctx


def take(ctx: TownContext) -> tuple[TownContext, str]:
    message = service.say(ctx, "mayor", "good morning")
    run = runs.active(ctx.ledger)[0].id
    mayor = TownContext(ctx.layout, "mayor", run)
    assert [one.id for one in service.take(mayor)] == [message]
    return mayor, message


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", DeliveryState.QUEUED),
        ('{{"type": "user", "text": "x", "sender": "overseer", "message": "{id}"}}', DeliveryState.SEEN),
    ],
)
def test_after_a_kill_the_transcript_decides(town: TownContext, line: str, expected: DeliveryState) -> None:
    mayor, message = take(town)
    directory = town.layout.run_directory(mayor.run)
    directory.mkdir(parents=True)
    (directory / "transcript.jsonl").write_text(line.format(id=message) + "\n")
    Courier(town).follow_up()
    assert messages.delivery(town.ledger, message, "mayor").state is DeliveryState.LEASED, "its run is alive: nothing is decided"
    runs.move(town.ledger, mayor.run, RunState.LOST, actor="supervisor", now=2.0)
    Courier(town).follow_up()
    assert messages.delivery(town.ledger, message, "mayor").state is expected


def test_a_confirmed_message_is_seen_and_not_given_again(town: TownContext) -> None:
    mayor, message = take(town)
    service.confirm(mayor, [message])
    assert service.take(mayor) == []
    assert messages.delivery(town.ledger, message, "mayor").state is DeliveryState.SEEN
