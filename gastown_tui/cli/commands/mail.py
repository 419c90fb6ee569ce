"""`gt mail` and `gt nudge`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, one_line, say, table
from gastown_tui.cli.session import age, clock, json_option, open_town, person, read_text, wait_option, wake
from gastown_tui.core.rows import Delivery
from gastown_tui.services import mail as service
from gastown_tui.services import messages, outbox
from gastown_tui.services.context import TownContext
from gastown_tui.services.mail import Letter
from gastown_tui.services.outbox import Sent


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
@click.option("--replace", "replaces", is_flag=True, help="Take back your earlier nudges to it that still wait.")
@click.option("--interrupt", "interrupts", is_flag=True, help="End its turn, then tell it; only a person may.")
@wait_option
@json_option
def nudge(address: str, text: str, replaces: bool, interrupts: bool, wait: float | None, as_json: bool) -> None:
    """Say a word to an agent; it is delivered when the agent rests.

    Exit code 0: queued, or with --wait seen. 1: it did not arrive. 124: not settled within the wait.
    """
    if interrupts:
        ctx = person("interrupt an agent")
        _sent(ctx, messages.interrupt(ctx, address, read_text(text)), wait, as_json=as_json)
        return
    ctx = open_town()
    _sent(ctx, messages.nudge(ctx, address, read_text(text), replaces=replaces), wait, as_json=as_json)


def _sent(ctx: TownContext, message_id: str, wait: float | None, *, as_json: bool) -> None:
    wake(ctx)
    if wait is not None:
        _await(ctx, message_id, wait)
    found = outbox.progress(ctx, message_id)
    _show_progress(ctx, found, as_json=as_json)
    if any(one.state in outbox.LOST for one in found.deliveries):
        click.get_current_context().exit(1)


def _await(ctx: TownContext, message_id: str, wait: float) -> None:
    """Until the message is seen or will not be; tells each step on the way."""
    from gastown_tui.services.waiting import wait_for

    told: dict[str, str] = {}

    def is_settled() -> bool:
        found = outbox.progress(ctx, message_id)
        for one in found.deliveries:
            words = _words(ctx, one)
            if told.get(one.receiver) != words and not outbox.is_settled(one):
                told[one.receiver] = words
                say(f"{one.receiver}: {words}")
        return found.is_settled

    wait_for(is_settled, wait, "the delivery")


def _words(ctx: TownContext, delivery: Delivery) -> str:
    why = outbox.why(ctx, delivery)
    return f"{delivery.state.value} · {why}" if why else delivery.state.value


def sent_json(ctx: TownContext, found: Sent) -> dict[str, object]:
    """A message with all its deliveries as one object."""
    message = found.message
    deliveries = [
        {"to": one.receiver, "state": one.state, "detail": outbox.why(ctx, one), "run": one.run, "at": one.updated_at}
        for one in found.deliveries
    ]
    return {
        "id": message.id,
        "from": message.sender,
        "kind": message.kind,
        "subject": message.subject,
        "text": message.body,
        "thread": message.thread,
        "sent_at": message.created_at,
        "deliveries": deliveries,
    }


def _show_progress(ctx: TownContext, found: Sent, *, as_json: bool) -> None:
    rows = [[found.message.id, f"to {one.receiver}", _words(ctx, one)] for one in found.deliveries]
    emit(sent_json(ctx, found), table(rows), as_json=as_json)


@mail.command("sent", epilog="Example: gt mail sent --to mines/polecats/toast")
@click.option("--to", "receiver", default="", metavar="ADDRESS", help="Only what was sent there.")
@click.option("--from", "sender", default="", metavar="ADDRESS", help="What another one sent; for the overseer.")
@click.option("--all", "everybody", is_flag=True, help="What everybody sent; for the overseer.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@json_option
def list_sent(receiver: str, sender: str, everybody: bool, limit: int, as_json: bool) -> None:
    """List what you sent, mail and nudges, newest first: queued, submitted, seen, or why not."""
    ctx = open_town()
    found = outbox.sent(ctx, sender=sender, receiver=receiver, everybody=everybody, limit=limit)
    rows = [
        [
            one.message.id,
            age(ctx.now(), one.message.created_at),
            *([one.message.sender] if everybody or sender else []),
            one.message.kind,
            delivery.receiver,
            _words(ctx, delivery),
            one_line(one.message.subject or one.message.body)[:60],
        ]
        for one in found
        for delivery in one.deliveries
        if receiver in ("", delivery.receiver)
    ]
    emit([sent_json(ctx, one) for one in found], table(rows), as_json=as_json)
    if not found and not as_json:
        say("nothing was sent")


@mail.command("status", epilog="Example: gt mail status m4f2k8s0q1")
@click.argument("message_id", metavar="MESSAGE")
@json_option
def status(message_id: str, as_json: bool) -> None:
    """Show how far a message got, step by step."""
    ctx = open_town()
    found, steps = outbox.progress(ctx, message_id), outbox.history(ctx, message_id)
    rows = [[clock(step.at), step.receiver, f"{step.state} · {step.detail}" if step.detail else step.state] for step in steps]
    now = [[f"now, {age(ctx.now(), one.updated_at)}", one.receiver, _words(ctx, one)] for one in found.deliveries]
    emit({**sent_json(ctx, found), "steps": steps}, table([*rows, *now]), as_json=as_json)


@mail.command("resend", epilog="Example: gt mail resend m4f2k8s0q1")
@click.argument("message_id", metavar="MESSAGE")
@click.argument("receiver", metavar="[ADDRESS]", default="")
@wait_option
@json_option
def resend(message_id: str, receiver: str, wait: float | None, as_json: bool) -> None:
    """Send a message of yours again, to those whom it did not reach. What is unproven may then arrive twice."""
    ctx = open_town()
    _sent(ctx, outbox.resend(ctx, message_id, receiver), wait, as_json=as_json)
