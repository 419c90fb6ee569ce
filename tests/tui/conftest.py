"""A hand-made town for the console's tests: real snapshots, acts that are written down, panes from captured screens."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gastown_tui.core.config import TownConfig, read_town
from gastown_tui.core.errors import Conflict, GastownError, NotFound
from gastown_tui.core.evidence import AgentState, Claim, Evidence, Source, StateVerdict
from gastown_tui.core.review import parse as parse_diff
from gastown_tui.core.rows import Bead, Comment, Delivery, Dependency, Event, Incident, Merge, Message, Request, ReviewComment
from gastown_tui.core.snapshot import AgentView, ConvoyView, RigView, SupervisorView, TownSnapshot
from gastown_tui.core.states import (
    BeadOutcome,
    BeadState,
    ConvoyState,
    DeliveryState,
    Dial,
    IncidentState,
    MergeState,
    RequestState,
    ReviewState,
)
from gastown_tui.core.transcript import Entry, What
from gastown_tui.core.usage import Spent, Tokens
from gastown_tui.services.beads import BeadDetail
from gastown_tui.services.conversation import Heard
from gastown_tui.services.doctor import Check
from gastown_tui.services.explain import Explanation
from gastown_tui.services.mail import Thread
from gastown_tui.services.settings_form import Section, change_file, entries_of, section
from gastown_tui.tui.app import Console
from gastown_tui.tui.doing import Town
from gastown_tui.tui.keys import show_ascii
from gastown_tui.tui.panes.hub import PaneHub, Wanted
from gastown_tui.tui.person import Person
from gastown_tui.tui.place import Place
from gastown_tui.tui.viewmodels.chat import Said

NOW = 1_764_000_000.0
SCREENS = Path(__file__).parent / "screens"
HOSTILE = "[/x][@click=app.quit]q[b]\x1b]52;c;AAAA\x07\x1b[31mred\x9b2J 漢字 👩‍🚀 \u202egnp.exe\n$(rm -rf /)"


def verdict(state: AgentState, ago: float = 60.0, detail: str = "", source: Source = Source.HOOK) -> StateVerdict:
    return StateVerdict(state, detail, source, NOW - ago, NOW - 2, "test")


def agent(
    address: str, state: AgentState = AgentState.WORKING, *, bead: str = "", pane: str = "", ago: float = 60.0, **more: object
) -> AgentView:
    parts = address.split("/")
    role = {"polecats": "polecat", "crew": "crew"}.get(parts[1] if len(parts) > 1 else "", parts[-1])
    view = AgentView(
        address=address,
        role=role,
        rig=parts[0] if len(parts) > 1 else "",
        name=parts[-1],
        driver="builtin",
        verdict=verdict(state, ago),
        run=f"run{parts[-1][:4]}" if pane else "",
        run_state="working" if pane else "",
        bead=bead,
        bead_title=f"title of {bead}" if bead else "",
        pane=pane,
        window=pane.replace("%", "@"),
        session=f"gt-{parts[-1]}" if pane else "",
        branch=f"polecat/{parts[-1]}/{bead}" if bead else "",
    )
    return replace(view, **more)  # type: ignore[arg-type]


def bead(bead_id: str, title: str, state: BeadState = BeadState.OPEN, **more: object) -> Bead:
    made = Bead(
        bead_id, "mines", title, "", "", "task", 2, state, None, "", "", "", None, None, "overseer", NOW - 3600, NOW - 600, None, None, None, 0, "{}"
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def request(
    request_id: str = "q1", kind: str = "permission", agent_address: str = "mines/polecats/toast", **more: object
) -> Request:
    options = [("allow", "Yes"), ("always", "Yes, and do not ask again"), ("deny", "No, and say why")]
    if kind == "question":
        options = [("1", "Keep v6"), ("2", "Move to v7")]
    if kind == "approval":
        options = [("approve", "approve"), ("send_back", "send back with a reason")]
    made = Request(
        request_id,
        kind,
        agent_address,
        "runtoas",
        "ms-2",
        "sh scripts/make-icons.sh",
        "Draws the icons anew",
        "/town/mines/polecats/toast",
        json.dumps([{"key": key, "label": label} for key, label in options]),
        f"fp-{request_id}",
        RequestState.OPEN,
        "",
        "",
        "",
        NOW - 120,
        None,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def merge(merge_id: int, bead_id: str, state: MergeState, **more: object) -> Merge:
    made = Merge(merge_id, "mines", bead_id, f"run{merge_id}", "mines/polecats/nux", f"polecat/nux/{bead_id}", state, "9be2f41aa", "03c7aa0bb", "", "", "", 1, "", "", "", None, NOW - 300, NOW - 180)  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def event(seq: int, kind: str, subject: str, ago: float, **more: object) -> Event:
    made = Event(seq, NOW - ago, kind, "supervisor", subject, "mines", "", "", "{}")
    return replace(made, **more)  # type: ignore[arg-type]


def town_snapshot(**more: object) -> TownSnapshot:
    """One rig, four polecats of which one asks, a mayor, a convoy, a merge that waits for approval."""
    agents = (
        agent("mayor", AgentState.IDLE, pane="%9"),
        agent("mines/polecats/toast", AgentState.PERMISSION, bead="ms-2", pane="%1", ago=120, request="q1"),
        agent("mines/polecats/nux", AgentState.WORKING, bead="ms-3", pane="%2", ago=34),
        agent("mines/polecats/slit", AgentState.STALLED, bead="ms-4", pane="%3", ago=1020),
        agent("mines/polecats/dag", AgentState.WORKING, bead="ms-5", pane="%4", ago=8),
        agent("mines/crew/max", AgentState.STOPPED, ago=3600),
    )
    beads = (
        bead("ms-1", "The board", BeadState.CLOSED, outcome=BeadOutcome.MERGED, closed_at=NOW - 300),
        bead("ms-2", "Icons", BeadState.IN_PROGRESS, assignee="mines/polecats/toast"),
        bead(
            "ms-3", "Neighbours", BeadState.IN_PROGRESS, assignee="mines/polecats/nux", description="Count the mines around a cell."
        ),
        bead("ms-4", "Flags", BeadState.IN_PROGRESS, assignee="mines/polecats/slit"),
        bead("ms-5", "Renderer", BeadState.IN_PROGRESS, assignee="mines/polecats/dag"),
        bead("ms-6", "Flood fill", BeadState.SUBMITTED),
        bead("ms-7", "Hints", BeadState.OPEN),
        bead("ms-8", "Win and lose", BeadState.OPEN),
    )
    snapshot = TownSnapshot(
        root="/town",
        taken_at=NOW,
        supervisor=SupervisorView("up", NOW - 1, 4711),
        wanted="up",
        is_estopped=False,
        is_rehearsal=True,
        rigs=(RigView("mines", "ms", "main", Dial.ASK, "active", 4, 1, 7, "/home/me/mines"),),
        agents=agents,
        requests=(
            request(),
            request(
                "q2",
                "approval",
                "mines/polecats/nux",
                bead="ms-6",
                run="run6",
                title="Land ms-6 Flood fill",
                detail="",
                created_at=NOW - 60,
            ),
        ),
        convoys=(ConvoyView("cv-1", "Minesweeper", ConvoyState.OPEN, 8, 1, 4, 1, "toast", tuple(one.id for one in beads)),),
        merges=(merge(6, "ms-6", MergeState.AWAITING_APPROVAL), merge(1, "ms-1", MergeState.MERGED, updated_at=NOW - 300)),
        incidents=(
            Incident(5, "gate_failed", "ms-6", "medium", IncidentState.OPEN, "one test failed twice", 2, NOW - 900, NOW - 400, ""),
        ),
        beads=beads,
        reasons={"ms-8": "waits for ms-6"},
        events=(
            event(1, "bead.created", "ms-1", 3000, bead="ms-1"),
            event(2, "run.started", "mines/polecats/toast", 200, bead="ms-2", run="runtoas"),
            event(3, "merge.merged", "ms-1", 300, bead="ms-1"),
            event(4, "request.opened", "mines/polecats/toast", 120, bead="ms-2"),
        ),
        landed_today=1,
        today=Spent(Tokens(input=48_000), calls=9, unpriced=9),
        unread_mail=1,
    )
    return replace(snapshot, **more)  # type: ignore[arg-type]


def letter(
    message_id: str, sender: str, to: str, body: str, ago: float, state: DeliveryState = DeliveryState.SEEN, **more: object
) -> tuple[Message, Delivery]:
    message = Message(message_id, sender, str(more.get("subject", "")), body, str(more.get("kind", "mail")), str(more.get("thread", message_id)), NOW - ago)  # fmt: skip
    read = NOW - ago + 30 if state is DeliveryState.SEEN else None
    return message, Delivery(message_id, to, state, str(more.get("detail", "")), "", NOW - ago + 20, read)


def thread(*letters: tuple[Message, Delivery], unread: int = 0, is_archived: bool = False) -> Thread:
    messages = tuple(message for message, _ in letters)
    return Thread(messages[0].thread, messages, {message.id: (way,) for message, way in letters}, unread, is_archived)


def made_mail() -> list[Thread]:
    """An unread letter, an answered one, a word that could not be proven, one among agents, one put away."""
    toast, nux = "mines/polecats/toast", "mines/polecats/nux"
    return [
        thread(letter("m1", nux, "overseer", "The neighbours of an edge cell: five or eight?\n\nI took five.", 180, DeliveryState.QUEUED, subject="Edge cells"), unread=1),
        thread(
            letter("m2", "overseer", toast, "Is 9 by 9 right?", 1900, subject="Board size"),
            letter("m3", toast, "overseer", "Yes, and 10 mines.", 1800, thread="m2", subject="Re: Board size"),
        ),
        thread(letter("m4", "overseer", "mines/polecats/slit", "Please look at the flags first.", 2400, DeliveryState.UNPROVEN, kind="say", detail="the pane ended before it was seen")),
        thread(letter("m9", toast, nux, "I take ms-2, you take ms-3.", 4000, subject="Who does what")),
        thread(letter("m5", "mayor", "overseer", "Everything is filed.", 86_000, subject="Plan"), is_archived=True),
    ]  # fmt: skip


def crowd(count: int) -> TownSnapshot:
    """A busy town: three rigs, `count` workers in all states, a convoy for each rig, a question for each that asks."""
    states = [AgentState.WORKING, AgentState.PERMISSION, AgentState.WORKING, AgentState.IDLE, AgentState.DONE, AgentState.WORKING,
              AgentState.STALLED, AgentState.WORKING, AgentState.LIMIT, AgentState.WORKING, AgentState.DEAD, AgentState.QUESTION,
              AgentState.STOPPED, AgentState.UNKNOWN]  # fmt: skip
    names = "toast nux slit dag rictus ace furiosa capable angharad cheedo valk dementus keeper max corpus".split()
    rigs = [("mines", "ms"), ("beads", "bd"), ("gastown", "gt")]
    agents, beads, requests = [agent("mayor", AgentState.IDLE, pane="%9")], [], []
    for index in range(count):
        rig, prefix = rigs[index % 3]
        name = names[index // 3 % len(names)] + (str(index // 3 // len(names) + 1) if index // 3 >= len(names) else "")
        state = states[(index * 5 + index // 14) % len(states)]
        role = "crew" if name.startswith("max") else "polecats"
        address, made = f"{rig}/{role}/{name}", f"{prefix}-{index + 10}"
        has_pane = state is not AgentState.STOPPED
        view = agent(
            address, state, bead=made if has_pane else "", pane=f"%{index + 20}" if has_pane else "", ago=30.0 + 41 * index
        )
        agents.append(
            replace(view, bead_title=f"Part {index} of the {rig} rework", driver=("claude", "codex", "builtin")[index % 3])
        )
        if has_pane:
            beads.append(bead(made, f"Part {index} of the {rig} rework", BeadState.IN_PROGRESS, rig=rig, assignee=address))
        if state in (AgentState.PERMISSION, AgentState.QUESTION):
            kind = "permission" if state is AgentState.PERMISSION else "question"
            requests.append(request(f"q{index}", kind, address, bead=made, created_at=NOW - 30 - 41 * index))
    convoys = [ConvoyView(f"cv-{n}", f"{rig} rework", ConvoyState.OPEN, 40, 7 * n, 9, 3, "", tuple(one.id for one in beads if one.rig == rig)[:12])
               for n, (rig, _) in enumerate(rigs, 1)]  # fmt: skip
    return town_snapshot(
        rigs=tuple(RigView(rig, prefix, "main", Dial.ASK, "active", 30, 2, 9, f"/home/me/{rig}") for rig, prefix in rigs),
        agents=tuple(agents),
        beads=tuple(beads),
        requests=tuple(sorted(requests, key=lambda one: one.created_at)),
        convoys=tuple(convoys),
        incidents=(),
        merges=(),
    )


def conversation_heard() -> Heard:
    """toast's transcript: a brief, words, tools that went well and one that did not, a change."""
    change = "--- flood.py\n+++ flood.py\n@@ @@\n def reveal(cell):\n-    return cell\n+    return flood(cell)"
    output = "\n".join(f"test_{number} passed" for number in range(12))
    return Heard(
        "runtoas",
        entries=(
            Entry(What.USER, NOW - 900, "You are mines/polecats/toast.\nRun $GT prime."),
            Entry(What.AGENT, NOW - 880, "I read the bead first, then the board that reveals its cells."),
            Entry(What.TOOL, NOW - 870, "src/board.py", "t1", "Read", '{"path": "src/board.py"}'),
            Entry(What.RESULT, NOW - 869, "def reveal(cell):\n    return cell", "t1"),
            Entry(What.TOOL, NOW - 800, "flood.py", "t2", "Edit", change, is_diff=True),
            Entry(What.RESULT, NOW - 799, "done", "t2"),
            Entry(What.TOOL, NOW - 700, "pytest -q", "t3", "Bash", "pytest -q"),
            Entry(What.RESULT, NOW - 690, output, "t3", is_failed=True),
            Entry(What.USER, NOW - 600, "[message m1 from overseer] keep the icons as they are"),
            Entry(What.NOTE, NOW - 500, "the conversation was compacted", detail="What was done so far."),
            Entry(What.ERROR, NOW - 400, "API Error: 529 Overloaded"),
            Entry(What.AGENT, NOW - 300, "Twelve tests pass."),
            Entry(What.TOOL, NOW - 100, "python draw.py", "t4", "Bash", "python draw.py"),
        ),
    )


@dataclass
class MadeCapture:
    rows: list[bytes]
    cursor: tuple[int, int] | None = (0, 0)
    in_mode: bool = False
    history: int = 0


class MadePanes:
    """Panes that show captured screens, and write down what is typed into them."""

    def __init__(self, screens: dict[str, str]) -> None:
        self.screens = screens
        self.typed: list[tuple[str, bytes | str]] = []
        self.history: dict[str, list[bytes]] = {}
        self.captures = 0

    async def capture(self, pane: str, top: int = 0, bottom: int | None = None) -> MadeCapture:
        self.captures += 1
        rows = (SCREENS / self.screens.get(pane, "ready.ansi")).read_bytes().split(b"\n")
        history = self.history.get(pane, [])
        return MadeCapture([*(history[top:] if top < 0 else []), *rows], history=len(history))

    def picture(self, wanted: Sequence[Wanted], done: Callable[[str, MadeCapture | None], None]) -> None:
        for one in wanted:
            self.captures += 1
            rows = (SCREENS / self.screens.get(one.pane, "ready.ansi")).read_bytes().split(b"\n")
            done(one.pane, MadeCapture(rows[one.top :], history=len(self.history.get(one.pane, []))))

    async def link(self, window: str) -> None:
        return None

    def rest(self, pane: str) -> None:
        return None

    async def type_bytes(self, pane: str, data: bytes) -> None:
        self.typed.append((pane, data))

    async def type_key(self, pane: str, key: str) -> None:
        self.typed.append((pane, key))

    async def paste(self, pane: str, text: str) -> None:
        self.typed.append((pane, text.encode()))

    async def close(self) -> None:
        return None


def crowd_panes(snapshot: TownSnapshot) -> MadePanes:
    """A captured screen for each of the crowd that fits its state."""
    kinds = {AgentState.PERMISSION: "permission.ansi", AgentState.QUESTION: "question.ansi", AgentState.DONE: "finished.ansi",
             AgentState.IDLE: "ready.ansi", AgentState.UNKNOWN: "ready.ansi", AgentState.STALLED: "finished.ansi"}  # fmt: skip
    busy = ("working.ansi", "streaming.ansi")
    return MadePanes(
        {one.pane: kinds.get(one.verdict.state, busy[index % 2]) for index, one in enumerate(snapshot.agents) if one.pane}
    )


@dataclass
class MadeTown:
    """The source, the acts and the panes of a town that exists only here. `done` is what was asked of it."""

    snapshot_now: TownSnapshot = field(default_factory=town_snapshot)
    conversation_now: Heard = field(default_factory=conversation_heard)
    said: tuple[Said, ...] = (
        Said("mayor", "Good morning. Minesweeper has eight beads; one has landed.", NOW - 600),
        Said("you", "go on, and tell me when it is playable", NOW - 500),
        Said("receipt", "gt sling ms-3 mines", NOW - 490),
        Said("mayor", "Four polecats are on it. toast asks for permission to draw the icons anew.", NOW - 100),
    )
    done: list[tuple[object, ...]] = field(default_factory=list)
    remarks: list[ReviewComment] = field(default_factory=list)
    failure: GastownError | None = None
    boot_failure: GastownError | None = None
    is_booted: bool = False
    number: int = 0
    title: str = "◐ Icons"
    reads: int = 0
    """How often the town was examined or its settings were read."""
    mail: list[Thread] = field(default_factory=lambda: made_mail())
    checks: tuple[Check, ...] = (
        Check("ledger", "ok", "/town/.gastown/ledger.db"),
        Check("disk", "warn", "312 MiB free", "free some space"),
        Check("tmux", "ok", "/usr/bin/tmux 3.3"),
        Check("supervisor", "bad", "hung, and the town is wanted up", "gt up", "up"),
        Check("incident", "warn", "gate_failed ms-6: one test failed twice", "gt ack 5", "ack 5"),
        Check("agent claude", "ok", "ready 2.1.0 /usr/bin/claude"),
    )
    looks: int = 0
    needs: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"ms-3": ("ms-1",), "ms-6": ("ms-3",), "ms-8": ("ms-6",)})
    config: Path = Path("/town/town.toml")
    panes: MadePanes = field(
        default_factory=lambda: MadePanes(
            {"%1": "permission.ansi", "%2": "working.ansi", "%3": "finished.ansi", "%4": "streaming.ansi"}
        )
    )

    # Source

    def version(self) -> object:
        return self.number

    def snapshot(self) -> TownSnapshot:
        return self.snapshot_now

    def conversation_version(self) -> object:
        return self.said

    def conversation(self) -> tuple[Said, ...]:
        return self.said

    def close(self) -> None:
        return None

    # Acts

    def _do(self, *words: object) -> None:
        if self.failure is not None:
            raise self.failure
        self.done.append(words)
        self.number += 1

    def boot(self) -> None:
        self.is_booted = True
        if self.boot_failure is not None:
            raise self.boot_failure

    def answer(self, request_id: str, key: str, text: str) -> None:
        open_ones = [one for one in self.snapshot_now.requests if one.id == request_id]
        if not open_ones:
            raise Conflict("somebody was faster")
        self._do("answer", request_id, key, text)
        self.snapshot_now = replace(
            self.snapshot_now, requests=tuple(one for one in self.snapshot_now.requests if one.id != request_id)
        )

    def make_rule(self, rule: Mapping[str, str]) -> str:
        self._do("make_rule", rule["verdict"], rule["tool"], rule["pattern"], rule["rig"])
        return "r1"

    def remove_rule(self, rule: str) -> str:
        self._do("remove_rule", rule)
        return f"rule {rule}"

    def approve(self, bead_id: str) -> None:
        self._do("approve", bead_id)

    def send_back(self, bead_id: str, reason: str) -> None:
        self._do("send_back", bead_id, reason)

    def retry(self, merge_id: int) -> None:
        self._do("retry", merge_id)

    def log(self, merge_id: int) -> str:
        return "....F\nFAILED test_flood\x1b[31m\n1 failed"

    def say(self, receiver: str, text: str) -> None:
        self._do("say", receiver, text)

    def interrupt(self, receiver: str, text: str) -> None:
        self._do("interrupt", receiver, text)

    def nudge(self, receiver: str, text: str) -> None:
        self._do("nudge", receiver)

    refused: str = ""
    """Who cannot have a broadcast."""

    def broadcast(self, receivers: Sequence[str], text: str, kind: str = "nudge") -> list[str]:
        self._do("broadcast", tuple(receivers), text)
        return [f"{one}: no such agent" for one in receivers if one == self.refused]

    def file(self, title: str, rig: str) -> str:
        self._do("file", title, rig)
        self.snapshot_now = replace(self.snapshot_now, beads=(*self.snapshot_now.beads, bead("ms-9", title, rig=rig)))
        return "ms-9"

    def sling(self, bead_id: str, target: str) -> str:
        self._do("sling", bead_id, target)
        return target or "mines/polecats"

    def convoy(self, title: str, beads: Sequence[str]) -> str:
        self._do("convoy", title, *beads)
        return "cv-2"

    def acknowledge(self, incident: int) -> None:
        self._do("acknowledge", incident)

    def control(self, verb: str) -> str:
        self._do("control", verb)
        return f"the town: {verb}"

    def review_comments(self, bead_id: str) -> list[ReviewComment]:
        return list(self.remarks)

    def review_comment(self, bead_id: str, path: str, line: int, text: str, side: str) -> None:
        self._do("review_comment", path, line, side, text)
        number = len(self.remarks) + 1
        quoted = next(
            one.text for one in parse_diff((SCREENS / "flood.diff").read_text()) if (one.path, one.number) == (path, line)
        )
        draft = ReviewState.DRAFT
        self.remarks.append(ReviewComment(number, bead_id, 1, path, line, side, quoted, text, "overseer", draft, NOW - 120.0))

    def review_drop(self, comment: int) -> None:
        self._do("review_drop", comment)
        self.remarks = [one for one in self.remarks if one.id != comment]

    def review_resolve(self, comment: int) -> None:
        self._do("review_resolve", comment)

    def review_send(self, bead_id: str, words: str) -> None:
        self._do("review_send", bead_id, words)

    def diff(self, merge_id: int) -> str:
        self._do("diff", merge_id)
        return (SCREENS / "flood.diff").read_text()

    def last_words(self, agent_address: str) -> tuple[str, str]:
        return "Twelve tests pass.", "pytest -q"

    def stop_agent(self, address: str) -> None:
        self._do("stop_agent", address)

    def restart_agent(self, address: str) -> None:
        self._do("restart_agent", address)

    def explain(self, agent_address: str) -> Explanation:
        found = next(one for one in self.snapshot_now.agents if one.address == agent_address)
        verdict = found.verdict
        claims = (
            Claim(Evidence(verdict.source, verdict.state, verdict.detail, verdict.at, verdict.since, verdict.rule)),
            Claim(
                Evidence(Source.SCREEN, AgentState.WORKING, "Icons", NOW - 9, NOW - 9, "spinner"), "its own hook is trusted more"
            ),
        )
        return Explanation(agent_address, found.driver, found.run, verdict, claims, self.title, True)

    def correct(self, agent_address: str, really: str) -> str:
        self._do("correct", agent_address, really)
        return "builtin-idle-1"

    def threads(self, everybody: bool) -> list[Thread]:
        if self.failure is not None:
            raise self.failure
        return [one for one in self.mail if everybody or one.id != "m9"]

    def heard(self, agent_address: str) -> Heard:
        return self.conversation_now

    def _put(self, thread: str, **changes: object) -> None:
        self.mail = [replace(one, **changes) if one.id == thread else one for one in self.mail]  # type: ignore[arg-type]

    def read_thread(self, thread: str) -> None:
        self._do("read_thread", thread)
        self._put(thread, unread=0)

    def archive(self, thread: str, is_archived: bool) -> None:
        self._do("archive", thread, is_archived)
        self._put(thread, is_archived=is_archived)

    def write(self, receivers: Sequence[str], subject: str, text: str) -> None:
        self._do("write", tuple(receivers), subject, text)

    def reply(self, message: str, text: str) -> None:
        self._do("reply", message, text)

    def examine(self) -> list[Check]:
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        self.looks += 1
        return list(self.checks)

    def repair(self, fix: str) -> str:
        self._do("repair", fix)
        self.checks = tuple(check for check in self.checks if check.fix != fix)
        return "repaired"

    def settings(self, extra: Sequence[tuple[str, ...]]) -> list[Section]:
        self.reads += 1
        return [section("town", self.config, TownConfig, read_town, extra)]

    def change_setting(self, name: str, path: Sequence[str], text: str | None) -> None:
        self._do("change_setting", name, tuple(path), text)
        change_file(section(name, self.config, TownConfig, read_town, entries_of(path)), path, text, read_town)

    def about(self, bead_id: str) -> tuple[BeadDetail, list[Event]]:
        found = next((one for one in self.snapshot_now.beads if one.id == bead_id), None)
        if found is None:
            raise NotFound.of("bead", bead_id)
        needs = tuple(Dependency(bead_id, one, "blocks", "mayor", NOW - 900, "{}") for one in self.needs.get(bead_id, ()))
        holds = tuple(
            Dependency(name, bead_id, "blocks", "mayor", NOW - 900, "{}") for name, ones in self.needs.items() if bead_id in ones
        )
        said = (Comment(1, bead_id, "overseer", "Corners have three.\nEdges have five.", NOW - 800),) if bead_id == "ms-3" else ()
        merges = tuple(one for one in self.snapshot_now.merges if one.bead == bead_id)
        detail = BeadDetail(found, "", needs, holds, ("rules",), said, ("cv-1",), (), merges, ())
        return detail, [one for one in self.snapshot_now.events if bead_id in (one.bead, one.subject)]

    def console(
        self, place: Place | None = None, person: Person | None = None, on_toured: Callable[[], None] | None = None
    ) -> Console:
        async def open_panes(hub: PaneHub) -> MadePanes:
            return self.panes

        return Console(
            Town("town", lambda: self, lambda: self, open_panes, attach_argv=lambda view: ["true"], clock=lambda: NOW),
            place,
            person,
            on_toured,
        )


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs coroutine tests in a loop of their own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(autouse=True)
def _clean_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    show_ascii(False)  # the last console of another test in this process may have been one of plain ASCII
    for name in ("TMUX", "TMUX_PANE", "GT_TOWN", "GT_RUN", "GT_AGENT", "NO_COLOR", "TEXTUAL", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def town() -> MadeTown:
    return MadeTown()


@pytest.fixture
def make_town() -> Callable[..., MadeTown]:
    def make(**changes: object) -> MadeTown:
        return MadeTown(snapshot_now=town_snapshot(**changes))

    return make


@pytest.fixture
def make_crowd() -> Callable[[int], MadeTown]:
    def make(count: int) -> MadeTown:
        snapshot = crowd(count)
        return MadeTown(snapshot_now=snapshot, panes=crowd_panes(snapshot))

    return make


@pytest.fixture
def hostile() -> Iterator[str]:
    return HOSTILE
