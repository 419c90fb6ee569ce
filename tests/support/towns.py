"""Fixtures: a town in a fresh home, and repositories to make rigs from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town

MakeRepository = Callable[..., Path]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own; nothing of the developer's machine is seen."""
    place = tmp_path / "home"
    place.mkdir()
    for name in [name for name in os.environ if name.startswith(("GT_", "GIT_", "TMUX", "XDG_", "ANTHROPIC_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("GT_BOOT", "0")
    # What is started from here (gt, the supervisor) finds the source under test, wherever it starts.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    (place / ".gitconfig").write_text("[user]\n\tname = Tester\n\temail = tester@example.org\n[init]\n\tdefaultBranch = main\n")
    return place


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TownContext]:
    """A town whose clock stands at 1000 until a test moves it."""
    ctx = create_town(tmp_path / "town")
    ctx.now = lambda: 1000.0
    yield ctx
    ctx.close()


def git(directory: Path, *arguments: str) -> str:
    """Runs the real git in a directory."""
    done = subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


@pytest.fixture
def make_repository(tmp_path: Path) -> MakeRepository:
    """Makes a repository with one commit of the files given."""

    def make(name: str = "mines", files: dict[str, str] | None = None, *, commit: bool = True) -> Path:
        place = tmp_path / "code" / name
        place.mkdir(parents=True)
        git(place, "init", "-q")
        for path, text in (files or {"README": "hello\n"}).items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text)
        if commit:
            git(place, "add", "-A")
            git(place, "commit", "-qm", "one")
        return place

    return make
