"""`gt ready` and `gt blocked`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, say
from gastown_tui.cli.session import json_option, open_town
from gastown_tui.cli.show_bead import bead_json, bead_rows
from gastown_tui.services import beads


@click.command(epilog="Example: gt ready --rig mines")
@click.option("--rig", default="", help="Only this rig.")
@click.option("-n", "--limit", default=100, help="At most so many; 0 for no limit (default: 100).")
@json_option
def ready(rig: str, limit: int, as_json: bool) -> None:
    """List beads that can be worked on now, most urgent and oldest first."""
    ctx = open_town()
    found = beads.ready(ctx, rig)
    shown = found[:limit] if limit > 0 else found
    emit([bead_json(bead) for bead in shown], bead_rows(shown, ctx.now()), as_json=as_json)
    if not as_json and not found:
        say("nothing is ready; see gt blocked")
    elif not as_json and len(shown) < len(found):
        say(f"{len(found) - len(shown)} more; say --limit 0 for all")


@click.command(epilog="Example: gt blocked --rig mines")
@click.option("--rig", default="", help="Only this rig.")
@json_option
def blocked(rig: str, as_json: bool) -> None:
    """List beads that cannot be worked on, and why."""
    ctx = open_town()
    found = beads.blocked(ctx, rig)
    notes = {bead.id: reason for bead, reason in found}
    data = [{**bead_json(bead), "reason": reason} for bead, reason in found]
    emit(data, bead_rows((bead for bead, _ in found), ctx.now(), notes), as_json=as_json)
    if not found and not as_json:
        say("nothing is blocked")
