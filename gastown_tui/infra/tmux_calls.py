"""One call of the tmux program, with an end to its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gastown_tui.core.errors import TmuxUnavailable
from gastown_tui.infra.processes import run


@dataclass(frozen=True, slots=True)
class Answer:
    """What tmux said; lines are foreign text."""

    code: int
    out: list[str]
    err: list[str]


def call(argv: Sequence[str], environment: Mapping[str, str], timeout: float, data: bytes | None = None) -> Answer:
    """Runs it with `data` on its standard input, for at most `timeout` seconds.

    Raises:
        TmuxUnavailable: it did not answer in time.
    """
    done = run(list(argv), env=environment, timeout=timeout, input=data)
    if done.is_timed_out:
        raise TmuxUnavailable("tmux does not answer", hint="gt doctor says more")
    lines = done.text.removesuffix("\n").split("\n") if done.out else []
    return Answer(done.code, lines, done.err.decode("utf-8", "replace").splitlines())
