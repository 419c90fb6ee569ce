"""`gt feed`."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import click

from gastown_tui.cli.output import emit, emit_line, emit_text
from gastown_tui.cli.session import json_option, open_town
from gastown_tui.core.rows import Event
from gastown_tui.core.wording import sentence
from gastown_tui.services import feed as service


@click.command(epilog="Example: gt feed --follow --json | jq .kind")
@click.option("-f", "--follow", is_flag=True, help="Go on until interrupted; with --json one object per line.")
@click.option("-n", "--limit", default=50, help="So many old ones first (default: 50).")
@click.option("--after", type=int, metavar="SEQ", help="Only what is newer than this event.")
@click.option("--rig", default="", help="Only this rig.")
@click.option("--kind", default="", help="Only kinds that begin so, for example merge.")
@json_option
def feed(follow: bool, limit: int, after: int | None, rig: str, kind: str, as_json: bool) -> None:
    """What happens in the town, oldest first."""
    ctx = open_town()
    found = service.read(ctx, after) if after is not None else service.newest(ctx, limit)
    cursor = found[-1].seq if found else (after or 0)
    shown = [event for event in found if rig in ("", event.rig) and event.kind.startswith(kind)]
    if not follow:
        emit([event_json(event) for event in shown], [event_line(event) for event in shown], as_json=as_json)
        return
    for event in shown:
        _show(event, as_json=as_json)
    for event in service.follow(ctx, cursor):
        if rig in ("", event.rig) and event.kind.startswith(kind):
            _show(event, as_json=as_json)


def _show(event: Event, *, as_json: bool) -> None:
    if as_json:
        emit_line(event_json(event))
    else:
        emit_text(event_line(event))


def event_json(event: Event) -> dict[str, object]:
    """An event with its data as an object."""
    return {**asdict(event), "data": json.loads(event.data)}


def event_line(event: Event) -> str:
    """An event for people."""
    from gastown_tui.cli.output import one_line

    return f"{time.strftime('%H:%M:%S', time.localtime(event.at))}  {one_line(sentence(event))}"
