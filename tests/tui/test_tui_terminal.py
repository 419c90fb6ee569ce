"""The real program in a terminal of its own (an outer tmux): foreign text never becomes a terminal's, the clipboard is the
person's alone, consoles come and go without a trace, and an agent's session is entered and left."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from outer import Outer

from gastown_tui.core.rows import Request, Rig, Run
from gastown_tui.core.states import Dial, RequestState, RunState
from gastown_tui.infra.act.sessions import SessionSpec, create_session, kill_session, session_name
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, incidents, requests, rigs, runs, settings
from gastown_tui.services import beads, messages
from gastown_tui.services import requests as answering
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town
from gastown_tui.tui.place import keep_toured

pytestmark = [pytest.mark.tmux, pytest.mark.timeout(240), pytest.mark.xdist_group("terminal")]
EVIL = "[b]evil[/b] [@click=app.quit]x[/] \x1b]52;c;ZXZpbA==\x07\x1b]2;evil title\x07\x1b[2J\x9b2J\u202egnp.exe \x1b]0;evil icon\x1b\\ end"
ADDRESS = "mines/polecats/toast"
SCRIPT = r"""
printf '\033]2;evil title\007\033]0;evil icon\007\033]52;c;ZXZpbA==\007\033Ptmux;\033\033]52;c;ZXZpbA==\007\033\\'
printf '[@click=app.quit]quit[/] [b]not bold[/b] \342\200\256gnp.exe\n'
for n in $(seq 1 120); do printf 'line %d of the agent\n' $n; done
printf 'ready for words\n'
while IFS= read -r line; do printf 'heard <%s>\n' "$line"; done
"""
CODE = "from gastown_tui.tui.main import main; main()"


@dataclass
class Evil:
    """A town full of foreign text, with one agent that has a pane."""

    ctx: TownContext
    server: TmuxServer
    pane: str
    run: Run

    def size(self) -> str:
        return "".join(self.server.command("display-message", "-p", "-t", self.pane, "#{window_width}x#{window_height}"))

    def viewers(self) -> list[str]:
        names = self.server.command("list-sessions", "-F", "#{session_name}")
        return [name for name in names if name.startswith("gt-viewer")]


@pytest.fixture(scope="module")
def evil() -> Iterator[Evil]:
    with tempfile.TemporaryDirectory(prefix="gtv-", ignore_cleanup_errors=True) as name:
        before = os.environ.copy()
        os.environ["HOME"] = name
        ctx = create_town(Path(name).resolve() / "town")
        settings.put(ctx.ledger, settings.WANTED, "down")
        rigs.add(ctx.ledger, Rig("mines", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
        server = TmuxServer(ctx.layout)
        server.ensure()
        try:
            pane, run = _start(ctx)
            _fill(ctx)
            yield Evil(ctx, server, pane, run)
        finally:
            server.command("kill-server")
            ctx.close()
            os.environ.clear()
            os.environ.update(before)


def _start(ctx: TownContext) -> tuple[str, Run]:
    agents.ensure(ctx.ledger, ADDRESS, "builtin", actor="overseer", now=1.0)
    run_id, token, now = "t1234567", "a" * 32, time.time()
    spec = SessionSpec(ADDRESS, run_id, token, ctx.layout.root, ("sh", "-c", SCRIPT), ctx.layout.root, width=120, height=40)
    pane = create_session(ctx.layout, spec)
    run = Run(
        run_id, ADDRESS, "", 1, RunState.QUEUED, "", token, 1, "builtin", "", session_name(ADDRESS, run_id), pane, "", EVIL, "", "", "",
        None, None, EVIL, now, None, None, None, None, None,
    )  # fmt: skip
    runs.create(ctx.ledger, run, actor="supervisor")
    for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
        runs.move(ctx.ledger, run_id, state, actor="supervisor", now=now)
    return pane, run


def _fill(ctx: TownContext) -> None:
    beads.create(ctx, beads.Filing(EVIL, rig="mines", description=EVIL))
    asked = Request(
        "q1", "question", ADDRESS, "t1234567", "", EVIL, EVIL, EVIL, '[{"key": "1", "label": "\\u001b]52;c;ZXZpbA==\\u0007[b]"}]', "fp",
        RequestState.OPEN, "", "", "", time.time(), None,
    )  # fmt: skip
    requests.publish(ctx.ledger, asked)
    messages.say(ctx, ADDRESS, EVIL)
    incidents.raise_one(ctx.ledger, "gate_failed", "ms-1", EVIL, actor="supervisor", now=time.time())


@pytest.fixture
def console(evil: Evil, request: pytest.FixtureRequest) -> Iterator[Callable[..., Outer]]:
    """Opens consoles on the town, each in a terminal of its own."""
    opened: list[Outer] = []
    home = evil.ctx.layout.root.parent
    shutil.rmtree(home / ".local", ignore_errors=True)
    keep_toured({"HOME": str(home)})

    def open_one(size: tuple[int, int] = (110, 36), words: tuple[str, ...] = ()) -> Outer:
        environment = {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(evil.ctx.layout.root.parent)}
        argv = [sys.executable, "-c", CODE, "--town", str(evil.ctx.layout.root), *words]
        outer = Outer(f"{request.node.name[-20:]}-{len(opened)}", argv, environment, size)
        opened.append(outer)
        return outer

    yield open_one
    pids = [pid for outer in opened if (pid := outer.pid)]
    for outer in opened:
        outer.close()
    # A console that is hung up keeps its place, which the next test must not find.
    end = time.monotonic() + 30
    while any(psutil.pid_exists(pid) for pid in pids):
        assert time.monotonic() < end, pids


def is_open(seen: str) -> bool:
    return "GAS TOWN" in seen and "toast" in seen


@pytest.mark.parametrize("size", [(80, 24), (140, 44)])
def test_foreign_text_stays_text_on_every_screen(evil: Evil, console: Callable[..., Outer], size: tuple[int, int]) -> None:
    outer = console(size)
    outer.until(lambda seen: is_open(seen) and "ready for words" in seen)

    def harmless() -> None:
        assert "HAS ENDED" not in outer.screen()
        assert "evil" not in outer.titles
        assert outer.clipboard == ""

    for number in "23456789":
        before = outer.screen()
        outer.keys(number)
        outer.until(lambda seen, before=before: seen != before)
        harmless()
    steps = (
        *(("1", "ready for words"), ("Enter", "type in"), ("E", "WEIGHED"), ("Escape", ""), ("y", "Copy from"), ("Escape", "")),
        ("?", "this screen first"),
    )
    for keys, word in steps:
        before = outer.screen()
        outer.keys(keys)
        outer.until(lambda seen, word=word, before=before: word in seen and seen != before)
        harmless()
    assert "\u202e" not in outer.screen()


def test_only_the_console_itself_reaches_the_clipboard(evil: Evil, console: Callable[..., Outer]) -> None:
    outer = console()
    outer.until(lambda seen: is_open(seen) and "ready for words" in seen)
    outer.keys("Enter")
    outer.until(lambda seen: "type in" in seen and "line 120" in seen)
    outer.keys("PageUp")
    outer.until(lambda seen: "lines back" in seen)
    outer.keys("Home")
    outer.until(lambda seen: "[b]not bold[/b]" in seen and "line 1 of the agent" in seen)
    outer.keys("y")
    outer.until(lambda seen: "all that its terminal has kept" in seen)
    outer.keys("2")
    end = time.monotonic() + 30
    while "line 119 of the agent" not in (found := outer.clipboard):
        assert time.monotonic() < end, found
    assert "evil" not in found
    assert "[@click=app.quit]quit[/]" in found


def test_two_consoles_have_a_viewer_each_and_a_killed_one_leaves_none(evil: Evil, console: Callable[..., Outer]) -> None:
    first, second = console(), console()
    for outer in (first, second):
        outer.until(lambda seen: is_open(seen) and "ready for words" in seen)
    assert len(evil.viewers()) == 2
    os.kill(first.pid, signal.SIGKILL)
    end = time.monotonic() + 30
    while len(evil.viewers()) > 1:
        assert time.monotonic() < end, evil.viewers()
    second.keys("q")
    second.until(lambda seen: "HAS ENDED" in seen)
    while evil.viewers():
        assert time.monotonic() < end, evil.viewers()


def test_a_console_that_is_told_to_end_gives_the_terminal_back(evil: Evil, console: Callable[..., Outer]) -> None:
    outer = console()
    outer.until(lambda seen: is_open(seen) and "ready for words" in seen)
    os.kill(outer.pid, signal.SIGTERM)
    outer.until(lambda seen: "goes on without you" in seen and "HAS ENDED" in seen)
    assert outer.tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").split() == ["0", "0", "1"]


def test_bytes_that_are_no_text_end_nothing(evil: Evil, console: Callable[..., Outer]) -> None:
    outer = console()
    outer.until(is_open)
    outer.keys("-H", "ff", "fe", "80", "c3", "28", "f0", "9f")
    outer.keys("4")
    outer.until(lambda seen: "by state" in seen)
    outer.keys("1")
    outer.until(is_open)


def test_attach_from_another_terminal_is_seen_and_leaves_the_size(evil: Evil, console: Callable[..., Outer]) -> None:
    looking = console()
    looking.until(lambda seen: is_open(seen) and "ready for words" in seen)
    inside = console((90, 30), ("attach", ADDRESS))
    inside.until(lambda seen: "ready for words" in seen and "GAS TOWN" not in seen and "Ctrl+Q comes back" in seen)
    assert evil.size() == "90x30"
    inside.keys("from here", "Enter")
    inside.until(lambda seen: "heard <from here>" in seen)
    looking.keys("Enter")
    looking.until(lambda seen: "a person is attached" in seen and "heard <from here>" in seen)
    third = console((100, 26), ("attach", ADDRESS))
    third.until(lambda seen: "heard <from here>" in seen and "somebody else is attached too" in seen)
    for one, word in ((third, "by the third"), (inside, "by the second")):
        # Both see all of it, and nobody's keys change its size.
        one.keys(word, "Enter")
        one.until(lambda seen, word=word: f"heard <{word}>" in seen)
        assert evil.size() == "90x26"
    inside.keys("F12")
    inside.until(lambda seen: "HAS ENDED" in seen)
    third.until(lambda _: evil.size() == "100x26")
    third.close()  # the line is lost
    looking.until(lambda seen: "a person is attached" not in seen and evil.size() == "120x40")


def test_leaving_and_coming_back_is_the_same_place(evil: Evil, console: Callable[..., Outer]) -> None:
    outer = console()
    outer.until(is_open)
    outer.keys("m")
    outer.until(lambda seen: "leave, text stays" in seen)
    outer.keys("half a thought")
    outer.until(lambda seen: "half a thought" in seen)
    outer.keys("Escape")
    outer.until(lambda seen: "leave, text stays" not in seen)
    outer.keys("4")
    outer.until(lambda seen: "half a thought" in seen and "[b]evil[/b]" in seen)
    outer.keys("/")
    outer.until(lambda seen: "rows that hold all these words" in seen)
    outer.keys("nothing like it", "Enter")
    outer.until(lambda seen: "nothing matches" in seen)
    outer.keys("q")
    outer.until(lambda seen: "HAS ENDED" in seen)
    again = console()
    again.until(lambda seen: "half a thought" in seen and "nothing matches" in seen)
    again.keys("Escape")
    again.until(lambda seen: "nothing matches" not in seen and "[b]evil[/b]" in seen)


def test_the_day_of_a_person(evil: Evil, console: Callable[..., Outer]) -> None:
    """Answer, refuse with a reason, type through: keys in; what the ledger and the agent got comes out."""
    ledger = evil.ctx.ledger
    answering.answer(evil.ctx, "q1", "1", "")

    def ask(name: str) -> None:
        options = '[{"key": "allow", "label": "Yes"}, {"key": "deny", "label": "No"}]'
        requests.publish(
            ledger,
            Request(name, "permission", ADDRESS, "t1234567", "", f"make {name}", "", "/", options, name, RequestState.OPEN, "", "", "", time.time(), None),
        )  # fmt: skip

    def pressed(outer: Outer, key: str, is_done: Callable[[str], object]) -> None:
        """A selection that has just moved takes no answer, so the key is pressed until it is taken."""
        again = 0.0

        def press(seen: str) -> object:
            nonlocal again
            if not (done := is_done(seen)) and time.monotonic() > again:
                again = time.monotonic() + 3
                outer.keys(key)
            return done

        outer.until(press)

    def can_allow(seen: str) -> bool:
        """The footer says it: `w` may have gone to the incident first."""
        return " allow" in seen.rstrip().splitlines()[-1]

    def is_open(name: str) -> bool:
        return requests.get(ledger, name).state is RequestState.OPEN

    def answer(name: str) -> tuple[str, str]:
        found = requests.get(ledger, name)
        return found.answer, found.answer_text

    outer = console()
    ask("icons")
    outer.until(lambda seen: "make icons" in seen)
    pressed(outer, "w", can_allow)
    pressed(outer, "a", lambda seen: not is_open("icons"))
    assert answer("icons") == ("allow", "")
    ask("trouble")
    outer.until(lambda seen: "make trouble" in seen)
    pressed(outer, "w", can_allow)
    pressed(outer, "r", lambda seen: "reads it" in seen)
    outer.keys("not today", "Enter")
    outer.until(lambda seen: not is_open("trouble"))
    assert answer("trouble") == ("deny", "not today")
    outer.keys("Enter")
    outer.until(lambda seen: "type in" in seen)
    outer.keys("i")
    outer.until(lambda seen: "YOU ARE TYPING INTO IT" in seen)
    outer.keys("typed through", "Enter")
    outer.until(lambda seen: "heard <typed through>" in seen)
    outer.keys("F12")
    outer.until(lambda seen: "YOU ARE TYPING INTO IT" not in seen)


def test_a_stopped_agent_ends_although_consoles_look_at_it(evil: Evil, console: Callable[..., Outer]) -> None:
    outer = console()
    outer.keys("1")
    outer.until(lambda seen: is_open(seen) and "ready for words" in seen)
    pid = next(fact.pid for fact in evil.server.snapshot() if fact.pane == evil.pane)
    assert kill_session(evil.ctx.layout, ADDRESS, evil.run.id, evil.run.token) == []
    assert not Path(f"/proc/{pid}").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    assert evil.pane not in [fact.pane for fact in evil.server.snapshot()]
    assert "GAS TOWN" in outer.screen()
