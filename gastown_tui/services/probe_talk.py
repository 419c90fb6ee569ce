"""The second half of a probe: a crew member of the tried CLI is talked to by all the ways of a town, and what becomes of it is
judged from outside, as the console judges it: by its state, its requests, its files and what its model was asked."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gastown_tui.core.evidence import AgentState, StateVerdict
from gastown_tui.core.rows import Request
from gastown_tui.drivers import registry
from gastown_tui.infra.identity import is_alive
from gastown_tui.infra.launches import read_launcher
from gastown_tui.ledger import requests, runs
from gastown_tui.services import boot, control, messages, panes, snapshot
from gastown_tui.services import requests as asking
from gastown_tui.services.context import TownContext
from gastown_tui.services.screens import ScreenReader

YES, NO, NONE, UNKNOWN = "yes", "no", "none", "unknown"
NAME = "ace"
STEP = 0.2
LIMIT = 45.0
"""Seconds for one thing to happen."""
RETRY_LIMIT = 90.0
"""Seconds until a failure is told: CLIs try again for up to 41."""
WHOLE = "\n".join(f"{number}: it's \"quoted\" `ticks` $HOME ${{x}} \\ äöü 漢字 🧪 'and' | so > on" for number in range(48))
"""3 KB of what gets lost on the way."""
_NUMBERED = re.compile(r"(?m)^ *\d+(?:[→\t|]|: ?)")
"""How a CLI numbers the lines of a file that its model reads."""
_RESTS = frozenset({AgentState.IDLE, AgentState.DONE, AgentState.QUESTION})
"""A turn that ends with words that look like a question rests too."""
_FALSE = frozenset({AgentState.DEAD, AgentState.STOPPED, AgentState.ERROR, AgentState.LIMIT, AgentState.LOGIN, AgentState.STALLED})
"""What an agent in an ordinary turn is never."""
_ERRORS = frozenset({AgentState.ERROR, AgentState.RETRYING})
_ENDS = frozenset({*_ERRORS, AgentState.LIMIT, AgentState.LOGIN})


@dataclass
class Talk:
    """One crew member under test."""

    ctx: TownContext
    driver: str
    kept: Path
    """Where the scripted model keeps what it was asked."""
    address: str
    worktree: Path
    answers: dict[str, str] = field(default_factory=dict)
    """Name of a finding (`services.probe.Probe`) → its word."""
    details: list[str] = field(default_factory=list)
    seen: list[AgentState] = field(default_factory=list)
    """States of the turn under test, each once in a row."""
    _known: str = ""
    """The newest words that its model was told."""
    _reader: ScreenReader | None = None

    def play(self) -> None:
        """Everything in turn; what cannot be tried stays unknown. After a failure it goes on with a process of its own."""
        if not self._until(lambda: control.is_working(self.ctx, self.address) and self._verdict().state in _RESTS):
            self.details.append(f"crew: not at rest within {LIMIT:g} s, but {self._shown()}")
            return
        for name, step in (
            ("whole", self._whole),
            ("turn", self._turn),
            ("answered", self._asked),
            ("error", lambda: self._fails("error", "run into an error", _ERRORS)),
            ("limit", lambda: self._fails("limit", "run into the limit", frozenset({AgentState.LIMIT}))),
        ):
            step()
            # After a limit nothing is typed until it ends, also into a new process.
            if name != "limit" and (name == "error" or self.answers.get(name) == NO) and not self._again():
                return

    def _say(self, text: str) -> bool:
        """Says it; returns whether its model was asked with exactly that text."""
        messages.say(self.ctx, self.address, text)
        is_told = self._until(lambda: self.was_told(text))
        if is_told:
            self._known = text
        return is_told

    def _whole(self) -> None:
        self._note("whole", self._say(WHOLE), "a long message did not come whole")
        self._rest()

    def _turn(self) -> None:
        self.seen.clear()
        is_over = self._say("please take a long turn") and self._until(lambda: self._verdict().state in _RESTS)
        wrong = [state.value for state in self.seen if state in _FALSE]
        what = f"was called {', '.join(wrong)}" if wrong else f"its states were {' '.join(self.seen)}"
        self._note("turn", is_over and AgentState.WORKING in self.seen and not wrong, f"a whole turn: {what}")

    def _asked(self) -> None:
        """At autonomy `edit` it asks before it runs a program that nobody allowed."""
        if not registry.get(self.driver).facts.asks:
            self.answers["answered"] = NONE
            return
        made = self.worktree / "asked.txt"
        messages.say(self.ctx, self.address, "please do what must be asked")
        if not self._until(lambda: self._open() is not None or made.exists()):
            self._note("answered", False, f"no question came: {self._shown()}")
            return
        request = self._open()
        if request is None:
            self._note("answered", False, "it ran a command that it should have asked for")
            return
        if not self._until(lambda: self._verdict().state is AgentState.PERMISSION):
            self._note("answered", False, f"its question was not its state: {self._shown()}")
            return
        keys = [key for key, _ in self._until_options(request)]
        if made.exists() or not keys:
            self._note("answered", False, "its question offers no answer" if not keys else "it did not wait for the answer")
            return
        asking.answer(self.ctx, request.id, "allow" if "allow" in keys else keys[0])
        is_done = self._until(lambda: made.exists() and self._verdict().state in _RESTS)
        self._note("answered", is_done, f"the answer had no effect: {self._shown()}")

    def _until_options(self, request: Request) -> list[tuple[str, str]]:
        """A question that its hook told of gets its options when its dialog has been read."""
        self._until(lambda: bool(asking.options_of(requests.get(self.ctx.ledger, request.id))))
        return asking.options_of(requests.get(self.ctx.ledger, request.id))

    def _fails(self, name: str, words: str, wanted: frozenset[AgentState]) -> None:
        is_seen = self._say(words) and self._until(lambda: self._verdict().state in wanted, RETRY_LIMIT)
        self._note(name, is_seen, f"{name}: it was {self._shown()}")

    def _again(self) -> bool:
        """It is killed, comes again by itself, and knows what was said before; returns whether it came."""
        run = runs.active_of_agent(self.ctx.ledger, self.address)
        record = read_launcher(self.ctx.layout.run_directory(run.id)) if run is not None else None
        if run is None or record is None or not is_alive(record.child, record.child_started):
            self._note("resumed", False, f"it was gone before it was killed: {self._shown()}")
            return False
        os.kill(record.child, signal.SIGKILL)

        def is_back() -> bool:
            now = runs.active_of_agent(self.ctx.ledger, self.address)
            return now is not None and now.id != run.id and control.is_working(self.ctx, self.address)

        if not self._until(is_back) or not self._until(lambda: self._verdict().state in _RESTS | _ENDS):
            self._note("resumed", False, f"it did not come again: {self._shown()}")
            return False
        words = f"go on after all that {run.id}"
        earlier = self._known
        knows = self._say(f"please {words}") and self.was_told(words, earlier)
        self._note("resumed", knows and self.answers.get("resumed", YES) == YES, "it has forgotten the conversation")
        self._rest()
        return True

    def was_told(self, *texts: str) -> bool:
        """Whether one request to the model held all of them."""
        return any(all(any(text in said for said in strings) for text in texts) for strings in self._told())

    def _told(self) -> Iterator[list[str]]:
        try:
            lines = self.kept.read_text(encoding="utf-8").splitlines()[-20:]
        except OSError:
            return
        for line in lines:
            try:
                said = list(_strings(json.loads(line)))
            except ValueError:
                continue  # it is being written
            yield [*said, *(_NUMBERED.sub("", one) for one in said)]

    def _open(self) -> Request | None:
        return next((one for one in requests.open_ones(self.ctx.ledger) if one.agent == self.address), None)

    def _rest(self) -> None:
        self._until(lambda: self._verdict().state in _RESTS)

    def _verdict(self) -> StateVerdict:
        self._reader = self._reader or ScreenReader.of(self.ctx.layout)
        picture = snapshot.build(self.ctx, panes.listing(self.ctx), self._reader)
        verdict = next(agent.verdict for agent in picture.agents if agent.address == self.address)
        if self.seen[-1:] != [verdict.state]:
            self.seen.append(verdict.state)
        return verdict

    def _shown(self) -> str:
        verdict = self._verdict()
        return f"{verdict.state.value} {verdict.detail}".strip()

    def _until(self, is_true: Callable[[], bool], limit: float = LIMIT) -> bool:
        return boot.wait_until(is_true, limit, STEP)

    def _note(self, name: str, is_so: bool, otherwise: str) -> None:
        self.answers[name] = YES if is_so else NO
        if not is_so:
            self.details.append(otherwise)


def _strings(value: object) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
