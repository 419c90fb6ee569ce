"""Agent CLIs of a town's own: read strictly, started as they say, read by their own patterns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gastown_tui.core.config import read_town
from gastown_tui.core.errors import ConfigError, NotFound
from gastown_tui.core.evidence import AgentState
from gastown_tui.drivers import registry
from gastown_tui.drivers.base import LaunchRequest

TOWN = """
[agents.zed]
command = "zed-agent --tui"
prompt = "flag"
prompt_flag = "--ask"
edit = ["--ask-first"]
full = ["--yolo"]
resume = ["--session={conversation}"]
env = { ZED_HOME = "/srv/zed" }
secrets = ["ZED_KEY"]
interrupt_key = "C-c"
[agents.zed.screen]
composer = "^zed> "
working = '^ *[*] .*ing…'
permission = '(?i)allow this[?]'
"""


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    registry.adopt({})


def request(tmp_path: Path, **more: object) -> LaunchRequest:
    facts: dict[str, object] = {
        "town": tmp_path, "run": "r1", "agent": "ms/polecats/ace", "role": "polecat", "worktree": tmp_path, "gt": tmp_path,
        "run_directory": tmp_path / "r", "gt_hook": tmp_path, "prompt": "-Run $GT prime", **more,
    }  # fmt: skip
    return LaunchRequest(**facts)  # type: ignore[arg-type]


def test_it_is_started_as_its_settings_say(tmp_path: Path) -> None:
    registry.adopt(read_town(TOWN).agents)
    zed = registry.get("zed")
    launch = zed.launch(request(tmp_path), {"ZED_KEY": "secret", "PATH": ""})
    assert launch.argv == ("zed-agent", "--tui", "--ask-first", "--ask=-Run $GT prime")
    assert launch.environment["ZED_HOME"] == "/srv/zed"
    assert launch.secrets == {"ZED_KEY": "secret"}
    again = zed.launch(request(tmp_path, autonomy="full", conversation="7", prompt=""), {})
    assert again.argv == ("zed-agent", "--tui", "--yolo", "--session=7")
    assert (zed.facts.interrupt_key, zed.facts.process_names) == ("C-c", ("zed-agent",))
    assert zed.availability({"PATH": str(tmp_path)}, {}).state == "absent"
    (tmp_path / "zed-agent").write_text("#!/bin/sh\n")
    (tmp_path / "zed-agent").chmod(0o755)
    assert zed.availability({"PATH": str(tmp_path)}, {}).state == "ready"


@pytest.mark.parametrize(
    ("screen", "state"),
    [
        ("hello\nzed> ", AgentState.IDLE),
        ("hello\n * Thinking…\n\nzed> ", AgentState.WORKING),
        ("hello\n * Thinking…", AgentState.WORKING),
        ("rm -r x\nAllow this?\n", AgentState.PERMISSION),
        ("", AgentState.STARTING),
    ],
)
def test_its_screen_is_read_by_its_own_patterns(screen: str, state: AgentState) -> None:
    registry.adopt(read_town(TOWN).agents)
    found = registry.get("zed").classify(screen, "", 1.0)
    assert found is not None
    assert found.state is state


def test_its_draft_is_seen() -> None:
    registry.adopt(read_town(TOWN).agents)
    zed = registry.get("zed")
    assert zed.composer("x\nzed> half a th") == "half a th"
    assert zed.composer("x\nzed> ") == ""
    assert zed.composer("nothing") is None


def test_words_that_can_only_be_typed_are_not_on_its_command_line(tmp_path: Path) -> None:
    registry.adopt(read_town('[agents.zed]\ncommand = ["zed"]\nprompt = "typed"\nscreen = { like = "claude" }\n').agents)
    launch = registry.get("zed").launch(request(tmp_path), {})
    assert launch.argv == ("zed",)
    assert launch.typed == "-Run $GT prime"
    assert launch.environment["GT_PROMPTED"] == "0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[agents.zed]\n", "agents.zed.command"),
        ('[agents.zed]\ncommand = ""\n', "needs a program"),
        ('[agents.zed]\ncommand = "a | b"\n', "no shell runs"),
        ('[agents."Zed x"]\ncommand = "z"\n', "cannot be the name"),
        ('[agents.zed]\ncommand = "z"\nprompt = "flag"\n', "belong together"),
        ('[agents.zed]\ncommand = "z"\nprompt = "typed"\n', "needs screen.composer"),
        ('[agents.zed]\ncommand = "z"\nsubmit_key = "Entr"\n', "no key that tmux knows"),
        ('[agents.zed]\ncommand = "z"\nscreen = { working = "(" }\n', "not a regular expression"),
        ('[agents.zed]\ncommand = "z"\ncomand = "z"\n', "unknown key"),
        ('[agents.zed]\ncommand = "z"\n[agents.zed.screen]\nworkin = "z"\n', "unknown key"),
        ('[agents.zed]\ncommand = "z"\nenv = { "A B" = "1" }\n', "cannot be the name of an environment variable"),
        ("[agents.zed]\ncommand = 3\n", "line 2: agents.zed.command: input should be a list in brackets"),
        ('[agents.zed]\ncommand = "a\\nb"\n', "line 2: agents.zed.command: a command is one line"),
        ('[agents.zed]\ncommand = ["a\\nb"]\n', "line 2: agents.zed.command: a program's name is one line"),
        ('[agents.zed]\ncommand = ["a", "\\u0000"]\n', "line 2: agents.zed.command: .*null"),
        ('[agents.zed]\ncommand = [" "]\n', "line 2: agents.zed.command: an agent needs a program"),
        ('[agents]\nzed = "z"\n', "line 2: agents.zed: input should be a table$"),
        ('[agents.ok]\ncommand = "z"\n[agents.Bad]\ncommand = "z"\n', "line 3: agents.Bad: .*cannot be the name"),
        ('[agents.zed]\ncommand = "a | b"\n', "no shell runs an agent"),
        ('[agents.zed]\ncommand = "z"\ndisplay = "a\\nb"\n', "line 3: agents.zed.display: needs one line"),
        ('[agents.zed]\ncommand = "z"\nprocess_names = [""]\n', "line 3: agents.zed.process_names.0: string should have"),
        ('[agents.zed]\ncommand = "z"\n[agents.zed.screen]\nlike = "pi"\nlimit = "x"\n', "agents.zed.screen: .*leave out limit"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        read_town(text)
    assert caught.value.message.startswith("town.toml")


def test_a_known_name_is_not_taken_and_a_likeness_must_be_known() -> None:
    with pytest.raises(ConfigError, match="known already"):
        registry.adopt(read_town('[agents.codex]\ncommand = "z"\n').agents)
    with pytest.raises(ConfigError, match="no rules for"):
        registry.adopt(read_town('[agents.zed]\ncommand = "z"\nscreen = { like = "zod" }\n').agents)
    with pytest.raises(NotFound):
        registry.get("zed")
