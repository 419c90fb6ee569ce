"""When a pane's screen is read for evidence, and what it changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gastown_tui.core.errors import NotFound
from gastown_tui.core.evidence import AgentState, Evidence, Source, resolve
from gastown_tui.core.rows import Agent, Request, Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.core.states import RequestState, RunState
from gastown_tui.ledger.telemetry import Report
from gastown_tui.services import lights
from gastown_tui.services.screens import ScreenReader

SCREENS = Path(__file__).parent.parent / "drivers" / "screens"
NOW = 1000.0
PANE = PaneFact("%1", "@1", "s", "m/p/x", "r1", "t", 1, False, None, None, "", "node", 120, 40, 900.0, False, False)
RUN = Run(
    "r1", "m/p/x", "", 1, RunState.WORKING, "", "t", 1, "claude", "", "s", "%1", "", "", "", "", "", None, None, "", 1.0, 1.0,
    1.0, None, None, None,
)  # fmt: skip
BUSY = Report("r1", "m/p/x", "working", "Bash", "PreToolUse", 880.0, 870.0)


class Shown:
    """A pane's screen, and how often it was read."""

    def __init__(self, name: str) -> None:
        self.text = (SCREENS / f"{name}.txt").read_text(encoding="utf-8")
        self.reads = 0

    def capture(self, pane: str) -> str:
        assert pane == PANE.pane
        self.reads += 1
        return self.text


def test_a_dialog_that_no_hook_told_of_is_seen_and_read_once() -> None:
    shown = Shown("claude330-permission-bash")
    reader = ScreenReader(shown.capture)
    found = [reader.evidence(RUN, PANE, BUSY, NOW + second) for second in range(3)]
    assert [one.rule if one else "" for one in found] == ["permission"] * 3
    assert shown.reads == 1
    assert reader.evidence(RUN, replace(PANE, last_activity=950.0), BUSY, NOW) is not None
    assert shown.reads == 2


def test_a_failure_that_was_drawn_at_once_after_the_prompt_is_read() -> None:
    """No hook tells of it; what works draws, so a screen that stood still since is believed."""
    shown = Shown("codex-rate-limit-final")
    found = ScreenReader(shown.capture).evidence(replace(RUN, driver="codex"), PANE, replace(BUSY, at=899.5), NOW)
    assert found is not None
    assert (found.state, found.at, found.since) == (AgentState.LIMIT, NOW, PANE.last_activity)
    told = Evidence(Source.HOOK, AgentState.WORKING, "a new prompt", 899.5, 899.5, "UserPromptSubmit")
    assert resolve([told, found], NOW).state is AgentState.LIMIT


@pytest.mark.parametrize(
    ("pane", "report", "driver"),
    [
        (PANE, replace(BUSY, at=899.0, state="idle"), "claude"),
        (replace(PANE, last_activity=NOW - 6), replace(BUSY, at=NOW - 7), "claude"),
        (replace(PANE, last_activity=NOW - 0.5), BUSY, "claude"),
        (replace(PANE, dead=True), BUSY, "claude"),
        (replace(PANE, in_mode=True), BUSY, "claude"),
        (PANE, None, "builtin"),
        (PANE, BUSY, "something else"),
    ],
)
def test_a_screen_that_can_say_no_more_is_not_read(pane: PaneFact, report: Report | None, driver: str) -> None:
    shown = Shown("claude330-ready")
    assert ScreenReader(shown.capture).evidence(replace(RUN, driver=driver), pane, report, NOW) is None
    assert shown.reads == 0


def test_a_pane_that_went_away_says_nothing() -> None:
    def gone(pane: str) -> str:
        raise NotFound.of("pane", pane)

    assert ScreenReader(gone).evidence(RUN, PANE, None, NOW) is None


@pytest.mark.parametrize(
    ("name", "report", "state", "source"),
    [
        ("claude330-permission-bash", BUSY, "permission", Source.SCREEN),
        ("claude-interrupted", BUSY, "idle", Source.SCREEN),
        ("claude330-working-thinking", BUSY, "working", Source.HOOK),
        ("claude-trust-dialog", None, "trust", Source.SCREEN),
    ],
)
def test_the_light_follows_the_screen_where_the_hooks_are_behind(
    name: str, report: Report | None, state: str, source: Source
) -> None:
    agent = Agent("m/p/x", "polecat", "m", "x", "claude", "running", 1.0, 1)
    seen = ScreenReader(Shown(name).capture).evidence(RUN, PANE, report, NOW)
    verdict = lights.judge(lights.AgentFacts(agent, RUN, pane=PANE, report=report, screen=seen), NOW).verdict
    assert (verdict.state.value, verdict.source) == (state, source)


ASKED = Request(
    "q1", "permission", "m/p/x", "r1", "", "Bash: make", "", "", "[]", "", RequestState.OPEN, "", "", "", 900.0, None
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "drawn", "state", "lost"),
    [
        ("claude330-working-thinking", 904.0, "working", "its dialog has gone from its screen since"),
        ("claude330-ready", 911.0, "idle", "its dialog has gone from its screen since"),
        ("claude330-working-thinking", 902.5, "permission", ""),
        ("claude330-permission-bash", 904.0, "permission", ""),
        ("claude-starting", 904.0, "permission", ""),
    ],
)
def test_a_question_that_was_answered_in_its_pane_asks_no_more(name: str, drawn: float, state: str, lost: str) -> None:
    """Also while the pane draws: a command that was allowed there may run for an hour, and no hook tells of that."""
    pane = replace(PANE, last_activity=drawn)
    report = replace(BUSY, state="permission", rule="PermissionRequest:1", at=900.0)
    seen = ScreenReader(Shown(name).capture).evidence(RUN, pane, report, drawn + 0.1, ASKED)
    agent = Agent("m/p/x", "polecat", "m", "x", "claude", "running", 1.0, 1)
    facts = lights.AgentFacts(agent, RUN, pane=pane, report=report, request=ASKED, screen=seen)
    found = lights.judge(facts, drawn + 0.1)
    assert found.verdict.state.value == state
    assert [one.lost for one in found.claims if one.evidence.rule == "request:permission"] == [lost or found.claims[0].lost]


@pytest.mark.parametrize(("age", "state", "detail"), [(2.0, "permission", "Bash"), (4.0, "working", "its question was answered")])
def test_a_hooks_question_is_over_once_its_request_is_settled(age: float, state: str, detail: str) -> None:
    agent = Agent("m/p/x", "polecat", "m", "x", "codex", "running", 1.0, 1)
    report = replace(BUSY, state="permission", rule="PermissionRequest:0", at=NOW - age)
    found = lights.judge(lights.AgentFacts(agent, RUN, pane=PANE, report=report), NOW).verdict
    assert (found.state.value, found.detail) == (state, detail)
