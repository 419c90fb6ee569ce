"""`gt review`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, say
from gastown_tui.cli.session import age, json_option, open_town, read_text, wake
from gastown_tui.core.errors import UsageError
from gastown_tui.services import review as service


@click.group(epilog="Example: gt review comment mi-4 src/board.py:48 'A sleep here blocks the whole loop.'")
def review() -> None:
    """Comment on lines of handed-in work, and send the comments to its agent."""


@review.command("show", epilog="Example: gt review show mi-4")
@click.argument("bead")
@json_option
def show(bead: str, as_json: bool) -> None:
    """Show the comments on a bead's work."""
    ctx = open_town()
    found = service.comments(ctx, bead)
    lines: list[str] = []
    for one in found:
        lines.append(f"{one.id}  {one.path}:{one.line}  {one.state.value}  {age(ctx.now(), one.created_at)}")
        lines += [f"    > {one.quoted.strip()}", *(f"    {line}" for line in one.body.splitlines())]
    emit(found, lines, as_json=as_json)
    if not found and not as_json:
        say(f"no comments on {bead}")


@review.command("comment", epilog="Example: gt review comment mi-4 src/board.py:48 'Say why.'")
@click.argument("bead")
@click.argument("place", metavar="PATH:LINE")
@click.argument("text")
@click.option("--old", is_flag=True, help="LINE is a removed line's number.")
@json_option
def comment(bead: str, place: str, text: str, old: bool, as_json: bool) -> None:
    """Draft a comment (- reads standard input) on a line of the newest submission."""
    path, _, number = place.rpartition(":")
    if not path or not number.isdecimal():
        raise UsageError(f"{place!r} is no place", hint="for example: src/board.py:48")
    found = service.comment(open_town(), bead, path, int(number), read_text(text), "old" if old else "new")
    emit(found, [f"drafted {found.id} on {found.path}:{found.line}"], as_json=as_json)


@review.command("drop", epilog="Example: gt review drop 3")
@click.argument("comment", type=int)
@json_option
def drop(comment: int, as_json: bool) -> None:
    """Forget a draft."""
    service.drop(open_town(), comment)
    emit({"comment": comment, "state": "dropped"}, [f"dropped {comment}"], as_json=as_json)


@review.command("resolve", epilog="Example: gt review resolve 3")
@click.argument("comment", type=int)
@json_option
def resolve(comment: int, as_json: bool) -> None:
    """Mark a comment as dealt with."""
    service.resolve(open_town(), comment)
    emit({"comment": comment, "state": "resolved"}, [f"resolved {comment}"], as_json=as_json)


@review.command("send", epilog="Example: gt review send mi-4 -m 'Nearly there.'")
@click.argument("bead")
@click.option("-m", "--message", default="", help="Words before the comments.")
@json_option
def send(bead: str, message: str, as_json: bool) -> None:
    """Send all drafted comments to the agent; work that waits for approval goes back with them."""
    ctx = open_town()
    sent = service.send(ctx, bead, message)
    wake(ctx)
    how = "the work goes back to" if sent.way == "back" else "sent to"
    emit(sent, [f"{sent.comments} comment(s): {how} {sent.receiver}"], as_json=as_json)
