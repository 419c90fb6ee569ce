"""A real tmux server of a town: kept, never doubled, listed truly; sessions made, tagged, typed into and ended."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gastown_tui.core.courier import clean
from gastown_tui.core.errors import Conflict, GastownError, NotFound, TmuxUnavailable
from gastown_tui.core.layout import TownLayout
from gastown_tui.infra.act.kill import run_processes
from gastown_tui.infra.act.sessions import SessionSpec, create_session, find_pane, kill_session, paste, press
from gastown_tui.infra.identity import is_alive
from gastown_tui.infra.tmux import ServerState, TmuxDown, TmuxServer

pytestmark = pytest.mark.tmux
TOKEN = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32
Wait = Callable[..., None]
Make = Callable[..., str]


@pytest.fixture
def server(layout: TownLayout) -> Iterator[TmuxServer]:
    server = TmuxServer(layout)
    server.ensure()
    key = server.process()
    assert key is not None
    yield server
    try:
        os.kill(key.pid, signal.SIGCONT)
        os.kill(key.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def spec_of(
    layout: TownLayout, *argv: str, run: str = "run00001", agent: str = "rig/polecats/nux", token: str = TOKEN
) -> SessionSpec:
    return SessionSpec(agent, run, token, layout.root, argv, layout.root)


@pytest.fixture
def make(server: TmuxServer) -> Make:
    """Starts Python code in a session and waits for its first line."""

    def start(code: str, wait_until: Wait, **more: str) -> str:
        spec = spec_of(server.layout, sys.executable, "-u", "-c", code, **more)
        pane = create_session(server.layout, spec, settle=0)
        wait_until(lambda: any("ready" in line for line in server.capture(pane)))
        return pane

    return start


def test_the_server_is_ours_private_and_recorded_once(layout: TownLayout, server: TmuxServer) -> None:
    assert server.state() is ServerState.UP
    assert layout.tmux_socket.stat().st_mode & 0o077 == 0
    key = server.process()
    server.ensure()
    assert server.process() == key
    assert server.snapshot() == ()
    assert server.command("show-options", "-sv", "exit-empty") == ["off"]
    assert server.command("show-options", "-gwv", "remain-on-exit") == ["on"]
    assert any("F12" in line and "detach-client" in line for line in server.command("list-keys", "-T", "root"))


def test_a_persons_tmux_conf_is_never_read(layout: TownLayout, server: TmuxServer) -> None:
    trace = layout.root / "trace"
    conf = Path(os.environ["HOME"]) / ".tmux.conf"
    conf.write_text(f"run-shell 'touch {trace}'\nkill-server\nset -g base-index 7\n")
    server.command("kill-server")
    with pytest.raises(TmuxUnavailable):
        server.snapshot()
    server.ensure()
    assert not trace.exists()
    assert server.command("show-options", "-gv", "base-index") == ["0"]
    server.command("kill-server")


def test_down_is_told_apart_from_every_other_failure(layout: TownLayout, wait_until: Wait) -> None:
    server = TmuxServer(layout)
    assert server.state() is ServerState.DOWN
    with pytest.raises(TmuxDown):
        server.snapshot()
    server.ensure()
    key = server.process()
    assert key is not None
    layout.tmux_socket.unlink()
    assert server.state() is ServerState.HUNG
    with pytest.raises(TmuxUnavailable) as caught:
        server.snapshot()
    assert not isinstance(caught.value, TmuxDown)
    server.ensure()
    assert server.process() == key
    assert server.state() is ServerState.UP
    os.kill(key.pid, signal.SIGKILL)
    wait_until(lambda: server.state() is ServerState.DOWN)
    server.ensure()
    assert server.process() != key
    server.command("kill-server")


def test_a_stopped_server_is_hung_and_never_doubled(
    layout: TownLayout, server: TmuxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gastown_tui.infra.tmux._START_WAIT", 0.3)
    server.libtmux.timeout = 0.3
    key = server.process()
    assert key is not None
    os.kill(key.pid, signal.SIGSTOP)
    assert server.state() is ServerState.HUNG
    with pytest.raises(TmuxUnavailable, match="does not answer"):
        server.ensure()
    assert server.process() == key


def test_a_server_whose_record_was_lost_with_its_socket_is_found(layout: TownLayout, server: TmuxServer) -> None:
    key = server.process()
    layout.tmux_record.unlink()
    layout.tmux_socket.unlink()
    assert server.state() is ServerState.HUNG
    server.ensure()
    assert server.process() == key


def test_a_server_that_is_not_needed_ends_with_its_last_session(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    make("print('ready'); input()", wait_until)
    server.end_when_empty()
    assert server.state() is ServerState.UP
    kill_session(server.layout, "rig/polecats/nux", "run00001", TOKEN)
    wait_until(lambda: server.state() is ServerState.DOWN)
    server.end_when_empty()


def test_a_server_that_is_needed_again_is_kept(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    make("print('ready'); input()", wait_until)
    server.end_when_empty()
    server.ensure()
    kill_session(server.layout, "rig/polecats/nux", "run00001", TOKEN)
    wait_until(lambda: not server.snapshot())
    assert server.state() is ServerState.UP


def test_a_socket_directory_of_somebody_else_is_refused(layout: TownLayout) -> None:
    layout.private.rmdir()
    layout.private.symlink_to("/tmp")
    with pytest.raises(Exception, match="somebody else"):
        TmuxServer(layout).ensure()


@pytest.mark.parametrize(
    ("text", "is_old"), [("tmux 3.1c", True), ("tmux 2.9", True), ("garbage", True), ("tmux 3.2", False), ("tmux master", False)]
)
def test_an_old_tmux_is_refused(layout: TownLayout, tmp_path: Path, text: str, is_old: bool) -> None:
    program = tmp_path / "tmux"
    program.write_text(f"#!/bin/sh\necho {text}\n")
    program.chmod(0o755)
    server = TmuxServer(layout, {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    if is_old:
        with pytest.raises(TmuxUnavailable, match="too old"):
            server.ensure()
    else:
        assert server.version() >= (3, 2, 0)
    with pytest.raises(TmuxUnavailable, match="not installed"):
        TmuxServer(layout, {"PATH": str(tmp_path / "none")}).ensure()


def test_the_server_has_a_clean_environment(layout: TownLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLAUDECODE", "NODE_OPTIONS", "GT_AGENT", "ANTHROPIC_API_KEY", "TMUX"):
        monkeypatch.setenv(name, "x")
    server = TmuxServer(layout)
    server.ensure()
    names = {line.partition("=")[0] for line in server.command("show-environment", "-g")}
    server.command("kill-server")
    assert not names & {"CLAUDECODE", "NODE_OPTIONS", "GT_AGENT", "ANTHROPIC_API_KEY"}
    assert "HOME" in names


def test_a_session_is_made_once_tagged_and_sized(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    code = "import os, signal; print('ready', os.environ['GT_RUN'], os.environ['GT_AGENT'], os.getcwd()); signal.pause()"
    pane = make(code, wait_until)
    spec = spec_of(server.layout, "true")
    assert create_session(server.layout, spec) == pane
    (fact,) = server.snapshot()
    assert (fact.pane, fact.agent, fact.run, fact.token) == (pane, spec.agent, spec.run, TOKEN)
    assert (fact.width, fact.height, fact.dead, fact.in_mode, fact.attached) == (200, 50, False, False, False)
    assert fact.session == "gt-rig-polecats-nux-run00001"
    assert server.capture(pane)[0] == f"ready run00001 rig/polecats/nux {server.layout.root}"
    with pytest.raises(Conflict):
        create_session(server.layout, spec_of(server.layout, "true", token=OTHER))
    with pytest.raises(Conflict):
        create_session(server.layout, spec_of(server.layout, "true", agent="rig/polecats/ace"))


def test_a_creation_killed_after_its_first_step_is_finished(server: TmuxServer, wait_until: Wait) -> None:
    from gastown_tui.infra.act import sessions

    spec = spec_of(server.layout, sys.executable, "-c", "import signal; print('ready', flush=True); signal.pause()")
    first = sessions._make(server, spec)
    assert create_session(server.layout, spec, settle=0) == first
    wait_until(lambda: "ready" in server.capture(first))
    assert len(server.snapshot()) == 1


def test_arguments_reach_the_program_as_they_are(server: TmuxServer, wait_until: Wait) -> None:
    words = ["a b", "c;", ";", "'\"$(touch x)`", "#{pane_id}", "ü🐝", ""]
    spec = spec_of(
        server.layout, sys.executable, "-u", "-c", "import sys, signal; print(sys.argv[1:], 'ready'); signal.pause()", *words
    )
    pane = create_session(server.layout, spec, settle=0)
    wait_until(lambda: server.capture(pane)[0] == f"{words} ready")


def test_a_program_that_ends_at_once_is_told_with_its_last_words(server: TmuxServer) -> None:
    spec = spec_of(server.layout, "/bin/sh", "-c", "echo no such agent; exit 7")
    with pytest.raises(GastownError, match="status 7: no such agent"):
        create_session(server.layout, spec, settle=5)
    (fact,) = server.snapshot()
    assert (fact.dead, fact.exit_status) == (True, 7)
    assert kill_session(server.layout, spec.agent, spec.run, spec.token) == []
    assert server.snapshot() == ()


def test_a_listing_has_each_pane_once_and_no_viewers(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    pane = make("import signal; print('ready'); signal.pause()", wait_until)
    window = server.snapshot()[0].window
    server.command("new-session", "-d", "-s", "a-viewer", ";", "set-option", "-t", "=a-viewer:", "@gt_viewer", "1")
    server.command("link-window", "-d", "-s", window, "-t", "=a-viewer:")
    assert [fact.pane for fact in server.snapshot()] == [pane]


def test_foreign_titles_and_names_do_not_break_the_listing(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    code = "import signal; print('\\033]2;a\\tb%1\\t#{pane_id}\\u241e ü\\033\\\\ready'); signal.pause()"
    pane = make(code, wait_until)
    wait_until(lambda: "#{pane_id}" in server.snapshot()[0].title)
    assert [fact.pane for fact in server.snapshot()] == [pane]


READER = """
import sys, termios, tty
tty.setraw(0)
sys.stdout.write("{mode}ready\\r\\n"); sys.stdout.flush()
data = b""
import os
while not data.endswith(b"END\\x1b[201~") and not data.endswith(b"END\\r"):
    data += os.read(0, 4096)
open("got", "wb").write(data)
sys.stdout.write("done\\r\\n"); sys.stdout.flush()
import signal; signal.pause()
"""


def test_a_paste_arrives_whole_and_bracketed(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    pane = make(READER.replace("{mode}", "\\x1b[?2004h"), wait_until)
    text = "line one\nüñ🐝 `$(x)` #{pane_id} ;\n" * 2000 + "\x1b[201~evil\x07END"
    paste(server.layout, pane, TOKEN, text)
    got = server.layout.root / "got"
    wait_until(got.exists)
    wait_until(lambda: got.read_bytes().endswith(b"END\x1b[201~"))
    assert got.read_bytes() == b"\x1b[200~" + clean(text).encode() + b"\x1b[201~"
    assert b"\x1b[201~evil" not in got.read_bytes()
    assert server.command("list-buffers") == []


def test_keys_are_sent_by_name_from_a_list(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    pane = make(READER.replace("{mode}", ""), wait_until)
    for key in (";", "'", "y", "E", "N", "D", "Enter"):
        press(server.layout, pane, TOKEN, key)
    got = server.layout.root / "got"
    wait_until(lambda: got.exists() and got.read_bytes() == b";'yEND\r")
    for key in ("S-Enter", "yy", "ü", "\x1b", "", "kill-server"):
        with pytest.raises(ValueError, match="not a key"):
            press(server.layout, pane, TOKEN, key)


def test_nothing_is_typed_into_the_wrong_place(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    pane = make("import signal; print('ready'); signal.pause()", wait_until)
    with pytest.raises(Conflict, match="another run"):
        paste(server.layout, pane, OTHER, "x")
    server.command("copy-mode", "-t", pane)
    with pytest.raises(Conflict, match="copy mode"):
        paste(server.layout, pane, TOKEN, "x")
    with pytest.raises(Conflict, match="copy mode"):
        press(server.layout, pane, TOKEN, "Enter")
    assert server.snapshot()[0].in_mode
    server.command("send-keys", "-t", pane, "-X", "cancel")
    os.kill(server.snapshot()[0].pid, signal.SIGKILL)
    wait_until(lambda: server.snapshot()[0].dead)
    assert server.snapshot()[0].exit_signal == signal.SIGKILL
    with pytest.raises(Conflict, match="has ended"):
        paste(server.layout, pane, TOKEN, "x")
    assert server.state() is ServerState.UP
    with pytest.raises(NotFound):
        paste(server.layout, "%999", TOKEN, "x")
    with pytest.raises(NotFound):
        paste(server.layout, "=gt-rig:", TOKEN, "x")
    with pytest.raises(Conflict, match="not a token"):
        paste(server.layout, pane, "#{pane_id}", "x")
    assert server.command("list-buffers") == []
    foreign = server.command("new-session", "-d", "-P", "-F", "#{pane_id}", "cat")[0]
    with pytest.raises(Conflict, match="another run"):
        paste(server.layout, foreign, TOKEN, "x")


def test_a_kill_needs_agent_run_and_token(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    make("import signal; print('ready'); signal.pause()", wait_until)
    for agent, token in (("rig/polecats/ace", TOKEN), ("rig/polecats/nux", OTHER)):
        with pytest.raises(Conflict):
            kill_session(server.layout, agent, "run00001", token)
    (fact,) = server.snapshot()
    assert not fact.dead


def test_a_kill_ends_the_whole_run_also_while_it_is_watched(server: TmuxServer, make: Make, wait_until: Wait) -> None:
    code = """
import signal, subprocess, sys
orphan = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); signal.pause()"
parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {orphan!r}], start_new_session=True)"
subprocess.run([sys.executable, "-c", parent])
print("ready")
signal.pause()
"""
    make(code, wait_until)
    window = server.snapshot()[0].window
    server.command("new-session", "-d", "-s", "viewer", ";", "set-option", "-t", "=viewer:", "@gt_viewer", "1")
    server.command("link-window", "-d", "-s", window, "-t", "=viewer:")
    keys = run_processes(server.layout.root, "run00001")
    assert len(keys) == 2
    assert kill_session(server.layout, "rig/polecats/nux", "run00001", TOKEN) == []
    assert [is_alive(key.pid, key.started) for key in keys] == [False, False]
    assert window not in server.command("list-windows", "-a", "-F", "#{window_id}")
    assert find_pane(server, "run00001", TOKEN) is None
    assert kill_session(server.layout, "rig/polecats/nux", "run00001", TOKEN) == []


def test_two_towns_do_not_see_each_other(server: TmuxServer, make: Make, wait_until: Wait, tmp_path: Path) -> None:
    make("import signal; print('ready'); signal.pause()", wait_until)
    root = tmp_path / ("long" * 30)
    root.mkdir()
    other = TownLayout(root)
    second = TmuxServer(other)
    second.ensure()
    assert second.socket.parent != other.private
    assert second.socket.parent.stat().st_mode & 0o077 == 0
    assert second.snapshot() == ()
    second.command("kill-server")
    second.socket.unlink(missing_ok=True)
    second.socket.parent.rmdir()
    assert len(server.snapshot()) == 1
