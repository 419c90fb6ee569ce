"""Where things are on disk. Pure paths: nothing here looks whether they exist."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_LIMIT = 100
"""A Unix socket's path holds 108 bytes on Linux and 104 on macOS (sys/un.h), one of them the final NUL."""


@dataclass(frozen=True, slots=True)
class TownLayout:
    """Paths of a town. `root` must be resolved: two spellings of one directory would be two towns."""

    root: Path

    @property
    def config(self) -> Path:
        """What people edit."""
        return self.root / "town.toml"

    @property
    def private(self) -> Path:
        """Everything that people do not edit; mode 0700."""
        return self.root / ".gastown"

    @property
    def ledger(self) -> Path:
        return self.private / "ledger.db"

    @property
    def telemetry(self) -> Path:
        """Hook telemetry: may be lost, so it is not in the ledger."""
        return self.private / "runtime.db"

    @property
    def spool(self) -> Path:
        """Where `gt` and hooks drop files when the ledger cannot be written."""
        return self.private / "spool"

    @property
    def logs(self) -> Path:
        return self.private / "logs"

    @property
    def backups(self) -> Path:
        return self.private / "backups"

    @property
    def supervisor_lock(self) -> Path:
        """Held (flock) by the one supervisor; holds its pid, start time and boot id as JSON."""
        return self.private / "supervisor.lock"

    @property
    def heartbeat(self) -> Path:
        """Its mtime is the supervisor's last finished round."""
        return self.private / "heartbeat"

    @property
    def estop(self) -> Path:
        """While this file exists nothing may start. It needs no ledger, so that a full disk cannot stop a stop."""
        return self.private / "estop"

    @property
    def rules(self) -> Path:
        """The standing rules as the hooks read them: JSON, made from `config`. Missing when there are none."""
        return self.private / "rules.json"

    @property
    def tmux_config(self) -> Path:
        return self.private / "tmux.conf"

    @property
    def tmux_record(self) -> Path:
        """JSON: socket path, server pid and its start time."""
        return self.private / "tmux.json"

    @property
    def tmux_socket(self) -> Path:
        """The private server's socket: in the town when the path is short enough, else in /tmp by a hash."""
        inside = self.private / "tmux.sock"
        if len(str(inside).encode()) <= SOCKET_PATH_LIMIT:
            return inside
        return Path("/tmp") / f"gastown-{hashlib.sha256(str(self.root).encode()).hexdigest()[:16]}" / "tmux.sock"

    @property
    def ssh_agent(self) -> Path:
        """A link to the ssh agent of whoever attached last: the name stays while sockets come and go with logins."""
        return self.private / "ssh-agent.sock"

    @property
    def bin(self) -> Path:
        """Put on the agents' PATH: `gt`, `bd`, `gt-hook`."""
        return self.private / "bin"

    @property
    def cases(self) -> Path:
        """Screens that a person says were judged wrong."""
        return self.private / "cases"

    def run_directory(self, run_id: str) -> Path:
        """What one run needs outside its worktree: settings, secrets hand-over, exit record, transcript."""
        return self.private / "runs" / run_id

    def rig(self, name: str) -> RigLayout:
        return RigLayout(self.root / name)


@dataclass(frozen=True, slots=True)
class RigLayout:
    """Paths of a rig inside its town."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "rig.toml"

    @property
    def repository(self) -> Path:
        """The rig's own bare repository: every worktree hangs on it, its target branch is what lands."""
        return self.root / "repo.git"

    def polecat(self, name: str) -> Path:
        return self.root / "polecats" / name

    def crew(self, name: str) -> Path:
        return self.root / "crew" / name

    def attempt(self, merge_id: int, attempt: int) -> Path:
        """The disposable worktree of one try of the merge lane."""
        return self.root / "refinery" / f"{merge_id}-{attempt}"
