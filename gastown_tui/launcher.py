"""The pane process: starts one agent, watches it, says how it ended.

`python -I -S launcher.py SPECFILE`. It stands between tmux and the agent because tmux continues its own stopped
children (so that an E-stop needs somebody in between), because secrets must not be in an argument list, and because
an exit status must outlive the tmux server. Standard library only, and quick.

What stays true: a child runs only after its record is written; the child dies with its launcher (Linux: by
PR_SET_PDEATHSIG, elsewhere by the terminal's hang-up); whatever the child left behind is ended before the launcher ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

ESTOPPED = 75
"""EX_TEMPFAIL of sysexits.h: try again later."""
BAD_SPEC = 78
"""EX_CONFIG of sysexits.h."""
GRACE = 2.0
"""Seconds between asking the child to end and killing it."""
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_TERMINAL_STOPS = frozenset({signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU})


def main(arguments: list[str]) -> int:
    """Runs one spec. Returns the agent's exit status, 128 + signal, or 75 while the town is E-stopped."""
    # Run as a file, so that nothing is imported from the worktree it starts in; the package is found from here.
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    try:
        spec = json.loads(Path(arguments[1]).read_bytes())
        environment = _environment(spec)
    except (IndexError, OSError, ValueError) as error:
        _say(f"launcher: cannot read what to start: {error}")
        return BAD_SPEC
    if spec["estop"] and Path(spec["estop"]).exists():
        _say("launcher: the town is stopped by E-stop; nothing was started")
        _write(spec["exit"], {"status": ESTOPPED, "signal": 0, "at": time.time()})
        return ESTOPPED
    prctl = _prctl()
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    keeper = Keeper(spec)
    keeper.start(environment, prctl)
    return keeper.watch()


def _environment(spec: dict[str, object]) -> dict[str, str]:
    """Our own environment, changed as the spec says, with the secrets from their file, which is removed."""
    environment = dict(os.environ)
    for name in _strings(spec["unset"]):
        environment.pop(name, None)
    environment.update(_pairs(spec["environment"]))
    if spec["secrets"]:
        path = Path(str(spec["secrets"]))
        content = path.read_bytes()
        path.unlink()
        environment.update(_pairs(json.loads(content)))
    return environment


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _pairs(value: object) -> dict[str, str]:
    return {str(name): str(item) for name, item in value.items()} if isinstance(value, dict) else {}


def _prctl() -> Callable[[int, int], None]:
    """Linux's prctl for two integers; elsewhere something that does nothing."""
    if sys.platform != "linux":
        return lambda option, value: None
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)

    def call(option: int, value: int) -> None:
        library.prctl(option, ctypes.c_ulong(value), 0, 0, 0)

    return call


class Keeper:
    """One child and its end."""

    def __init__(self, spec: dict[str, object]) -> None:
        self.spec = spec
        self.child = 0
        self.is_ending = False
        """The child was asked to end, and the alarm that kills it is set."""
        self.terminal = _terminal()

    def start(self, environment: dict[str, str], prctl: Callable[[int, int], None]) -> None:
        """Forks the child; it begins only when its record is on disk."""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, self._forward)
        for number in (signal.SIGTTOU, signal.SIGTTIN, signal.SIGTSTP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, self._expire)
        read_end, write_end = os.pipe()
        parent = os.getpid()
        sys.stdout.flush()
        self.child = os.fork()
        if self.child == 0:
            os.close(write_end)
            _become(_strings(self.spec["argv"]), str(self.spec["cwd"]), environment, read_end, parent, prctl, self.terminal)
        os.close(read_end)
        try:
            os.setpgid(self.child, self.child)
        except OSError:
            pass  # the child did it first, or is gone
        self._give_terminal()
        if self._record():
            os.write(write_end, b"g")
        os.close(write_end)

    def watch(self) -> int:
        """Waits for the child's end, writes how it ended, ends what it left behind, returns the status."""
        status = self._wait()
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        code = 128 + number if number else os.WEXITSTATUS(status)
        _write(str(self.spec["exit"]), {"status": code, "signal": number, "at": time.time()})
        self._end_rest()
        return code

    def _wait(self) -> int:
        while True:
            pid, status = os.waitpid(-1, os.WUNTRACED)
            if pid != self.child:
                continue
            if not os.WIFSTOPPED(status):
                return status
            # SIGSTOP is the E-stop's and stays; a stop by the terminal has nobody else who would continue it.
            if os.WSTOPSIG(status) in _TERMINAL_STOPS:
                self._give_terminal()
                self._signal(signal.SIGCONT)

    def _forward(self, number: int, frame: FrameType | None) -> None:
        self._signal(signal.Signals(number))
        if number in (signal.SIGTERM, signal.SIGHUP) and not self.is_ending:
            self.is_ending = True
            signal.setitimer(signal.ITIMER_REAL, GRACE, GRACE)

    def _expire(self, number: int, frame: FrameType | None) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if not self.child:
            return
        try:
            os.killpg(self.child, number)
        except ProcessLookupError:
            pass
        except PermissionError:
            pass  # macOS: a group that holds only zombies

    def _give_terminal(self) -> None:
        if self.terminal is not None:
            try:
                os.tcsetpgrp(self.terminal, self.child)
            except OSError:
                pass  # hung up meanwhile

    def _record(self) -> bool:
        from gastown_tui.infra.identity import boot_id, start_time

        content = {
            "pid": os.getpid(),
            "started": start_time(os.getpid()),
            "child": self.child,
            "child_started": start_time(self.child),
            "boot": boot_id(),
            **{name: self.spec[name] for name in ("run", "agent", "token", "town")},
        }
        return _write(str(self.spec["record"]), content)

    def _end_rest(self) -> None:
        """Ends the child's group and, where orphans come to us, every process that it left."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + GRACE
            while (rest := _below(os.getpid())) and time.monotonic() < end:
                for pid in rest:
                    try:
                        os.kill(pid, number)
                    except OSError:
                        pass
                _reap()
                time.sleep(0.02)
        self._signal(signal.SIGKILL)


def _below(pid: int) -> list[int]:
    """Living processes below us. They are ours to wait for, so no pid among them can pass to somebody else unseen."""
    from gastown_tui.infra.identity import all_pids, read_process

    table = [facts for each in all_pids() if (facts := read_process(each)) is not None and facts.state != "Z"]
    found: list[int] = []
    parents = {pid}
    while parents:
        below = [facts.pid for facts in table if facts.parent in parents]
        found.extend(below)
        parents = set(below)
    return found


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _terminal() -> int | None:
    return 0 if os.isatty(0) else None


def _become(
    argv: list[str],
    directory: str,
    environment: dict[str, str],
    gate: int,
    parent: int,
    prctl: Callable[[int, int], None],
    terminal: int | None,
) -> None:
    """In the child: its own foreground process group, then the agent. Never returns."""
    try:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setpgid(0, 0)
        if terminal is not None:
            os.tcsetpgrp(terminal, os.getpid())
        # An empty answer means that the launcher died before it could write the record.
        if os.read(gate, 1) != b"g" or os.getppid() != parent:
            os._exit(BAD_SPEC)
        os.close(gate)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        for number in (signal.SIGTTOU, signal.SIGTTIN, signal.SIGTSTP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(directory)
        os.execvpe(argv[0], argv, environment)
    except (OSError, IndexError, ValueError) as error:
        os.write(2, f"launcher: cannot start the agent: {error}\n".encode())
    os._exit(127)


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _write(path: str, content: dict[str, object]) -> bool:
    """Replaces a small private file at once; False (and a line) when that is not possible."""
    temporary = f"{path}.{os.getpid()}"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as stream:
            json.dump(content, stream)
        os.replace(temporary, path)  # noqa: PTH105  a string path, on the way out
    except OSError as error:
        _say(f"launcher: cannot write {path}: {error}")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv))
