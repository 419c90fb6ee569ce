"""Groups of `bd`: dependencies and labels."""

from __future__ import annotations

import click

from gastown_tui.cli.commands.dep import dep
from gastown_tui.cli.output import emit
from gastown_tui.cli.session import open_town
from gastown_tui.services import beads


@click.group()
def label() -> None:
    """Label beads."""


@label.command("add")
@click.argument("bead_id")
@click.argument("words", nargs=-1, required=True)
def add(bead_id: str, words: tuple[str, ...]) -> None:
    """Put labels on a bead."""
    emit(None, [", ".join(beads.label(open_town(), bead_id, words))], as_json=False)


@label.command("remove")
@click.argument("bead_id")
@click.argument("words", nargs=-1, required=True)
def remove(bead_id: str, words: tuple[str, ...]) -> None:
    """Take labels off a bead."""
    emit(None, [", ".join(beads.label(open_town(), bead_id, (), words))], as_json=False)


@label.command("list")
@click.argument("bead_id")
def list_labels(bead_id: str) -> None:
    """The labels of a bead."""
    emit(None, [", ".join(beads.label(open_town(), bead_id))], as_json=False)


GROUPS = (dep, label)
