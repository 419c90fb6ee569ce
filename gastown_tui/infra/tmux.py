"""The town's own tmux server: whether it is there, keeping it there, and what its panes are.

One server per town on a private socket. A server that lives but does not answer is never replaced by a second one:
the agents on the first would go on working unseen.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from gastown_tui.core.errors import Conflict, NotFound, TmuxUnavailable
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.infra.environment import clean_environment
from gastown_tui.infra.files import private_directory, read_json, write_atomic
from gastown_tui.infra.identity import ProcessKey, boot_id, is_alive, start_time
from gastown_tui.infra.locks import Lock
from gastown_tui.infra.programs import find_program, parse_version, version_text
from gastown_tui.infra.tmux_calls import call
from gastown_tui.infra.tmux_config import tmux_config

if TYPE_CHECKING:
    from gastown_tui.infra.tmux_objects import BoundedServer

OLDEST = (3, 2, 0)
TIMEOUT = 3.0
"""Seconds for one call; a healthy server answers in milliseconds (reference: gastown-runtime §21)."""
_START_WAIT = 5.0
_GONE = re.compile(r"(?:can't find|no such) (session|window|pane|client)|(session) not found")
_NO_SERVER = ("no server running", "error connecting to", "server exited", "lost server")

_CLEAN = "s/[^ -~]/?/"
"""Control characters would break the lines of a listing; the command's name is an agent's to choose."""
_FIELDS = (
    "#{pane_id}",
    "#{window_id}",
    "#{session_name}",
    "#{@gt_viewer}",
    "#{@gt_agent}",
    "#{@gt_run}",
    "#{@gt_token}",
    "#{pane_pid}",
    "#{pane_dead}",
    "#{pane_dead_status}",
    "#{pane_dead_signal}",
    "#{pane_width}",
    "#{pane_height}",
    "#{window_activity}",
    "#{pane_in_mode}",
    "#{session_attached}",
    f"#{{{_CLEAN}:pane_current_command}}",
    "#{pane_title}",
)
_FORMAT = "\t".join(_FIELDS)


class ServerState(StrEnum):
    """Whether the town's server is there."""

    UP = "up"
    DOWN = "down"
    """Proven: no answer and no such process."""
    HUNG = "hung"
    """Its process lives, but does not answer, or its socket is gone."""


class TmuxDown(TmuxUnavailable):
    """The server is proven not to run. So there are no sessions, which no other failure may be read as."""


class TmuxServer:
    """The tmux server of one town.

    Args:
        layout: the town.
        environment: where programs and settings are looked for; ours when None.
    """

    def __init__(self, layout: TownLayout, environment: Mapping[str, str] | None = None) -> None:
        self.layout = layout
        self.socket = layout.tmux_socket
        self._source = dict(os.environ if environment is None else environment)
        self._server: BoundedServer | None = None

    @property
    def program(self) -> Path:
        """tmux itself.

        Raises:
            TmuxUnavailable: missing, or older than 3.2.
        """
        found = find_program("tmux", self._source)
        if found is None:
            raise TmuxUnavailable("tmux is not installed", hint="install tmux 3.2 or newer with your package manager")
        return found

    def version(self) -> tuple[int, int, int]:
        """tmux's version; raises TmuxUnavailable when it is older than 3.2."""
        text = version_text(self.program, "-V")
        version = parse_version(text)
        # A build from tmux's own repository calls itself `tmux master`.
        if version is None and "master" in text:
            return (99, 0, 0)
        if version is None or version < OLDEST:
            raise TmuxUnavailable(f"{text or 'tmux'} is too old", hint="install tmux 3.2 or newer with your package manager")
        return version

    @property
    def libtmux(self) -> BoundedServer:
        """The libtmux server object; its calls end in time."""
        if self._server is None:
            # Not above: it takes longer to load than a listing takes, and that is all that most callers want.
            from gastown_tui.infra.tmux_objects import BoundedServer

            self._server = BoundedServer(self._words, self._environment, TIMEOUT)
        return self._server

    @cached_property
    def _words(self) -> tuple[str, ...]:
        return (str(self.program), "-u", f"-S{self.socket}", f"-f{self.layout.tmux_config}")

    @cached_property
    def _environment(self) -> Mapping[str, str]:
        return clean_environment(self._source, TERM="xterm-256color", LC_ALL="C.UTF-8")

    def command(self, name: str, *arguments: str, data: bytes | None = None) -> list[str]:
        """Runs one tmux command line (commands separated by ";") and returns its lines.

        Arguments that end in ";" must be given through `literal`.

        Raises:
            NotFound: the target does not exist.
            Conflict: a session of that name exists.
            TmuxDown: no server, proven.
            TmuxUnavailable: anything else.
        """
        answer = call((*self._words, name, *arguments), self._environment, TIMEOUT, data)
        if answer.code == 0:
            return answer.out
        said = " ".join(answer.err) or f"tmux {name} failed"
        if gone := _GONE.search(said):
            raise NotFound(said, hint=f"the {gone[1] or gone[2]} has ended")
        if "duplicate session" in said:
            raise Conflict(said)
        if any(mark in said for mark in _NO_SERVER):
            if self._process() is None:
                raise TmuxDown("the town's tmux server is not running", hint="gt up starts it")
            raise TmuxUnavailable("the town's tmux server lives but its socket does not answer", hint="gt up repairs it")
        raise TmuxUnavailable(said)

    # The server itself

    def state(self) -> ServerState:
        """Asks the server, and when it does not answer the process table."""
        try:
            pid = self._ask_pid()
        except TmuxUnavailable:
            pid = None
            if not self.socket.exists() and self._process() is None:
                return ServerState.DOWN
        if pid is not None:
            return ServerState.UP
        return ServerState.HUNG if self._process() is not None else ServerState.DOWN

    def ensure(self) -> None:
        """Starts the server when it is down, and gives it its socket back when that was deleted.

        Raises:
            TmuxUnavailable: missing, too old, cannot be started, or it lives and does not answer.
        """
        self.version()
        private_directory(self.layout.private)
        private_directory(self.socket.parent)
        with Lock(self.layout.private / "tmux.lock"):
            state = self.state()
            if state is ServerState.HUNG:
                self._revive()
            if state is ServerState.DOWN or not self._is_kept():
                self._start()
            self._record()

    def end_when_empty(self) -> None:
        """Lets the server end by itself with its last session, at once when it has none; `ensure` takes that back.

        A console that is still open keeps it with its viewer's session.
        """
        with contextlib.suppress(TmuxDown):
            self.command("set-option", "-s", "exit-empty", "on")

    def _is_kept(self) -> bool:
        """Makes sure that the server outlives its last session; False when it has just ended."""
        try:
            self.command("set-option", "-s", "exit-empty", "off")
        except TmuxDown:
            return False
        return True

    def _start(self) -> None:
        write_atomic(self.layout.tmux_config, tmux_config(self._source))
        self.socket.unlink(missing_ok=True)
        answer = self.libtmux.cmd("start-server")
        if answer.returncode != 0:
            raise TmuxUnavailable(" ".join(answer.stderr) or "tmux does not start")
        self._wait_for_answer("tmux does not start")

    def _revive(self) -> None:
        """SIGUSR1 makes tmux create its socket again (tmux(1), SIGNALS)."""
        key = self._process()
        if key is not None and is_alive(key.pid, key.started):
            os.kill(key.pid, signal.SIGUSR1)
        self._wait_for_answer("the town's tmux server lives but does not answer")

    def _wait_for_answer(self, complaint: str) -> None:
        end = time.monotonic() + _START_WAIT
        while True:
            try:
                if self._ask_pid() is not None:
                    return
            except TmuxUnavailable:
                pass  # not yet; the time decides
            if time.monotonic() > end:
                raise TmuxUnavailable(complaint, hint="gt doctor says more")
            time.sleep(0.02)

    def _ask_pid(self) -> int | None:
        answer = self.libtmux.cmd("display-message", "-p", "#{pid}")
        text = answer.stdout[0] if answer.returncode == 0 and answer.stdout else ""
        return int(text) if text.isdecimal() else None

    def _record(self) -> None:
        pid = self._ask_pid()
        if pid is None:
            raise TmuxUnavailable("the town's tmux server does not answer", hint="gt doctor says more")
        record = {"socket": str(self.socket), "pid": pid, "started": start_time(pid), "boot": boot_id()}
        if read_json(self.layout.tmux_record) != record:
            write_atomic(self.layout.tmux_record, json.dumps(record))

    def process(self) -> ProcessKey | None:
        """The server's living process, or None."""
        return self._process()

    def _process(self) -> ProcessKey | None:
        """The server's process by its record, else by its command line (the record may not have been written)."""
        record = read_json(self.layout.tmux_record)
        if record is not None and record.get("boot") == boot_id():
            key = ProcessKey(int(str(record["pid"])), float(str(record["started"])))
            if is_alive(key.pid, key.started) is not False:
                return key
        command = [f"-S{self.socket}", f"-f{self.layout.tmux_config}", "start-server"]
        for process in psutil.process_iter(["cmdline", "ppid", "uids"]):
            found = process.info["cmdline"] or []
            # The client that starts a server has the same words, but not init as its parent for more than a moment.
            if found[-3:] == command and process.info["uids"].real == os.getuid() and (started := start_time(process.pid)):
                return ProcessKey(process.pid, started)
        return None

    # What is on it

    def snapshot(self) -> tuple[PaneFact, ...]:
        """All panes from one listing, each once; panes that only a viewer has are left out.

        Raises:
            TmuxDown: no server, proven.
            TmuxUnavailable: no answer. Never to be read as no panes.
        """
        try:
            lines = self.command("list-panes", "-a", "-F", _FORMAT)
        except TmuxUnavailable as error:
            # A server without any session says this instead of an empty list.
            if "no current target" in error.message:
                return ()
            raise
        found: dict[str, PaneFact] = {}
        for line in lines:
            parts = line.split("\t", len(_FIELDS) - 1)
            if len(parts) != len(_FIELDS):
                raise TmuxUnavailable(f"tmux said something unexpected about its panes: {line[:80]!r}")
            if not parts[3] and (parts[0] not in found or parts[4]):
                found[parts[0]] = _pane_fact(parts)
        panes = tuple(found.values())
        if any(pane.dead and pane.exit_status is None and pane.exit_signal is None for pane in panes):
            self.remind_of_dead()
        return panes

    def remind_of_dead(self) -> None:
        """Makes tmux look for ended children: 3.3a misses one in about six that end at once after `respawn-pane -k`.

        Such a pane is dead without a status, and its process stays a zombie, until another child ends.
        """
        key = self._process()
        if key is not None and is_alive(key.pid, key.started):
            os.kill(key.pid, signal.SIGCHLD)

    def capture(self, pane: str, *, lines: int = 0, escapes: bool = False, joined: bool = False) -> list[str]:
        """What a pane shows, with `lines` of its history above. Foreign text; with `escapes` also colours.

        Args:
            joined: rows that the terminal itself has wrapped are one line again.

        Raises:
            NotFound: no such pane.
        """
        flags = [*(["-e"] if escapes else []), *(["-J"] if joined else [])]
        return self.command("capture-pane", "-p", *flags, "-t", check_pane(pane), "-S", f"-{lines}" if lines else "0")


def _pane_fact(parts: list[str]) -> PaneFact:
    (pane, window, session, _, agent, run_id, token, pid, dead, status, number, width, height, activity, mode, attached) = parts[
        :16
    ]
    return PaneFact(
        pane=pane,
        window=window,
        session=session,
        agent=agent,
        run=run_id,
        token=token,
        pid=int(pid or 0),
        dead=dead == "1",
        exit_status=int(status) if status.isdecimal() else None,
        exit_signal=int(number) if number.isdecimal() else None,
        title=parts[17],
        command=parts[16],
        width=int(width),
        height=int(height),
        last_activity=float(activity or 0),
        in_mode=mode not in ("", "0"),
        attached=attached not in ("", "0"),
    )


def check_pane(pane: str) -> str:
    """Returns a pane id (`%12`), or raises NotFound: names and indices may mean another pane tomorrow."""
    if not re.fullmatch(r"%\d{1,9}", pane):
        raise NotFound.of("pane", pane)
    return pane


def literal(argument: str) -> str:
    """An argument that tmux takes as it is: a last ";" would separate two commands."""
    return argument[:-1] + "\\;" if argument.endswith(";") else argument
