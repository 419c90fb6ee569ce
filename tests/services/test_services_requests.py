"""One answer for each question, whoever is faster; and no question is left without anybody who could take its answer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gastown_tui
from gastown_tui.core.errors import UsageError
from gastown_tui.core.requests import choices_of, subject_json
from gastown_tui.core.rows import Run
from gastown_tui.core.states import RequestState, RunState
from gastown_tui.hook import ask
from gastown_tui.ledger import agents, events, requests, runs
from gastown_tui.services import requests as asking
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town

AGENT = "ms/crew/ace"
PACKAGES = str(Path(gastown_tui.__file__).resolve().parent.parent)
RACER = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from gastown_tui.core.errors import Conflict
from gastown_tui.services.context import open_context
from gastown_tui.services.requests import answer
ctx = open_context(Path(sys.argv[2]))
ctx.ledger
print("ready", flush=True)
sys.stdin.readline()
for request in sys.argv[4:]:
    try:
        answer(ctx, request, sys.argv[3])
        print("won", flush=True)
    except Conflict:
        print("lost", flush=True)
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TownContext:
    for name in ("GT_TOWN", "GT_RUN", "GT_AGENT"):
        monkeypatch.delenv(name, raising=False)
    return create_town(tmp_path.resolve() / "town", name="town")


@pytest.fixture
def run(town: TownContext) -> Run:
    agents.ensure(town.ledger, AGENT, "claude", actor="overseer", now=1.0)
    made = Run(
        "run00001", AGENT, "", 1, RunState.QUEUED, "", "t" * 32, 1, "claude", "", "", "", "", "", "", "", "", None, None, "",
        time.time(), None, None, None, None, None,
    )  # fmt: skip
    runs.create(town.ledger, made, actor="supervisor")
    return made


def publish(town: TownContext, run: Run, mark: str) -> str:
    agent = TownContext(town.layout, AGENT, run.id)
    try:
        return asking.publish(agent, "permission", "Bash: make", "make", "/x", [("allow", "Yes"), ("deny", "No")], mark)
    finally:
        agent.close()


def test_of_two_consoles_one_answers(town: TownContext, run: Run) -> None:
    ids = [publish(town, run, f"q{number}") for number in range(25)]
    racers = []
    for key in ("allow", "deny"):
        argv = [sys.executable, "-c", RACER, PACKAGES, str(town.layout.root), key, *ids]
        racers.append(subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = [racer.communicate(timeout=60)[0].split() for racer in racers]
    for request, *outcomes in zip(ids, *said, strict=True):
        assert sorted(outcomes) == ["lost", "won"]
        winner = ("allow", "deny")[outcomes.index("won")]
        assert requests.get(town.ledger, request).answer == winner
    answered = [event for event in events.after(town.ledger, 0, 1000) if event.kind == "request.answered"]
    assert len(answered) == len(ids)


def test_a_hook_that_has_waited_long_enough_leaves_the_answer_to_the_pane(
    town: TownContext, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "WAIT_LIMIT", 0.0)
    for name, value in (("GT_TOWN", str(town.layout.root)), ("GT_RUN", run.id), ("GT_AGENT", AGENT)):
        monkeypatch.setenv(name, value)
    payload: dict[str, object] = {"tool_name": "Bash", "tool_input": {"command": "make"}, "cwd": "/x"}
    assert ask.ask(payload, str(town.layout.root)) == ""
    (request,) = requests.open_ones(town.ledger)
    assert (request.channel, choices_of(request)) == ("pane", [])
    for name in ("GT_TOWN", "GT_RUN", "GT_AGENT"):
        monkeypatch.delenv(name)
    with pytest.raises(UsageError) as refused:
        asking.answer(town, request.id, "allow")
    assert "gt attach" in refused.value.hint


def test_the_end_of_a_run_ends_its_questions_and_what_was_answered_but_never_typed(town: TownContext, run: Run) -> None:
    left, answered = publish(town, run, "a"), publish(town, run, "b")
    requests.offer(town.ledger, answered, channel="pane", options='[{"key": "allow", "press": ["1"]}]', fingerprint="f")
    asking.answer(town, answered, "allow")
    runs.move(town.ledger, run.id, RunState.CANCELLED, actor="supervisor", now=time.time())
    assert requests.get(town.ledger, left).state is RequestState.EXPIRED
    assert requests.get(town.ledger, answered).proof == "changed"
    assert requests.to_type(town.ledger) == []
    assert [one.id for one in requests.newest_ended(town.ledger, 0.0, 9)]


def test_the_command_line_shows_the_risk_too(town: TownContext, run: Run) -> None:
    agent = TownContext(town.layout, AGENT, run.id)
    subject = subject_json("Bash", {"command": "rm -rf build"})
    asking.publish(agent, "permission", "Bash: rm -rf build", "", "/x", [("allow", "Yes")], "r", subject=subject)
    agent.close()
    argv = [sys.executable, "-m", "gastown_tui.cli", "--town", str(town.layout.root), "answer"]
    environment = {"PYTHONPATH": PACKAGES, "PATH": os.environ["PATH"], "HOME": str(town.layout.root), "GT_BOOT": "0"}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    assert "risk: deletes: build" in done.stdout
