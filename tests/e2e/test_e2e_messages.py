"""Messages through a whole town: crashes at every step, fire from all sides, and the real Claude Code at the receiving end."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import post_town
import pytest
from post_town import RIG, PostTown

from gastown_tui.core.states import DeliveryState
from gastown_tui.ledger import incidents
from gastown_tui.services import messages as service
from gastown_tui.services import outbox
from gastown_tui.supervisor.crash import MESSAGE_POINTS, VARIABLE

pytestmark = [pytest.mark.e2e, pytest.mark.tmux, pytest.mark.timeout(180)]
D = DeliveryState
FAKE = f"{RIG}/crew/fake1"
CLAUDE = f"{RIG}/crew/claude1"
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
    claude = post_town.real_claude()
    if claude is not None:
        crew |= {"claude1": {}, "claude2": {}}
    live_through(make(crew=crew, claude=claude), seed, 200, kills=14, pace=0.3, limit=900)


@pytest.fixture(scope="session")
def claude() -> Path:
    found = post_town.real_claude()
    if found is None:
        pytest.skip("Claude Code is not installed")
    return found


@pytest.mark.claude
@pytest.mark.xdist_group("claude")
def test_what_is_sent_arrives_whole_in_the_real_claude_code(claude: Path, make: Callable[..., PostTown]) -> None:
    town = make(crew={"claude1": {}}, claude=claude)
    short = "!it's \"9 by 9\" `isn't` it? $HOME äöü 漢字 🧪\nand so > on | then"
    assert len(TEXT.encode()) > 3000
    try:
        for text in (short, TEXT):
            message = service.say(town.ctx, CLAUDE, text)
            assert town.settle(message).state is D.SEEN
            town.until(lambda text=text: any(text in said for said in heard(town)), "the text in a model request")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{post_town.capture(town, CLAUDE)}") from error
    assert town.faults() == []


def heard(town: PostTown) -> list[str]:
    """What the model was told in the newest requests: words of the user and files that were read, without the CLI's wrapping."""
    found = []
    for body in town.bodies[-10:]:
        for message in body.get("messages", []):  # type: ignore[attr-defined]
            content = message["content"] if isinstance(message["content"], list) else [{"type": "text", "text": message["content"]}]
            for block in content:
                text = block.get("text", "") if block["type"] == "text" else json.dumps(block)
                if block["type"] == "tool_result":
                    told = block["content"]
                    text = told if isinstance(told, str) else "\n".join(part.get("text", "") for part in told)
                    # Claude Code numbers the lines of a file.
                    text = re.sub(r"(?m)^ *\d+[→\t]", "", text)
                found.append(text)
    return found
