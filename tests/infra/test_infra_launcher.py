"""The launcher in a real pane, and the E-stop that is built on it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gastown_tui.core.errors import Conflict
from gastown_tui.core.layout import TownLayout
from gastown_tui.infra.act.kill import freeze_run, kill_run, run_processes, thaw_run
from gastown_tui.infra.act.sessions import SessionSpec, create_session, kill_session
from gastown_tui.infra.identity import is_alive, read_process, start_time
from gastown_tui.infra.launches import LaunchSpec, read_exit, read_launcher, write_launch
from gastown_tui.infra.processes import descendants, is_stopped, run
from gastown_tui.infra.tmux import TmuxServer

TOKEN = "0123456789abcdef0123456789abcdef"
AGENT = "rig/polecats/nux"
RUN = "run00001"
Wait = Callable[..., None]
Start = Callable[..., str]
TICK = """
import pathlib, signal, subprocess, sys, time
child = "import time, pathlib\\nfor n in range(10**9): pathlib.Path(sys.argv[1]).write_text(str(n)); time.sleep(0.01)"
subprocess.Popen([sys.executable, "-c", "import sys\\n" + child, "grandchild"], start_new_session=True)
for n in range(10**9):
    pathlib.Path("child").write_text(str(n)); time.sleep(0.01)
"""


def spec_of(layout: TownLayout, *argv: str, **more: object) -> LaunchSpec:
    values: dict[str, object] = {"cwd": layout.root, "estop": layout.estop, "argv": argv or ("/bin/true",)}
    return LaunchSpec(town=layout.root, run=RUN, agent=AGENT, token=TOKEN, **{**values, **more})  # type: ignore[arg-type]


@pytest.fixture
def server(layout: TownLayout) -> Iterator[TmuxServer]:
    server = TmuxServer(layout)
    server.ensure()
    yield server
    kill_run(layout.root, RUN, 0)
    server.command("kill-server")


@pytest.fixture
def start(server: TmuxServer, wait_until: Wait) -> Start:
    """Starts Python code under the launcher in a session; waits for its launcher's record."""

    def make(code: str, **more: object) -> str:
        layout = server.layout
        argv = write_launch(layout.run_directory(RUN), spec_of(layout, sys.executable, "-u", "-c", code, **more))
        pane = create_session(server.layout, SessionSpec(AGENT, RUN, TOKEN, layout.root, argv, layout.root), settle=0)
        wait_until(lambda: read_launcher(layout.run_directory(RUN)))
        return pane

    return make


def run_plain(layout: TownLayout, *argv: str, **more: object) -> tuple[int, str]:
    """Runs the launcher without a terminal."""
    command = write_launch(layout.run_directory(RUN), spec_of(layout, *argv, **more))
    done = run(command, cwd=layout.root, env={"PATH": "/usr/bin:/bin", "HOME": "/"}, timeout=30)
    return done.code, done.tail


def test_the_exit_is_recorded_and_passed_on(layout: TownLayout) -> None:
    directory = layout.run_directory(RUN)
    assert run_plain(layout, "/bin/sh", "-c", "exit 7")[0] == 7
    found = read_exit(directory)
    assert found is not None
    assert (found.status, found.signal) == (7, 0)
    assert run_plain(layout, "/bin/sh", "-c", "kill -9 $$")[0] == 128 + 9
    found = read_exit(directory)
    assert found is not None
    assert (found.status, found.signal) == (137, 9)


def test_the_record_tells_who_runs(layout: TownLayout) -> None:
    code, out = run_plain(layout, "/bin/sh", "-c", 'cat .gastown/runs/run00001/launcher.json; echo; echo "$$ $PPID"')
    record = json.loads(out.splitlines()[0])
    assert code == 0
    assert (record["run"], record["token"], record["agent"], record["town"]) == (RUN, TOKEN, AGENT, str(layout.root))
    assert f"{record['child']} {record['pid']}" == out.splitlines()[1]
    assert record["child_started"] is not None


def test_secrets_come_by_a_file_that_is_gone(layout: TownLayout) -> None:
    secrets = layout.run_directory(RUN) / "secrets.json"
    more = {"secrets": {"KEY": "s3cret"}, "environment": {"PLAIN": "p"}, "unset": ("HOME",)}
    argv = write_launch(
        layout.run_directory(RUN), spec_of(layout, "/bin/sh", "-c", f'echo "$KEY $PLAIN ${{HOME-none}}"; ls {secrets}', **more)
    )
    assert secrets.stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in " ".join(argv)
    assert "s3cret" not in (layout.run_directory(RUN) / "launch.json").read_text()
    done = run(argv, env={"PATH": "/usr/bin:/bin", "HOME": "/"}, timeout=30)
    assert done.out == b"s3cret p none\n"
    assert not secrets.exists()
    assert run(argv, env={}, timeout=30).code == 78


def test_nothing_starts_while_the_town_is_stopped(layout: TownLayout) -> None:
    layout.estop.touch()
    code, out = run_plain(layout, "/bin/sh", "-c", "touch started")
    assert (code, "E-stop" in out) == (75, True)
    assert not (layout.root / "started").exists()
    found = read_exit(layout.run_directory(RUN))
    assert found is not None
    assert found.status == 75


def test_nothing_is_imported_from_the_worktree(layout: TownLayout) -> None:
    for name in ("json", "signal", "gastown_tui", "sitecustomize"):
        (layout.root / f"{name}.py").write_text("raise SystemExit(99)")
    assert run_plain(layout, "/bin/sh", "-c", "exit 0")[0] == 0


@pytest.mark.parametrize("argv", [("/nonexistent/agent",), ("",)])
def test_a_program_that_cannot_start_is_told(layout: TownLayout, argv: tuple[str, ...]) -> None:
    code, out = run_plain(layout, *argv)
    assert (code, "cannot start the agent" in out) == (127, True)


def test_a_broken_spec_is_told(layout: TownLayout) -> None:
    argv = write_launch(layout.run_directory(RUN), spec_of(layout))
    (layout.run_directory(RUN) / "launch.json").write_text("{")
    assert run(argv, env={}, timeout=30).code == 78


def test_no_child_runs_without_its_record(layout: TownLayout) -> None:
    argv = write_launch(layout.run_directory(RUN), spec_of(layout, "/bin/sh", "-c", "touch started"))
    (layout.run_directory(RUN) / "launcher.json").mkdir()
    assert run(argv, cwd=layout.root, env={"PATH": "/usr/bin:/bin"}, timeout=30).code == 78
    assert not (layout.root / "started").exists()


def test_what_the_agent_left_behind_is_ended(layout: TownLayout, wait_until: Wait) -> None:
    code, out = run_plain(layout, "/bin/sh", "-c", "setsid sleep 600 >/dev/null 2>&1 & echo $!; exit 3")
    assert code == 3
    assert start_time(int(out.split()[0])) is None


@pytest.mark.tmux
def test_the_agent_has_the_terminal(server: TmuxServer, start: Start, wait_until: Wait) -> None:
    code = """
import os, signal
print(os.tcgetpgrp(0) == os.getpgrp() == os.getpid(), os.isatty(1), flush=True)
try:
    signal.pause()
except KeyboardInterrupt:
    print("interrupted", flush=True)
signal.pause()
"""
    pane = start(code)
    wait_until(lambda: "True True" in server.capture(pane))
    server.command("send-keys", "-t", pane, "C-c")
    wait_until(lambda: any("interrupted" in line for line in server.capture(pane)))
    assert read_exit(server.layout.run_directory(RUN)) is None


@pytest.mark.tmux
def test_an_agent_stopped_from_its_terminal_goes_on(server: TmuxServer, start: Start, wait_until: Wait) -> None:
    pane = start("print('ready', flush=True); print('got', input(), flush=True)")
    wait_until(lambda: "ready" in server.capture(pane))
    server.command("send-keys", "-t", pane, "C-z")
    server.command("send-keys", "-t", pane, "yes", "Enter")
    wait_until(lambda: "got yes" in server.capture(pane))


@pytest.mark.tmux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_agent_never_outlives_its_launcher(server: TmuxServer, start: Start, wait_until: Wait, number: signal.Signals) -> None:
    ignore = "import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; print('ready', flush=True)"
    pane = start(ignore + "\nwhile True: signal.pause()")
    wait_until(lambda: "ready" in server.capture(pane))
    record = read_launcher(server.layout.run_directory(RUN))
    assert record is not None
    os.kill(record.pid, number)
    wait_until(lambda: is_alive(record.child, record.child_started) is False)
    wait_until(lambda: is_alive(record.pid, record.started) is False)
    wait_until(lambda: server.snapshot()[0].dead)
    found = read_exit(server.layout.run_directory(RUN))
    assert (found is None) == (number == signal.SIGKILL)


@pytest.mark.tmux
def test_a_killed_session_leaves_nothing_running(server: TmuxServer, start: Start, wait_until: Wait) -> None:
    start(TICK)
    record = read_launcher(server.layout.run_directory(RUN))
    assert record is not None
    wait_until(lambda: len(descendants(record.pid)) == 2)
    assert kill_session(server.layout, AGENT, RUN, TOKEN) == []
    assert run_processes(server.layout.root, RUN) == []
    assert server.snapshot() == ()


@pytest.mark.tmux
def test_estop_freezes_all_but_the_launcher_and_thaws_it(server: TmuxServer, start: Start, wait_until: Wait) -> None:
    root = server.layout.root
    start(TICK)
    record = read_launcher(server.layout.run_directory(RUN))
    assert record is not None
    wait_until(lambda: (root / "grandchild").exists() and (root / "child").exists())
    with pytest.raises(Conflict):
        freeze_run(record, "f" * 32)
    frozen = freeze_run(record, TOKEN)
    assert frozen.is_proven
    assert len(frozen.stopped) == 2
    assert record.child in {key.pid for key in frozen.stopped}
    before = [(root / name).read_text() for name in ("child", "grandchild")]
    # tmux continues its own children at every signal of theirs; ours must stay stopped through its loop.
    for _ in range(20):
        server.command("list-panes", "-a")
        server.remind_of_dead()
    assert [is_stopped(key.pid, key.started) for key in frozen.stopped] == [True, True]
    assert [(root / name).read_text() for name in ("child", "grandchild")] == before
    launcher = read_process(record.pid)
    assert launcher is not None
    assert launcher.state == "S"
    assert not server.snapshot()[0].dead
    assert thaw_run(record, TOKEN) == []
    wait_until(lambda: [(root / name).read_text() for name in ("child", "grandchild")] != before)


@pytest.mark.tmux
def test_tmux_continues_a_stopped_child_of_its_own(server: TmuxServer, wait_until: Wait) -> None:
    """Why there is a launcher at all."""
    code = "import pathlib, time\nfor n in range(10**9): pathlib.Path('own').write_text(str(n)); time.sleep(0.01)"
    argv = (sys.executable, "-c", code)
    create_session(server.layout, SessionSpec(AGENT, RUN, TOKEN, server.layout.root, argv, server.layout.root), settle=0)
    own = server.layout.root / "own"
    wait_until(lambda: own.exists() and own.read_text())
    os.kill(server.snapshot()[0].pid, signal.SIGSTOP)
    before = own.read_text()
    wait_until(lambda: own.read_text() not in ("", before))


def test_a_record_of_another_boot_is_dead(tmp_path: Path) -> None:
    values = {"pid": os.getpid(), "started": start_time(os.getpid()), "child": 1, "child_started": 1.0, "boot": "other"}
    (tmp_path / "launcher.json").write_text(json.dumps({**values, "run": RUN, "token": TOKEN, "town": "/t"}))
    record = read_launcher(tmp_path)
    assert record is not None
    assert record.is_alive() is False
    assert freeze_run(record, TOKEN).stopped == ()
