"""The files between the supervisor and a run's launcher: what to start, what was started, how it ended.

All three lie in the run's private directory. The launcher reads and writes them itself (it imports nothing heavy);
here is the other side.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gastown_tui.infra.files import private_directory, read_json, write_atomic
from gastown_tui.infra.identity import boot_id, is_alive

LAUNCHER = Path(__file__).resolve().parent.parent / "launcher.py"
SPEC = "launch.json"
SECRETS = "secrets.json"
RECORD = "launcher.json"
EXIT = "exit.json"


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """What a launcher is to start."""

    town: Path
    run: str
    agent: str
    token: str
    argv: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    estop: Path | None = None
    """While this file exists the launcher refuses to start."""


@dataclass(frozen=True, slots=True)
class LauncherRecord:
    """What a launcher says of itself once its child exists."""

    pid: int
    started: float
    child: int
    child_started: float
    boot: str
    run: str
    token: str
    town: str

    def is_of_this_boot(self) -> bool:
        return self.boot == boot_id()

    def is_alive(self) -> bool | None:
        """Whether the launcher itself lives; None when unknown."""
        return is_alive(self.pid, self.started) if self.is_of_this_boot() else False


@dataclass(frozen=True, slots=True)
class ExitRecord:
    """How the agent's own process ended."""

    status: int
    """Its exit status, or 128 + signal."""
    signal: int
    """0 when it ended by itself."""
    at: float


def write_launch(run_directory: Path, spec: LaunchSpec) -> tuple[str, ...]:
    """Writes spec and secrets (0600) and returns the launcher's argument list.

    Records of an earlier start in the same directory are removed, so that they cannot be taken for the new one's.
    """
    private_directory(run_directory)
    for name in (RECORD, EXIT):
        (run_directory / name).unlink(missing_ok=True)
    secrets = run_directory / SECRETS
    if spec.secrets:
        write_atomic(secrets, json.dumps(dict(spec.secrets)))
    content = {
        "town": str(spec.town),
        "run": spec.run,
        "agent": spec.agent,
        "token": spec.token,
        "argv": list(spec.argv),
        "cwd": str(spec.cwd),
        "environment": dict(spec.environment),
        "unset": list(spec.unset),
        "secrets": str(secrets) if spec.secrets else "",
        "estop": str(spec.estop) if spec.estop else "",
        "record": str(run_directory / RECORD),
        "exit": str(run_directory / EXIT),
    }
    write_atomic(run_directory / SPEC, json.dumps(content))
    # -I: nothing of the worktree or of PYTHON* is imported; -S: the launcher needs the standard library only.
    return (sys.executable, "-I", "-S", str(LAUNCHER), str(run_directory / SPEC))


def read_launcher(run_directory: Path) -> LauncherRecord | None:
    """The launcher's record; None when there is none (yet)."""
    value = read_json(run_directory / RECORD)
    if value is None:
        return None
    try:
        return LauncherRecord(
            pid=int(str(value["pid"])),
            started=float(str(value["started"])),
            child=int(str(value["child"])),
            child_started=float(str(value["child_started"])),
            boot=str(value["boot"]),
            run=str(value["run"]),
            token=str(value["token"]),
            town=str(value["town"]),
        )
    except (KeyError, ValueError):
        return None


def read_exit(run_directory: Path) -> ExitRecord | None:
    """How the run's agent ended; None when it has not, or its launcher was killed before it could say."""
    value = read_json(run_directory / EXIT)
    if value is None:
        return None
    try:
        return ExitRecord(int(str(value["status"])), int(str(value["signal"])), float(str(value["at"])))
    except (KeyError, ValueError):
        return None
