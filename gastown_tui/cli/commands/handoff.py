"""`gt handoff` and `gt escalate`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit
from gastown_tui.cli.session import json_option, open_town, read_text, wait_option
from gastown_tui.services import handoff as service


@click.command(epilog="Example: $GT handoff 'Board and reveal are done; flood fill still fails on the border.'")
@click.argument("text")
@click.option("--bead", default="", metavar="BEAD", help="Leave it with this bead; else with the one on your hook.")
@click.option("--restart", is_flag=True, help="Go on in a fresh session as soon as you rest.")
@json_option
def handoff(text: str, bead: str, restart: bool, as_json: bool) -> None:
    """Leave a note (- reads standard input) for whoever goes on: it is part of what the next run is told."""
    left = service.leave(open_town(), read_text(text), bead, restart=restart)
    emit(left, [f"left with {left.scope}" + ("; end your turn now, a fresh session goes on" if restart else "")], as_json=as_json)


@click.command(epilog="Example: $GT escalate 'May I change the file format?' --detail 'Old saves could not be read.'")
@click.argument("question")
@click.option("-d", "--detail", default="", help="More about it; - reads standard input.")
@click.option("-s", "--severity", type=click.Choice(service.SEVERITIES), default="medium")
@wait_option
@json_option
def escalate(question: str, detail: str, severity: str, wait: float | None, as_json: bool) -> None:
    """Ask a person. The answer comes as a message when you rest; --wait waits for it here."""
    from gastown_tui.services import requests
    from gastown_tui.services.waiting import wait_for

    ctx = open_town()
    request = service.escalate(ctx, question, read_text(detail), severity)
    answer = None
    if wait is not None:
        wait_for(lambda: requests.answer_of(ctx, request) is not None, wait, "an answer")
        answer = requests.answer_of(ctx, request)
    data = {"request": request, "answer": answer[1] or answer[0] if answer else None}
    emit(data, [f"{answer[2]}: {answer[1] or answer[0]}" if answer else f"asked as {request}; rest now"], as_json=as_json)
