"""`gt create`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, one_line
from gastown_tui.cli.session import here, json_option, open_town, read_text, wake
from gastown_tui.cli.show_bead import bead_json
from gastown_tui.core.errors import UsageError
from gastown_tui.core.states import Dial
from gastown_tui.services import beads
from gastown_tui.services.beads import Filing


@click.command(epilog="Example: gt create 'Reveal a cell' --rig mines -d 'Opens one cell.' --deps ms-4f2 --sling")
@click.argument("title", required=False)
@click.option("--title", "title_option", help="The title, instead of the argument.")
@click.option("--rig", default="", help="The rig; else your own, the one you stand in, or the only one.")
@click.option("-d", "--description", default="", help="What and why; - reads standard input.")
@click.option("-a", "--acceptance", default="", help="How one sees that it is done.")
@click.option("-k", "--kind", default="task", help="task, bug, feature, epic, chore … (default: task)")
@click.option("-p", "--priority", default="2", metavar="0-4", help="0 is the most urgent (default: 2).")
@click.option("--parent", default="", metavar="BEAD", help="The epic that it is part of.")
@click.option(
    "--deps", multiple=True, metavar="BEAD", help="What it needs, as BEAD or KIND:BEAD; may be repeated or comma-separated."
)
@click.option("-l", "--label", multiple=True, metavar="WORD", help="May be repeated.")
@click.option("--dial", type=click.Choice([dial.value for dial in Dial]), help="How far it goes without a person.")
@click.option("--sling", "sling_it", is_flag=True, help="Sling it to the rig's polecats at once.")
@json_option
def create(
    title: str | None,
    title_option: str | None,
    rig: str,
    description: str,
    acceptance: str,
    kind: str,
    priority: str,
    parent: str,
    deps: tuple[str, ...],
    label: tuple[str, ...],
    dial: str | None,
    sling_it: bool,
    as_json: bool,
) -> None:
    """File a bead: a piece of work."""
    if (title is None) == (title_option is None):
        raise UsageError("a bead needs one title", hint="for example: gt create 'Reveal a cell'")
    ctx = open_town()
    filing = Filing(
        title=title or title_option or "",
        rig=rig,
        description=read_text(description),
        acceptance=read_text(acceptance) if acceptance != description else acceptance,
        kind=kind,
        priority=parse_priority(priority),
        parent=parent,
        deps=parse_deps(deps),
        labels=label,
        dial=Dial(dial) if dial else None,
    )
    filing = beads.placed(ctx, filing, here())
    if sling_it:
        from gastown_tui.services import sling

        bead = sling.create_and_sling(ctx, filing)
        wake(ctx)
    else:
        bead = beads.create(ctx, filing)
    emit(bead_json(bead), [f"{bead.id}  {one_line(bead.title)}"], as_json=as_json)


def parse_priority(text: str) -> int:
    """`2`, `P2` or `p2`."""
    digits = text.removeprefix("P").removeprefix("p")
    if digits not in ("0", "1", "2", "3", "4"):
        raise UsageError(f"priority {text!r} is not between 0 and 4", hint="0 is the most urgent")
    return int(digits)


def parse_deps(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(kind, bead) pairs from `BEAD` or `KIND:BEAD`; the bare form blocks."""
    pairs = []
    for word in (part.strip() for text in texts for part in text.split(",")):
        if word:
            kind, colon, bead = word.rpartition(":")
            # In bd `depends-on` and `blocked-by` are other words for needing.
            pairs.append(("blocks" if not colon or kind in ("depends-on", "blocked-by") else kind, bead))
    return tuple(pairs)
