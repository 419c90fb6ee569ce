"""Words that become a host and a remote command, and the link to the ssh agent."""

from __future__ import annotations

import shlex
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gastown_tui.core.errors import UsageError
from gastown_tui.infra.ssh import Destination, console_argv, parse_destination, point_agent_link


@pytest.mark.parametrize(
    ("text", "host", "town"),
    [
        ("box", "box", ""),
        ("me@box.example.org", "me@box.example.org", ""),
        ("box:~/gt", "box", "~/gt"),
        ("box:/srv/a:b", "box", "/srv/a:b"),
        ("me@[fe80::1%eth0]:/srv/gt", "me@fe80::1%eth0", "/srv/gt"),
    ],
)
def test_a_destination_is_read(text: str, host: str, town: str) -> None:
    assert parse_destination(text) == Destination(host, town)


@pytest.mark.parametrize(
    "text", ["", "-oProxyCommand=x", "me@-box", "box;id", "a b", "box\n", "box:a\nb", "@box", ":town", "$(id)"]
)
def test_no_host_is_no_host(text: str) -> None:
    with pytest.raises(UsageError, match="is no host"):
        parse_destination(text)


@pytest.mark.parametrize(
    ("terminal", "colours"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "screen", "COLORTERM": "$(id)"}, ""),
    ],
)
def test_the_other_sides_shell_hands_the_town_on_as_one_word(tmp_path: Path, terminal: dict[str, str], colours: str) -> None:
    program = tmp_path / ".local" / "bin" / "gastown"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "<%s>" "$COLORTERM" "$@"\n')
    program.chmod(0o755)
    town = 'a b\'; touch "$HOME/x" $(id) \\'
    argv = console_argv(Path("/usr/bin/ssh"), Destination("box", town), terminal)
    assert argv[:-1] == ["/usr/bin/ssh", "-C", "-t", "--", "box"]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", argv[-1]], env=environment, capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout == f"<{colours}><--town><{town}>"
    assert not (tmp_path / "x").exists()
    assert shlex.split(argv[-1])[-1] == town


@pytest.fixture
def sockets() -> Iterator[tuple[Path, Path, Path]]:
    with tempfile.TemporaryDirectory(prefix="gta-") as name:
        paths = [Path(name) / word for word in ("old", "new")]
        held = [socket.socket(socket.AF_UNIX) for _ in paths]
        for path, one in zip(paths, held, strict=True):
            one.bind(str(path))
        yield paths[0], paths[1], Path(name) / "link"
        for one in held:
            one.close()


def test_the_agent_link_follows_the_newest_login(sockets: tuple[Path, Path, Path]) -> None:
    old, new, link = sockets
    assert point_agent_link(link, {"SSH_AUTH_SOCK": str(old)})
    assert link.readlink() == old
    assert point_agent_link(link, {"SSH_AUTH_SOCK": str(new)})
    assert link.readlink() == new
    assert [path.name for path in sorted(link.parent.iterdir())] == ["link", "new", "old"]


def test_the_agent_link_stays_without_a_living_agent(sockets: tuple[Path, Path, Path]) -> None:
    old, _, link = sockets
    point_agent_link(link, {"SSH_AUTH_SOCK": str(old)})
    (link.parent / "plain").write_text("")
    for named in ("", "relative", str(link), str(link.parent / "gone"), str(link.parent / "plain")):
        assert not point_agent_link(link, {"SSH_AUTH_SOCK": named})
    assert link.readlink() == old
