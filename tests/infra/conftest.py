"""A world of its own for each test: temporary HOME, no tmux, git or town around it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gastown_tui.core.layout import TownLayout


@pytest.fixture(autouse=True)
def clean_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("GT", "GIT_", "TMUX", "XDG_", "CLAUDE")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SHELL", "/bin/sh")


@pytest.fixture
def layout() -> Iterator[TownLayout]:
    """A town directory with a short path, because socket paths are limited."""
    with tempfile.TemporaryDirectory(prefix="gtt-") as name:
        layout = TownLayout(Path(name).resolve())
        layout.private.mkdir(mode=0o700)
        yield layout


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """Polls a condition; fails the test when it does not come true."""

    def wait(condition: Callable[[], object], seconds: float = 40.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"not true after {seconds} s: {condition}")
            os.sched_yield()

    return wait


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts Python code as a process that says `ready` first; kills what is left of it afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, **more: object) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
            [sys.executable, "-u", "-c", code], stdout=subprocess.PIPE, start_new_session=True, **more
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
