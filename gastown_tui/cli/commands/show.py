"""`gt show`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit
from gastown_tui.cli.session import json_option, open_town
from gastown_tui.cli.show_bead import detail_json, detail_lines
from gastown_tui.services import beads


@click.command(epilog="Example: gt show ms-4f2")
@click.argument("bead_ids", metavar="BEAD...", nargs=-1, required=True)
@json_option
def show(bead_ids: tuple[str, ...], as_json: bool) -> None:
    """Show beads with everything about them. With --json a list, one object per bead."""
    ctx = open_town()
    details = [beads.detail(ctx, bead_id) for bead_id in bead_ids]
    lines: list[str] = []
    for detail in details:
        lines += [*([""] if lines else []), *detail_lines(detail)]
    emit([detail_json(detail) for detail in details], lines, as_json=as_json)
