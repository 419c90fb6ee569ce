"""`gt init`, `gt town` and `gt version`."""

from __future__ import annotations

from pathlib import Path

import click

from gastown_tui import __version__
from gastown_tui.cli.output import emit, say
from gastown_tui.cli.session import json_option, person
from gastown_tui.core.errors import UsageError


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


@click.group(epilog="Example: gt town remove --bundle")
def town() -> None:
    """The town as a whole."""


@town.command("remove", epilog="Example: gt town remove --bundle --yes")
@click.option("--bundle", is_flag=True, help="Write unproven work into git bundles first, then remove.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(bundle: bool, yes: bool, as_json: bool) -> None:
    """Stop the town and remove it. Refuses while work is nowhere else; your own checkouts stay as they are."""
    from gastown_tui.services import removal

    ctx = person("remove the town")
    if not yes and not click.confirm(f"Stop and remove the town {ctx.layout.root}?", err=True):
        raise UsageError("nothing was removed", hint="say --yes to remove without a question")
    gone = removal.remove_town(ctx, bundle=bundle)
    lines = [f"removed the town {ctx.layout.root}", *(f"bundle {path}" for path in gone.bundles)]
    emit(gone, [*lines, *(f"remains: {path}" for path in gone.remains)], as_json=as_json)


@click.command(epilog="Example: gt version --json")
@json_option
def version(as_json: bool) -> None:
    """Say which version this is."""
    emit({"version": __version__}, [f"gastown-tui {__version__}"], as_json=as_json)
