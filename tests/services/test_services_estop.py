"""E-stop without a supervisor, on a real launcher with a real process below it."""

from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gastown_tui.core.errors import NotAllowed
from gastown_tui.infra.launches import LaunchSpec, read_launcher, write_launch
from gastown_tui.infra.processes import is_stopped
from gastown_tui.ledger import events
from gastown_tui.services import estop
from gastown_tui.services.context import TownContext

RUN, TOKEN, AGENT = "run00001", "a" * 32, "mines/polecats/toast"


def until(is_true: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, "not in time"
        os.sched_yield()


@pytest.fixture
def running(town: TownContext, tmp_path: Path) -> Iterator[Path]:
    """A run: launcher and a shell that counts into a file, in a terminal of its own. Gives the file."""
    counter = tmp_path / "counter"
    script = f"i=0; while :; do i=$((i+1)); echo $i > {counter}; sleep 0.02; done"
    directory = town.layout.run_directory(RUN)
    marks = {"GT_TOWN": str(town.layout.root), "GT_RUN": RUN}
    spec = LaunchSpec(town.layout.root, RUN, AGENT, TOKEN, ("/bin/sh", "-c", script), tmp_path, marks, estop=town.layout.estop)
    argv = write_launch(directory, spec)
    master, slave = pty.openpty()
    process = subprocess.Popen(
        argv,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  the terminal must be its own
    )
    os.close(slave)
    try:
        until(lambda: read_launcher(directory) is not None and counter.exists())
        yield counter
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(master)


def test_the_caller_freezes_everything_and_proves_it(town: TownContext, running: Path) -> None:
    stopped = estop.stop(town)
    assert town.layout.estop.exists()
    assert (stopped.by, stopped.is_proven) == ("caller", True)
    assert [(halt.agent, halt.state) for halt in stopped.runs] == [(AGENT, "stopped, proven")]
    record = read_launcher(town.layout.run_directory(RUN))
    assert record is not None
    assert is_stopped(record.child, record.child_started) is True
    assert is_stopped(record.pid, record.started) is False, "the launcher itself goes on: tmux would continue it"
    assert events.newest(town.ledger, 1)[0].kind == "town.estopped"
    assert estop.release(town) == []
    assert not town.layout.estop.exists()
    before = running.read_text()
    until(lambda: running.read_text() != before)


def test_a_ledger_that_is_gone_does_not_hinder_the_stop(town: TownContext, running: Path) -> None:
    town.close()
    town.layout.ledger.rename(town.layout.ledger.with_suffix(".away"))
    try:
        stopped = estop.stop(town)
    finally:
        town.layout.ledger.with_suffix(".away").rename(town.layout.ledger)
    assert stopped.is_proven
    assert len(stopped.runs) == 1
    estop.release(town)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_flag_that_cannot_be_written_is_said_and_the_stop_goes_on(town: TownContext, running: Path) -> None:
    town.layout.private.chmod(0o500)
    try:
        stopped = estop.stop(town)
    finally:
        town.layout.private.chmod(0o700)
    assert (stopped.has_flag, stopped.is_proven) == (False, False)
    assert stopped.runs[0].state == "stopped, proven"
    estop.release(town)


def test_an_agent_may_stop_but_not_release(town: TownContext, running: Path) -> None:
    agent = TownContext(town.layout, AGENT, RUN)
    assert estop.stop(agent).is_proven
    with pytest.raises(NotAllowed):
        estop.release(agent)
    agent.close()
    assert town.layout.estop.exists()
    estop.release(town)
