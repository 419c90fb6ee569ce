"""The tree of verbs: each is there, helps with an example, can give JSON, and is imported only when it is called."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from gastown_tui.cli.main import SECTIONS, VERBS, gt


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
