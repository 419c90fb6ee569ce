"""`gt answer` and `gt ack`."""

from __future__ import annotations

from dataclasses import asdict

import click

from gastown_tui.cli.output import emit, one_line, say, table
from gastown_tui.cli.session import age, json_option, open_town, person
from gastown_tui.core.errors import UsageError
from gastown_tui.core.risk import words
from gastown_tui.core.rows import Request
from gastown_tui.services import requests


def request_json(request: Request) -> dict[str, object]:
    """A request with its options as a list."""
    return {**asdict(request), "options": [{"key": key, "label": label} for key, label in requests.options_of(request)]}


@click.command(epilog="Example: gt answer   and then   gt answer q1f0c9ab22d41 allow")
@click.argument("request_id", metavar="[REQUEST]", default="")
@click.argument("key", metavar="[ANSWER]", default="")
@click.option("-t", "--text", default="", help="Words to go with it: a reason, a reply.")
@json_option
def answer(request_id: str, key: str, text: str, as_json: bool) -> None:
    """Answer what an agent asks; without arguments, list what waits for you."""
    if not request_id:
        return _list(as_json=as_json)
    if not key:
        raise UsageError("which answer?", hint="for example: gt answer REQUEST allow; see gt answer for the choices")
    ctx = person("answer a request")
    ended = requests.answer(ctx, request_id, key, text)
    emit(request_json(ended), [f"{ended.agent}: {ended.answer}"], as_json=as_json)


def _list(*, as_json: bool) -> None:
    ctx = open_town()
    found = requests.open_ones(ctx)
    lines: list[str] = []
    for request in found:
        lines += table([[request.id, request.kind, request.agent, age(ctx.now(), request.created_at), request.title]])
        lines += [f"    {one_line(line)}" for line in request.detail.splitlines()[:12]]
        if found_risk := words(requests.risk(ctx, request)):
            lines.append(f"    risk: {one_line('; '.join(found_risk))}")
        keys = ", ".join(f"{key} ({label})" if key != label else key for key, label in requests.options_of(request))
        lines.append(f"    answers: {keys}")
    shown = [{**request_json(request), "risk": words(requests.risk(ctx, request))} for request in found]
    emit(shown, lines, as_json=as_json)
    if not found and not as_json:
        say("nobody waits for you")


@click.command(epilog="Example: gt ack   and then   gt ack 3")
@click.argument("number", metavar="[INCIDENT]", type=int, required=False)
@json_option
def ack(number: int | None, as_json: bool) -> None:
    """Acknowledge an incident: you have seen it. Without a number, list what is open."""
    from gastown_tui.services import control

    ctx = person("acknowledge an incident") if number is not None else open_town()
    if number is not None:
        control.acknowledge(ctx, number)
    found = control.open_incidents(ctx)
    rows = [[str(one.id), one.severity, one.state.value, one.kind, one.subject, f"×{one.count}", one.detail] for one in found]
    emit(found, table(rows), as_json=as_json)
    if not found and not as_json:
        say("no open incidents")
