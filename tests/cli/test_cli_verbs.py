"""What verbs print and return, through the real command."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from towns import MakeRepository

from gastown_tui.cli import diagnostics
from gastown_tui.cli.bd import bd
from gastown_tui.cli.main import gt
from gastown_tui.core.rows import Rig
from gastown_tui.core.states import BeadState, Dial, MergeState, RunState
from gastown_tui.ledger import agents, beads, incidents, merges, rigs, runs, settings
from gastown_tui.services import requests
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.scheduler import new_run

TOAST = "mines/polecats/toast"


class Gt:
    """Calls `gt` in this process and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], town: Path) -> None:
        self.capsys, self.town = capsys, town
        self.code, self.out, self.err = 0, "", ""

    def __call__(self, *words: str, code: int = 0) -> str:
        self.capsys.readouterr()
        self.code = diagnostics.run(gt, "gt", ["--town", str(self.town), *words])
        self.out, self.err = self.capsys.readouterr()
        assert self.code == code, (words, self.out, self.err)
        return self.out

    def json(self, *words: str) -> object:
        return json.loads(self(*words, "--json"))

    def bd(self, *words: str, code: int = 0) -> str:
        self.capsys.readouterr()
        assert diagnostics.run(bd, "bd", list(words)) == code
        self.out, self.err = self.capsys.readouterr()
        return self.out


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], town: TownContext) -> Gt:
    rigs.add(town.ledger, Rig("mines", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
    return Gt(capsys, town.layout.root)


@pytest.fixture
def as_toast(cli: Gt, town: TownContext, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Gives a bead to toast, and makes the caller toast's run; returns the run's id."""

    def become(bead: str) -> str:
        agents.ensure(town.ledger, TOAST, "builtin", actor="x", now=1.0)
        beads.claim(town.ledger, bead, TOAST, now=1.0)
        run = replace(new_run(TOAST, bead, "builtin", 1, 1, 1.0), branch=f"polecat/toast/{bead}")
        runs.create(town.ledger, run, actor="supervisor")
        for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
            runs.move(town.ledger, run.id, state, actor="supervisor", now=1.0)
        for name, value in (("GT_TOWN", str(town.layout.root)), ("GT_AGENT", TOAST), ("GT_RUN", run.id), ("GT_TOKEN", run.token)):
            monkeypatch.setenv(name, value)
        return run.id

    return become


def make(cli: Gt, title: str = "Reveal a cell", *more: str) -> str:
    made = cli.json("create", title, *more)
    assert isinstance(made, dict)
    return str(made["id"])


GOLDEN_BEAD = {
    "rig": "mines",
    "title": "Reveal a cell",
    "description": "Opens one.",
    "acceptance": "Tested.",
    "kind": "feature",
    "priority": 1,
    "state": "open",
    "outcome": None,
    "close_reason": "",
    "assignee": "",
    "slung_to": "",
    "slung_at": None,
    "dial": None,
    "created_by": "overseer",
    "started_at": None,
    "closed_at": None,
    "defer_until": None,
    "attempts": 0,
    "extra": {},
}


def test_a_bead_in_json_is_the_contract(cli: Gt) -> None:
    made = cli.json("create", "Reveal a cell", "-d", "Opens one.", "-a", "Tested.", "-k", "feature", "-p", "P1", "-l", "ui")
    assert isinstance(made, dict)
    assert {key: made[key] for key in GOLDEN_BEAD} == GOLDEN_BEAD
    assert list(made) == beads.BEADS.columns.split(", ")
    shown = cli.json("show", str(made["id"]))
    assert isinstance(shown, list)
    assert set(shown[0]) - set(made) == {
        "ready", "reason", "needs", "needed_by", "labels", "comments", "convoys", "runs", "merges",
    }  # fmt: skip
    assert shown[0]["labels"] == ["ui"]


def test_needs_order_what_is_ready_and_say_why(cli: Gt) -> None:
    one = make(cli, "One")
    two = make(cli, "Two", "--deps", one)
    three = make(cli, "Three", "--deps", f"related:{one}", "-p", "0")
    assert [bead["id"] for bead in cli.json("ready")] == [three, one]  # type: ignore[union-attr,attr-defined]
    assert [(bead["id"], bead["reason"]) for bead in cli.json("blocked")] == [(two, f"waits for {one} (open)")]  # type: ignore[attr-defined]
    cli("dep", "add", one, two, code=4)
    assert "circle" in cli.err
    cli("close", one, "-r", "not needed", "-o", "dropped")
    assert [bead["id"] for bead in cli.json("ready")] == [three, two]  # type: ignore[attr-defined]


def test_closing_as_merged_is_refused(cli: Gt) -> None:
    cli("close", make(cli), "--outcome", "merged", code=4)
    assert "only the refinery" in cli.err


def test_slinging_takes_many_beads_or_none(cli: Gt) -> None:
    one, two = make(cli, "One"), make(cli, "Two")
    slung = cli.json("sling", one, two, "mines")
    assert [bead["slung_to"] for bead in slung] == ["mines/polecats"] * 2  # type: ignore[attr-defined]
    three = make(cli, "Three")
    cli("sling", three, "ms-none", "mines", code=3)
    assert cli.json("show", three)[0]["slung_to"] == ""  # type: ignore[index]
    cli("sling", three, "mines/crew/ada", code=3)
    cli("sling", three, "mill", code=3)
    cli("sling", three, "mayor", code=2)
    cli("unsling", one)
    assert cli.json("show", one)[0]["slung_to"] == ""  # type: ignore[index]


def test_waiting_for_a_dispatch_has_an_end(cli: Gt) -> None:
    cli("sling", make(cli), "--wait", "0.2", code=5)
    assert "still wanted" in cli.err


def test_a_parked_rig_takes_nothing(cli: Gt) -> None:
    bead = make(cli)
    cli("rig", "park", "mines")
    cli("sling", bead, code=4)
    assert cli.json("ready") == []
    cli("rig", "unpark", "mines")
    cli("sling", bead)


def test_updating_and_deferring(cli: Gt, town: TownContext) -> None:
    bead = make(cli)
    cli("update", bead, "--title", "New", "-p", "4", "--dial", "draft")
    changed = beads.get(town.ledger, bead)
    assert (changed.title, changed.priority, changed.dial) == ("New", 4, Dial.DRAFT)
    cli("update", bead, "--dial", "rig")
    assert beads.get(town.ledger, bead).dial is None
    cli("update", bead, code=2)
    cli("defer", bead, "--until", "2000-01-01", code=2)
    cli("defer", bead, "--until", "2d")
    assert beads.get(town.ledger, bead).state is BeadState.DEFERRED
    cli("reopen", bead)


def test_an_agent_is_told_its_bead_and_begins_it(cli: Gt, town: TownContext, as_toast: Callable[[str], str]) -> None:
    bead = make(cli, "Reveal [b]x[/b]\x1b[31m", "-d", "Opens one.")
    as_toast(bead)
    text = cli("prime")
    assert f"Bead: {bead} Reveal [b]x[/b] [31m" in text.splitlines()
    assert "\x1b" not in text
    assert beads.get(town.ledger, bead).state is BeadState.IN_PROGRESS
    assert cli.json("hook")["bead"]["id"] == bead  # type: ignore[index,call-overload]


def test_an_agent_may_not_do_what_is_the_overseers(cli: Gt, town: TownContext, as_toast: Callable[[str], str]) -> None:
    bead = make(cli)
    as_toast(bead)
    for words in (
        ["approve", bead],
        ["rig", "dial", "mines", "auto"],
        ["rig", "remove", "mines", "--yes"],
        ["town", "remove", "--yes"],
        ["estop", "--release"],
        ["answer", "q1", "allow"],
        ["down"],
        ["mq", "reject", "1", "-r", "x"],
        ["update", bead, "--dial", "auto"],
        ["create", "x", "--dial", "auto"],
        ["sling", bead],
    ):
        cli(*words, code=4)
    cli("close", bead, code=4)
    assert "$GT done" in cli.err
    assert rigs.get(town.ledger, "mines").dial is Dial.ASK


def test_a_finished_task_asks_and_hands_over(cli: Gt, town: TownContext, as_toast: Callable[[str], str]) -> None:
    bead = make(cli)
    run = as_toast(bead)
    asked = cli.json("escalate", "May I?\nIt is risky.", "-s", "high")
    assert isinstance(asked, dict)
    request = requests.find(town, str(asked["request"]))
    assert (request.kind, request.title, request.run) == ("help", "[high] May I?", run)
    cli("handoff", "half done")
    cli("handoff", "  ", code=2)
    assert "half done" in cli("prime")


def test_an_answer_reaches_the_agent_as_mail_and_is_given_once(
    cli: Gt, town: TownContext, as_toast: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_toast(make(cli))
    asked = cli.json("escalate", "May I?")
    for name in ("GT_TOWN", "GT_AGENT", "GT_RUN", "GT_TOKEN"):
        monkeypatch.delenv(name)
    request = str(asked["request"])  # type: ignore[index,call-overload]
    listed = cli.json("answer")
    assert listed[0]["options"][0] == {"key": "reply", "label": "reply"}  # type: ignore[index]
    cli("answer", request, "perhaps", code=2)
    cli("answer", request, "reply", "--text", "Yes.")
    cli("answer", request, "reply", "--text", "No.", code=4)
    messages = town.ledger.execute("SELECT body FROM messages").fetchall()
    assert len(messages) == 1
    assert messages[0][0].endswith("Yes.")


def test_mail_is_read_answered_and_counted(cli: Gt, as_toast: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    bead = make(cli)
    as_toast(bead)
    cli("mail", "send", "overseer", "-s", "Size", "9 by 9?")
    cli("mail", "send", "nobody", "x", code=3)
    for name in ("GT_TOWN", "GT_AGENT", "GT_RUN"):
        monkeypatch.delenv(name)
    (letter,) = cli.json("mail", "inbox")  # type: ignore[misc]
    assert (letter["from"], letter["subject"], letter["unread"]) == (TOAST, "Size", True)
    assert "9 by 9?" in cli("mail", "read", letter["id"])
    cli("mail", "check", code=3)
    cli("mail", "reply", letter["id"], "yes")
    (answer,) = cli.json("mail", "inbox", "--agent", TOAST)  # type: ignore[misc]
    assert (answer["subject"], answer["thread"]) == ("Re: Size", letter["thread"])


def test_a_convoy_from_a_file_is_all_or_nothing(cli: Gt, town: TownContext, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('title = "Plan"\n[[bead]]\nkey = "b"\ntitle = "B"\nneeds = ["a"]\n[[bead]]\nkey = "a"\ntitle = "A"\n')
    made = cli.json("convoy", "create", "--from", str(plan), "--sling")
    assert isinstance(made, dict)
    assert [(bead["title"], bead["slung_to"]) for bead in made["beads"]] == [("A", "mines/polecats"), ("B", "mines/polecats")]
    assert made["beads"][1]["reason"] == f"waits for {made['beads'][0]['id']} (open)"
    plan.write_text(plan.read_text().replace('["a"]', '["a", "ms-none"]'))
    cli("convoy", "create", "--from", str(plan), code=3)
    assert len(beads.every(town.ledger)) == 2
    cli("convoy", "create", "x", "ms-none", code=3)
    assert len(cli.json("convoy", "list")) == 1  # type: ignore[arg-type]


def test_the_queue_takes_back_what_came_back(
    cli: Gt, town: TownContext, as_toast: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bead = make(cli)
    run = runs.get(town.ledger, as_toast(bead))
    for name in ("GT_TOWN", "GT_AGENT", "GT_RUN"):
        monkeypatch.delenv(name)
    beads.submit(town.ledger, bead, actor=TOAST, now=2.0)
    merge = merges.submit(town.ledger, run, "mines", "a" * 40, actor=TOAST, now=2.0)
    runs.move(town.ledger, run.id, RunState.FINISHING, actor="s", now=2.0)
    runs.move(town.ledger, run.id, RunState.SUCCEEDED, actor="s", now=2.0)
    cli("mq", "retry", bead, code=4)
    merges.move(town.ledger, merge.id, MergeState.REBASING, actor="s", now=3.0)
    merges.move(town.ledger, merge.id, MergeState.CONFLICT, actor="s", now=3.0)
    beads.release(town.ledger, bead, actor="s", reason="conflict", failed=True, now=3.0)
    assert cli.json("mq", "retry", str(merge.id))["state"] == "queued"  # type: ignore[index,call-overload]
    assert beads.get(town.ledger, bead).state is BeadState.SUBMITTED
    cli("mq", "reject", str(merge.id), "-r", "no test")
    assert beads.get(town.ledger, bead).state is BeadState.OPEN
    assert cli.json("why", bead)["facts"][-1].endswith("rejected no test")  # type: ignore[index,call-overload]
    cli("mq", "reject", "99", "-r", "x", code=3)
    cli("mq", "show", "x" * 30, code=3)


def test_town_wishes_are_written(cli: Gt, town: TownContext) -> None:
    cli("pause")
    assert settings.get(town.ledger, settings.WANTED) == "paused"
    cli("down")
    assert settings.get(town.ledger, settings.WANTED) == "down"
    cli("resume", code=4)
    incidents.raise_one(town.ledger, "stalled", TOAST, "no sign", actor="s", now=1.0)
    assert cli.json("ack", "1")[0]["state"] == "acknowledged"  # type: ignore[index]


def test_estop_without_a_supervisor_writes_its_flag_and_is_released_by_a_person(cli: Gt, town: TownContext) -> None:
    assert cli.json("estop") == {"proven": True, "by": "caller", "runs": [], "flag": True}
    assert town.layout.estop.exists()
    cli("up", code=4)
    assert "release it first" in cli.err
    cli("estop", "--release")
    assert not town.layout.estop.exists()


def test_status_agents_feed_trail_and_why_speak_json(cli: Gt) -> None:
    bead = make(cli)
    status = cli.json("status")
    assert isinstance(status, dict)
    assert (status["open_beads"], status["ready_beads"], status["supervisor"]["state"]) == (1, 1, "down")
    assert [agent["address"] for agent in cli.json("agents")] == ["mayor"]  # type: ignore[attr-defined]
    assert [event["kind"] for event in cli.json("trail", bead)["events"]] == ["bead.created"]  # type: ignore[index,call-overload]
    assert cli.json("why", bead)["next_step"] == f"gt sling {bead}"  # type: ignore[index,call-overload]
    assert cli.json("feed", "-n", "1")[0]["bead"] == bead  # type: ignore[index]
    cli("why", "nobody", code=3)


def test_bd_speaks_the_same_ledger(cli: Gt, town: TownContext, as_toast: Callable[[str], str]) -> None:
    bead = make(cli)
    as_toast(bead)
    (record,) = json.loads(cli.bd("show", bead, "--json"))
    assert (record["id"], record["status"], record["issue_type"]) == (bead, "hooked", "task")
    cli.bd("update", bead, "--status", "in_progress")
    assert beads.get(town.ledger, bead).state is BeadState.IN_PROGRESS
    made = json.loads(cli.bd("create", "Found a bug", "-t", "bug", "-p", "1", "--deps", f"discovered-from:{bead}", "--json"))
    assert made["dependencies"][0]["type"] == "discovered-from"
    assert [one["id"] for one in json.loads(cli.bd("ready", "--json"))] == [made["id"]]
    cli.bd("update", made["id"], "--claim", code=4)
    cli.bd("create", "x", "--deps", f"blocks:{bead}", code=2)
    cli.bd("close", bead, code=4)
    assert "$GT done" in cli.err
    cli.bd("close", made["id"], "--reason", "was none")
    assert cli.bd("sync") == ""
    cli.bd("comments", "add", bead, "looks", "fine")
    assert "looks fine" in cli.bd("comments", "list", bead)
    cli.bd("nonsense", code=2)


def test_an_import_and_an_export_lose_nothing(cli: Gt, tmp_path: Path) -> None:
    lines = [
        '{"_type":"issue","id":"dm-k3x","title":"Grease \\u003cthe\\u003e mill","status":"open","priority":0,"issue_type":"task","created_at":"2026-08-01T07:15:02Z","updated_at":"2026-08-01T07:15:02Z","odd":{"a":[1,2.5,null]},"dependency_count":0}',
        '{"id":"dm-k3x.1","title":"Buy","status":"closed","priority":1,"issue_type":"chore","created_at":"2026-08-01T07:16:00+02:00","updated_at":"2026-08-02T09:00:00.123456789Z","closed_at":"2026-08-02T09:00:00Z","labels":["z","a"],"dependencies":[{"issue_id":"dm-k3x.1","depends_on_id":"dm-k3x","type":"parent-child","metadata":"{}","thread_id":"t"},{"issue_id":"dm-k3x.1","depends_on_id":"far-1","type":"blocks"}],"comments":[{"id":7,"author":"ada","text":"Receipt filed.","created_at":"2026-08-02T08:59:00Z"}]}',
        '{"id":"dm-old","title":"Gone","status":"tombstone","priority":9,"created_at":"not a time","updated_at":"","deleted_by":"ada"}',
        '{"_type":"memory","key":"hours","value":"Shut on Mondays."}',
    ]
    file = tmp_path / "issues.jsonl"
    file.write_text("\n".join(lines) + "\n\n")
    assert cli.json("import", str(file))["created"] == 3  # type: ignore[index,call-overload]
    assert "priority 9 counts as 2" in cli.err
    assert cli.json("import", str(file))["unchanged"] == 3  # type: ignore[index,call-overload]
    out = tmp_path / "out.jsonl"
    cli("export", "-o", str(out))
    assert out.read_text().splitlines() == lines
    cli("label", "dm-k3x", "new")
    cli("close", "dm-k3x")
    cli("export", "-o", str(out))
    changed = json.loads(out.read_text().splitlines()[0])
    assert (changed["status"], changed["labels"], changed["odd"]) == ("closed", ["new"], {"a": [1, 2.5, None]})
    assert changed["metadata"] == {"gastown": {"outcome": "accepted"}}
    assert out.read_text().splitlines()[1:] == lines[1:]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 2 is no JSON"),
        ("[1]", "line 2 is no JSON object"),
        ('{"id":"a b","title":"x"}', "line 2"),
        ('{"id":"a-1"}', "line 2 has no id or no title"),
        ('{"id":"a-1","title":"x"}\n{"id":"a-1","title":"y"}', "twice"),
    ],
)
def test_a_broken_import_takes_nothing(cli: Gt, town: TownContext, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"id":"ok-1","title":"fine"}\n' + text)
    cli("import", str(file), code=4 if said == "twice" else 2)
    assert said in cli.err
    assert beads.every(town.ledger) == []


def test_a_rig_is_added_shown_and_removed(cli: Gt, make_repository: MakeRepository) -> None:
    place = make_repository("mi ll 🎉", {"Makefile": "test:\n\ttrue\n"})
    added = cli.json("rig", "add", "mill", str(place))
    assert isinstance(added, dict)
    assert (added["gates"], added["gates_from"], added["dial"]) == ({"test": ["make", "test"]}, "detected", "ask")
    assert "guessed from target test" in cli("rig", "show", "mill")
    cli("rig", "dial", "mill", "auto")
    gone = cli.json("rig", "remove", "mill", "--yes")
    assert gone == {"rig": "mill", "bundles": [], "remains": []}
    assert place.joinpath("Makefile").exists()
