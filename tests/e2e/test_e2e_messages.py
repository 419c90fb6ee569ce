"""Messages through a whole town: crashes at every step, fire from all sides, and real CLIs at the receiving end."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import post_town
import pytest
from post_town import RIG, PostTown, strings
from real_clis import look, program_of

from gastown_tui.core.states import DeliveryState
from gastown_tui.ledger import incidents
from gastown_tui.services import messages as service
from gastown_tui.services import outbox
from gastown_tui.supervisor.crash import MESSAGE_POINTS, VARIABLE

pytestmark = [pytest.mark.e2e, pytest.mark.tmux, pytest.mark.timeout(180)]
D = DeliveryState
FAKE = f"{RIG}/crew/fake1"
TEXT = "\n".join(f"{number}: it's \"quoted\" `ticks` $HOME ${{x}} \\ äöü 漢字 🧪 'and' | so > on" for number in range(48))
SEEDS = (int(os.environ["SEED"]),) if "SEED" in os.environ else (7,)
SOAK_SEEDS = (int(os.environ["SEED"]),) if "SEED" in os.environ else (2001, 2002, 2003)


@pytest.fixture
def make() -> Iterator[Callable[..., PostTown]]:
    made: list[PostTown] = []
    with tempfile.TemporaryDirectory(prefix="gtp-", ignore_cleanup_errors=True) as name:

        def start(**more: object) -> PostTown:
            town = post_town.make(Path(name).resolve() / "t", **more)  # type: ignore[arg-type]
            made.append(town)
            town.start()
            return town

        yield start
        for town in made:
            town.close()


@pytest.mark.parametrize("point", MESSAGE_POINTS)
def test_killed_on_the_way_of_a_message(point: str, make: Callable[..., PostTown], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found again by its id, or stands as unproven; it never arrives twice, and the next one goes on."""
    monkeypatch.setenv(VARIABLE, point)
    town = make(crew={"fake1": {}})
    message = service.say(town.ctx, FAKE, "hello")
    told = town.settle(message)
    assert (town.ctx.layout.private / f"crashed-{point}").exists(), "the point was never reached"
    nothing_was_typed = point == "message.after_intent"
    assert told.state is (D.UNPROVEN if nothing_was_typed else D.SEEN), told.detail
    assert town.received()[message] == (0 if nothing_was_typed else 1)
    if nothing_was_typed:
        assert [card.kind for card in incidents.open_ones(town.ctx.ledger)] == ["undelivered"]
        again = outbox.resend(town.ctx, message)
        assert town.settle(again).state is D.SEEN
    assert town.faults() == []


def live_through(town: PostTown, seed: int, number: int, *, kills: int, pace: float, limit: float) -> None:
    figures = f"SEED={seed} " + town.under_fire(seed, number, kills=kills, pace=pace, limit=limit)
    print(figures)
    assert town.faults() == [], figures
    arrived = sum(one.state is D.SEEN for one in town.deliveries())
    assert arrived >= 0.8 * number, figures


@pytest.mark.parametrize("seed", SEEDS)
def test_messages_under_fire(seed: int, make: Callable[..., PostTown]) -> None:
    moody = {"moody": seed, "turn": 0.1}
    town = make(crew={"fake1": moody, "fake2": moody, "fake3": {"turn": 0.1}, "builtin1": {}})
    live_through(town, seed, 30, kills=3, pace=0.05, limit=120)


@pytest.mark.soak
@pytest.mark.claude
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", SOAK_SEEDS)
def test_two_hundred_messages_under_fire(seed: int, make: Callable[..., PostTown]) -> None:
    moody = {"moody": seed, "turn": 0.6}
    crew = {"fake1": moody, "fake2": {"turn": 4.0}, "fake3": {"turn": 0.1}, "builtin1": {}, "builtin2": {}}
    real = {driver: Path(look(driver).path) for driver in ("claude", "codex") if look(driver).state == "ready"}
    crew |= {f"{driver}{number}": {} for driver in real for number in (1, 2)}
    live_through(make(crew=crew, real=real), seed, 200, kills=14, pace=0.3, limit=900)


@pytest.mark.parametrize(
    "driver",
    [
        pytest.param("claude", marks=[pytest.mark.claude, pytest.mark.xdist_group("claude")]),
        pytest.param("codex", marks=[pytest.mark.codex, pytest.mark.xdist_group("codex")]),
    ],
)
def test_what_is_sent_arrives_whole_in_the_real_cli(driver: str, make: Callable[..., PostTown]) -> None:
    """Inside any wrapping of the CLI, or in the file that it read, the model is told exactly what was sent."""
    program = program_of(driver)
    town = make(crew={f"{driver}1": {}}, real={driver: program})
    agent = f"{RIG}/crew/{driver}1"
    short = "!it's \"9 by 9\" `isn't` it? $HOME äöü 漢字 🧪\nand so > on | then"
    assert len(TEXT.encode()) > 3000
    try:
        for text in (short, TEXT):
            message = service.say(town.ctx, agent, text)
            assert town.settle(message).state is D.SEEN
            town.until(lambda text=text: any(text in said for said in told(town)), "the text in a model request")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{post_town.capture(town, agent)}") from error
    assert town.faults() == []


def told(town: PostTown) -> list[str]:
    """Every string in the newest model requests; Claude Code numbers the lines of a file that it reads."""
    return [re.sub(r"(?m)^ *\d+[→\t]", "", said) for body in town.bodies[-10:] for said in strings(body)]
