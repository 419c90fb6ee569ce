"""The demo's content: every bead's script is played on a real git repository, and lands in any order."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gastown_tui.rehearsal import player, scenario
from gastown_tui.rehearsal.conversation import parse

DIRECTORY = scenario.shipped_directory("minesweeper")
CONVOY: dict[str, Any] = tomllib.loads((DIRECTORY / "convoy.toml").read_text(encoding="utf-8"))
BEADS: dict[str, dict[str, Any]] = {bead["key"]: bead for bead in CONVOY["bead"]}
NEEDS = {key: frozenset(bead.get("needs", [])) for key, bead in BEADS.items()}
TOOLS = [{"name": name} for name in ("read", "write", "edit", "search", "shell", "gt")]
FAILS_FIRST = "moves"
ASKS = "sh scripts/make-symbols.sh"


def closure(key: str) -> frozenset[str]:
    return frozenset().union(*({need} | closure(need) for need in NEEDS[key])) if NEEDS[key] else frozenset()


def waves() -> list[list[str]]:
    done: set[str] = set()
    found = []
    while len(done) < len(BEADS):
        wave = [key for key in BEADS if key not in done and NEEDS[key] <= done]
        found.append(wave)
        done |= set(wave)
    return found


class Sandbox:
    """A repository with the seed on `main`, and branches with each bead's work."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(path.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        path.mkdir()
        subprocess.run(["cp", "-R", f"{DIRECTORY}/seed/.", str(path)], check=True)
        self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Seed")
        self.seed = self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        command = ["git", *arguments]
        result = subprocess.run(command, cwd=self.path, env=self.environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
        return result.stdout.strip()

    def gate(self) -> int:
        command = [sys.executable, "-m", "unittest", "-q"]
        return subprocess.run(command, cwd=self.path, env=self.environment, capture_output=True, check=False).returncode

    def work(self, key: str, base: str, branch: str, extra: str = "") -> None:
        """Plays a bead's script on a new branch, as an agent would."""
        from gastown_tui.agent.toolbox import Toolbox

        self.git("checkout", "-q", "-B", branch, base)
        tools = Toolbox("full", str(self.path), {**self.environment, "GT": "/bin/echo"})
        messages: list[dict[str, object]] = [{"role": "user", "content": f"You are x.\nBead: ms-1 {BEADS[key]['title']}\n{extra}"}]
        demo = scenario.find("minesweeper")
        while True:
            answer = player.answer(demo, parse({"messages": messages, "tools": TOOLS}))
            if answer.call is None:
                break
            result = asyncio.run(tools.run(answer.call.name, answer.call.input))
            is_expected_red = key == FAILS_FIRST and not extra
            assert not result.is_error or is_expected_red, f"{key}: {answer.call}: {result.text}"
            messages.append({"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": answer.call.name}]})
            messages.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": result.text}]})
        assert "handed in" in answer.text
        assert self.git("status", "--porcelain") == ""

    def land(self, branch: str, target: str) -> None:
        """As the merge lane does: rebase onto the target, then move the target."""
        self.git("checkout", "-q", "--detach", branch)
        self.git("rebase", "-q", target)
        self.git("branch", "-q", "-f", target, "HEAD")


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Each bead worked on as early as it can be: on the seed with only its needs landed."""
    sandbox = Sandbox(tmp_path_factory.mktemp("minesweeper") / "rig")
    for wave in waves():
        for key in wave:
            base = f"base-{key}"
            sandbox.git("branch", "-q", "-f", base, sandbox.seed)
            for need in (k for w in waves() for k in w if k in closure(key)):
                sandbox.land(f"work-{need}", base)
            sandbox.work(key, base, f"work-{key}")
            if key == FAILS_FIRST:
                assert sandbox.gate() != 0, "its first submission must be red"
                sandbox.work(key, f"work-{key}", f"work-{key}", extra="Fix run\nThe last submission was sent back.")
            assert sandbox.gate() == 0, key
    return sandbox


def test_the_convoy_is_large_enough() -> None:
    assert 8 <= len(BEADS) <= 10
    assert len(waves()) >= 3
    assert len(waves()[0]) >= 4


def test_the_seed_is_green(tmp_path: Path) -> None:
    assert Sandbox(tmp_path / "rig").gate() == 0


def test_every_wave_lands_in_every_order_with_one_result(worked: Sandbox) -> None:
    base = worked.seed
    for number, wave in enumerate(waves()):
        trees = set()
        for order in itertools.permutations(wave):
            worked.git("branch", "-q", "-f", "target", base)
            for key in order:
                worked.land(f"work-{key}", "target")
            trees.add(worked.git("rev-parse", "target^{tree}"))
        assert len(trees) == 1, wave
        worked.git("checkout", "-q", "--detach", "target")
        assert worked.gate() == 0, number
        base = worked.git("rev-parse", "target")


def test_whole_convoys_land_in_random_orders_and_stay_green(worked: Sandbox) -> None:
    trees = set()
    for seed in range(4):
        chance = random.Random(seed)
        worked.git("branch", "-q", "-f", "target", worked.seed)
        done: list[str] = []
        while len(done) < len(BEADS):
            key = chance.choice([k for k in BEADS if k not in done and NEEDS[k] <= set(done)])
            worked.land(f"work-{key}", "target")
            assert worked.gate() == 0, [*done, key]
            done.append(key)
        trees.add(worked.git("rev-parse", "target^{tree}"))
    assert len(trees) == 1


def test_two_of_a_wave_work_on_neighbouring_lines(worked: Sandbox) -> None:
    assert {"neighbours", "flags"} <= set(next(wave for wave in waves() if "flags" in wave))
    for key in ("neighbours", "flags"):
        names = worked.git("diff", "--name-only", f"base-{key}", f"work-{key}").split()
        assert "minesweeper/board.py" in names


def test_the_game_can_be_played(worked: Sandbox) -> None:
    worked.git("branch", "-q", "-f", "target", worked.seed)
    for wave in waves():
        for key in wave:
            worked.land(f"work-{key}", "target")
    worked.git("checkout", "-q", "--detach", "target")
    moves = "r 5 5\nf 1 1\nq\n"
    command = [sys.executable, "-m", "minesweeper", "beg"]
    game = subprocess.run(
        command, cwd=worked.path, env=worked.environment, input=moves, capture_output=True, text=True, check=False
    )
    assert game.stderr == ""
    assert "mines left" in game.stdout


def test_one_command_asks_and_no_other(worked: Sandbox) -> None:
    from gastown_tui.agent.policy import Autonomy, Verdict, decide

    asked = []
    for script in scenario.find("minesweeper").scripts:
        for step in script.steps:
            if step.shell is not None:
                verdict = decide("shell", {"command": step.shell}, autonomy=Autonomy.EDIT, directory=str(worked.path)).verdict
                asked += [step.shell] if verdict is Verdict.ASK else []
    assert asked == [ASKS]


@pytest.mark.parametrize(
    ("said", "call", "words"),
    [
        ("You are mayor, a mayor: you speak.\n  $GT convoy create --from F --sling", None, "build minesweeper"),
        (
            "build minesweeper please",
            ["convoy", "create", "--from", f"{DIRECTORY}/convoy.toml", "--rig", "minesweeper", "--sling"],
            "file",
        ),
        ('<message from="supervisor" id="m1">\nCV-1 landed\n\nall\n</message>', ["convoy", "list"], "News"),
        ("what is the status?", ["status"], "look"),
        ("sing a song", None, "rehearsal"),
        ("run $GT prime", ["prime"], ""),
    ],
)
def test_the_mayor_answers(said: str, call: Sequence[str] | None, words: str) -> None:
    request: dict[str, object] = {"messages": [{"role": "user", "content": said}], "tools": [{"name": "gt"}]}
    answer = player.answer(scenario.find("minesweeper"), parse(request))
    assert words in answer.text
    assert (answer.call.input if answer.call else None) == (None if call is None else {"arguments": call})


def test_a_polecat_that_asks_for_its_bead_goes_on_with_it() -> None:
    messages: list[dict[str, object]] = [
        {"role": "user", "content": "Run $GT prime"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "gt"}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "Bead: ms-7 Difficulty levels"}]},
    ]
    answer = player.answer(scenario.find("minesweeper"), parse({"messages": messages, "tools": TOOLS}))
    assert answer.call is not None
    assert answer.call.name == "write"
