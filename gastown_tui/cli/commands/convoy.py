"""`gt convoy`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from gastown_tui.cli.output import emit, one_line, say, table
from gastown_tui.cli.session import age, here, json_option, open_town, wait_option, wake
from gastown_tui.cli.show_bead import bead_json, bead_rows
from gastown_tui.core.errors import UsageError
from gastown_tui.core.states import ConvoyState
from gastown_tui.services import convoys as service
from gastown_tui.services.context import TownContext
from gastown_tui.services.convoys import ConvoyDetail


@click.group(epilog="Example: gt convoy create --from plan.toml --sling")
def convoy() -> None:
    """Convoys are batches of beads that you watch together."""


def convoy_json(detail: ConvoyDetail) -> dict[str, object]:
    """A convoy with its beads."""
    return {
        **asdict(detail.convoy),
        "total": len(detail.beads),
        "closed": detail.closed,
        "landed": detail.landed,
        "beads": [{**bead_json(bead), "reason": detail.reasons.get(bead.id, "")} for bead in detail.beads],
    }


def _head(detail: ConvoyDetail) -> str:
    return f"{detail.convoy.id}  {detail.convoy.state.value}  {detail.landed}/{len(detail.beads)} landed  {one_line(detail.convoy.title)}"


@convoy.command(
    "create", epilog="Example: gt convoy create 'Minesweeper' ms-1 ms-2   or   gt convoy create --from plan.toml --sling"
)
@click.argument("title", required=False)
@click.argument("bead_ids", metavar="[BEAD]...", nargs=-1)
@click.option("--from", "file", metavar="FILE", help="A TOML file with title and [[bead]] tables; - reads standard input.")
@click.option("--rig", default="", help="The rig of beads from a file; else as in gt create.")
@click.option("--sling", "sling_them", is_flag=True, help="Sling all of them to the rig's polecats.")
@wait_option
@json_option
def create(
    title: str | None, bead_ids: tuple[str, ...], file: str | None, rig: str, sling_them: bool, wait: float | None, as_json: bool
) -> None:
    """Make a convoy of beads that exist, or file all beads of a TOML file. --wait returns when it has ended."""
    ctx = open_town()
    if file is not None:
        if title is not None:
            raise UsageError("--from takes title and beads from the file", hint="leave the arguments out")
        from gastown_tui.services.beads import choose_rig

        text, name = _read_file(file)
        made = service.create_from(
            ctx, text, name, rig=choose_rig(ctx, rig or _rig_of(text, name), here()).name, sling_them=sling_them
        )
    elif title is None:
        raise UsageError("a convoy needs a title", hint="gt convoy create TITLE BEAD…, or --from FILE")
    else:
        made = service.create(ctx, title, bead_ids, sling_them=sling_them)
    if sling_them:
        wake(ctx)
    if wait is not None:
        made = _wait_landed(ctx, made.convoy.id, wait)
    emit(convoy_json(made), [_head(made), *bead_rows(made.beads, ctx.now(), made.reasons)], as_json=as_json)


def _rig_of(text: str, name: str) -> str:
    from gastown_tui.core.convoy_file import read_convoy

    return read_convoy(text, name).rig


def _read_file(file: str) -> tuple[str, str]:
    from gastown_tui.cli.session import read_text

    if file == "-":
        return read_text("-"), "standard input"
    try:
        return Path(file).expanduser().read_text(encoding="utf-8"), file
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file}: {error}") from error


@convoy.command("add", epilog="Example: gt convoy add cv-1 ms-9")
@click.argument("convoy_id", metavar="CONVOY")
@click.argument("bead_ids", metavar="BEAD...", nargs=-1, required=True)
@json_option
def add(convoy_id: str, bead_ids: tuple[str, ...], as_json: bool) -> None:
    """Put more beads into a convoy."""
    changed = service.add(open_town(), convoy_id, bead_ids)
    emit(convoy_json(changed), [_head(changed)], as_json=as_json)


@convoy.command("list", epilog="Example: gt convoy list --open")
@click.option("--open", "open_only", is_flag=True, help="Only those that have not ended.")
@json_option
def list_convoys(open_only: bool, as_json: bool) -> None:
    """List convoys, oldest first."""
    ctx = open_town()
    found = service.every(ctx, open_only=open_only)
    rows = [
        [
            one.convoy.id,
            one.convoy.state.value,
            f"{one.landed}/{len(one.beads)}",
            age(ctx.now(), one.convoy.created_at),
            one.convoy.title,
        ]
        for one in found
    ]
    emit([convoy_json(one) for one in found], table(rows), as_json=as_json)
    if not found and not as_json:
        say("no convoys; make one with: gt convoy create TITLE BEAD…")


@convoy.command("show", epilog="Example: gt convoy show cv-1 --wait 600")
@click.argument("convoy_id", metavar="CONVOY")
@wait_option
@json_option
def show(convoy_id: str, wait: float | None, as_json: bool) -> None:
    """Show a convoy with its beads; --wait returns when it has ended."""
    ctx = open_town()
    detail = service.detail(ctx, convoy_id)
    if wait is not None:
        detail = _wait_landed(ctx, convoy_id, wait)
    emit(convoy_json(detail), [_head(detail), *bead_rows(detail.beads, ctx.now(), detail.reasons)], as_json=as_json)


def _wait_landed(ctx: TownContext, convoy_id: str, seconds: float) -> ConvoyDetail:
    from gastown_tui.services.waiting import wait_for

    wait_for(lambda: service.detail(ctx, convoy_id).convoy.state is not ConvoyState.OPEN, seconds, "the landing")
    return service.detail(ctx, convoy_id)


@convoy.command("cancel", epilog="Example: gt convoy cancel cv-1")
@click.argument("convoy_id", metavar="CONVOY")
@json_option
def cancel(convoy_id: str, as_json: bool) -> None:
    """Stop watching a convoy; its beads stay as they are."""
    changed = service.cancel(open_town(), convoy_id)
    emit(convoy_json(changed), [_head(changed)], as_json=as_json)
