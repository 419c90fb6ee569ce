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
def town(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], TownContext]]:
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


@pytest.mark.parametrize("driver", ["codex"])
def test_beads_go_through_to_the_merge(town: Callable[[str], TownContext], home: Path, driver: str) -> None:
    before = {path.name for path in home.iterdir()}
    ctx = town(driver)
    small_town.start(ctx)
    small_town.converge(ctx, limit=LIMIT)
    assert audit(ctx) == []
    repository = ctx.layout.rig(small_town.RIG).repository
    assert git(repository, "show", "main:one.txt") == "one"
    assert git(repository, "show", "main:two.txt") == "two"
    authors = git(repository, "log", "--format=%an", "main").splitlines()
    assert sum(author.startswith(f"{small_town.RIG}/polecats/") for author in authors) >= len(small_town.BEADS)
    assert {path.name for path in home.iterdir()} == before
    shutdown.stop_town(ctx)
    if sys.platform == "linux":
        assert living(ctx.layout.root) == []


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
