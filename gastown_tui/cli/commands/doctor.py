"""`gt doctor`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, table
from gastown_tui.cli.session import json_option, open_town
from gastown_tui.core.errors import ExitCode

_MARKS = {"ok": "✓", "warn": "!", "bad": "✗"}


@click.command(epilog="Example: gt doctor")
@json_option
def doctor(as_json: bool) -> None:
    """Look for what is wrong with the town, and say how to put it right. Changes nothing; exit code 1 when something is."""
    from gastown_tui.services import doctor as service

    found = service.examine(open_town())
    rows = [[_MARKS[check.state], check.name, check.detail + (f"  → {check.hint}" if check.hint else "")] for check in found]
    emit(found, table(rows), as_json=as_json)
    if any(check.state == "bad" for check in found):
        click.get_current_context().exit(ExitCode.FAILED)
