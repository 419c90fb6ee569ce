"""Processes are known by pid and start time, found by place and environment, and ended with proof."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gastown_tui.core.errors import Unavailable
from gastown_tui.infra.act.kill import kill_run, kill_tree, run_processes, send
from gastown_tui.infra.identity import ProcessKey, boot_id, is_alive, read_process, start_time
from gastown_tui.infra.processes import ancestors, descendants, is_stopped, processes_in, run, with_environment

Spawn = Callable[..., "subprocess.Popen[bytes]"]
Wait = Callable[..., None]

WAITER = "import signal; print('ready'); signal.pause()"
FAMILY = """
import signal, subprocess, sys
grandchild = "import signal; print(1, flush=True); signal.pause()"
child = f"import signal, subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {grandchild!r}], stdout=subprocess.PIPE);"
child += "p.stdout.readline(); print(1, flush=True); signal.pause()"
p = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE)
p.stdout.readline()
print("ready")
signal.pause()
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); [signal.pause() for _ in iter(int, 1)]"
DEFECTOR = """
import os, signal, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
print("ready")
"""


def key_of(process: subprocess.Popen[bytes]) -> ProcessKey:
    started = start_time(process.pid)
    assert started is not None
    return ProcessKey(process.pid, started)


def test_run_gives_streams_and_status() -> None:
    code = "import sys; sys.stderr.write('e'); print(sys.stdin.read()); sys.exit(3)"
    done = run([sys.executable, "-c", code], env={}, timeout=20, input=b"in")
    assert (done.code, done.out, done.err, done.is_timed_out) == (3, b"in\n", b"e", False)


def test_run_out_of_time_kills_the_group_and_says_so(tmp_path: Path, wait_until: Wait) -> None:
    told = tmp_path / "child"
    code = (
        "import subprocess,sys,signal,pathlib;"
        "p=subprocess.Popen([sys.executable,'-c','import signal;signal.pause()']);"
        f"pathlib.Path({str(told)!r}).write_text(str(p.pid)); signal.pause()"
    )
    done = run([sys.executable, "-c", code], env={}, timeout=1.5)
    assert done.is_timed_out
    assert done.code == -signal.SIGKILL
    wait_until(lambda: start_time(int(told.read_text())) is None)


def test_run_leaves_no_background_process_behind(tmp_path: Path, wait_until: Wait) -> None:
    log = tmp_path / "log"
    with log.open("wb") as stream:
        done = run(["/bin/sh", "-c", "sleep 600 & echo $!"], env={"PATH": "/usr/bin:/bin"}, timeout=20, output=stream)
    assert done.code == 0
    wait_until(lambda: start_time(int(log.read_text())) is None)


def test_run_tells_the_key_before_the_end() -> None:
    keys: list[ProcessKey] = []
    run(["/bin/sh", "-c", "exit 0"], env={}, timeout=20, on_start=keys.append)
    assert len(keys) == 1
    assert is_alive(keys[0].pid, keys[0].started) is False


def test_run_of_a_missing_program_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="cannot start"):
        run(["/nonexistent/program"], env={}, timeout=1)


def test_identity_needs_pid_and_start_time(spawn: Spawn) -> None:
    key = key_of(spawn(WAITER))
    assert is_alive(key.pid, key.started) is True
    assert is_alive(key.pid, key.started - 1) is False
    assert send(ProcessKey(key.pid, key.started - 1), signal.SIGKILL) is False
    assert is_alive(key.pid, key.started) is True


def test_a_zombie_is_dead(spawn: Spawn, wait_until: Wait) -> None:
    process = spawn(WAITER)
    key = key_of(process)
    process.kill()
    wait_until(lambda: (facts := read_process(key.pid)) is not None and facts.state == "Z")
    assert is_alive(key.pid, key.started) is False
    assert start_time(key.pid) is None


def test_boot_id_is_stable() -> None:
    assert boot_id() == boot_id() != ""


def test_descendants_come_deepest_first(spawn: Spawn) -> None:
    found = descendants(spawn(FAMILY).pid)
    assert len(found) == 2
    assert ancestors(found[0].pid)[0].pid == found[1].pid


def test_processes_are_found_by_directory_also_when_it_is_removed(spawn: Spawn, tmp_path: Path) -> None:
    inside, beside = tmp_path / "tree" / "deep", tmp_path / "tree-two"
    inside.mkdir(parents=True)
    beside.mkdir()
    key = key_of(spawn(WAITER, cwd=inside))
    spawn(WAITER, cwd=beside)
    assert processes_in(tmp_path / "tree") == [key]
    inside.rmdir()
    assert processes_in(tmp_path / "tree") == [key]


def test_processes_are_found_by_environment(spawn: Spawn) -> None:
    key = key_of(spawn(WAITER, env={**os.environ, "GT_RUN": "abc", "GT_TOWN": "/t"}))
    spawn(WAITER, env={**os.environ, "GT_RUN": "abcd", "GT_TOWN": "/t"})
    assert with_environment({"GT_RUN": "abc", "GT_TOWN": "/t"}) == [key]


def test_kill_tree_ends_the_family(spawn: Spawn) -> None:
    root = key_of(spawn(FAMILY))
    below = descendants(root.pid)
    assert kill_tree(root.pid, root.started) == []
    assert [is_alive(key.pid, key.started) for key in (root, *below)] == [False] * 3


def test_kill_tree_kills_who_ignores_term(spawn: Spawn) -> None:
    process = spawn(STUBBORN)
    key = key_of(process)
    assert kill_tree(key.pid, key.started, grace=0.1) == []
    assert process.wait() == -signal.SIGKILL


def test_kill_tree_kills_a_stopped_process(spawn: Spawn, wait_until: Wait) -> None:
    key = key_of(spawn(WAITER))
    send(key, signal.SIGSTOP)
    wait_until(lambda: is_stopped(key.pid, key.started))
    assert kill_tree(key.pid, key.started, grace=0.1) == []


def test_kill_tree_spares_the_next_owner_of_the_pid(spawn: Spawn) -> None:
    key = key_of(spawn(WAITER))
    assert kill_tree(key.pid, key.started - 5) == []
    assert is_alive(key.pid, key.started) is True


def test_kill_run_finds_what_left_its_tree(spawn: Spawn, tmp_path: Path) -> None:
    marks = {"GT_RUN": "r1", "GT_TOWN": str(tmp_path)}
    spawn(DEFECTOR, env={**os.environ, **marks}).wait()
    other = key_of(spawn(WAITER, env={**os.environ, "GT_RUN": "r2", "GT_TOWN": str(tmp_path)}))
    assert len(run_processes(tmp_path, "r1")) == 1
    assert kill_run(tmp_path, "r1") == []
    assert run_processes(tmp_path, "r1") == []
    assert is_alive(other.pid, other.started) is True


def test_kill_run_never_kills_its_caller(monkeypatch: pytest.MonkeyPatch, spawn: Spawn, tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from gastown_tui.infra.act.kill import kill_run
print("ready")
print(kill_run(Path({str(tmp_path)!r}), "r9"))
"""
    process = spawn(code, env={**os.environ, "GT_RUN": "r9", "GT_TOWN": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)})
    assert process.wait() == 0
