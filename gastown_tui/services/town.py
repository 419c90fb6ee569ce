"""Making a town: its directories, its ledger, the commands that its agents call. Doing it again changes nothing."""

from __future__ import annotations

import os
import shlex
import socket
import sys
from pathlib import Path

from gastown_tui.core.errors import Conflict, Unavailable
from gastown_tui.core.ids import MAYOR, OVERSEER
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.toml_text import toml_string
from gastown_tui.hook import front
from gastown_tui.infra.files import private_directory, write_atomic
from gastown_tui.infra.filesystems import is_network
from gastown_tui.ledger import agents, connection, events, migrations, settings, telemetry
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

_OURS = frozenset({".gastown", "town.toml"})
_CONFIG = """\
# What people edit. An unknown key is an error; `gt doctor` reads this file.
name = {name}

# Polecats at work at once, over all rigs.
max_polecats = 8

# The agent CLI of polecats and crew, and the mayor's; "" lets the town choose one that is ready.
default_agent = {agent}
mayor_agent = ""

# How much may be spent, in US dollars, and what models cost that the shipped table does not know (gt costs).
# [budget]
# day = 50.0
# bead = 10.0
# [prices."MODEL"]   # for a million tokens
# input = 3.0
# output = 15.0

# [drivers.claude]
# model = ""
# autonomy = "edit"   # or "full": no questions at all
"""
_PACKAGES = Path(__file__).resolve().parents[2]
"""The directory that holds the package, so that a wrapper finds it from anywhere."""


def create_town(
    root: Path, *, name: str = "", rehearsal_url: str = "", default_agent: str = "", mayor_driver: str = ""
) -> TownContext:
    """Makes a town at `root`, or completes one that was half made, and opens it.

    Args:
        name: shown to people; the directory's name when "".
        rehearsal_url: base URL of the scripted model, "" for a real town.
        default_agent: driver written into a new town.toml.
        mayor_driver: driver of the mayor; "" takes `default_agent`, else the built-in agent.

    Raises:
        Conflict: the directory holds something else, lies inside another town, or belongs to another host.
        Unavailable: it cannot be written.
    """
    root = root.expanduser().resolve()
    layout = TownLayout(root)
    _check_place(layout)
    if root.exists():
        _check_writable(root)
    else:
        private_directory(root)
    for directory in (layout.private, layout.bin, layout.logs, layout.backups, layout.spool):
        private_directory(directory)
    if not layout.config.exists():
        text = _CONFIG.format(name=toml_string(name or root.name), agent=toml_string(default_agent))
        write_atomic(layout.config, text)
    write_commands(layout)
    telemetry.prepare(layout.telemetry)
    connection.create(layout.ledger)
    conn = connection.connect(layout.ledger)
    try:
        if migrations.version(conn) == 0:
            migrations.migrate(conn)
        migrations.check(conn)
    finally:
        conn.close()
    ctx = TownContext(layout)
    _introduce(ctx, name or root.name, rehearsal_url, mayor_driver or default_agent or "builtin")
    return ctx


def warnings_of(root: Path) -> list[str]:
    """What is unwise about a town at `root`, one line each."""
    if is_network(root):
        return [f"{root} is on a network filesystem: the ledger needs a local one, and one host"]
    return []


def write_commands(layout: TownLayout) -> None:
    """Writes `gt`, `bd` and `gt-hook` into the town's bin directory; they find this program whatever the PATH."""
    private_directory(layout.bin)
    targets = (
        ("gt", "gastown_tui.cli.main", "-E -P"),
        ("bd", "gastown_tui.cli.bd", "-E -P"),
        ("gt-hook", "gastown_tui.hook", "-I -S"),
    )
    for command, module, flags in targets:
        # Not `-m`: that would import from the working directory, which is an agent's worktree.
        code = f"import sys; sys.path.insert(0, {str(_PACKAGES)!r}); sys.argv[0] = {command!r}; from {module} import main; main()"
        python = f"{shlex.quote(sys.executable)} {flags} -c {shlex.quote(code)}"
        script = "#!/bin/sh\n" + (front.lines(python) if command == "gt-hook" else f'exec {python} "$@"\n')
        path = layout.bin / command
        if not path.exists() or path.read_text() != script:
            write_atomic(path, script, mode=0o700)


def _check_place(layout: TownLayout) -> None:
    root = layout.root
    if root.exists() and not root.is_dir():
        raise Conflict(f"{root} is not a directory", hint="name another place")
    for parent in root.parents:
        if TownLayout(parent).ledger.exists():
            raise Conflict(f"{root} lies inside the town {parent}", hint="name a place outside of it")
    if layout.ledger.exists() or not root.exists():
        return
    try:
        others = sorted(entry.name for entry in root.iterdir() if entry.name not in _OURS)
    except OSError as error:
        raise Unavailable(f"cannot read {root}: {error.strerror}") from error
    if others:
        raise Conflict(f"{root} is not empty: it holds {others[0]}", hint="name a new or an empty directory")


def _check_writable(root: Path) -> None:
    if not os.access(root, os.W_OK | os.X_OK):
        raise Unavailable(f"{root} cannot be written", hint="check its permissions, or name another place")


def _introduce(ctx: TownContext, name: str, rehearsal_url: str, mayor_driver: str) -> None:
    host = socket.gethostname()
    with transaction(ctx.ledger) as conn:
        known = settings.get(conn, settings.HOST)
        if known and known != host:
            raise Conflict(f"the town {ctx.layout.root} belongs to the host {known}", hint="a town lives on one host")
        if not known:
            settings.put(conn, settings.HOST, host)
            settings.put(conn, settings.TOWN_NAME, name)
            settings.put(conn, settings.WANTED, "up")
            events.record(conn, now=ctx.now(), kind="town.created", actor=OVERSEER, subject=name)
        if rehearsal_url:
            settings.put(conn, settings.REHEARSAL, rehearsal_url)
        agents.ensure(conn, MAYOR, mayor_driver, actor=OVERSEER, now=ctx.now())
