"""The real opencode under our plugin: its permissions and questions answered beside its dialogs, and in its pane."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from real_clis import script

from gastown_tui.core.requests import choices_of
from gastown_tui.core.rows import Request
from gastown_tui.core.states import RequestState

DRIVER = "opencode"
Stage = Any
"""conftest.Stage, which test modules cannot import."""
pytestmark = [pytest.mark.agents, pytest.mark.tmux, pytest.mark.timeout(400), pytest.mark.xdist_group("opencode")]

SCENARIO = (
    script("try it", 'shell = "touch asked.txt && touch again.txt"', 'shell = "touch asked.txt"', 'say = "that was it"')
    + """
[[script]]
match = "ask me"
[[script.step]]
pause = 0
[script.step.call]
tool = "question"
[[script.step.call.input.questions]]
question = "Which colour?"
header = "Colour"
options = [{ label = "Red", description = "a red one" }, { label = "Blue", description = "a blue one" }]
[[script.step.call.input.questions]]
question = "Which sizes?"
header = "Sizes"
multiple = true
options = [{ label = "Small", description = "s" }, { label = "Large", description = "l" }]
[[script.step]]
say = "asked"
pause = 0
"""
)


def asked(town: Stage, run: str) -> Request:
    town.until(lambda: [one for one in town.requests() if one.state is RequestState.OPEN], run)
    return next(one for one in town.requests() if one.state is RequestState.OPEN)


@pytest.mark.parametrize(("key", "calls", "is_run"), [("allow", 2, True), ("always", 1, True), ("deny", 2, False)])
def test_a_permission_is_answered_beside_its_dialog(stage: Callable[[str], Stage], key: str, calls: int, is_run: bool) -> None:
    town = stage(SCENARIO)
    town.start(town.request("runask01", "please try it"))
    for number in range(calls):
        request = asked(town, "runask01")
        if not number:
            assert (request.title, request.channel) == ("Bash: touch asked.txt && touch again.txt", "row"), "the whole command"
            assert [one.key for one in choices_of(request)] == ["allow", "always", "deny"]
            assert town.state("runask01") == "permission"
            town.until(lambda: "Permission required" in town.screen("runask01"), "runask01")
        town.answer(request.id, key, "not like this" if key == "deny" else "")
    town.until(lambda: town.state("runask01") == "idle", "runask01")
    assert (town.worktree / "asked.txt").exists() is is_run
    assert "Permission required" not in town.screen("runask01")


def test_an_answer_in_the_pane_settles_the_request(stage: Callable[[str], Stage]) -> None:
    town = stage(SCENARIO)
    town.start(town.request("runpane1", "please try it"))
    request = asked(town, "runpane1")
    town.until(lambda: "Permission required" in town.screen("runpane1"), "runpane1")
    town.press_until(lambda: town.request_state(request.id) is not RequestState.OPEN, "runpane1", "Enter")
    assert town.request_state(request.id) is RequestState.SETTLED
    town.until((town.worktree / "asked.txt").exists, "runpane1")


def test_several_questions_are_answered_at_once(stage: Callable[[str], Stage]) -> None:
    town = stage(SCENARIO)
    town.start(town.request("runquest", "please ask me"))
    request = asked(town, "runquest")
    assert (request.kind, town.state("runquest")) == ("question", "question")
    town.answer(request.id, "answers", json.dumps({"Which colour?": "Blue", "Which sizes?": "Small, Large"}))
    town.until(lambda: town.state("runquest") == "idle", "runquest")
    town.until(lambda: "Small, Large" in town.screen("runquest"), "runquest")
    assert "Blue" in town.screen("runquest")
