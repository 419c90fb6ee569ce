"""Standing rules in town.toml and in the hook: made, compiled, applied, counted, taken back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gastown_tui
from gastown_tui.core.config import read_town
from gastown_tui.core.errors import ConfigError, NotAllowed, NotFound, UsageError
from gastown_tui.ledger import events
from gastown_tui.services import rules
from gastown_tui.services.config import town_config
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town

AGENT = "mines/polecats/nux"
PACKAGES = str(Path(gastown_tui.__file__).resolve().parent.parent)
CODE = f"import sys; sys.path.insert(0, {PACKAGES!r}); from gastown_tui.hook import main; sys.exit(main())"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TownContext:
    for name in ("GT_TOWN", "GT_RUN", "GT_AGENT"):
        monkeypatch.delenv(name, raising=False)
    return create_town(tmp_path.resolve() / "town", name="town")


def hook(town: TownContext, command: str) -> dict[str, str]:
    payload = {"tool_name": "Bash", "tool_input": {"command": command}, "cwd": str(town.layout.root / AGENT)}
    environment = {"GT_TOWN": str(town.layout.root), "GT_RUN": "run00001", "GT_AGENT": AGENT, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CODE, "PreToolUse"], input=json.dumps(payload).encode(), env=environment,
        capture_output=True, check=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout)["hookSpecificOutput"] if done.stdout else {}
    return found


def test_a_rule_holds_in_the_hook_at_once_is_counted_and_taken_back(town: TownContext) -> None:
    assert hook(town, "npm test") == {}
    made = rules.add(town, "allow", "Bash", "npm test *", "mines")
    told = hook(town, "npm test -- -x")
    assert (told["permissionDecision"], made.id in told["permissionDecisionReason"]) == ("allow", True)
    assert hook(town, "npm test && rm x") == {}
    (listed,) = rules.listing(town)
    assert (listed.id, listed.uses, listed.words) == (made.id, 1, "allow Bash(npm test *) for mines")
    (use,) = rules.recent(town, 0.0)
    assert (use.agent, use.run, use.rule, use.verdict, use.what) == (AGENT, "run00001", made.id, "allow", "Bash: npm test -- -x")
    rules.remove(town, made.id)
    assert hook(town, "npm test") == {}
    assert not town.layout.rules.exists()
    kinds = [event.kind for event in events.after(town.ledger, 0, 100)]
    assert kinds[-2:] == ["rule.added", "rule.removed"]


def test_a_deny_rule_stops_it_and_what_must_never_happen_stays_denied(town: TownContext) -> None:
    rules.add(town, "deny", "Bash", "make deploy *")
    rules.add(town, "allow", "*", "*")
    assert hook(town, "cd x; make deploy prod")["permissionDecision"] == "deny"
    assert hook(town, "make test")["permissionDecision"] == "allow"
    assert "do not push" in hook(town, "git push -f origin main")["permissionDecisionReason"]
    assert hook(town, "cat ~/.ssh/id_rsa") == {}
    assert hook(town, "eval $X")["permissionDecision"] == "ask"


def test_rules_that_cannot_be_read_answer_ask(town: TownContext) -> None:
    for broken in ("", "{", "[]", '{"rules": 7}'):
        town.layout.rules.write_text(broken)
        assert hook(town, "make test")["permissionDecision"] == "ask"


def test_the_file_of_people_keeps_its_comments_and_stays_whole(town: TownContext) -> None:
    town.layout.config.write_text('# ours\nname = "town"  # the name\n\n[[rules]]\nverdict = "ask" # careful\npattern = "x"\n')
    first = rules.listing(town)[0]
    second = rules.add(town, "allow", "Bash", 'say "hi" *', role="crew")
    assert rules.add(town, "allow", "Bash", 'say "hi" *', role="crew") == second
    text = town.layout.config.read_text()
    assert "# ours" in text
    assert "# careful" in text
    assert [rule.pattern for rule in town_config(town).rules] == ["x", 'say "hi" *']
    rules.remove(town, first.id)
    rules.remove(town, second.id)
    assert read_town(town.layout.config.read_text()).rules == []
    assert "# the name" in town.layout.config.read_text()


def test_a_broken_file_changes_nothing(town: TownContext) -> None:
    rules.add(town, "allow", "Bash", "make *")
    town.layout.config.write_text(town.layout.config.read_text() + "\nbroken = [")
    before = town.layout.rules.read_text()
    with pytest.raises(ConfigError):
        rules.add(town, "deny", "Bash", "x")
    assert town.layout.rules.read_text() == before
    assert hook(town, "make test")["permissionDecision"] == "allow"


def test_only_a_person_makes_rules(town: TownContext) -> None:
    agent = TownContext(town.layout, AGENT, "run00001")
    with pytest.raises(NotAllowed):
        rules.add(agent, "allow", "*", "*")
    with pytest.raises(NotAllowed):
        rules.remove(agent, "r1")
    with pytest.raises(NotFound):
        rules.remove(town, "r1")
    with pytest.raises(UsageError):
        rules.add(town, "maybe", "*", "*")


def test_the_supervisors_copy_follows_the_file(town: TownContext) -> None:
    town.layout.config.write_text('[[rules]]\nverdict = "deny"\ntool = "WebFetch"\n')
    assert rules.compile_rules(town, town_config(town))
    assert not rules.compile_rules(town, town_config(town))
    assert rules.decide(town, "WebFetch", {"url": "https://x"}, "/", "WebFetch: x") == ("deny", rules.listing(town)[0].id)
    town.layout.config.write_text("")
    assert rules.compile_rules(town, town_config(town))
    assert rules.decide(town, "WebFetch", {"url": "https://x"}, "/", "WebFetch: x") is None
