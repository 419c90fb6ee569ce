"""Verbs that only show what they are as processes of their own: streams, terminals, and programs that become others."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from towns import MakeRepository

from gastown_tui.core.layout import TownLayout
from gastown_tui.core.rows import Rig
from gastown_tui.core.states import Dial
from gastown_tui.ledger import beads, rigs
from gastown_tui.services import beads as bead_service
from gastown_tui.services import shutdown
from gastown_tui.services.context import TownContext

GT = [sys.executable, "-P", "-m", "gastown_tui.cli"]


@pytest.fixture
def root(town: TownContext) -> Path:
    rigs.add(town.ledger, Rig("mines", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
    return town.layout.root


def test_a_followed_feed_gives_one_object_per_line_as_it_happens(root: Path, town: TownContext) -> None:
    argv = [*GT, "--town", str(root), "feed", "--follow", "--json", "--kind", "bead", "-n", "0"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout is not None
        for title in ("One", "Two"):
            made = beads.create(town.ledger, beads.NewBead("mines", "ms", title), actor="x", now=1.0)
            event = json.loads(follower.stdout.readline())
            assert (event["kind"], event["bead"], event["data"]) == ("bead.created", made.id, {"title": title})
        follower.terminate()


def bd(town: TownContext, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Calls the town's `bd` as an agent of mines, with another bd on the PATH."""
    other = tmp_path / "other"
    other.mkdir(exist_ok=True)
    (other / "bd").write_text('#!/bin/sh\necho "own bd: $*"\n')
    (other / "bd").chmod(0o755)
    path = f"{town.layout.bin}:{other}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "GT_TOWN": str(town.layout.root), "GT_AGENT": "mines/polecats/toast", "GT_RUN": "run1"}
    return subprocess.run(["bd", *words], check=False, env=env, capture_output=True, text=True, timeout=60)


def test_bd_is_the_towns_unless_the_project_keeps_its_own(root: Path, town: TownContext, tmp_path: Path) -> None:
    assert bd(town, tmp_path, "list").stdout == ""
    bead_service.keep_own(town, "mines")
    assert bd(town, tmp_path, "list", "--json").stdout == "own bd: list --json\n"


def answer(argv: list[str], cwd: Path, word: bytes = b"", reply: bytes = b"", seconds: float = 60.0) -> tuple[int, str, int]:
    """Runs a program in a terminal and takes every default, but gives `reply` to the prompt that holds `word`.

    Returns the exit code, what was shown, and how many prompts (lines that end in `: `) there were.
    """
    master, slave = pty.openpty()
    process = subprocess.Popen(argv, cwd=cwd, stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    out, seen, prompts, end = b"", 0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([master], [], [], 0.1)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            out += data
        if out[seen:].endswith(b": "):
            os.write(master, (reply if word and word in out[seen:] else b"") + b"\n")
            seen, prompts = len(out), prompts + 1
    os.close(master)
    return process.wait(30), out.decode("utf-8", "replace"), prompts


def test_a_first_visit_asks_three_questions_at_most_and_takes_defaults(make_repository: MakeRepository, home: Path) -> None:
    place = make_repository("mines", {"Makefile": "test:\n\ttrue\n", ".beads/issues.jsonl": '{"id":"mi-1","title":"x"}\n'})
    result = home / "result"
    code, out, prompts = answer([*GT, "start", "--result", str(result)], place)
    try:
        assert code == 0, out
        assert 2 <= prompts <= 3
        assert "guessed from target test of Makefile" in out
        assert "nothing lands before you approve it" in out
        assert result.read_text() == f"{home / 'gt'}\n"
    finally:
        ctx = TownContext(TownLayout(home / "gt"))
        shutdown.stop_town(ctx)
        ctx.close()


def test_a_first_visit_that_is_declined_makes_nothing(make_repository: MakeRepository, home: Path) -> None:
    place = make_repository()
    code, out, _ = answer([*GT, "start"], place, b"Add it", b"n")
    assert code == 2
    assert "nothing was made" in out
    assert not (home / "gt").exists()
