"""Each real agent CLI in a whole town: two beads through work, gates and the merge lane, with an empty home and a scripted model."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import small_town
from audit import audit
from real_clis import program_of, search_path
from towns import git

from gastown_tui.services import rehearsal, shutdown
from gastown_tui.services.context import TownContext

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), pytest.mark.xdist_group("e2e")]
LIMIT = 200.0


@pytest.fixture
def real_town(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], TownContext]]:
    """Makes a small town whose polecats are of one CLI; ended whatever happens."""
    made: list[TownContext] = []
    monkeypatch.setenv("PATH", search_path())

    def make(driver: str) -> TownContext:
        program_of(driver)
        made.append(small_town.make(Path(name).resolve() / "t", agent=driver))
        return made[0]

    with tempfile.TemporaryDirectory(prefix="gta-", ignore_cleanup_errors=True) as name:
        yield make
        for ctx in made:
            try:
                shutdown.stop_town(ctx)
            finally:
                rehearsal.stop_server(ctx.layout)
                ctx.close()


IN_HOME = {"gemini": {".gemini", ".cache"}, "opencode": {".npm", ".config", ".cache", ".local"}}
"""What these two leave in a home whatever they are told: caches and their own state."""
OTHERS = ("claude", "gemini", "opencode", "pi")


@pytest.mark.parametrize("driver", ["codex", *(pytest.param(name, marks=pytest.mark.agents) for name in OTHERS)])
def test_beads_go_through_to_the_merge(real_town: Callable[[str], TownContext], home: Path, driver: str) -> None:
    before = {path.name for path in home.iterdir()}
    ctx = real_town(driver)
    small_town.start(ctx)
    small_town.converge(ctx, limit=LIMIT)
    assert audit(ctx) == []
    repository = ctx.layout.rig(small_town.RIG).repository
    assert git(repository, "show", "main:one.txt") == "one"
    assert git(repository, "show", "main:two.txt") == "two"
    authors = git(repository, "log", "--format=%an", "main").splitlines()
    assert sum(author.startswith(f"{small_town.RIG}/polecats/") for author in authors) >= len(small_town.BEADS)
    left = {path.name for path in home.iterdir()} - before
    assert left <= IN_HOME.get(driver, set())
    shutdown.stop_town(ctx)
    if sys.platform == "linux":
        assert living(ctx.layout.root) == []


TYPED_AGENT = """\
import os, re, subprocess, sys

while True:
    print("zed> ", end="", flush=True)
    words = sys.stdin.readline()
    if not words:
        break
    found = re.search("(/[^ ]*messages/[^ ]*[.]md)", words)
    if found:
        words = open(found[1]).read()
    title = "one" if "Write one" in words else "two" if "Write two" in words else ""
    if not title:
        continue
    print(" * Writing\u2026", flush=True)
    with open(f"{title}.txt", "w") as file:
        file.write(title)
    subprocess.run(["git", "add", "-A"], check=True)
    subprocess.run(["git", "commit", "-q", "-m", f"Write {title}"], check=True)
    subprocess.run([os.environ["GT"], "done", "--summary", title], check=True, stdout=subprocess.DEVNULL)
    print("Done.", flush=True)
"""


def test_a_towns_own_cli_without_hooks_gets_its_work_typed(home: Path, tmp_path: Path) -> None:
    """It is known by its screen alone: ready, at rest, at work; its first words are typed when its composer is there."""
    (tmp_path / "zed.py").write_text(TYPED_AGENT)
    with tempfile.TemporaryDirectory(prefix="gta-", ignore_cleanup_errors=True) as name:
        ctx = small_town.make(Path(name).resolve() / "t", agent="zed", has_model=False)
        try:
            with ctx.layout.config.open("a") as file:
                file.write(
                    f"[agents.zed]\ncommand = {[sys.executable, str(tmp_path / 'zed.py')]!r}\nprompt = 'typed'\ntakes_lines = false\n"
                    "[agents.zed.screen]\ncomposer = '^zed> ?'\nworking = '^ [*] .*ing…'\n"
                )
            small_town.start(ctx)
            small_town.converge(ctx, limit=LIMIT)
            assert audit(ctx) == []
            assert git(ctx.layout.rig(small_town.RIG).repository, "show", "main:two.txt") == "two"
        finally:
            shutdown.stop_town(ctx)
            ctx.close()


def living(root: Path) -> list[str]:
    """Processes that a CLI left behind: those in whose environment the town is, but for the scripted model."""
    listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    found = []
    for line in listed.splitlines():
        pid, _, words = line.strip().partition(" ")
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if int(pid) != os.getpid() and str(root).encode() in environment and "gastown_tui.rehearsal" not in words:
            found.append(words)
    return found
