"""`gt sling` and `gt unsling`."""

from __future__ import annotations

import click

from gastown_tui.cli.commands.update import show_changed
from gastown_tui.cli.output import emit, one_line
from gastown_tui.cli.session import json_option, open_town, wait_option, wake
from gastown_tui.cli.show_bead import bead_json
from gastown_tui.core.errors import UsageError
from gastown_tui.core.ids import BEAD_ID
from gastown_tui.core.states import BeadState
from gastown_tui.services import beads
from gastown_tui.services import sling as service
from gastown_tui.services.context import TownContext
from gastown_tui.services.waiting import wait_for


@click.command(epilog="Example: gt sling ms-4f2 ms-7 mines   or   gt sling ms-4f2 mines/crew/ada")
@click.argument("words", metavar="BEAD... [TARGET]", nargs=-1, required=True)
@wait_option
@json_option
def sling(words: tuple[str, ...], wait: float | None, as_json: bool) -> None:
    """Give beads to a rig's polecats (when TARGET is missing or a rig) or to one agent."""
    ctx = open_town()
    bead_ids, target = split_target(ctx, words)
    slung = service.sling_all(ctx, bead_ids, target)
    wake(ctx)
    if wait is not None:
        wait_for(lambda: all(is_begun(ctx, bead) for bead in bead_ids), wait, "the dispatch")
        slung = [beads.find(ctx, bead) for bead in bead_ids]
    data: object = [bead_json(bead) for bead in slung] if len(slung) != 1 else bead_json(slung[0])
    lines = [f"{bead.id}  → {bead.assignee or bead.slung_to}  {one_line(bead.title)}" for bead in slung]
    emit(data, lines, as_json=as_json)


def split_target(ctx: TownContext, words: tuple[str, ...]) -> tuple[list[str], str]:
    """The beads and the target: the last of several words is a target when it is no bead of this town.

    Raises:
        UsageError: the last word is both.
        NotFound: the last word is neither.
    """
    if len(words) == 1:
        return [words[0]], ""
    *first, last = words
    if "/" in last or not BEAD_ID.fullmatch(last):
        return first, last
    is_bead, is_target = service.is_bead(ctx, last), service.is_target(ctx, last)
    if is_bead and is_target:
        raise UsageError(f"{last!r} is both a bead and a rig", hint=f"say {last}/polecats for the rig")
    if is_target:
        return first, last
    return [*first, beads.find(ctx, last).id], ""


def is_begun(ctx: TownContext, bead_id: str) -> bool:
    """Whether somebody has it on the hook, or had."""
    return beads.find(ctx, bead_id).state in (BeadState.HOOKED, BeadState.IN_PROGRESS, BeadState.SUBMITTED, BeadState.CLOSED)


@click.command(epilog="Example: gt unsling ms-4f2")
@click.argument("bead_id", metavar="BEAD")
@json_option
def unsling(bead_id: str, as_json: bool) -> None:
    """Take a bead back before anybody has begun."""
    show_changed([service.unsling(open_town(), bead_id)], as_json=as_json)
