"""`gt up`, `gt down`, `gt pause` and `gt resume`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit
from gastown_tui.cli.session import json_option, open_town, person, wait_option
from gastown_tui.services import control
from gastown_tui.services.context import TownContext


def _report(ctx: TownContext, *, as_json: bool) -> None:
    from gastown_tui.services.boot import supervisor_state

    view = supervisor_state(ctx.layout, ctx.now())
    wanted = control.wanted(ctx)
    emit({"wanted": wanted, "supervisor": view}, [f"town is wanted {wanted}; supervisor is {view.state}"], as_json=as_json)


@click.command(epilog="Example: gt up")
@wait_option
@json_option
def up(wait: float | None, as_json: bool) -> None:
    """Start the supervisor and let work begin. Returns when the supervisor is up."""
    ctx = person("bring the town up") if control.wanted(open_town()) == "down" else open_town()
    control.up(ctx)
    _report(ctx, as_json=as_json)


@click.command(epilog="Example: gt down --wait")
@wait_option
@json_option
def down(wait: float | None, as_json: bool) -> None:
    """Stop every agent and the supervisor. Work in progress is saved and goes on after gt up."""
    ctx = person("take the town down")
    control.down(ctx, wait)
    _report(ctx, as_json=as_json)


@click.command(epilog="Example: gt pause")
@json_option
def pause(as_json: bool) -> None:
    """Start nothing new. What runs goes on, and what was handed in still lands."""
    ctx = open_town()
    control.pause(ctx)
    _report(ctx, as_json=as_json)


@click.command(epilog="Example: gt resume")
@json_option
def resume(as_json: bool) -> None:
    """Let work begin again."""
    ctx = open_town()
    control.resume(ctx)
    _report(ctx, as_json=as_json)
