"""Agents call some verbs all day: these must start fast, so they import none of the heavy libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from gastown_tui.cli.main import HOT_VERBS, SECTIONS, VERBS, gt
from gastown_tui.services.context import TownContext

HEAVY = ("textual", "rich", "anthropic", "libtmux", "pydantic", "asyncio", "prompt_toolkit")
CALLS = {
    "hook": ["hook", "mayor"],
    "prime": ["prime", "--agent", "mayor"],
    "ready": ["ready"],
    "show": ["show", "ms-none"],
    "mail": ["mail", "check"],
    "done": ["done"],
}
CODE = """
import sys
from gastown_tui.cli.main import gt
from gastown_tui.cli.diagnostics import run
run(gt, "gt", sys.argv[1:])
sys.stdout.flush()
sys.stderr.write("LOADED " + " ".join(name for name in {heavy!r} if name in sys.modules))
"""


@pytest.mark.parametrize("verb", HOT_VERBS)
def test_a_hot_verb_imports_nothing_heavy(verb: str, town: TownContext) -> None:
    argv = [sys.executable, "-c", CODE.format(heavy=HEAVY), "--town", str(town.layout.root), *CALLS[verb]]
    done = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60)
    assert "unexpected" not in done.stderr
    assert done.stderr.split("LOADED")[1].split() == []


def test_help_imports_no_verb() -> None:
    code = (
        "import sys; from gastown_tui.cli.main import gt; from gastown_tui.cli.diagnostics import run; run(gt, 'gt', ['--help']);"
        "sys.exit(any(name.startswith('gastown_tui.cli.commands') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_is_there_and_helps_with_an_example(verb: str) -> None:
    if verb == "agent":
        pytest.skip("its help is the agent's own")
    result = CliRunner().invoke(gt, [verb, "--help"])
    assert result.exit_code == 0
    assert "Example: " in result.output


def test_every_verb_has_json_or_a_reason_not_to() -> None:
    without = {"console", "attach", "agent", "export"}
    import click

    for verb in set(VERBS) - without:
        command = gt.get_command(click.Context(gt), verb)
        commands = list(command.commands.values()) if isinstance(command, click.Group) else [command]
        for one in commands:
            assert one is not None
            names = {option for parameter in one.params for option in parameter.opts}
            assert "--json" in names or one.name == "at", f"gt {verb} {one.name}"


def test_sections_do_not_name_a_verb_twice() -> None:
    assert sum(len(verbs) for verbs in SECTIONS.values()) == len(VERBS)
