"""`gt peek`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, say
from gastown_tui.cli.session import json_option, open_town


@click.command(epilog="Example: gt peek mines/polecats/toast -n 200")
@click.argument("address")
@click.option("-n", "--lines", default=0, help="So many lines of history above the screen.")
@json_option
def peek(address: str, lines: int, as_json: bool) -> None:
    """See what an agent's terminal shows, without touching it."""
    from gastown_tui.services import panes

    screen = panes.peek(open_town(), address, max(0, min(lines, 20_000)))
    if not screen.is_live:
        say(f"{address} has no terminal now; this is what run {screen.run} showed last")
    emit(screen, screen.lines, as_json=as_json)
