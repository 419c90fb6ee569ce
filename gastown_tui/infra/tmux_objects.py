"""libtmux's objects for a town's server, with an end to every call: a stopped tmux would hang its caller for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libtmux
from libtmux.common import tmux_cmd

from gastown_tui.infra.tmux_calls import call


class BoundedServer(libtmux.Server):
    """libtmux's server.

    Args:
        words: the program and the options that name the server.
        timeout: seconds for one call.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], timeout: float) -> None:
        super().__init__(tmux_bin=words[0])
        self.words, self.environment, self.timeout = tuple(words), environment, timeout

    def cmd(self, cmd: str, *args: object, target: str | int | None = None) -> tmux_cmd:
        """Runs one tmux command line; see libtmux.Server.cmd."""
        where = ["-t", str(target)] if target is not None else []
        argv = [*self.words, cmd, *where, *map(str, args)]
        done = call(argv, self.environment, self.timeout)
        answer = tmux_cmd.__new__(tmux_cmd)
        answer.cmd, answer.returncode, answer.stdout, answer.stderr = argv, done.code, done.out, done.err
        return answer
