"""Transcripts that grow, are cut, replaced, huge or broken: every answer is counted once, whatever is killed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from towns import home, town

from gastown_tui.core.rows import Run
from gastown_tui.core.states import RunState
from gastown_tui.ledger import agents, digests, runs, usage
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor import collector
from gastown_tui.supervisor.collector import Collector
from gastown_tui.supervisor.scheduler import new_run

__all__ = ["home", "town"]
MAYOR = "mayor"


class Stage:
    """A run of the built-in agent and its transcript, which the test writes."""

    def __init__(self, ctx: TownContext) -> None:
        self.ctx = ctx
        self.run = self.begin("run00001", 1000.0)
        self.collector = Collector(ctx)
        self.boot = 0.0

    def begin(self, name: str, at: float) -> Run:
        with transaction(self.ctx.ledger):
            agents.ensure(self.ctx.ledger, MAYOR, "builtin", actor="test", now=at)
            run = new_run(MAYOR, "", "builtin", 1, 1, at)
            runs.create(self.ctx.ledger, type(run)(**{**_fields(run), "id": name}), actor="test")
            for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
                runs.move(self.ctx.ledger, name, state, actor="test", now=at)
        self.ctx.layout.run_directory(name).mkdir(parents=True)
        return runs.get(self.ctx.ledger, name)

    def file(self, name: str = "run00001") -> Path:
        return self.ctx.layout.run_directory(name) / "transcript.jsonl"

    def write(self, *numbers: int, at: float = 1001.0, name: str = "run00001") -> None:
        with open(self.file(name), "a", encoding="utf-8") as stream:
            stream.writelines(answer(number, at + number) for number in numbers)

    def look(self, seconds: float = 10.0, *, again: bool = False) -> None:
        """A round, `seconds` after the last one; `again` begins as a new supervisor."""
        if again:
            self.collector = Collector(self.ctx)
        self.boot += seconds
        self.collector.collect(runs.active(self.ctx.ledger), self.boot)

    def counted(self) -> dict[str, tuple[int, int]]:
        """Run → (answers, output tokens)."""
        rows = self.ctx.ledger.execute("SELECT run, sum(calls), sum(output) FROM usage GROUP BY run")
        return {row[0]: (row[1], row[2]) for row in rows}


def _fields(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in Run.__dataclass_fields__}


def answer(number: int, at: float) -> str:
    usage = {"input_tokens": 100, "output_tokens": 10, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
    words = {"type": "text", "text": f"I say {number}."}
    line = {
        "type": "assistant",
        "at": at,
        "id": f"m{number}",
        "model": "made-up",
        "content": [words],
        "stop_reason": "end_turn",
        "usage": usage,
    }
    return json.dumps({**line, "text": f"I say {number}.", "window": 1000}) + "\n"


@pytest.fixture
def stage(town: TownContext) -> Stage:
    return Stage(town)


def test_answers_are_counted_once_and_a_new_supervisor_goes_on_where_the_old_one_was(stage: Stage) -> None:
    stage.write(1, 2)
    stage.look()
    assert stage.counted() == {"run00001": (2, 20)}
    stage.write(3)
    stage.look(again=True)
    stage.look(again=True)
    assert stage.counted() == {"run00001": (3, 30)}


def test_what_was_read_but_not_written_down_is_read_again_after_a_kill(stage: Stage) -> None:
    stage.write(1)
    stage.look()
    stage.write(2)
    stage.look(seconds=1.0)
    assert stage.counted() == {"run00001": (1, 10)}, "the ledger is written every few seconds only"
    stage.look(again=True)
    assert stage.counted() == {"run00001": (2, 20)}


def test_a_round_without_news_writes_nothing(stage: Stage) -> None:
    stage.write(1)
    stage.look()
    before = [stage.ctx.layout.ledger.with_name(f"{name}-wal").stat().st_mtime_ns for name in ("ledger.db", "runtime.db")]
    changes = (stage.ctx.ledger.total_changes, stage.ctx.telemetry.total_changes)
    for _ in range(5):
        stage.look()
    assert (stage.ctx.ledger.total_changes, stage.ctx.telemetry.total_changes) == changes
    assert [stage.ctx.layout.ledger.with_name(f"{name}-wal").stat().st_mtime_ns for name in ("ledger.db", "runtime.db")] == before


def test_words_without_an_answer_do_not_touch_the_ledger(stage: Stage) -> None:
    stage.write(1)
    stage.look()
    changes = stage.ctx.ledger.total_changes
    with open(stage.file(), "a") as stream:
        stream.write(json.dumps({"type": "user", "at": 1500, "text": "go on"}) + "\n")
    stage.look()
    assert stage.ctx.ledger.total_changes == changes
    assert digests.every(stage.ctx.telemetry)["run00001"].state == "working"


def _cut(path: Path) -> None:
    """Copied away and cut in place, then written anew with more than was there."""
    path.write_text("".join(answer(number, 1001.0 + number) for number in (1, 2)))
    with open(path, "a") as stream:
        stream.write(answer(9, 2000.0) * 1)


def _shrink(path: Path) -> None:
    path.write_text(answer(2, 1003.0))
    with open(path, "a") as stream:
        stream.write(answer(9, 2000.0))


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_text(answer(1, 1002.0) + answer(9, 2000.0) + answer(8, 1002.5))
    other.replace(path)


@pytest.mark.parametrize("spoil", [_cut, _shrink, _replace])
@pytest.mark.parametrize("again", [False, True])
def test_a_file_that_is_cut_or_replaced_counts_only_what_is_new(stage: Stage, spoil: Callable[[Path], None], again: bool) -> None:
    stage.write(1, 2, 3)
    stage.look()
    spoil(stage.file())
    stage.look(again=again)
    stage.look(again=again)
    assert stage.counted() == {"run00001": (4, 40)}


def test_a_torn_line_is_waited_for_and_rubbish_is_counted_and_passed_over(stage: Stage) -> None:
    whole = answer(1, 1002.0).encode()
    stage.file().write_bytes(b"{rubbish\n\xff\xfe\x00\n[1, 2]\n" + whole[:50])
    stage.look()
    assert stage.counted() == {}
    with open(stage.file(), "ab") as stream:
        stream.write(whole[50:])
    stage.look()
    assert stage.counted() == {"run00001": (1, 10)}
    assert digests.every(stage.ctx.telemetry)["run00001"].skipped == 3
    assert usage.skipped(stage.ctx.ledger) == 3


def test_a_huge_file_takes_a_bounded_part_of_each_round(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "FILE_BYTES", 4_000)
    stage.file().write_text(json.dumps({"type": "user", "at": 1001, "text": "x" * 10_000}) + "\n")
    stage.write(*range(1, 30))
    stage.look()
    assert stage.collector.is_behind
    assert stage.counted() == {}
    rounds = 1
    while stage.collector.is_behind:
        stage.look(again=rounds == 5)  # half a line is read again by a new supervisor
        rounds += 1
        assert rounds < 60
    stage.look()
    assert stage.counted() == {"run00001": (29, 290)}


def test_a_conversation_that_goes_on_in_another_run_is_counted_for_both_once(stage: Stage) -> None:
    stage.write(1, 2)
    stage.look()
    stage.write(3)
    with transaction(stage.ctx.ledger):
        runs.move(stage.ctx.ledger, "run00001", RunState.PAUSED, actor="test", now=1005.0)
    stage.begin("run00002", 1010.0)
    # A resumed run's file begins with what it took over.
    stage.write(1, 2, 3, name="run00002")
    stage.write(4, at=1011.0, name="run00002")
    stage.look(seconds=1.0)
    stage.look(seconds=1.0)
    stage.look()
    assert stage.counted() == {"run00001": (3, 30), "run00002": (1, 10)}


def test_what_an_ended_run_left_is_counted_by_the_next_supervisor(stage: Stage) -> None:
    stage.write(1)
    with transaction(stage.ctx.ledger):
        runs.move(stage.ctx.ledger, "run00001", RunState.LOST, actor="test", now=1004.0)
    stage.look(again=True)
    assert stage.counted() == {"run00001": (1, 10)}


def test_a_run_that_was_over_before_its_file_was_looked_for_is_counted(stage: Stage) -> None:
    stage.look()
    stage.write(1)
    with transaction(stage.ctx.ledger):
        runs.move(stage.ctx.ledger, "run00001", RunState.LOST, actor="test", now=1004.0)
    stage.look(seconds=0.1)
    stage.look(seconds=0.1)
    assert stage.counted() == {"run00001": (1, 10)}


def test_the_digest_says_how_full_the_context_is_and_what_was_said_last(stage: Stage) -> None:
    stage.write(1, 2)
    stage.look()
    digest = digests.every(stage.ctx.telemetry)["run00001"]
    assert (digest.context, digest.window, digest.said, digest.state) == (110, 1000, "I say 2.", "idle")
    assert digest.fill == 0.11
    digests.forget_but(stage.ctx.telemetry, [])
    assert digests.every(stage.ctx.telemetry) == {}
