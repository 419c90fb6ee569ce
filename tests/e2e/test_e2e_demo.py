"""The whole product once, from the outside: the headless demo, and what it leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_clis import program_of, search_path
from towns import git

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480), pytest.mark.xdist_group("e2e")]
KEYS = ["ok", "town", "rig", "convoy", "beads", "landed", "lost", "gate_runs", "model_calls", "tokens", "seconds", "problems"]


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory with a short path, because a tmux socket's is limited."""
    with tempfile.TemporaryDirectory(prefix="gtd-") as name:
        yield Path(name).resolve() / "town"


def demo(*words: str, limit: int = 300) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "gastown_tui.cli", "demo", "--headless", "--json", "--limit", str(limit), *words]
    return subprocess.run(argv, check=False, env={**os.environ}, capture_output=True, text=True, timeout=limit + 150)


def alive(town: Path) -> list[str]:
    """Processes whose command line or environment names the town."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            words = (directory / "cmdline").read_bytes() + (directory / "environ").read_bytes()
        except OSError:
            continue
        if str(town).encode() in words and int(directory.name) != os.getpid():
            found.append(directory.name)
    return found


def prove(done: subprocess.CompletedProcess[str], town: Path) -> None:
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert list(report) == KEYS
    assert (report["ok"], report["town"], report["lost"], report["problems"]) == (True, str(town), 0, [])
    assert report["landed"] == len(report["beads"]) >= 8
    assert {bead["status"] for bead in report["beads"]} == {"merged"}
    assert "answered" in done.stderr, "one agent asks for permission"
    assert "merge.gate_failed" in done.stderr, "one fails its gate"
    assert report["gate_runs"] > report["landed"]
    repository = town / report["rig"] / "repo.git"
    landed = git(repository, "log", "--format=%H %an", "main").splitlines()
    for bead in report["beads"]:
        assert f"{bead['commit']} {bead['agent']}" in landed
        assert f"Gastown-Bead: {bead['id']}" in git(repository, "log", "-1", "--format=%B", bead["commit"])
    assert git(repository, "worktree", "list").count("\n") == 0
    check = town.parent / "check"
    git(town.parent, "clone", "-q", "-b", "main", str(repository), str(check))
    tests = [sys.executable, "-m", "unittest", "-q"]
    assert subprocess.run(tests, check=False, cwd=check, capture_output=True, timeout=60).returncode == 0


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux")
def test_the_headless_demo_lands_everything_and_leaves_nothing(place: Path) -> None:
    prove(demo("--town", str(place)), place)
    if sys.platform == "linux":
        assert alive(place) == []


def test_a_headless_demo_does_not_touch_a_town_that_is_there(place: Path) -> None:
    place.mkdir()
    (place / "thesis.txt").write_text("mine")
    done = demo("--town", str(place))
    assert done.returncode == 4
    assert [entry.name for entry in place.iterdir()] == ["thesis.txt"]


@pytest.mark.claude
@pytest.mark.timeout(900)
def test_the_headless_demo_lands_with_the_real_claude_code(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program_of("claude")
    monkeypatch.setenv("PATH", search_path())
    prove(demo("--town", str(place), "--agent", "claude", limit=600), place)
    if sys.platform == "linux":
        assert alive(place) == []
