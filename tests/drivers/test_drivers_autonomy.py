"""Each autonomy of each real CLI under its own sandbox: what runs unasked, what asks, and what our guard refuses at every level."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from real_clis import EDIT, PUSH, WRITE, script

from gastown_tui.core.states import RequestState
from gastown_tui.services import rules
from gastown_tui.services.context import TownContext

Stage = Any
"""conftest.Stage, which test modules cannot import."""
pytestmark = [pytest.mark.tmux, pytest.mark.timeout(400), pytest.mark.xdist_group("autonomy")]

SCENARIO = (
    script(
        "do the work", WRITE, EDIT, "shell = \"git add -A && git commit -q -m 'add a'\"", 'shell = "$GT done"', 'say = "handed in"'
    )
    + script("leave it", 'shell = "touch ../../../outside.txt"\nescalate = true', 'say = "left or not"')
    + script("just write", 'shell = "touch ../../../outside.txt"', 'say = "written"')
    + script("push it", PUSH, 'shell = "git update-ref -d refs/heads/main"', 'say = "pushed or not"')
)
IN_SUITE = ("claude", "codex")
OTHERS = ("gemini", "opencode", "pi")
ASKING = (*IN_SUITE, "gemini", "opencode")
"""pi has no questions of its own: docs/agents.md says so."""


def drivers(names: tuple[str, ...]) -> list[Any]:
    marks = {"claude": [pytest.mark.claude], "codex": [pytest.mark.codex]}
    return [pytest.param(name, marks=marks.get(name, [pytest.mark.agents])) for name in names]


def git(town: Stage, *words: str) -> str:
    return subprocess.run(["git", "-C", str(town.worktree), *words], capture_output=True, text=True, check=True).stdout.strip()


def rests(town: Stage, run: str) -> Callable[[], bool]:
    return lambda: town.state(run) == "idle"


LEVELS = [
    *(pytest.param(*one.values, "full", marks=one.marks) for one in drivers((*IN_SUITE, *OTHERS))),
    *(pytest.param(*one.values, "edit", marks=one.marks) for one in drivers(OTHERS)),
]
"""Claude Code and Codex at `edit` stand in their own tests, like their refused pushes."""


@pytest.mark.parametrize(("driver", "level"), LEVELS)
def test_editing_committing_and_handing_in_ask_nobody(stage: Callable[[str], Stage], driver: str, level: str) -> None:
    town = stage(SCENARIO)
    town.start(town.request("runwork1", "please do the work", autonomy=level))
    town.until(rests(town, "runwork1"), "runwork1")
    assert (town.worktree / "a.txt").read_text() == "hello there\n"
    assert git(town, "log", "-1", "--format=%s") == "add a"
    assert (town.layout.logs / "gt.log").read_text().splitlines() == ["ms/polecats/ace: done"]
    assert town.requests() == []


@pytest.mark.parametrize("driver", drivers(ASKING))
def test_a_write_outside_of_the_worktree_asks_at_edit_and_not_at_full(stage: Callable[[str], Stage], driver: str) -> None:
    town = stage(SCENARIO)
    town.start(town.request("runleave", "please leave it"))
    town.until(lambda: town.state("runleave") == "permission", "runleave")
    assert not (town.layout.root / "outside.txt").exists()
    town.start(town.request("runfull1", "please just write", autonomy="full"))
    town.until(rests(town, "runfull1"), "runfull1")
    assert (town.layout.root / "outside.txt").exists()


@pytest.mark.parametrize("driver", drivers(OTHERS))
def test_pushes_and_moved_refs_are_refused_at_full(stage: Callable[[str], Stage], driver: str) -> None:
    town = stage(SCENARIO)
    town.start(town.request("runpush1", "please push it", autonomy="full"))
    town.until(rests(town, "runpush1"), "runpush1")
    assert git(town, "log", "-1", "--format=%s") == "first"
    assert git(town, "rev-parse", "--verify", "refs/heads/main")
    assert town.requests() == []


@pytest.mark.parametrize("verdict", ["allow", "deny"])
@pytest.mark.parametrize("driver", drivers(("codex", "opencode")))
def test_a_standing_rule_answers_for_other_clis(stage: Callable[[str], Stage], driver: str, verdict: str) -> None:
    """Claude Code's stands in its own tests; Gemini CLI's dialog is answered by the supervisor's keys."""
    town = stage(SCENARIO)
    ctx = TownContext(town.layout)
    try:
        made = rules.add(ctx, verdict, "Bash", "touch *", "ms")
        town.start(town.request("runrule1", "please leave it"))
        town.until(rests(town, "runrule1"), "runrule1")
        assert (town.layout.root / "outside.txt").exists() is (verdict == "allow")
        assert [one for one in town.requests() if one.state is RequestState.OPEN] == []
        assert {(use.rule, use.verdict) for use in rules.recent(ctx, 0.0)} == {(made.id, verdict)}
        assert rules.listing(ctx)[0].uses >= 1
    finally:
        ctx.close()
