"""The line to a town on another machine: what ssh is asked to run, and the agent socket that outlives a line."""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import UsageError
from gastown_tui.infra.terminal import has_true_colour

_HOST = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?\])")
_FIND = 'PATH="$PATH:$HOME/.local/bin:$HOME/bin"; export PATH; [ -z "$1" ] || export COLORTERM="$1"; shift; exec "$@"'
"""A shell that is not a login shell often has no ~/.local/bin, which is where people's own programs are installed."""
NOT_FOUND = 127
"""What a shell exits with when there is no such program (POSIX)."""
LINE_LOST = 255
"""What ssh exits with for an error of its own (ssh(1))."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A town on another machine."""

    host: str
    """As ssh takes it: a host, an alias of ~/.ssh/config, or user@host. Never begins with a dash."""
    town: str
    """Its directory there; "" lets that machine choose as `gastown` does. Foreign to us: quoted, never looked at."""


def parse_destination(text: str) -> Destination:
    """Reads `[USER@]HOST[:TOWN]`; an IPv6 address stands in brackets.

    Raises:
        UsageError: that is no host.
    """
    found = _HOST.match(text)
    rest = text[found.end() :] if found else text
    if found is None or (rest and not rest.startswith(":")) or not rest.isprintable():
        raise UsageError(f"{text!r} is no host", hint="for example: gastown attach me@build-box:~/gt")
    user, at, host = found[0].rpartition("@")
    return Destination(user + at + host.strip("[]"), rest[1:])


def console_argv(ssh: Path, destination: Destination, environment: Mapping[str, str] = os.environ) -> list[str]:
    """The argument list that opens the console there, in this terminal.

    Compressed: redrawn screens shrink to a fifth, and a slow line draws so much sooner. Of the terminal ssh tells only TERM; that
    it shows 24-bit colours goes along here. ssh hands one text to the login shell of the other side, whatever that is: so it only has to know single quotes.
    """
    words = ["gastown", *(["--town", destination.town] if destination.town else [])]
    colours = "truecolor" if has_true_colour(environment) else ""
    remote = shlex.join(["exec", "sh", "-c", _FIND, "sh", colours, *words])
    return [str(ssh), "-C", "-t", "--", destination.host, remote]


def point_agent_link(link: Path, environment: Mapping[str, str]) -> bool:
    """Points `link` at the ssh agent of this login, in one step; returns whether it did.

    Nothing changes without a living socket of our own user's, or when the variable already names the link.
    """
    named = environment.get("SSH_AUTH_SOCK", "")
    if not named or not Path(named).is_absolute() or named == str(link):
        return False
    try:
        facts = Path(named).stat()
        if not stat.S_ISSOCK(facts.st_mode) or facts.st_uid != os.getuid():
            return False
        scratch = link.with_name(f"{link.name}.{os.getpid()}")
        scratch.unlink(missing_ok=True)
        scratch.symlink_to(named)
        scratch.replace(link)
    except OSError:
        return False
    return True
