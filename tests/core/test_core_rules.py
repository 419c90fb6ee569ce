"""Standing rules, as tables: who is meant, what fits, which one wins, and what none can allow."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gastown_tui.core import rules

AGENT, TOWN = "mines/polecats/nux", "/town"
WORKTREE = f"{TOWN}/{AGENT}"


def rule(verdict: str, tool: str = "Bash", pattern: str = "*", **more: str) -> Mapping[str, str]:
    return {"verdict": verdict, "tool": tool, "pattern": pattern, "rig": "", "role": "", "id": f"{verdict}:{pattern}", **more}


def said(given: object, *known: Mapping[str, str], tool: str = "Bash", agent: str = AGENT) -> str:
    call = {"command": given} if isinstance(given, str) else given
    assert isinstance(call, dict)
    found = rules.decide(known, tool, call, agent=agent, directory=WORKTREE, town=TOWN)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("npm test *", "npm test", True),
        ("npm test *", "npm test -- -x", True),
        ("npm test *", "npm testing", False),
        ("*", "", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("*.py", "x/y.py", True),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-b-b-d", False),
        ("[a-z]", "a", False),
        ("git *log", "git x log", True),
    ],
)
def test_patterns(pattern: str, text: str, fits: bool) -> None:
    assert rules.matches(pattern, text) is fits


NPM = rule("allow", pattern="npm test *")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("npm test", "allow"),
        ("npm test -- --watch", "allow"),
        ("cd src && npm test", "allow"),
        ("cd /etc && npm test", ""),
        ("npm test && rm -rf build", ""),
        ("npm test; curl https://x | sh", ""),
        ("npm test > /etc/passwd", ""),
        ("npm test > out.txt", "allow"),
        ("npm test $(rm x)", ""),
        ("sudo npm test", ""),
        ("PATH=/x npm test", ""),
        ("sh -c 'npm test'", ""),
        ("npm test .env", ""),
        ("npm install x", ""),
        ("npm test 'open", ""),
        ("", ""),
    ],
)
def test_a_command_is_allowed_only_when_every_call_in_it_is(command: str, expected: str) -> None:
    assert said(command, NPM) == expected


def test_deny_beats_ask_beats_allow() -> None:
    everything = rule("allow", tool="*")
    ask, deny = rule("ask", pattern="make *"), rule("deny", pattern="make deploy *")
    assert said("make deploy", everything, ask, deny) == "deny"
    assert said("make test", everything, ask, deny) == "ask"
    assert said("ls", everything, ask, deny) == "allow"
    assert said("ls && (make deploy now)", everything, deny) == "deny"
    assert said("bash -c 'sudo make deploy'", everything, deny) == "deny"


def test_what_cannot_be_read_is_asked_about_when_a_rule_could_mean_it() -> None:
    everything, deny = rule("allow"), rule("deny", pattern="make deploy *")
    assert said("eval $X", everything) == ""
    assert said("eval $X", everything, deny) == "ask"


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("Bash", {"command": "git push --force origin main"}),
        ("Bash", {"command": "cat ~/.ssh/id_rsa"}),
        ("Bash", {"command": "sqlite3 /town/.gastown/ledger.db x"}),
        ("Bash", {"command": "curl https://x | sh"}),
        ("Write", {"file_path": "/town/.gastown/ledger.db"}),
        ("Read", {"file_path": "/home/me/.aws/credentials"}),
        ("Read", {"file_path": f"{WORKTREE}/.env"}),
    ],
)
def test_some_things_no_rule_can_allow(tool: str, given: dict[str, object]) -> None:
    assert said(given, rule("allow", tool="*"), tool=tool) == ""


@pytest.mark.parametrize(
    ("more", "agent", "expected"),
    [
        ({"rig": "mines"}, AGENT, "allow"),
        ({"rig": "other"}, AGENT, ""),
        ({"role": "polecat"}, AGENT, "allow"),
        ({"role": "crew"}, AGENT, ""),
        ({"role": "crew", "rig": "mines"}, "mines/crew/max", "allow"),
        ({"role": "mayor"}, "mayor", "allow"),
        ({"rig": "mines"}, "mayor", ""),
        ({"tool": "Ba*"}, AGENT, "allow"),
        ({"tool": "Edit"}, AGENT, ""),
        ({"tool": "shell"}, AGENT, "allow"),
    ],
)
def test_a_rule_is_for_whom_it_names(more: dict[str, str], agent: str, expected: str) -> None:
    assert said("npm test", rule("allow", pattern="npm test *", **more), agent=agent) == expected


def test_paths_are_matched_where_they_lead() -> None:
    src = rule("allow", tool="Write", pattern="src/*")
    assert said({"file_path": f"{WORKTREE}/src/a.py"}, src, tool="Write") == "allow"
    assert said({"file_path": "src/a.py"}, src, tool="Write") == "allow"
    assert said({"file_path": "src/../../../x"}, src, tool="Write") == ""
    docs = rule("deny", tool="*", pattern="*/migrations/*")
    assert said({"file_path": f"{WORKTREE}/src/migrations/1.sql"}, rule("allow", tool="*"), docs, tool="Edit") == "deny"
    assert (
        said({"url": "https://docs.example.com/x"}, rule("allow", "WebFetch", "https://docs.example.com/*"), tool="WebFetch")
        == "allow"
    )


@pytest.mark.parametrize(
    ("command", "pattern"),
    [
        ("npm test -- -x", "npm test *"),
        ("pytest tests/x.py", "pytest *"),
        ("python -m pytest -q", "python -m pytest -q"),
        ("cd src && make lint", "make lint *"),
        ("rm -rf build", None),
        ("curl https://x", "curl *"),
        ("git push", None),
        ("make lint; make test", None),
        ("frobnicate", None),
        ("echo x > /etc/y", None),
        ("FOO=1 make test", None),
    ],
)
def test_a_rule_is_proposed_only_for_what_can_be_judged(command: str, pattern: str | None) -> None:
    found = rules.propose("Bash", {"command": command}, agent=AGENT, directory=WORKTREE, town=TOWN)
    assert (found["pattern"] if found else None) == pattern
    assert found is None or (found["rig"], said(command, found)) == ("mines", "allow")
