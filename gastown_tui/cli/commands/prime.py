"""`gt prime` and `gt hook`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, one_line
from gastown_tui.cli.session import json_option, open_town
from gastown_tui.cli.show_bead import bead_json, state_word
from gastown_tui.services import prime as service


@click.command(epilog="Example: $GT prime")
@click.option("--agent", "address", default="", metavar="ADDRESS", help="Look at what another agent would be told.")
@json_option
def prime(address: str, as_json: bool) -> None:
    """Who you are, what is on your hook and how to go on. Marks the bead as begun."""
    text = service.prime(open_town(), address)
    emit({"text": text}, [text.rstrip("\n")], as_json=as_json)


@click.command(epilog="Example: $GT hook")
@click.argument("address", metavar="[AGENT]", default="")
@json_option
def hook(address: str, as_json: bool) -> None:
    """What is on your hook, or on another agent's."""
    found = service.hook(open_town(), address)
    bead, run = found.bead, found.run
    data = {
        "agent": found.agent.address,
        "bead": bead_json(bead) if bead else None,
        "run": run.id if run else "",
        "branch": run.branch if run else "",
        "worktree": run.worktree if run else "",
    }
    lines = [f"{bead.id}  {state_word(bead)}  {one_line(bead.title)}"] if bead else ["the hook is empty"]
    emit(data, lines + ([f"branch {run.branch}"] if run and run.branch else []), as_json=as_json)
