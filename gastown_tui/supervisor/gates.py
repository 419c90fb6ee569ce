"""Runs a rig's gates in a disposable worktree: commands from the rig's own configuration, never from the branch."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.config import RigConfig
from gastown_tui.core.rows import Merge, Rig
from gastown_tui.infra.environment import clean_environment
from gastown_tui.services.context import TownContext

ORDER = ("setup", "lint", "test", "build")
TAIL_BYTES = 8000
ATTEMPT_VARIABLE = "GT_ATTEMPT"


@dataclass(frozen=True, slots=True)
class GateReport:
    """What the gates said."""

    failed: str
    """Name of the first red gate, "" when all were green."""
    log: str
    """Path below the town."""
    tail: str

    @property
    def is_green(self) -> bool:
        return not self.failed


def run_gates(ctx: TownContext, rig: Rig, config: RigConfig, worktree: Path, merge: Merge) -> GateReport:
    """Runs each configured gate in order until one is red. All output goes to one log file.

    The commands are argument lists; their environment is an allow-list; each runs in a process group of its own that
    is killed when its time is over.
    """
    directory = ctx.layout.logs / "gates" / rig.name
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = directory / f"{merge.id}-{merge.attempt}.log"
    environment = clean_environment(os.environ) | {name: os.environ[name] for name in config.environment if name in os.environ}
    environment |= {ATTEMPT_VARIABLE: f"{rig.name}/{merge.id}-{merge.attempt}", "CI": "true", "PYTHONDONTWRITEBYTECODE": "1"}
    failed = ""
    with open(log, "wb", buffering=0) as output:
        for name in ORDER:
            command = getattr(config.gates, name)
            if not command:
                continue
            output.write(f"$ {name}: {' '.join(command)}\n".encode())
            verdict = _run(command, worktree, environment, config.gates.timeout, output.fileno())
            output.write(f"[{name}: {verdict or 'green'}]\n".encode())
            if verdict:
                failed = name
                break
    return GateReport(failed, str(log.relative_to(ctx.layout.root)), _tail(log))


def _run(command: list[str], worktree: Path, environment: dict[str, str], timeout: float, output: int) -> str:
    """Runs one gate; returns "" when green, else why not."""
    try:
        child = subprocess.Popen(
            command, cwd=worktree, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    try:
        status = child.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        return f"ended after {timeout:.0f} s"
    finally:
        try:  # what it left running in its group
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return "" if status == 0 else f"exit status {status}"


def _tail(log: Path) -> str:
    with open(log, "rb") as stream:
        stream.seek(max(0, log.stat().st_size - TAIL_BYTES))
        return stream.read().decode(errors="replace")
