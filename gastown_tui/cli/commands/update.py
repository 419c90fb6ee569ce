"""`gt update`, `gt close`, `gt reopen` and `gt defer`."""

from __future__ import annotations

import click

from gastown_tui.cli.commands.create import parse_priority
from gastown_tui.cli.output import emit, one_line
from gastown_tui.cli.session import json_option, open_town, read_text
from gastown_tui.cli.show_bead import bead_json, state_word
from gastown_tui.core.rows import Bead
from gastown_tui.core.states import BeadOutcome, Dial
from gastown_tui.core.times import parse_moment
from gastown_tui.services import beads


def show_changed(changed: list[Bead], *, as_json: bool) -> None:
    """One line per bead; one object in JSON when it is one."""
    data: object = [bead_json(bead) for bead in changed] if len(changed) != 1 else bead_json(changed[0])
    emit(data, [f"{bead.id}  {state_word(bead)}  {one_line(bead.title)}" for bead in changed], as_json=as_json)


@click.command(epilog="Example: gt update ms-4f2 --priority 0 --description -")
@click.argument("bead_id", metavar="BEAD")
@click.option("--title")
@click.option("-d", "--description", help="- reads standard input.")
@click.option("-a", "--acceptance")
@click.option("-k", "--kind")
@click.option("-p", "--priority", metavar="0-4")
@click.option("--dial", type=click.Choice([*(dial.value for dial in Dial), "rig"]), help="'rig' means the rig's own again.")
@json_option
def update(
    bead_id: str,
    title: str | None,
    description: str | None,
    acceptance: str | None,
    kind: str | None,
    priority: str | None,
    dial: str | None,
    as_json: bool,
) -> None:
    """Change a bead's texts, kind, priority or dial."""
    texts = {"title": title, "description": description, "acceptance": acceptance, "kind": kind}
    changes: dict[str, object] = {field: read_text(text) for field, text in texts.items() if text is not None}
    if priority is not None:
        changes["priority"] = parse_priority(priority)
    if dial is not None:
        changes["dial"] = None if dial == "rig" else Dial(dial)
    show_changed([beads.update(open_town(), bead_id, changes)], as_json=as_json)


@click.command(epilog="Example: gt close ms-4f2 --outcome dropped --reason 'not wanted any more'")
@click.argument("bead_ids", metavar="BEAD...", nargs=-1, required=True)
@click.option(
    "-o",
    "--outcome",
    type=click.Choice([outcome.value for outcome in BeadOutcome]),
    default=BeadOutcome.ACCEPTED.value,
    help="accepted: done, nothing to merge (default). dropped: will not be done.",
)
@click.option("-r", "--reason", default="")
@json_option
def close(bead_ids: tuple[str, ...], outcome: str, reason: str, as_json: bool) -> None:
    """Close beads that need no merge. Work that was handed in closes when it has landed."""
    show_changed(beads.close(open_town(), bead_ids, BeadOutcome(outcome), reason), as_json=as_json)


@click.command(epilog="Example: gt reopen ms-4f2")
@click.argument("bead_id", metavar="BEAD")
@json_option
def reopen(bead_id: str, as_json: bool) -> None:
    """Open a closed, deferred or stuck bead again, with a clean slate."""
    show_changed([beads.reopen(open_town(), bead_id)], as_json=as_json)


@click.command(epilog="Example: gt defer ms-4f2 --until 2d")
@click.argument("bead_id", metavar="BEAD")
@click.option("--until", metavar="WHEN", help="A span (90m, 4h, 2d) or a date (2027-01-31 or 2027-01-31T08:00).")
@json_option
def defer(bead_id: str, until: str | None, as_json: bool) -> None:
    """Put a bead aside, until then or until somebody reopens it."""
    ctx = open_town()
    moment = parse_moment(until, ctx.now()) if until is not None else None
    show_changed([beads.defer(ctx, bead_id, moment)], as_json=as_json)
