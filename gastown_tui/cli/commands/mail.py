"""`gt mail` and `gt nudge`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, one_line, say, table
from gastown_tui.cli.session import age, clock, json_option, open_town, read_text, wait_option, wake
from gastown_tui.core.states import DeliveryState
from gastown_tui.services import mail as service
from gastown_tui.services import messages
from gastown_tui.services.context import TownContext
from gastown_tui.services.mail import Letter

_UNDELIVERED = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.PASTED)


@click.group(epilog="Example: gt mail send mayor -s 'Board size' 'Is 9 by 9 right?'")
def mail() -> None:
    """Send and read mail."""


def letter_json(letter: Letter) -> dict[str, object]:
    """A message and its delivery as one object."""
    message, delivery = letter.message, letter.delivery
    return {
        "id": message.id,
        "from": message.sender,
        "to": delivery.receiver,
        "subject": message.subject,
        "text": message.body,
        "thread": message.thread,
        "sent_at": message.created_at,
        "state": delivery.state,
        "unread": letter.is_unread,
    }


@mail.command("send", epilog="Example: gt mail send mines/polecats/toast -s 'Board size' '9 by 9'")
@click.argument("receivers", metavar="ADDRESS... TEXT", nargs=-1, required=True)
@click.option("-s", "--subject", default="")
@click.option("-m", "--message", "body", help="The text, instead of the last argument; - reads standard input.")
@wait_option
@json_option
def send(receivers: tuple[str, ...], subject: str, body: str | None, wait: float | None, as_json: bool) -> None:
    """Send mail to agents, or to the overseer."""
    from gastown_tui.core.errors import UsageError

    if body is None:
        if len(receivers) < 2:
            raise UsageError("mail needs a receiver and a text", hint="for example: gt mail send mayor 'Hello'")
        *receivers_, body = receivers
    else:
        receivers_ = list(receivers)
    ctx = open_town()
    _sent(ctx, messages.send(ctx, receivers_, read_text(body), subject=subject), wait, as_json=as_json)


@mail.command("inbox", epilog="Example: $GT mail inbox --unread")
@click.option("--unread", is_flag=True, help="Only what was not read.")
@click.option("--agent", "owner", default="", metavar="ADDRESS", help="The overseer may look at any agent's mail.")
@json_option
def inbox(unread: bool, owner: str, as_json: bool) -> None:
    """List your mail, oldest first."""
    ctx = open_town()
    letters = service.inbox(ctx, owner, unread_only=unread)
    rows = [
        [
            "*" if letter.is_unread else " ",
            letter.message.id,
            letter.message.sender,
            age(ctx.now(), letter.message.created_at),
            letter.message.subject or letter.message.body[:60],
        ]
        for letter in letters
    ]
    emit([letter_json(letter) for letter in letters], table(rows), as_json=as_json)
    if not letters and not as_json:
        say("no mail")


@mail.command("check", epilog="Example: $GT mail check   (exit code 0 when there is some, 3 when not)")
@json_option
def check(as_json: bool) -> None:
    """Say whether unread mail waits for you."""
    waiting = service.inbox(open_town(), unread_only=True)
    emit({"unread": len(waiting)}, [f"{len(waiting)} unread: $GT mail inbox"] if waiting else [], as_json=as_json)
    if not waiting:
        click.get_current_context().exit(3)


@mail.command("read", epilog="Example: $GT mail read m4f2k8s0q1")
@click.argument("message_id", metavar="MESSAGE")
@json_option
def read(message_id: str, as_json: bool) -> None:
    """Read a message of yours."""
    letter = service.read(open_town(), message_id)
    message = letter.message
    lines = [
        f"from     {message.sender}",
        f"sent     {clock(message.created_at)}",
        f"subject  {one_line(message.subject)}",
        "",
        message.body,
    ]
    emit(letter_json(letter), lines, as_json=as_json)


@mail.command("reply", epilog="Example: $GT mail reply m4f2k8s0q1 'Yes.'")
@click.argument("message_id", metavar="MESSAGE")
@click.argument("text")
@wait_option
@json_option
def reply(message_id: str, text: str, wait: float | None, as_json: bool) -> None:
    """Answer a message; TEXT - reads standard input."""
    ctx = open_town()
    _sent(ctx, service.reply(ctx, message_id, read_text(text)), wait, as_json=as_json)


@click.command(epilog="Example: gt nudge mines/polecats/toast 'The board is 9 by 9.'")
@click.argument("address")
@click.argument("text", default="Go on with your bead; when you are stuck, ask with $GT escalate.")
@wait_option
@json_option
def nudge(address: str, text: str, wait: float | None, as_json: bool) -> None:
    """Say a word to an agent; it is delivered when the agent rests."""
    ctx = open_town()
    _sent(ctx, messages.nudge(ctx, address, read_text(text)), wait, as_json=as_json)


def _sent(ctx: TownContext, message_id: str, wait: float | None, *, as_json: bool) -> None:
    wake(ctx)
    if wait is not None:
        from gastown_tui.services.waiting import wait_for

        wait_for(lambda: not any(one.state in _UNDELIVERED for one in messages.progress(ctx, message_id)), wait, "the delivery")
    deliveries = messages.progress(ctx, message_id)
    data = {"id": message_id, "deliveries": [{"to": one.receiver, "state": one.state, "detail": one.detail} for one in deliveries]}
    emit(data, [f"{message_id}  to {one.receiver}: {one.state.value} {one.detail}".rstrip() for one in deliveries], as_json=as_json)
