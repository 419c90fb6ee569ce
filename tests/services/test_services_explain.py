"""Why a light is what it is, on a real pane; and a wrong one kept as a case that the rules' own tool takes."""

from __future__ import annotations

import json
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from gastown_tui.cli.commands.agents import agents as agents_verb
from gastown_tui.core.errors import Conflict, UsageError
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.rows import Request, Rig, Run
from gastown_tui.core.states import Dial, RequestState, RunState
from gastown_tui.infra.act.sessions import SessionSpec, create_session, session_name
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, requests, rigs, runs, settings, telemetry
from gastown_tui.services import cases, doctor, panes, snapshot
from gastown_tui.services.context import TownContext
from gastown_tui.services.explain import explain
from gastown_tui.services.town import create_town

pytestmark = pytest.mark.tmux
SCREENS = Path(__file__).parent.parent / "drivers" / "screens"
ADDRESS = "mines/polecats/toast"
SECRET = "correct" + "-horse-battery"


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[TownContext]:
    """A town with one agent whose pane shows Claude Code's question for permission, and a secret above it."""
    monkeypatch.setenv("MY_API_KEY", SECRET)
    with tempfile.TemporaryDirectory(prefix="gtx-") as name:
        ctx = create_town(Path(name).resolve() / "town")
        settings.put(ctx.ledger, settings.WANTED, "down")
        rigs.add(ctx.ledger, Rig("mines", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
        server = TmuxServer(ctx.layout)
        server.ensure()
        try:
            _start(ctx, SCREENS / "claude330-permission-bash.ansi")
            yield ctx
        finally:
            server.command("kill-server")
            ctx.close()


def _start(ctx: TownContext, screen: Path) -> None:
    agents.ensure(ctx.ledger, ADDRESS, "claude", actor="overseer", now=1.0)
    run_id, token = "t1234567", "a" * 32
    script = f"printf 'my key is %s\\n' '{SECRET}'; cat '{screen}'; exec sleep 1000"
    pane = create_session(
        ctx.layout,
        SessionSpec(ADDRESS, run_id, token, ctx.layout.root, ("sh", "-c", script), ctx.layout.root, width=120, height=60),
    )
    now = time.time()
    run = Run(
        run_id, ADDRESS, "", 1, RunState.QUEUED, "", token, 1, "claude", "", session_name(ADDRESS, run_id), pane, "", "", "", "", "",
        None, None, "", now, None, None, None, None, None,
    )  # fmt: skip
    runs.create(ctx.ledger, run, actor="supervisor")
    for state in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
        runs.move(ctx.ledger, run_id, state, actor="supervisor", now=now)
    end = time.monotonic() + 20
    while "Do you want to proceed" not in "\n".join(TmuxServer(ctx.layout).capture(pane)):
        assert time.monotonic() < end, "the screen was not drawn"


def test_hooks_that_came_later_win_and_the_screen_is_told_of(live: TownContext) -> None:
    telemetry.report(live.telemetry, "t1234567", ADDRESS, "working", "Bash", "PreToolUse", now=time.time() + 3)
    found = explain(live, ADDRESS)
    assert found.verdict.state is AgentState.WORKING
    assert (found.driver, found.run, found.panes_known) == ("claude", "t1234567", True)
    told = {claim.evidence.rule: claim.lost for claim in found.claims}
    assert told["PreToolUse"] == ""
    assert "trusted more" in told["last output"]
    assert told["permission"].startswith("not asked")
    picture = snapshot.build(live, panes.listing(live))
    assert next(one for one in picture.agents if one.address == ADDRESS).verdict.state is found.verdict.state


def test_an_open_question_decides_over_everything_else(live: TownContext) -> None:
    telemetry.report(live.telemetry, "t1234567", ADDRESS, "working", "Bash", "PreToolUse", now=time.time())
    asked = Request(
        "q1", "question", ADDRESS, "t1234567", "", "v6 or v7?", "", "", "[]", "fp", RequestState.OPEN, "", "", "", time.time(), None
    )
    requests.publish(live.ledger, asked)
    found = explain(live, ADDRESS)
    assert found.verdict.state is AgentState.QUESTION
    assert all("question is open" in claim.lost for claim in found.claims[1:3])


def test_a_wrong_light_becomes_a_case(live: TownContext) -> None:
    case = cases.keep(live, ADDRESS, "permission")
    drawn, plain, told = (live.layout.cases / f"{case.name}{end}" for end in (".ansi", ".txt", ".json"))
    assert SECRET not in drawn.read_text() + plain.read_text() + told.read_text()
    assert "my key is *****" in plain.read_text()
    assert "\x1b[" in drawn.read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (drawn, plain, told)} == {0o600}
    assert json.loads(told.read_text())["really"] == "permission"
    for path in (drawn, plain):
        result = CliRunner().invoke(agents_verb, ["classify", "--driver", "claude", "--json", str(path)])
        assert json.loads(result.output)["state"] == "permission"
    assert [(one.name, today) for one, today in cases.kept(live)] == [(case.name, "permission")]
    assert [check.state for check in doctor.examine(live) if check.name == "cases"] == ["ok"]


def test_the_doctor_tells_of_cases_that_are_still_wrong(live: TownContext) -> None:
    cases.keep(live, ADDRESS, "idle")
    (live.layout.cases / "broken.json").write_text("{")
    (check,) = [check for check in doctor.examine(live) if check.name == "cases"]
    assert check.state == "warn"
    assert "1 of 1 kept screens are still judged wrong" in check.detail


def test_the_same_on_the_command_line(live: TownContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_TOWN", str(live.layout.root))
    telemetry.report(live.telemetry, "t1234567", ADDRESS, "working", "Bash", "PreToolUse", now=time.time() + 3)
    told = json.loads(CliRunner().invoke(agents_verb, ["explain", ADDRESS, "--json"]).output)
    assert told["verdict"]["state"] == "working"
    assert [claim["decides"] for claim in told["claims"]] == [True, *[False] * (len(told["claims"]) - 1)]
    lines = CliRunner().invoke(agents_verb, ["explain", ADDRESS]).output.splitlines()
    assert lines[0] == f"{ADDRESS}: working, from its own hook"
    assert lines[1].startswith("→ ")
    kept = json.loads(CliRunner().invoke(agents_verb, ["explain", ADDRESS, "--really", "permission", "--json"]).output)
    assert (live.layout.cases / f"{kept['name']}.ansi").exists()


def test_what_cannot_be_kept_is_refused(live: TownContext) -> None:
    with pytest.raises(UsageError):
        cases.keep(live, ADDRESS, "sleepy")
    TmuxServer(live.layout).command("kill-session", "-t", f"={session_name(ADDRESS, 't1234567')}")
    with pytest.raises(Conflict):
        cases.keep(live, ADDRESS, "idle")
    assert not live.layout.cases.exists()
