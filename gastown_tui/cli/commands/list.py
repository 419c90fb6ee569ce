"""`gt list` and `gt search`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, say
from gastown_tui.cli.session import json_option, open_town
from gastown_tui.cli.show_bead import bead_json, bead_rows
from gastown_tui.core.states import BeadState
from gastown_tui.services import beads


@click.command("list", epilog="Example: gt list --rig mines --state submitted")
@click.option("--rig", default="", help="Only this rig.")
@click.option(
    "-s", "--state", "states", multiple=True, type=click.Choice([state.value for state in BeadState]), help="May be repeated."
)
@click.option("-l", "--label", default="", help="Only with this label.")
@click.option("--assignee", default="", metavar="ADDRESS", help="Only what is on this agent's hook.")
@click.option("-k", "--kind", default="", help="Only this kind.")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@click.option("-n", "--limit", default=200, help="At most so many; 0 for no limit (default: 200).")
@json_option
def list_beads(
    rig: str, states: tuple[str, ...], label: str, assignee: str, kind: str, everything: bool, limit: int, as_json: bool
) -> None:
    """List beads, most urgent and oldest first; those that are not closed when you say nothing else."""
    ctx = open_town()
    found = beads.listing(
        ctx,
        rig=rig,
        states=[BeadState(state) for state in states],
        label=label,
        assignee=assignee,
        kind=kind,
        everything=everything,
        limit=limit + 1 if limit > 0 else -1,
    )
    shown = found[:limit] if limit > 0 else found
    emit([bead_json(bead) for bead in shown], bead_rows(shown, ctx.now()), as_json=as_json)
    if len(shown) < len(found):
        say(f"only the first {limit}; say --limit 0 for all")
    if not found and not as_json:
        say("no beads; file one with: gt create TITLE")


@click.command(epilog="Example: gt search 'flood fill'")
@click.argument("text")
@click.option("-n", "--limit", default=100, help="At most so many (default: 100).")
@json_option
def search(text: str, limit: int, as_json: bool) -> None:
    """Find beads whose id, title or description holds TEXT."""
    ctx = open_town()
    found = beads.search(ctx, text, limit)
    emit([bead_json(bead) for bead in found], bead_rows(found, ctx.now()), as_json=as_json)
    if not found and not as_json:
        say("nothing found")
