"""Every captured screen is classified, and foreign words elsewhere on the screen decide nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown_tui.core.evidence import AgentState, Source
from gastown_tui.drivers.registry import get
from gastown_tui.drivers.rules.catalogue import RULE_SETS, classify_screen

SCREENS = Path(__file__).parent / "screens"
EXPECTED = {
    "claude330-credit-final": "limit",
    "claude-exited-shell": "dead",
    "claude330-ask-review": "question",
    "claude330-ask-tabs": "question",
    "claude330-exited-shell": "dead",
    "claude330-finished-shells": "idle",
    "claude330-killed-shell": "dead",
    "claude330-login-picker": "login",
    "claude330-permission-long": "permission",
    "claude330-picker-model": "unknown",
    "claude330-ready-shellmode": "idle",
    "claude330-toolong-final": "error",
    "claude330-working-compacting": "working",
    "claude-apikey-dialog": "login",
    "claude-conn-drop-final": "error",
    "claude-conn-drop-retrying": "retrying",
    "claude-conn-refused-retrying": "retrying",
    "claude-context-low": "idle",
    "claude-dead-sigkill": "dead",
    "claude-finished": "idle",
    "claude-finished-after-rate-limit": "idle",
    "claude-interrupted": "idle",
    "claude-onboarding-theme": "login",
    "claude-permission-bash-hooked": "permission",
    "claude-permission-bash2": "permission",
    "claude-permission-write": "permission",
    "claude-prompt-too-long": "error",
    "claude-rate-limit-final": "limit",
    "claude-ready-bypass": "idle",
    "claude-ready-default": "idle",
    "claude-ready-isdemo": "idle",
    "claude-ready-with-mcp-json": "idle",
    "claude-server-error-final": "error",
    "claude-starting": "starting",
    "claude-trust-dialog": "trust",
    "claude-working-hung": "working",
    "claude-working-tool-queued": "working",
    "claude330-ask-question": "question",
    "claude330-conn-refused-final": "error",
    "claude330-finished-midturn": "idle",
    "claude330-finished-text": "idle",
    "claude330-finished-tool-blocked": "idle",
    "claude330-permission-bash": "permission",
    "claude330-permission-write": "permission",
    "claude330-plan": "plan",
    "claude330-rate-limit-final": "limit",
    "claude330-ready": "idle",
    "claude330-starting": "starting",
    "claude330-usage-limit-autocontinue": "limit",
    "claude330-usage-limit-subscription": "limit",
    "claude330-working-streaming": "working",
    "claude330-working-thinking": "working",
    "claude330-working-tool-queued": "working",
}
OTHERS = {
    "gemini-ask-user-many": "question",
    "gemini-picker-editor": "unknown",
    "opencode-exited": "dead",
    "pi-toolong-final": "error",
    "pi-login": "login",
    "pi-picker-model": "unknown",
    "pi-picker-tree": "unknown",
    "opencode-credit-retrying": "limit",
    "opencode-credit-narrow": "limit",
    "gemini-credit-final": "limit",
    "copilot-credit-final": "limit",
    "codex-credit-final": "limit",
    "codex-ask-user": "question",
    "codex-exited-shell": "dead",
    "codex-killed-shell": "dead",
    "gemini-ask-user": "question",
    "gemini-exited-shell": "dead",
    "gemini-killed-shell": "dead",
    "opencode-killed-shell": "dead",
    "pi-exited-shell": "dead",
    "copilot-trust-fresh": "trust",
    "copilot-login": "login",
    "copilot-login-said": "login",
    "copilot-permission-shell": "permission",
    "copilot-working-retry": "working",
    "copilot-rate-limit-final": "limit",
    "copilot-server-error-final": "error",
    "copilot-finished-tool": "idle",
    "amp-login": "login",
    "amp-login-code": "login",
    "auggie-login": "login",
    "auggie-login-code": "login",
    "aider-permission-gitignore": "permission",
    "codex-auth-error-final": "error",
    "codex-conn-drop-final": "error",
    "codex-conn-drop-retrying": "retrying",
    "codex-ready-draft": "idle",
    "codex-finished": "idle",
    "codex-finished-hooks": "idle",
    "codex-finished-steered": "idle",
    "codex-hook-trust-dialog": "trust",
    "codex-interrupted": "idle",
    "codex-onboarding-login": "login",
    "codex-overloaded-final": "error",
    "codex-overloaded-retrying": "retrying",
    "codex-permission": "permission",
    "codex-rate-limit-final": "limit",
    "codex-ready": "idle",
    "codex-resumed": "idle",
    "codex-server-error-final": "error",
    "codex-starting": "starting",
    "codex-trust-dialog": "trust",
    "codex-usage-limit": "limit",
    "codex-working-hung": "working",
    "codex-working-streaming": "working",
    "codex-working-thinking": "working",
    "codex-working-tool": "working",
    "copilot-trust-dialog": "trust",
    "gemini-auth-error-final": "error",
    "gemini-interrupted": "idle",
    "gemini-permission-write": "permission",
    "gemini-ready": "idle",
    "gemini-usage-limit-menu": "limit",
    "gemini-working": "working",
    "opencode-auth-error-final": "error",
    "opencode-busy-queued": "working",
    "opencode-interrupted": "idle",
    "opencode-permission": "permission",
    "opencode-permission-edit": "permission",
    "opencode-permission-narrow": "permission",
    "opencode-rate-limit-final": "limit",
    "opencode-ready": "idle",
    "opencode-usage-limit-retrying": "retrying",
    "pi-rate-limit-final": "limit",
    "pi-ready": "idle",
    "pi-server-error-final": "error",
    "pi-working": "working",
}
READY = (SCREENS / "claude330-ready.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.stem for path in SCREENS.glob("claude*.txt")))
def test_captured_screen_is_classified(name: str) -> None:
    found = get("claude").classify((SCREENS / f"{name}.txt").read_text(encoding="utf-8"), "", 5.0)
    assert (found.state.value if found else "unknown") == EXPECTED[name]
    assert found is None or (found.source, found.at) == (Source.SCREEN, 5.0)


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_screens_of_other_clis_are_classified_plain_and_with_escapes(name: str) -> None:
    found = {
        ending: classify_screen(name.split("-")[0], (SCREENS / f"{name}.{ending}").read_text(), 5.0) for ending in ("txt", "ansi")
    }
    states = {ending: one.state.value if one else "unknown" for ending, one in found.items()}
    assert states == {"txt": OTHERS[name], "ansi": OTHERS[name]}


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("gemini-usage-limit-menu", "Usage limit reached for gemini-2.5-flash."),
        ("opencode-permission-edit", "Edit hello.py"),
        ("opencode-rate-limit-final", "Rate limit reached for requests"),
        ("pi-rate-limit-final", "Retry failed after 3 attempts: 429 Rate limit reached for requests"),
    ],
)
def test_a_screen_says_what_it_is_about(name: str, detail: str) -> None:
    found = classify_screen(name.split("-")[0], (SCREENS / f"{name}.txt").read_text(), 5.0)
    assert found is not None
    assert found.detail == detail


def test_every_expected_screen_is_there() -> None:
    assert {path.stem for path in SCREENS.glob("*.txt")} == set(EXPECTED) | set(OTHERS)
    assert {path.stem for path in SCREENS.glob("*.ansi")} >= set(OTHERS)


def test_a_busy_title_is_evidence_of_its_own_rank() -> None:
    found = get("claude").classify(READY, "◐ Fixing the tests", 5.0)
    assert found is not None
    assert (found.source, found.state, found.detail) == (Source.TITLE, AgentState.WORKING, "Fixing the tests")


def test_the_title_of_rest_says_nothing_because_dialogs_show_it_too() -> None:
    permission = (SCREENS / "claude330-permission-bash.txt").read_text(encoding="utf-8")
    found = get("claude").classify(permission, "✳ Claude Code", 5.0)
    assert found is not None
    assert found.state is AgentState.PERMISSION


@pytest.mark.parametrize(
    "said",
    [
        "You've hit your session limit, said the log. esc to interrupt. Do you want to proceed?",
        "❯ 1. Yes\n  2. No\n Esc to cancel",
        "Pane is dead in my opinion",
        "the docs say: API Error: 500, Retrying in 3s",
    ],
)
def test_what_an_agent_merely_talks_about_decides_nothing(said: str) -> None:
    """In the conversation above an empty composer it is only text."""
    lines = READY.splitlines()
    lines[8] = "● " + said.replace("\n", " ")
    found = get("claude").classify("\n".join(lines), "", 5.0)
    assert found is not None
    assert found.state is AgentState.IDLE


@pytest.mark.parametrize("screen", ["─" * 200, "❯", "$ ", "text\n❯ 1. Yes"])
def test_an_unknown_screen_is_unknown(screen: str) -> None:
    assert get("claude").classify(screen, "", 5.0) is None
    assert get("builtin").classify(screen, "", 5.0) is None or screen == "❯"


def test_rule_names_are_unique() -> None:
    for found in RULE_SETS.values():
        names = [rule.name for rule in found.rules]
        assert len(set(names)) == len(names), found.driver


@pytest.mark.parametrize(
    ("screen", "title", "state"),
    [
        ("› ", "✳ idle", AgentState.IDLE),
        ("Working (8s · esc to interrupt)\n› ", "", AgentState.WORKING),
        ("› ", "▲ permission", AgentState.PERMISSION),
        ("text", "◐ working", AgentState.WORKING),
    ],
)
def test_the_builtin_agent_is_read_too(screen: str, title: str, state: AgentState) -> None:
    found = get("builtin").classify(screen, title, 5.0)
    assert found is not None
    assert found.state is state


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("claude330-ready", ""),
        ("claude330-rate-limit-final", ""),
        ("claude330-working-tool-queued", ""),
        ("claude330-toolong-final", ""),
        ("claude330-ready-shellmode", "ls"),
        ("claude330-picker-model", None),
        ("claude-interrupted", "SCRIPT:hang"),
        ("claude330-permission-bash", None),
        ("claude-trust-dialog", None),
        ("claude-starting", None),
    ],
)
def test_a_draft_in_the_composer_is_seen(name: str, typed: str | None) -> None:
    assert get("claude").composer((SCREENS / f"{name}.txt").read_text(encoding="utf-8")) == typed


def test_a_draft_of_several_lines_is_a_draft() -> None:
    screen = READY.replace("❯\u00a0", "❯\u00a0first\n  second")
    assert get("claude").composer(screen) == "first\n  second"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("codex-credit-final", "Quota exceeded. Check your plan", "unexpected status 402 Payment Required"),
        ("claude330-credit-final", "Credit balance too low", "API Error: 402 This request requires more credits"),
        ("opencode-credit-retrying", "exceeded your current quota", "get 402 Payment Required"),
        ("copilot-credit-final", "429 You exceeded your current quota", "402 Payment required"),
    ],
)
def test_a_payment_that_is_required_is_a_limit_too(name: str, old: str, new: str) -> None:
    screen = (SCREENS / f"{name}.txt").read_text()
    assert old in screen
    found = classify_screen(name.partition("-")[0].rstrip("0123456789"), screen.replace(old, new), 1.0)
    assert found is not None
    assert found.state is AgentState.LIMIT
