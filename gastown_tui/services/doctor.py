"""Looking for what is wrong with a town, and saying how to put it right. Changes nothing."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import GastownError
from gastown_tui.core.states import IncidentState
from gastown_tui.drivers import registry
from gastown_tui.drivers.gemini import distrust
from gastown_tui.infra.filesystems import filesystem_of, is_network
from gastown_tui.infra.programs import parse_version, require_program, version_text
from gastown_tui.infra.tmux import ServerState, TmuxServer
from gastown_tui.ledger import health, incidents, intents, rigs, settings
from gastown_tui.services import boot, cases
from gastown_tui.services.config import rig_settings, town_config
from gastown_tui.services.context import TownContext
from gastown_tui.services.probe import last

LOW_SPACE = 500 * 1024 * 1024
"""Bytes; below that a gate or a checkout may fill the disk."""
OLD_GIT = (2, 38, 0)
"""The first git that merges without a worktree."""
LONG_ACT = 3600.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: str
    """ok | warn | bad"""
    detail: str
    hint: str = ""
    fix: str = ""
    """What services.remedies can do about it, "" when only a person can."""


def examine(ctx: TownContext) -> list[Check]:
    """Looks at everything; a check that itself fails is a finding, not an error."""
    found: list[Check] = []
    for name, look in _CHECKS:
        try:
            found += list(look(ctx))
        except GastownError as error:
            found.append(Check(name, "bad", error.message, error.hint))
        except OSError as error:
            found.append(Check(name, "bad", f"{error.filename or ''}: {error.strerror}".lstrip(": ")))
    return found


def _ledger(ctx: TownContext) -> Iterator[Check]:
    wrong = health.complaints(ctx.ledger)
    hint = "restore the newest file of .gastown/backups"
    yield Check("ledger", "bad", wrong[0], hint) if wrong else Check("ledger", "ok", str(ctx.layout.ledger))
    host = settings.get(ctx.ledger, settings.HOST)
    if host and host != socket.gethostname():
        yield Check("host", "bad", f"the town belongs to {host}, this is {socket.gethostname()}", "a town lives on one host")
    kind = filesystem_of(ctx.layout.root)
    if is_network(ctx.layout.root):
        yield Check("filesystem", "bad", f"the town is on {kind}", "move it to a local filesystem")
    else:
        yield Check("filesystem", "ok", kind or "unknown")
    free = shutil.disk_usage(ctx.layout.root).free
    state = "ok" if free > LOW_SPACE else "warn"
    yield Check("disk", state, f"{free // 1024**2} MiB free", "" if state == "ok" else "free some space")


def _modes(ctx: TownContext) -> Iterator[Check]:
    open_ones = [
        path.name
        for path in (ctx.layout.private, ctx.layout.ledger, ctx.layout.telemetry, ctx.layout.logs)
        if path.exists() and path.stat().st_mode & 0o077
    ]
    if open_ones:
        yield Check("permissions", "warn", f"others can read {', '.join(open_ones)}", f"chmod -R go= {ctx.layout.private}", "modes")
    else:
        yield Check("permissions", "ok", "only you can read the town")
    missing = [name for name in ("gt", "bd", "gt-hook") if not os.access(ctx.layout.bin / name, os.X_OK)]
    if missing:
        yield Check(
            "commands", "bad", f"{', '.join(missing)} is missing in {ctx.layout.bin}", f"gt init {ctx.layout.root}", "commands"
        )
    elif not version_text(ctx.layout.bin / "gt"):
        yield Check("commands", "bad", f"{ctx.layout.bin / 'gt'} does not run", f"gt init {ctx.layout.root}", "commands")
    else:
        yield Check("commands", "ok", str(ctx.layout.bin))


def _programs(ctx: TownContext) -> Iterator[Check]:
    git = require_program("git")
    version = parse_version(version_text(git))
    if version is None or version < OLD_GIT:
        yield Check("git", "warn", f"{git} is old", "2.38 or newer merges without a worktree")
    else:
        yield Check("git", "ok", f"{git} {'.'.join(map(str, version))}")
    server = TmuxServer(ctx.layout)
    yield Check("tmux", "ok", f"{server.program} {'.'.join(map(str, server.version()))}")
    state = server.state()
    hung = state is ServerState.HUNG
    yield Check("tmux server", "bad" if hung else "ok", state.value, "gt up repairs it" if hung else "", "up" if hung else "")


def _supervisor(ctx: TownContext) -> Iterator[Check]:
    wanted = settings.get(ctx.ledger, settings.WANTED, "down")
    view = boot.supervisor_state(ctx.layout, ctx.now())
    should_run = wanted != "down" and not ctx.layout.estop.exists()
    if view.state == "hung" or (should_run and view.state != "up"):
        yield Check("supervisor", "bad", f"{view.state}, and the town is wanted {wanted}", "gt up", "up")
    else:
        yield Check("supervisor", "ok", f"{view.state}, the town is wanted {wanted}")
    if ctx.layout.estop.exists():
        yield Check("estop", "warn", "E-stop is on: nothing runs and nothing starts", "gt estop --release", "release")
    old = [one for one in intents.open_ones(ctx.ledger) if ctx.now() - one.created_at > LONG_ACT]
    if old:
        yield Check("journal", "warn", f"{old[0].kind} {old[0].key} has been open for an hour", f"see {ctx.layout.logs}")
    bad = list(ctx.layout.spool.glob("*.bad")) if ctx.layout.spool.is_dir() else []
    if bad:
        yield Check("spool", "warn", f"{len(bad)} reports of agents were not understood", f"look at {ctx.layout.spool}")
    for card in incidents.open_ones(ctx.ledger):
        yield Check(
            "incident",
            "warn",
            f"{card.kind} {card.subject}: {card.detail}",
            *(
                (f"gt ack {card.id}", f"ack {card.id}")
                if card.state is IncidentState.OPEN
                else ("you have seen it; it ends by itself",)
            ),
        )


def _settings(ctx: TownContext) -> Iterator[Check]:
    config = town_config(ctx)
    yield Check("town.toml", "ok", str(ctx.layout.config))
    flat = {name: driver.settings() for name, driver in config.drivers.items()}
    found = registry.available(os.environ, flat)
    for name, one in found:
        if one.state == "absent" and name not in flat:
            continue  # nobody asked for it
        known = last(ctx, name)
        tried = f"probed {'well' if known.is_good else 'badly'} with {known.version}" if known is not None else "not probed"
        text = f"{one.state.replace('_', ' ')} {one.version} {one.path} {one.detail} ({tried})"
        is_fine = one.state == "ready" and (known is None or known.is_good)
        yield Check(f"agent {name}", "ok" if is_fine else "warn", " ".join(text.split()))
        if name == "gemini" and one.state in ("ready", "no_login"):
            yield from _gemini(ctx)
    if not any(one.state == "ready" for _, one in found) and not settings.get(ctx.ledger, settings.REHEARSAL):
        yield Check("agents", "bad", "no agent CLI is ready", "install and log in to one, or set ANTHROPIC_API_KEY")
    for rig in rigs.every(ctx.ledger):
        try:
            gates = rig_settings(ctx, rig)
        except GastownError as error:
            yield Check(f"rig {rig.name}", "bad", error.message, error.hint)
            continue
        if gates.config.gates.commands():
            yield Check(f"rig {rig.name}", "ok", f"{rig.target}, dial {rig.dial.value}, gates from {gates.source}")
        else:
            yield Check(
                f"rig {rig.name}", "warn", "no gates: nothing is tested before it lands", f"write {ctx.layout.rig(rig.name).config}"
            )


def _gemini(ctx: TownContext) -> Iterator[Check]:
    """Whether Gemini CLI will take our hooks: every directory above their file must be root's, and nobody else's to write to."""
    if settings.get(ctx.ledger, settings.REHEARSAL):
        return  # there they come by a second way
    above = [*reversed(ctx.layout.private.resolve().parents), ctx.layout.private.resolve()]
    reasons = {place: why for place in above if (why := distrust((found := place.stat()).st_uid, found.st_mode))}
    otherwise = "its screen tells its state instead, more slowly"
    writable = next((place for place, why in reasons.items() if place.stat().st_mode & 0o022), None)
    if writable is not None:
        yield Check(
            "gemini hooks",
            "warn",
            f"Gemini CLI skips our hooks because of {writable}: {reasons[writable]}; {otherwise}",
            f"chmod go-w {writable}, or move the town below directories that only root may write to",
        )
    elif reasons:
        place, why = next(iter(reasons.items()))
        yield Check(
            "gemini hooks", "ok", f"Gemini CLI takes hooks from root alone, and skips ours because of {place}: {why}; {otherwise}"
        )
    else:
        yield Check("gemini hooks", "ok", "Gemini CLI takes our hooks")


def _logins(ctx: TownContext) -> Iterator[Check]:
    """What ends a town when its person logs out, on machines with systemd."""
    try:
        text = Path("/etc/systemd/logind.conf").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    kills = re.search(r"^\s*KillUserProcesses\s*=\s*(yes|true|1|on)\s*$", text, re.MULTILINE | re.IGNORECASE)
    lingers = (Path("/var/lib/systemd/linger") / getpass.getuser()).exists()
    if kills and not lingers:
        yield Check("logout", "warn", "this machine ends your processes when you log out", "loginctl enable-linger")
    if ctx.layout.tmux_socket.parent.parent == Path("/tmp") and Path("/usr/lib/tmpfiles.d/tmp.conf").exists():
        yield Check(
            "tmp",
            "warn",
            f"the tmux socket is in {ctx.layout.tmux_socket.parent}",
            "a cleaner of /tmp may take it; use a shorter path for the town",
        )


def _cases(ctx: TownContext) -> Iterator[Check]:
    """Screens that people said were judged wrong, against the rules of today."""
    found = list(cases.kept(ctx))
    wrong = [f"{case.name}: {today or 'unreadable'}, really {case.really}" for case, today in found if today != case.really]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        hint = f"send it with a report: {ctx.layout.cases}"
        yield Check("cases", "warn", f"{len(wrong)} of {len(found)} kept screens are still judged wrong: {wrong[0]}{more}", hint)
    elif found:
        yield Check("cases", "ok", f"all {len(found)} kept screens are judged right now")


_CHECKS: tuple[tuple[str, Callable[[TownContext], Iterator[Check]]], ...] = (
    ("ledger", _ledger),
    ("permissions", _modes),
    ("programs", _programs),
    ("supervisor", _supervisor),
    ("settings", _settings),
    ("logins", _logins),
    ("cases", _cases),
)
