"""`gt broadcast`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, say, table
from gastown_tui.cli.session import json_option, open_town, read_text, wait_option, wake


@click.command(epilog="Example: gt broadcast --rig mines --state idle 'Pull the new target before you go on.'")
@click.argument("text")
@click.option("--to", "addresses", multiple=True, metavar="ADDRESS", help="Only these agents.")
@click.option("--role", "roles", multiple=True, help="Only this role: polecat, crew, mayor …")
@click.option("--rig", "rigs", multiple=True, help="Only this rig.")
@click.option("--state", "states", multiple=True, help="Only agents in this state: idle, working, needs …")
@click.option("-s", "--subject", default="")
@click.option("--mail", "is_mail", is_flag=True, help="As mail, which stays in the inbox; else as a nudge.")
@click.option("--dry-run", is_flag=True, help="Only say who is meant.")
@wait_option
@json_option
def broadcast(
    text: str,
    addresses: tuple[str, ...],
    roles: tuple[str, ...],
    rigs: tuple[str, ...],
    states: tuple[str, ...],
    subject: str,
    is_mail: bool,
    dry_run: bool,
    wait: float | None,
    as_json: bool,
) -> None:
    """Say the same to several agents, each when it rests. TEXT - reads standard input."""
    from gastown_tui.services import broadcast as service
    from gastown_tui.services import outbox
    from gastown_tui.services.waiting import wait_for

    ctx = open_town()
    meant = service.choose(ctx, service.Selection(addresses, roles, rigs, states))
    if dry_run:
        emit(meant, meant, as_json=as_json)
        return
    done = service.send_to(ctx, meant, read_text(text), subject=subject, kind="mail" if is_mail else "nudge")
    wake(ctx)
    sent = [one.message for one in done.sendings if one.message]
    if wait is not None and sent:
        wait_for(lambda: all(outbox.progress(ctx, message).is_settled for message in sent), wait, "the delivery")
    rows, data, is_lost = [], [], False
    for one in done.sendings:
        state, detail = ("not sent", one.error)
        if one.message:
            (delivery,) = outbox.progress(ctx, one.message).deliveries
            state, detail = delivery.state.value, outbox.why(ctx, delivery)
            is_lost = is_lost or delivery.state in outbox.LOST
        rows.append([one.receiver, one.message or "-", f"{state} · {detail}" if detail else state])
        data.append({"to": one.receiver, "id": one.message, "state": state, "detail": detail})
    emit({"thread": done.thread, "sent": data}, table(rows), as_json=as_json)
    if len(sent) < len(done.sendings):
        say(f"{len(done.sendings) - len(sent)} of {len(done.sendings)} could not be sent")
    if is_lost or len(sent) < len(done.sendings):
        click.get_current_context().exit(1)
