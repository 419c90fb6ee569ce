"""`gt init`, `gt town` and `gt version`."""

from __future__ import annotations

from pathlib import Path

import click

from gastown_tui import __version__
from gastown_tui.cli.output import emit, say
from gastown_tui.cli.session import json_option


@click.command(epilog="Example: gt init ~/gt")
@click.argument("directory", default="~/gt")
@click.option("--name", default="", help="Shown to people; else the directory's name.")
@click.option(
    "--agent", "default_agent", default="", metavar="DRIVER", help="The agent CLI of polecats and crew, for example claude."
)
@json_option
def init(directory: str, name: str, default_agent: str, as_json: bool) -> None:
    """Make a town in DIRECTORY (default: ~/gt). Doing it again changes nothing."""
    from gastown_tui.services import town as service

    place = Path(directory).expanduser()
    ctx = service.create_town(place, name=name, default_agent=default_agent)
    click.get_current_context().call_on_close(ctx.close)
    warnings = service.warnings_of(ctx.layout.root)
    for warning in warnings:
        say(f"warning: {warning}")
    data = {"town": ctx.layout.root, "warnings": warnings}
    emit(data, [f"town {ctx.layout.root}", "next: gt rig add NAME PATH"], as_json=as_json)


@click.command(epilog="Example: gt version --json")
@json_option
def version(as_json: bool) -> None:
    """Say which version this is."""
    emit({"version": __version__}, [f"gastown-tui {__version__}"], as_json=as_json)
