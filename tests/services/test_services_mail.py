"""The overseer's mail as threads: who is in them, what is unread, what was put away."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown_tui.core.errors import NotAllowed, NotFound
from gastown_tui.core.ids import OVERSEER
from gastown_tui.core.states import DeliveryState
from gastown_tui.ledger import agents
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import mail, messages
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town

TOAST, NUX = "mines/polecats/toast", "mines/polecats/nux"


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        self.time += 1
        return self.time


@pytest.fixture
def ctx(tmp_path: Path) -> TownContext:
    made = create_town(tmp_path / "gt")
    clock = Clock()
    made.now = clock
    with transaction(made.ledger) as conn:
        for address in (TOAST, NUX):
            agents.ensure(conn, address, "builtin", actor=OVERSEER, now=clock())
    return made


def as_agent(ctx: TownContext, address: str) -> TownContext:
    return TownContext(ctx.layout, address, "run", ctx.now)


def test_letters_and_their_answers_are_one_thread_and_unread_ones_count(ctx: TownContext) -> None:
    first = messages.send(ctx, [TOAST], "9 by 9?", subject="Size")
    answer = mail.reply(as_agent(ctx, TOAST), first, "yes")
    messages.send(as_agent(ctx, NUX), [OVERSEER], "five or eight?")
    newest, sized = mail.threads(ctx)
    assert [message.id for message in sized.messages] == [first, answer]
    assert (sized.subject, sized.people, sized.unread) == ("Size", (TOAST,), 1)
    assert sized.deliveries[first][0].state is DeliveryState.QUEUED
    assert (newest.subject, newest.unread) == ("five or eight?", 1)
    assert mail.unread(ctx) == 2
    mail.read_thread(ctx, sized.id)
    assert mail.unread(ctx) == 1
    assert [thread.unread for thread in mail.threads(ctx)] == [1, 0]


def test_mail_among_agents_is_seen_only_when_asked_for_and_words_to_the_mayor_are_no_mail(ctx: TownContext) -> None:
    messages.send(as_agent(ctx, TOAST), [NUX], "I take ms-2")
    messages.say(ctx, "mayor", "build it")
    messages.say(ctx, NUX, "flags first")
    messages.nudge(as_agent(ctx, "mayor"), NUX, "go on")
    assert [thread.subject for thread in mail.threads(ctx)] == ["flags first"]
    assert [thread.subject for thread in mail.threads(ctx, everybody=True)] == ["flags first", "I take ms-2"]


def test_what_was_put_away_comes_back_with_a_new_letter(ctx: TownContext) -> None:
    sent = messages.send(as_agent(ctx, NUX), [OVERSEER], "five or eight?")
    mail.archive(ctx, sent)
    assert [(thread.is_archived, thread.unread) for thread in mail.threads(ctx)] == [(True, 0)]
    mail.archive(ctx, sent, is_archived=False)
    assert not mail.threads(ctx)[0].is_archived
    mail.archive(ctx, sent)
    messages.send(as_agent(ctx, NUX), [OVERSEER], "and corners?", thread=sent)
    assert [(thread.is_archived, thread.unread) for thread in mail.threads(ctx)] == [(False, 1)]
    with pytest.raises(NotFound):
        mail.archive(ctx, "nothing")


def test_an_agent_does_not_read_the_towns_mail(ctx: TownContext) -> None:
    with pytest.raises(NotAllowed):
        mail.threads(as_agent(ctx, NUX))
    with pytest.raises(NotAllowed):
        mail.archive(as_agent(ctx, NUX), "x")
