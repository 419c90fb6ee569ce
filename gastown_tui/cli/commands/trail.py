"""`gt trail` and `gt why`."""

from __future__ import annotations

import click

from gastown_tui.cli.commands.feed import event_json, event_line
from gastown_tui.cli.output import emit, one_line
from gastown_tui.cli.session import json_option, open_town
from gastown_tui.services import why as service


@click.command(epilog="Example: gt trail ms-4f2")
@click.argument("bead_id", metavar="BEAD")
@json_option
def trail(bead_id: str, as_json: bool) -> None:
    """Everything that happened to a bead, and the commits that landed for it."""
    found = service.trail(open_town(), bead_id)
    lines = [event_line(event) for event in found.events]
    lines += [f"commit    {commit.id[:10]}  {one_line(commit.author)}: {one_line(commit.subject)}" for commit in found.commits]
    commits = [{"id": commit.id, "author": commit.author, "subject": commit.subject} for commit in found.commits]
    emit({"events": [event_json(event) for event in found.events], "commits": commits}, lines, as_json=as_json)


@click.command(epilog="Example: gt why ms-4f2   or   gt why mines/polecats/toast")
@click.argument("word", metavar="AGENT|BEAD")
@json_option
def why(word: str, as_json: bool) -> None:
    """Why a bead does not move, or what an agent does and who says so."""
    found = service.explain(open_town(), word)
    lines = [f"{found.subject}: {one_line(found.answer)}", *(f"  {one_line(fact)}" for fact in found.facts)]
    emit(found, lines + ([f"  next: {found.next_step}"] if found.next_step else []), as_json=as_json)
