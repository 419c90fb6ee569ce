"""What people do with the console, each from its start, in a real terminal (an outer tmux): keys go in; the picture, the
ledger, the files and the agent's own terminal say what came of it.

The first visit; an answer by the agent's own options; sling and convoy; review; approval; words and letters; into an agent's
terminal and back; settings, colours and a broken file; the E-stop; a terminal that changes its size. Refusing with a reason, typing
through, copying, leaving and coming back, and two consoles are in test_tui_terminal.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from outer import Outer
from towns import git

from gastown_tui.core.rows import Merge, Request, Run
from gastown_tui.core.states import BeadState, MergeState, RequestState, ReviewState, RunState
from gastown_tui.infra.act.sessions import SessionSpec, create_session, session_name
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, convoys, merges, requests, review, runs, settings
from gastown_tui.ledger import beads as rows
from gastown_tui.services import approvals, beads, mail, messages
from gastown_tui.services.context import TownContext, open_context
from gastown_tui.services.rigs import add
from gastown_tui.services.town import create_town
from gastown_tui.tui.place import has_toured, keep_toured

pytestmark = [pytest.mark.tmux, pytest.mark.timeout(240), pytest.mark.xdist_group("terminal")]
TOAST, NUX = "mines/polecats/toast", "mines/polecats/nux"
SCRIPT = "printf 'ready for words\\n'; while IFS= read -r line; do printf 'heard <%s>\\n' \"$line\"; done"
CODE = "from gastown_tui.tui.main import main; main()"


@dataclass
class Place:
    """A town with a rig, one agent with a terminal, and work of another one that can be submitted."""

    ctx: TownContext
    home: Path
    checkout: Path
    server: TmuxServer

    @property
    def environment(self) -> dict[str, str]:
        return {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(self.home)}

    def submit(self, title: str, text: str) -> Merge:
        """Work of nux that waits for approval: a real commit in the rig's repository."""
        ctx, now = self.ctx, time.time()
        bead = beads.create(ctx, beads.Filing(title, rig="mines"))
        branch = f"polecat/nux/{bead.id}"
        git(self.checkout, "checkout", "-qb", branch, "main")
        (self.checkout / "board.py").write_text(text)
        git(self.checkout, "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-qam", title)
        head, base = git(self.checkout, "rev-parse", "HEAD"), git(self.checkout, "rev-parse", "main")
        git(ctx.layout.rig("mines").repository, "fetch", "-q", str(self.checkout), f"{branch}:refs/heads/{branch}")
        rows.sling(ctx.ledger, bead.id, NUX, actor="overseer", now=now)
        run = _run(NUX, f"n{bead.id}", bead.id, branch, "")
        runs.create(ctx.ledger, run, actor="supervisor")
        rows.claim(ctx.ledger, bead.id, NUX, run=run.id, now=now)
        rows.begin(ctx.ledger, bead.id, actor=NUX, run=run.id, now=now)
        rows.submit(ctx.ledger, bead.id, actor=NUX, run=run.id, now=now)
        for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING, RunState.FINISHING, RunState.SUCCEEDED):
            runs.move(ctx.ledger, run.id, state, actor="supervisor", now=now)
        merge = merges.submit(ctx.ledger, run, "mines", head, actor=NUX, now=now)
        merges.move(ctx.ledger, merge.id, MergeState.REBASING, actor="refinery", now=now)
        facts = {"rebased_head": head, "target_before": base}
        merges.move(ctx.ledger, merge.id, MergeState.GATING, actor="refinery", now=now, facts=facts)
        merge = merges.move(ctx.ledger, merge.id, MergeState.AWAITING_APPROVAL, actor="refinery", now=now)
        approvals.ask(ctx, merge, rows.get(ctx.ledger, bead.id))
        return merge

    def ask(self, name: str, kind: str, title: str, options: str) -> None:
        """A question of toast."""
        asked = Request(
            name, kind, TOAST, "t1234567", "", title, "", "/", options, name, RequestState.OPEN, "", "", "", time.time(), None
        )
        requests.publish(self.ctx.ledger, asked)

    def until(self, is_true: Callable[[], object], seconds: float = 30.0) -> None:
        """Waits for what the ledger, a file or an agent's terminal says."""
        end, tick = time.monotonic() + seconds, 0
        while not is_true():
            tick += 1
            assert time.monotonic() < end, "did not come true"

    def pane(self) -> str:
        """What stands in toast's own terminal."""
        found = next(fact.pane for fact in self.server.snapshot() if fact.agent == TOAST)
        return "\n".join(self.server.command("capture-pane", "-p", "-t", found))


def _run(agent: str, name: str, bead: str, branch: str, pane: str) -> Run:
    return Run(name, agent, bead, 1, RunState.QUEUED, "", "b" * 32, 1, "builtin", "", session_name(agent, name), pane, "", branch, "", "", "", None, None, "", time.time(), None, None, None, None, None)  # fmt: skip


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="gtj-", ignore_cleanup_errors=True) as name:
        home, before = Path(name).resolve(), os.environ.copy()
        os.environ["HOME"] = name
        (home / ".gitconfig").write_text("[user]\n\tname = Tester\n\temail = t@example.org\n[init]\n\tdefaultBranch = main\n")
        checkout = home / "mines"
        checkout.mkdir()
        git(checkout, "init", "-q")
        (checkout / "board.py").write_text("def reveal(cell):\n    return cell\n")
        git(checkout, "add", "-A")
        git(checkout, "commit", "-qm", "one")
        ctx = create_town(home / "town")
        settings.put(ctx.ledger, settings.WANTED, "down")
        add(ctx, "mines", str(checkout))
        server = TmuxServer(ctx.layout)
        server.ensure()
        try:
            for address in (TOAST, NUX):
                agents.ensure(ctx.ledger, address, "builtin", actor="overseer", now=1.0)
            spec = SessionSpec(
                TOAST, "t1234567", "b" * 32, ctx.layout.root, ("sh", "-c", SCRIPT), ctx.layout.root, width=100, height=30
            )
            run = _run(TOAST, "t1234567", "", "", create_session(ctx.layout, spec))
            runs.create(ctx.ledger, run, actor="supervisor")
            for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
                runs.move(ctx.ledger, run.id, state, actor="supervisor", now=time.time())
            yield Place(ctx, home, checkout, server)
        finally:
            server.command("kill-server")
            ctx.close()
            os.environ.clear()
            os.environ.update(before)


@pytest.fixture
def console(place: Place, request: pytest.FixtureRequest) -> Iterator[Callable[..., Outer]]:
    """Opens consoles; the tour has been seen."""
    opened: list[Outer] = []
    state = place.home / ".local" / "state" / "gastown"
    for kept in state.glob("*.json"):
        kept.unlink()
    keep_toured(place.environment)

    def open_one(size: tuple[int, int] = (120, 40)) -> Outer:
        argv = [sys.executable, "-c", CODE, "--town", str(place.ctx.layout.root)]
        opened.append(Outer(f"{request.node.name[-20:]}-{len(opened)}", argv, place.environment, size))
        opened[-1].until(lambda seen: "GAS TOWN" in seen and "toast" in seen)
        return opened[-1]

    yield open_one
    pids = [pid for outer in opened if (pid := outer.pid)]
    for outer in opened:
        outer.close()
    # A console that is hung up keeps its place, which the next test must not find.
    place.until(lambda: not any(psutil.pid_exists(pid) for pid in pids))


def footer(seen: str) -> str:
    return seen.rstrip().splitlines()[-1]


def test_the_first_visit(place: Place, console: Callable[..., Outer]) -> None:
    (place.home / ".local" / "state" / "gastown" / "toured").unlink()
    outer = console((100, 30))
    outer.until(lambda seen: "Welcome to Gas Town" in seen and "1 of 5" in seen)
    for number in range(2, 6):
        outer.keys("Enter")
        outer.until(lambda seen, number=number: f"{number} of 5" in seen)
    outer.resize(80, 24)
    outer.until(lambda seen: "5 of 5" in seen and "leave the tour" in seen and len(seen.splitlines()) <= 24)
    outer.keys("Enter")
    outer.until(lambda seen: "5 of 5" not in seen)
    assert has_toured(place.environment)
    outer.keys("?")
    outer.until(lambda seen: "this screen first" in seen)
    outer.keys("q")
    outer.until(lambda seen: "this screen first" not in seen)
    outer.keys("q")
    outer.until(lambda seen: "HAS ENDED" in seen and "goes on without you" in seen)
    again = console((100, 30))
    again.keys("4")
    assert "Welcome" not in again.until(lambda seen: "open  " in seen)


def test_a_question_is_answered_by_the_agents_own_options(place: Place, console: Callable[..., Outer]) -> None:
    place.ask("which", "question", "Which schema?", '[{"key": "1", "label": "Keep v6"}, {"key": "2", "label": "Move to v7"}]')
    outer = console()
    outer.until(lambda seen: "1 need you" in seen)
    outer.keys("2")
    outer.until(lambda seen: "Which schema?" in seen and " options" in footer(seen))
    outer.press("o", lambda seen: "Move to v7" in seen and "answer" in seen and "back" in seen)
    outer.keys("2")
    place.until(lambda: requests.get(place.ctx.ledger, "which").state is RequestState.ANSWERED)
    assert requests.get(place.ctx.ledger, "which").answer == "2"
    outer.until(lambda seen: "all clear" in seen or "ANSWERED" in seen)


def test_work_is_slung_and_bound_into_a_convoy(place: Place, console: Callable[..., Outer]) -> None:
    made = [beads.create(place.ctx, beads.Filing(f"Part {word}", rig="mines")) for word in ("alpha", "omega")]
    outer = console()
    outer.keys("4")
    outer.until(lambda seen: "Part alpha" in seen)
    outer.keys("/")
    outer.until(lambda seen: "rows that hold all these words" in seen)
    outer.keys("omega", "Enter")
    outer.until(lambda seen: "Part alpha" not in seen and "Part omega" in seen and "reading" not in seen)
    outer.keys("N")
    outer.until(lambda seen: "to whom?" in seen)
    outer.keys(TOAST, "Enter")
    place.until(lambda: rows.get(place.ctx.ledger, made[1].id).slung_to == TOAST)
    outer.keys("m")
    outer.until(lambda seen: "leave, text stays" in seen)
    outer.keys(f'/convoy "Both halves" {made[0].id} {made[1].id}', "Enter")
    place.until(lambda: any(one.title == "Both halves" for one in convoys.every(place.ctx.ledger)))
    outer.keys("Escape")
    outer.until(lambda seen: "leave, text stays" not in seen)
    outer.keys(":")
    outer.until(lambda seen: "convoy" in seen.lower())
    outer.keys("Both halves")
    outer.until(lambda seen: "0/2 landed" in seen)
    outer.keys("Enter")
    outer.until(lambda seen: "CONVOYS" in seen and "Both halves" in seen and "Part alpha" in seen and "time left unknown" in seen)


def test_work_is_read_commented_and_sent_back(place: Place, console: Callable[..., Outer]) -> None:
    merge = place.submit("Reveal neighbours", "def reveal(cell):\n    return flood(cell)\n")
    outer = console()
    outer.keys("5")
    outer.until(lambda seen: "your approval" in seen and "Reveal neighbours" in seen)
    outer.keys("d")
    outer.until(lambda seen: "return flood(cell)" in seen)
    outer.keys("j", "j", "j", "j", "c")
    outer.until(lambda seen: "back, nothing is sent" in seen)
    outer.keys("edges are missing", "Enter")
    outer.until(lambda seen: "edges are missing" in seen and "1 draft" in seen)
    assert [one.state for one in review.of_bead(place.ctx.ledger, merge.bead)] == [ReviewState.DRAFT]
    outer.keys("Enter")
    outer.until(lambda seen: "Send 1 comment to nux?" in seen)
    outer.keys("y")
    place.until(lambda: merges.get(place.ctx.ledger, merge.id).state is MergeState.REJECTED)
    assert rows.get(place.ctx.ledger, merge.bead).state is BeadState.OPEN
    assert "edges are missing" in merges.get(place.ctx.ledger, merge.id).detail


def test_work_is_approved_from_the_merge_queue(place: Place, console: Callable[..., Outer]) -> None:
    merge = place.submit("Count mines", "def reveal(cell):\n    return count(cell)\n")
    outer = console((80, 24))
    outer.press("w", lambda seen: "Count mines" in seen and " allow" in footer(seen))
    outer.keys("5")
    outer.until(lambda seen: "your approval" in seen and "Count mines" in seen)
    outer.press("a", lambda seen: merges.get(place.ctx.ledger, merge.id).state is MergeState.QUEUED)
    assert merges.get(place.ctx.ledger, merge.id).approved_by == "overseer"
    outer.until(lambda seen: "your approval" not in seen)


def test_words_and_letters(place: Place, console: Callable[..., Outer]) -> None:
    reader = open_context(place.ctx.layout.root)
    agent = TownContext(place.ctx.layout, TOAST, "t1234567")
    messages.send(agent, ["overseer"], "Nine by nine?", subject="Board size")
    agent.close()
    outer = console()
    outer.until(lambda seen: "7 Mail 1" in seen)
    outer.keys("7")
    outer.until(lambda seen: "Board size" in seen and "Nine by nine?" in seen)
    outer.keys("r")
    outer.until(lambda seen: "back, nothing is sent" in seen)
    outer.keys("Yes, and ten mines.")
    outer.until(lambda seen: "ten mines" in seen)
    outer.keys("Enter")
    place.until(lambda: any("ten mines" in one.body for thread in mail.threads(reader) for one in thread.messages))
    outer.until(lambda seen: "1 unread" not in seen)
    outer.keys("1")
    outer.until(lambda seen: "ready for words" in seen)
    outer.keys("Space")
    outer.until(lambda seen: "back, nothing is sent" in seen)
    outer.keys("look at the flags", "Enter")
    outer.until(lambda seen: "look at the flags" in seen and "waits" in seen)
    reader.close()


def test_into_an_agents_terminal_and_back(place: Place, console: Callable[..., Outer]) -> None:
    outer = console()
    outer.keys("V")
    outer.until(lambda seen: "grouped: " in seen)
    outer.keys("t")
    outer.until(lambda seen: "GAS TOWN" not in seen and "ready for words" in seen)
    outer.keys("said inside", "Enter")
    outer.until(lambda seen: "heard <said inside>" in seen)
    outer.keys("F12")
    outer.until(lambda seen: "GAS TOWN" in seen and "heard <said inside>" in seen)
    outer.keys("Enter")
    outer.until(lambda seen: "type in" in seen)
    outer.keys("t")
    outer.until(lambda seen: "GAS TOWN" not in seen and "heard <said inside>" in seen)
    outer.press("C-q", lambda seen: "GAS TOWN" in seen and "type in" in seen and "VITALS" in seen)
    assert "heard <said inside>" in place.pane()


def test_settings_colours_and_a_broken_file(place: Place, console: Callable[..., Outer]) -> None:
    mine, town = place.home / ".config" / "gastown" / "console.toml", place.ctx.layout.config
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text('theme = "no such"\n[keys]\n"app.nothing" = "x"\n"mayor.talk" = "ctrl+t"\n')
    outer = console()
    outer.until(lambda seen: "line 1" in seen and "line 3" in seen and "^T mayor" in footer(seen))
    outer.keys("9")
    outer.until(lambda seen: "max_polecats" in seen)
    outer.keys("/")
    outer.until(lambda seen: "rows that hold all these words" in seen)
    outer.keys("max_polecats", "Enter")
    outer.until(lambda seen: "whole number, 0 to 200" in seen and "default_agent" not in seen)
    outer.keys("Enter")
    outer.until(lambda seen: "back, nothing is sent" in seen)
    outer.keys("BSpace", "BSpace", "900", "Enter")
    outer.until(lambda seen: "less than or equal" in seen and "back, nothing is sent" in seen)
    outer.keys("BSpace", "BSpace", "BSpace", "12", "Enter")
    place.until(lambda: "max_polecats = 12" in town.read_text())
    outer.until(lambda seen: "back, nothing is sent" not in seen)
    outer.keys("1")
    outer.until(lambda seen: "ready for words" in seen)
    outer.keys("T")
    place.until(lambda: 'theme = "gas-town' in mine.read_text())
    assert '"mayor.talk" = "ctrl+t"' in mine.read_text()
    mine.unlink()


def test_everything_stops_and_goes_on(place: Place, console: Callable[..., Outer]) -> None:
    outer = console()
    outer.keys(":")
    outer.until(
        lambda seen: ("nothing is called that" not in seen and "E-STOP" in seen) or "Every command" in seen or "back" in seen
    )
    outer.keys("e-stop", "Enter")
    outer.until(lambda seen: "freeze every agent at once?" in seen)
    outer.keys("n")
    outer.until(lambda seen: "freeze every agent at once?" not in seen)
    assert not place.ctx.layout.estop.exists()
    outer.keys(":")
    outer.keys("e-stop", "Enter")
    outer.until(lambda seen: "freeze every agent at once?" in seen)
    outer.keys("y")
    place.until(place.ctx.layout.estop.exists)
    outer.until(lambda seen: "E-STOPPED" in seen)
    outer.keys(":")
    outer.keys("release", "Enter")
    outer.until(lambda seen: "Release the E-stop?" in seen)
    outer.keys("y")
    place.until(lambda: not place.ctx.layout.estop.exists())
    outer.until(lambda seen: "E-STOPPED" not in seen)


def test_every_screen_at_every_size_and_back(place: Place, console: Callable[..., Outer]) -> None:
    outer = console()
    for width, height in ((200, 60), (80, 24), (60, 20), (120, 40)):
        outer.resize(width, height)
        for number, word in (("2", "oldest first"), ("3", "CONVOYS"), ("4", "open"), ("6", "FEED"), ("1", "toast")):
            outer.keys(number)
            seen = outer.until(lambda seen, word=word: word in seen)
            assert "HAS ENDED" not in seen
    outer.keys("2")
    outer.until(lambda seen: "oldest first" in seen)
    outer.keys("Escape")
    outer.until(lambda seen: "ready for words" in seen and "density" in footer(seen))
