"""A town on another machine, over a real sshd on loopback: attach, lose the line, come back, push with the new agent."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from towns import git

from gastown_tui.core.snapshot import SupervisorView
from gastown_tui.infra.processes import with_environment
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.services import boot
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.tmux,
    pytest.mark.xdist_group("ssh"),
    pytest.mark.skipif(SSHD is None or shutil.which("ssh") is None, reason="needs openssh-server"),
]
ATTACH = "import sys; from gastown_tui.tui.main import main; main()"
SOURCE = str(Path(__file__).resolve().parents[2])


def until(condition: Callable[[], object], said: Callable[[], str], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, said()


@dataclass
class Far:
    """The other machine: its home, its sshd, and a terminal of ours from which it is reached."""

    place: Path
    environment: dict[str, str]
    terminals: int = 0

    def outer(self, *words: str) -> str:
        argv = ["tmux", "-S", str(self.place / f"outer{self.terminals}"), *words]
        return subprocess.run(argv, env=self.environment, capture_output=True, text=True, timeout=20, check=False).stdout

    def screen(self) -> str:
        return self.outer("capture-pane", "-p")

    def attach(self, where: str) -> None:
        """As people do it, from the near side."""
        self.open(sys.executable, "-P", "-c", ATTACH, "attach", where)

    def open(self, *argv: str) -> None:
        """A program in a new terminal; its end stays readable."""
        self.terminals += 1
        words = shlex.join(argv)
        self.outer("-f", "/dev/null", "new-session", "-d", "-x", "110", "-y", "36", f"{words}; echo ended $?; exec cat")

    def roamers(self) -> list[psutil.Process]:
        """mosh's servers of the far side."""
        of_far = {key.pid for key in with_environment({"HOME": str(self.place / "home")})}
        return [one for one in psutil.process_iter(["name"]) if one.pid in of_far and one.info["name"] == "mosh-server"]

    def shows(self, *texts: str) -> None:
        until(lambda: all(text in self.screen() for text in texts), self.screen)

    def cut(self) -> None:
        """The line dies: the terminal goes, and ssh with it."""
        self.outer("kill-server")


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    assert SSHD is not None
    with tempfile.TemporaryDirectory(prefix="gtf-") as name:
        place = Path(name).resolve()
        place.chmod(0o755)
        home = place / "home"
        bin_ = home / ".local" / "bin"
        bin_.mkdir(parents=True)
        for key in ("host", "key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / key)], check=True, timeout=20)
        (place / "authorized").write_bytes((place / "key.pub").read_bytes())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        # The far side is this user: only HOME tells the two apart.
        (place / "force").write_text(
            f'#!/bin/sh\nexport HOME={home} PYTHONPATH={SOURCE} GT_BOOT=0\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n'
        )
        (place / "force").chmod(0o755)
        (place / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{port}\nHostKey {place}/host\nAuthorizedKeysFile {place}/authorized\nPidFile {place}/pid\n"
            f"PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n"
            f"ForceCommand {place}/force\n"
        )
        (place / "ssh_config").write_text(
            f"Host far\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile {place}/key\n  IdentitiesOnly yes\n  ForwardAgent yes\n"
            f"  StrictHostKeyChecking no\n  UserKnownHostsFile {place}/known\n  LogLevel ERROR\n  BatchMode yes\n"
        )
        # Only an agent can open this one: the key itself is not named.
        (place / "push_config").write_text(
            f"Host far\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile none\n"
            f"  StrictHostKeyChecking no\n  UserKnownHostsFile {place}/known\n  LogLevel ERROR\n  BatchMode yes\n"
        )
        near = place / "near"
        near.mkdir()
        (near / "ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {place}/ssh_config "$@"\n')
        (near / "ssh").chmod(0o755)
        Path("/run/sshd").mkdir(exist_ok=True) if os.getuid() == 0 else None
        sshd = subprocess.Popen([SSHD, "-D", "-f", str(place / "sshd_config"), "-E", str(place / "log")])
        log = place / "log"
        until(lambda: log.exists() and "listening" in log.read_text(), lambda: "sshd does not start")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("TMUX", "SSH_", "GT_"))}
        environment |= {"PATH": f"{near}:{os.environ['PATH']}", "TERM": "xterm-256color", "PYTHONPATH": SOURCE}
        one = Far(place, environment)
        try:
            yield one
        finally:
            one.cut()
            for server in one.roamers():
                server.kill()
            sshd.terminate()
            sshd.wait(10)


def install(far: Far) -> None:
    program = far.place / "home" / ".local" / "bin" / "gastown"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -c {shlex.quote(ATTACH)} "$@"\n')
    program.chmod(0o755)


@pytest.fixture
def town(far: Far) -> Iterator[TownContext]:
    ctx = create_town(far.place / "town", default_agent="builtin", mayor_driver="builtin")
    boot.set_wanted(ctx, "paused")
    yield ctx
    boot.set_wanted(ctx, "down")
    view = boot.supervisor_state(ctx.layout, time.time())
    if view.pid:
        os.kill(view.pid, signal.SIGTERM)
        boot.wait_until(lambda: boot.supervisor_state(ctx.layout, time.time()).state == "down", 20)
    if ctx.layout.tmux_socket.exists():
        TmuxServer(ctx.layout).command("kill-server")
    ctx.close()


def login_agent(far: Far, name: str) -> subprocess.Popen[bytes]:
    """A new ssh agent of the person, as a new login has one."""
    path = far.place / name
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.DEVNULL)
    until(path.exists, lambda: "no agent")
    far.environment["SSH_AUTH_SOCK"] = str(path)
    subprocess.run(["ssh-add", "-q", str(far.place / "key")], env=far.environment, check=True, timeout=20)
    return agent


def push(far: Far, supervisor: int) -> int:
    """git's own exit code, with the agent that the supervisor's environment names."""
    ssh = f"ssh -F {far.place}/push_config"
    environment = os.environ | {"SSH_AUTH_SOCK": psutil.Process(supervisor).environ()["SSH_AUTH_SOCK"], "GIT_SSH_COMMAND": ssh}
    words = ["git", "push", "-q", f"far:{far.place}/origin.git", "HEAD:refs/heads/main"]
    done = subprocess.run(words, cwd=far.place / "code", env=environment, capture_output=True, timeout=30, check=False)
    return done.returncode


def test_a_machine_without_gastown_or_without_the_town_says_so(far: Far) -> None:
    far.attach("far")
    far.shows("there is no gastown on far", "ended 5")
    far.cut()
    install(far)
    far.attach("far:/nowhere/at all")
    far.shows("no town at /nowhere/at all", "ended 3")


def test_a_lost_line_loses_nothing_and_the_next_brings_its_agent(far: Far, town: TownContext) -> None:
    install(far)
    (far.place / "code").mkdir()
    git(far.place, "init", "-q", "--bare", "origin.git")
    git(far.place / "code", "init", "-q")
    git(far.place / "code", "commit", "-q", "--allow-empty", "-m", "Begin")
    where = f"far:{town.layout.root}"

    def supervisor() -> SupervisorView:
        return boot.supervisor_state(town.layout, time.time())

    first = login_agent(far, "first")
    try:
        far.attach(where)
        far.shows("GAS TOWN")
        until(lambda: supervisor().pid, far.screen)
        pid = supervisor().pid
        assert pid  # 0: held, and not yet written down by whom
        assert push(far, pid) == 0
        far.outer("send-keys", "6")
        far.shows("FEED · what happened")
        far.cut()
    finally:
        first.terminate()
        first.wait(10)
    assert push(far, pid) != 0
    beat = supervisor().heartbeat_at or 0.0
    until(lambda: (supervisor().heartbeat_at or 0.0) > beat, lambda: "the supervisor stopped with the line")
    assert supervisor().pid == pid
    second = login_agent(far, "second")
    try:
        far.attach(where)
        far.shows("GAS TOWN", "FEED · what happened")
        git(far.place / "code", "commit", "-q", "--allow-empty", "-m", "Go on")
        assert push(far, pid) == 0
    finally:
        second.terminate()
        second.wait(10)


@pytest.mark.skipif(shutil.which("mosh") is None, reason="needs mosh")
def test_over_mosh_it_is_the_same_console_and_ends_with_it(far: Far, town: TownContext) -> None:
    install(far)
    program = str(far.place / "home" / ".local" / "bin" / "gastown")
    far.environment["LC_ALL"] = "C.UTF-8"
    far.open("mosh", "--bind-server=127.0.0.1", "far", "--", program, "--town", str(town.layout.root))
    far.shows("GAS TOWN")
    far.outer("send-keys", "6")
    far.shows("FEED · what happened")
    assert far.roamers()
    far.outer("send-keys", "q")
    far.shows("ended 0")
    until(lambda: not far.roamers(), lambda: "mosh's server outlives the console")
