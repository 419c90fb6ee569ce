"""Boot: the supervisor is started when it is missing, and replaced when it hangs.

A held lock with a fresh heartbeat is up; a held lock with a stale one is hung and killed by recorded pid, start time and
boot id; no lock is down. Nobody starts it while the town is wanted down or E-stopped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gastown_tui.core.errors import Unavailable
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.snapshot import SupervisorView
from gastown_tui.infra.environment import clean_environment
from gastown_tui.infra.locks import holder
from gastown_tui.ledger import events, settings
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

HUNG_AFTER = 60.0
"""Seconds without a finished round. A round is bounded by tmux's 3 s time-out; acts run beside it."""
START_LIMIT = 15.0
_STARTED: dict[Path, tuple[float, subprocess.Popen[bytes]]] = {}
"""Kept, because Python complains of a process that is forgotten while it runs; it outlives us on purpose."""
PASSED_ON = ("ANTHROPIC_", "CLAUDE_CONFIG_DIR", "GEMINI_", "OPENAI_", "GASTOWN_", "PYTHONPATH")
"""Beside the clean environment: what agents need for their own logins, and our own test switches."""


def supervisor_state(layout: TownLayout, now: float) -> SupervisorView:
    """Whether the supervisor of this town lives. Reads files only.

    Args:
        now: wall clock, compared with the heartbeat file's time.
    """
    try:
        beat: float | None = layout.heartbeat.stat().st_mtime
    except OSError:
        beat = None
    found = holder(layout.supervisor_lock)
    if found is None or not found.is_held:
        return SupervisorView("down", beat, None)
    if beat is not None and abs(now - beat) > HUNG_AFTER:
        return SupervisorView("hung", beat, found.pid)
    return SupervisorView("up", beat, found.pid)


def ensure_supervisor(ctx: TownContext, *, wait: bool = True) -> bool:
    """Starts the supervisor unless it is up, or the town is wanted down or E-stopped; returns whether it is up.

    Raises:
        Unavailable: it does not come up; the hint names its log.
    """
    if settings.get(ctx.ledger, settings.WANTED, "down") == "down" or ctx.layout.estop.exists():
        return False
    state = supervisor_state(ctx.layout, time.time())
    if state.state == "up":
        return True
    if state.state == "hung":
        _end_hung(ctx)
    _start(ctx)
    if wait and not wait_until(lambda: supervisor_state(ctx.layout, time.time()).state == "up", START_LIMIT):
        raise Unavailable("the supervisor does not start", hint=f"see {ctx.layout.logs / 'supervisor.err'}")
    return True


def set_wanted(ctx: TownContext, wanted: str) -> None:
    """up | paused | down: what a person wants of the town. The supervisor makes it so."""
    with transaction(ctx.ledger):
        before = settings.get(ctx.ledger, settings.WANTED, "down")
        settings.put(ctx.ledger, settings.WANTED, wanted)
        if before != wanted:
            events.record(ctx.ledger, now=ctx.now(), kind=f"town.{wanted}", actor=ctx.actor, subject="town", data={"from": before})


def wait_until(is_true: Callable[[], bool], limit: float, step: float = 0.05) -> bool:
    """Asks every `step` seconds for at most `limit` seconds."""
    end = time.monotonic() + limit
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


def _start(ctx: TownContext) -> None:
    """As a session leader of its own with a clean environment, so that it outlives us and inherits nothing of a run."""
    from gastown_tui.services.places import keep_agent_socket
    from gastown_tui.services.town import write_commands

    begun, earlier = _STARTED.get(ctx.layout.root, (0.0, None))
    if earlier is not None and earlier.poll() is None and time.monotonic() - begun < START_LIMIT:
        return  # it is on its way to the lock; on a busy machine each further one would only hold it up
    ctx.layout.logs.mkdir(mode=0o700, exist_ok=True)
    # After an update or a move of this program the town's `gt` must be the one that starts now.
    write_commands(ctx.layout)
    passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    argv = [sys.executable, "-P", "-m", "gastown_tui.supervisor", "--town", str(ctx.layout.root)]
    keep_agent_socket(ctx.layout)
    # The link also where no agent is there yet: a later login may bring one, and a link to nothing is no agent.
    environment = {**clean_environment(os.environ), **passed, "SSH_AUTH_SOCK": str(ctx.layout.ssh_agent)}
    if ctx.run:
        _start_through_tmux(ctx, argv, environment)
        return
    with open(ctx.layout.logs / "supervisor.err", "ab") as errors:
        child = subprocess.Popen(
            argv,
            cwd=ctx.layout.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )
    _STARTED[ctx.layout.root] = (time.monotonic(), child)


def _start_through_tmux(ctx: TownContext, argv: list[str], environment: dict[str, str]) -> None:
    """From inside a run: a child of ours would die with the run, so the town's tmux server starts it."""
    from gastown_tui.infra.processes import run

    words = [f"{name}={value}" for name, value in environment.items()]
    command = [
        "tmux",
        "-S",
        str(ctx.layout.tmux_socket),
        "new-session",
        "-d",
        "-s",
        f"gt-boot-{os.getpid()}",
        "-c",
        str(ctx.layout.root),
    ]
    run([*command, "env", "-i", *words, *argv, "--detach"], env=environment, timeout=5.0)


def _end_hung(ctx: TownContext) -> None:
    from gastown_tui.infra.act.kill import kill_tree

    found = holder(ctx.layout.supervisor_lock)
    if found is not None and found.is_held and found.is_alive():
        kill_tree(found.pid, found.started)
        with transaction(ctx.ledger):
            data = {"pid": found.pid}
            events.record(ctx.ledger, now=ctx.now(), kind="supervisor.hung", actor=ctx.actor, subject="supervisor", data=data)
