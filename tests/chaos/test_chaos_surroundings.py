"""Bad surroundings: a supervisor that cannot write, a hostile tmux.conf, two towns."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
import small_town
from audit import audit, audit_end

from gastown_tui.infra.processes import processes_in
from gastown_tui.ledger import beads, runs
from gastown_tui.services import boot, shutdown
from gastown_tui.services.boot import wait_until
from gastown_tui.services.context import TownContext

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are Linux's")


def up(ctx: TownContext, wanted: str) -> int:
    """Starts the supervisor; its process id."""
    boot.set_wanted(ctx, wanted)
    boot.ensure_supervisor(ctx)
    return pid_of(ctx)


def pid_of(ctx: TownContext) -> int:
    view = boot.supervisor_state(ctx.layout, time.time())
    assert view.state == "up"
    assert view.pid is not None
    return view.pid


def rounds(ctx: TownContext, count: int) -> None:
    """Waits for that many heartbeats."""
    for _ in range(count):
        before = ctx.layout.heartbeat.stat().st_mtime_ns
        assert wait_until(lambda before=before: ctx.layout.heartbeat.stat().st_mtime_ns != before, 20), "no heartbeat"


def finish(ctx: TownContext) -> None:
    """The town converges, and nothing is lost or left."""
    watcher = small_town.converge(ctx)
    assert watcher.faults == []
    assert audit(ctx) == []
    assert audit_end(ctx) == []


@LINUX
def test_a_supervisor_that_cannot_write_goes_round_and_goes_on_when_it_can(small: TownContext) -> None:
    pid = up(small, "paused")
    supervisor = psutil.Process(pid)
    old = supervisor.rlimit(psutil.RLIMIT_FSIZE)
    # Files may not grow: what a full disk does, to this process alone.
    supervisor.rlimit(psutil.RLIMIT_FSIZE, (4096, old[1]))
    boot.set_wanted(small, "up")
    rounds(small, 3)
    assert pid_of(small) == pid
    assert runs.active(small.ledger) == []
    assert all(bead.assignee == "" for bead in beads.every(small.ledger))
    supervisor.rlimit(psutil.RLIMIT_FSIZE, old)
    finish(small)


def test_a_person_s_tmux_conf_cannot_harm_the_town(home: Path, small: TownContext) -> None:
    mark = home / "pwned"
    hostile = f"run-shell 'touch {mark}'\nset -g default-command 'true'\nset -g remain-on-exit off\nset -g exit-empty on\nset -g base-index 7\nset -g default-shell /bin/false\n"
    (home / ".tmux.conf").write_text(hostile)
    (home / ".config" / "tmux").mkdir(parents=True)
    (home / ".config" / "tmux" / "tmux.conf").write_text(hostile)
    up(small, "up")
    finish(small)
    assert not mark.exists()


def test_two_towns_on_one_machine_do_not_touch_each_other(small: TownContext, home: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="gtz-") as name:
        other = small_town.make(Path(name).resolve() / "t")
        try:
            up(other, "up")
            up(small, "up")
            watcher = small_town.converge(other)
            assert (watcher.faults, audit(other), audit_end(other)) == ([], [], [])
            assert processes_in(other.layout.root) == []
            pid_of(small)
            finish(small)
        finally:
            try:
                shutdown.stop_town(other)
            finally:
                other.close()
