"""`gt dep`, `gt label` and `gt comment`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, table
from gastown_tui.cli.session import clock, json_option, open_town, read_text
from gastown_tui.services import beads


@click.group(epilog="Example: gt dep add ms-7 ms-4f2   (ms-7 needs ms-4f2)")
def dep() -> None:
    """Say which bead needs which."""


@dep.command("add", epilog="Example: gt dep add ms-7 ms-4f2 --kind related")
@click.argument("bead_id", metavar="BEAD")
@click.argument("needs", metavar="NEEDS...", nargs=-1, required=True)
@click.option(
    "-k", "--kind", "--type", "-t", default="blocks", help="blocks (default), parent-child, waits-for, related, discovered-from …"
)
@json_option
def add(bead_id: str, needs: tuple[str, ...], kind: str, as_json: bool) -> None:
    """BEAD needs NEEDS."""
    ctx = open_town()
    for target in needs:
        beads.add_dep(ctx, bead_id, target, kind)
    data = [{"bead": bead_id, "needs": target, "kind": kind} for target in needs]
    emit(data, [f"{bead_id} needs {target} ({kind})" for target in needs], as_json=as_json)


@dep.command("remove", epilog="Example: gt dep remove ms-7 ms-4f2")
@click.argument("bead_id", metavar="BEAD")
@click.argument("needs", metavar="NEEDS")
@click.option("-k", "--kind", "--type", "-t", default="", help="Only this kind; else every kind.")
@json_option
def remove(bead_id: str, needs: str, kind: str, as_json: bool) -> None:
    """BEAD does not need NEEDS any more."""
    beads.remove_dep(open_town(), bead_id, needs, kind)
    emit({"bead": bead_id, "needs": needs, "kind": kind}, [f"{bead_id} no longer needs {needs}"], as_json=as_json)


@dep.command("list", epilog="Example: gt dep list ms-7")
@click.argument("bead_id", metavar="BEAD")
@json_option
def list_deps(bead_id: str, as_json: bool) -> None:
    """What BEAD needs, and what needs it."""
    needs, needed_by = beads.edges(open_town(), bead_id)
    data = {
        "needs": [{"bead": edge.target, "kind": edge.kind} for edge in needs],
        "needed_by": [{"bead": edge.bead, "kind": edge.kind} for edge in needed_by],
    }
    rows = [["needs", edge.target, edge.kind] for edge in needs] + [["needed by", edge.bead, edge.kind] for edge in needed_by]
    emit(data, table(rows), as_json=as_json)


@click.command(epilog="Example: gt label ms-4f2 ui urgent --remove later")
@click.argument("bead_id", metavar="BEAD")
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option("--remove", "-r", "gone", multiple=True, metavar="WORD", help="Take a label off; may be repeated.")
@json_option
def label(bead_id: str, words: tuple[str, ...], gone: tuple[str, ...], as_json: bool) -> None:
    """Put labels on a bead, and show those it has."""
    now = beads.label(open_town(), bead_id, words, gone)
    emit({"bead": bead_id, "labels": now}, [", ".join(now) or "no labels"], as_json=as_json)


@click.command(epilog="Example: gt comment ms-4f2 'The board is 9 by 9.'")
@click.argument("bead_id", metavar="BEAD")
@click.argument("text", required=False)
@json_option
def comment(bead_id: str, text: str | None, as_json: bool) -> None:
    """Remark on a bead (TEXT - reads standard input); without TEXT, show its comments."""
    ctx = open_town()
    if text is not None:
        beads.comment(ctx, bead_id, read_text(text))
    found = beads.detail(ctx, bead_id).comments
    shown = found if text is None else found[-1:]
    lines = [f"{one.author}, {clock(one.created_at)}: {one.text}" for one in shown]
    emit(list(shown) if text is None else shown[0], lines or ["no comments"], as_json=as_json)
