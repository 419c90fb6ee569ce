"""Words and what becomes of them: the budget between agents, fences, taking back, sending again, what the sender sees."""

from __future__ import annotations

import pytest

from gastown_tui.core.courier import BUDGET, EXPIRES
from gastown_tui.core.errors import Conflict, NotAllowed, NotFound, UsageError
from gastown_tui.core.rows import Rig
from gastown_tui.core.states import DeliveryState, Dial, RunState
from gastown_tui.ledger import agents, beads, events, incidents, messages, rigs, runs
from gastown_tui.services import broadcast, mail, outbox, snapshot
from gastown_tui.services import messages as service
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.courier import Courier
from gastown_tui.supervisor.scheduler import new_run
from worlds import seen

TOAST, NUX = "ms/polecats/toast", "ms/crew/nux"
D = DeliveryState


@pytest.fixture
def town(town: TownContext) -> TownContext:
    """With a rig, a mayor, a polecat and a crew member; the clock stands at 1000."""
    rigs.add(town.ledger, Rig("ms", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
    for address in ("mayor", TOAST, NUX):
        agents.ensure(town.ledger, address, "claude", actor="overseer", now=1.0)
    return town


def of(town: TownContext, actor: str, run: str = "") -> TownContext:
    return TownContext(town.layout, actor, run, town.now)


def start(town: TownContext, bead: str, agent: str = TOAST, driver: str = "claude") -> str:
    run = new_run(agent, bead, driver, 1, 1, 1.0)
    runs.create(town.ledger, run, actor="supervisor")
    return run.id


def state(town: TownContext, message: str, receiver: str = TOAST) -> DeliveryState:
    return messages.delivery(town.ledger, message, receiver).state


def test_agents_that_wake_each_other_are_stopped_and_a_person_is_told(town: TownContext) -> None:
    toast, nux = of(town, TOAST), of(town, NUX)
    for number in range(BUDGET):
        service.nudge(toast if number % 2 else nux, NUX if number % 2 else TOAST, f"{number}")
    with pytest.raises(NotAllowed, match="6 messages in this hour"):
        service.nudge(toast, NUX, "once more")
    with pytest.raises(NotAllowed):
        service.nudge(nux, TOAST, "once more", replaces=True)
    assert {(card.kind, card.subject) for card in incidents.open_ones(town.ledger)} == {
        ("message_budget", TOAST),
        ("message_budget", NUX),
    }
    assert len(messages.DELIVERIES.all(town.ledger)) == BUDGET
    service.nudge(toast, "mayor", "another pair")
    service.send(toast, ["overseer"], "a person")
    service.nudge(town, TOAST, "a person may always")
    town.now = toast.now = lambda: 1000.0 + 3601.0
    service.nudge(toast, NUX, "an hour later")


def test_a_thread_has_a_budget_of_its_own(town: TownContext) -> None:
    toast, nux = of(town, TOAST), of(town, NUX)
    newest = service.send(toast, [NUX], "shall we?", subject="A thread")
    for number in range(BUDGET - 1):
        newest = mail.reply(toast if number % 2 else nux, newest, "yes")
    with pytest.raises(NotAllowed):
        mail.reply(toast, newest, "yes, yes")
    service.send(toast, [NUX], "something else")


def test_a_nudge_is_fenced_when_its_receiver_works_on_something_else(town: TownContext) -> None:
    first, second = (beads.create(town.ledger, beads.NewBead("ms", "ms", title), actor="x", now=1.0).id for title in ("a", "b"))
    for bead in (first, second):
        beads.sling(town.ledger, bead, "ms/polecats", actor="x", now=1.0)
    beads.claim(town.ledger, first, TOAST, now=1.0)
    old = start(town, first)
    about_first, letter = service.nudge(town, TOAST, "the first one"), service.send(town, [TOAST], "for you whatever you do")
    Courier(town).deliver(seen(), ())
    assert state(town, about_first) is D.QUEUED
    runs.move(town.ledger, old, RunState.LOST, actor="supervisor", now=2.0)
    Courier(town).deliver(seen(), ())
    assert state(town, about_first) is D.QUEUED, "its bead is still its own: the next run goes on with it"
    beads.release(town.ledger, first, actor="supervisor", reason="x", failed=False, now=3.0)
    beads.claim(town.ledger, second, TOAST, now=4.0)
    new = start(town, second)
    assert [taken.id for taken in service.take(of(town, TOAST, new))] == [letter]
    fenced = messages.delivery(town.ledger, about_first, TOAST)
    assert (fenced.state, fenced.detail) == (D.FENCED, f"it was about {first}, which {TOAST} does not work on any more")


def test_what_a_lost_run_without_a_bead_had_taken_goes_to_its_next_run(town: TownContext) -> None:
    message, old = service.say(town, NUX, "pull the new target"), start(town, "", NUX, "builtin")
    for step in (RunState.PREPARING, RunState.STARTING, RunState.WORKING):
        runs.move(town.ledger, old, step, actor="supervisor", now=1.0)
    assert [taken.id for taken in service.take(of(town, NUX, old))] == [message]
    runs.move(town.ledger, old, RunState.LOST, actor="supervisor", now=2.0)
    courier = Courier(town)
    courier.follow_up()
    courier.deliver(seen(), ())
    assert state(town, message, NUX) is D.QUEUED
    assert [taken.id for taken in service.take(of(town, NUX, start(town, "", NUX)))] == [message]


def test_a_run_that_has_ended_takes_nothing(town: TownContext) -> None:
    message = service.say(town, NUX, "hello")
    run = start(town, "", NUX)
    runs.move(town.ledger, run, RunState.LOST, actor="supervisor", now=2.0)
    assert service.take(of(town, NUX, run)) == []
    assert state(town, message, NUX) is D.QUEUED


def test_nudges_expire_and_mail_does_not(town: TownContext) -> None:
    nudge, letter = service.nudge(town, TOAST, "go on"), service.send(town, [TOAST], "a letter")
    town.now = lambda: 1000.0 + EXPIRES + 1
    Courier(town).deliver(seen(), ())
    assert (state(town, nudge), state(town, letter)) == (D.EXPIRED, D.QUEUED)


def test_a_newer_nudge_takes_the_place_of_those_that_wait(town: TownContext) -> None:
    old, other = service.nudge(town, TOAST, "left"), service.nudge(of(town, NUX), TOAST, "mine")
    new = service.nudge(town, TOAST, "right", replaces=True)
    assert [state(town, one) for one in (old, other, new)] == [D.SUPERSEDED, D.QUEUED, D.QUEUED]


def test_what_did_not_arrive_is_sent_again_as_a_new_message(town: TownContext) -> None:
    message = service.send(town, [TOAST, NUX], "hello", subject="S")
    with pytest.raises(Conflict, match="is not lost"):
        outbox.resend(town, message)
    for way in (D.LEASED, D.UNPROVEN):
        messages.move(town.ledger, message, TOAST, way, actor="supervisor", now=2.0)
    again = outbox.resend(town, message)
    new = messages.get(town.ledger, again)
    assert (new.thread, new.subject, new.body) == (message, "S", "hello")
    assert [one.receiver for one in messages.deliveries_of(town.ledger, again)] == [TOAST]
    assert state(town, message) is D.UNPROVEN, "the first may still be found"
    with pytest.raises(NotAllowed):
        outbox.resend(of(town, NUX), message)


def test_the_sender_sees_how_far_it_got_and_why_not_further(town: TownContext) -> None:
    message = service.nudge(town, TOAST, "go on")
    (found,) = outbox.sent(town)
    assert not found.is_settled
    assert outbox.why(town, found.deliveries[0]) == "the supervisor does not run"
    town.layout.estop.touch()
    assert outbox.why(town, found.deliveries[0]) == "the town is stopped by E-stop"
    for way in (D.LEASED, D.PASTED, D.SUBMITTED, D.SEEN):
        messages.move(town.ledger, message, TOAST, way, actor="supervisor", now=2.0)
    assert outbox.progress(town, message).is_settled
    assert [step.state for step in outbox.history(town, message)] == ["queued", "leased", "pasted", "submitted", "seen"]
    with pytest.raises(NotAllowed):
        outbox.progress(of(town, NUX), message)
    with pytest.raises(NotAllowed):
        outbox.sent(of(town, NUX), everybody=True)
    assert outbox.sent(of(town, NUX)) == []
    to_me = service.send(of(town, NUX), ["overseer"], "done")
    assert outbox.progress(town, to_me).is_settled
    assert [one.message.id for one in outbox.sent(town, everybody=True, receiver="overseer")] == [to_me]


def test_why_a_message_waits_is_no_event(town: TownContext) -> None:
    message = service.say(town, TOAST, "hello")
    before = len(events.after(town.ledger, 0))
    Courier(town).deliver(seen(), ())
    assert messages.delivery(town.ledger, message, TOAST).detail == "the agent does not run"
    assert len(events.after(town.ledger, 0)) == before


def test_a_broadcast_is_one_message_each_in_one_thread(town: TownContext) -> None:
    start(town, "", NUX)
    start(town, "", "mayor")
    choose = broadcast.choose
    assert choose(town, broadcast.Selection()) == ["mayor", NUX]
    assert choose(town, broadcast.Selection(rigs=("ms",))) == [NUX]
    assert choose(town, broadcast.Selection(roles=("mayor",))) == ["mayor"]
    assert choose(town, broadcast.Selection(states=("idle",))) == []
    assert choose(town, broadcast.Selection(states=("starting",), rigs=("ms",))) == [NUX]
    assert choose(of(town, "mayor"), broadcast.Selection()) == [NUX]
    with pytest.raises(NotFound):
        choose(town, broadcast.Selection(addresses=("ms/crew/nobody",)))
    done = broadcast.send_to(town, ["mayor", NUX, NUX], "all of you")
    assert [one.receiver for one in done.sendings] == ["mayor", NUX]
    assert {messages.get(town.ledger, one.message).thread for one in done.sendings} == {done.thread}
    assert [state(town, one.message, one.receiver) for one in done.sendings] == [D.QUEUED, D.QUEUED]
    with pytest.raises(UsageError, match="nobody is meant"):
        broadcast.send_to(town, [], "x")
    with pytest.raises(NotAllowed):
        broadcast.send_to(of(town, NUX), ["mayor"], "x")


def test_words_to_a_polecat_that_has_ended_fail_at_once(town: TownContext) -> None:
    """Its name outlives it, and the next one of that name has nothing to do with them."""
    run = start(town, "")
    queued = service.say(town, TOAST, "while it works")
    runs.move(town.ledger, run, RunState.LOST, actor="supervisor", now=2.0)
    late = service.say(town, TOAST, "too late")
    delivery = messages.delivery(town.ledger, late, TOAST)
    assert (delivery.state, delivery.detail) == (D.FAILED, "it has ended, and has no work any more")
    Courier(town).deliver(seen(), ())
    assert state(town, queued) is D.FENCED


def test_words_to_a_polecat_whose_work_waits_for_it_are_kept(town: TownContext) -> None:
    bead = beads.create(town.ledger, beads.NewBead("ms", "ms", "Mine"), actor="x", now=1.0).id
    beads.sling(town.ledger, bead, "ms/polecats", actor="x", now=1.0)
    beads.claim(town.ledger, bead, TOAST, now=1.0)
    runs.move(town.ledger, start(town, bead), RunState.LOST, actor="supervisor", now=2.0)
    assert state(town, service.say(town, TOAST, "go on")) is D.QUEUED


def test_only_a_person_interrupts(town: TownContext) -> None:
    with pytest.raises(NotAllowed):
        service.interrupt(of(town, NUX), TOAST, "stop")


def test_what_is_on_its_way_is_in_the_picture_and_what_has_arrived_leaves_it(town: TownContext) -> None:
    first, second = service.say(town, TOAST, "one"), service.interrupt(town, TOAST, "two")
    service.say(of(town, NUX), TOAST, "not yours")
    service.send(of(town, NUX), ["overseer"], "to you")
    for way in (D.LEASED, D.PASTED, D.SUBMITTED, D.SEEN):
        messages.move(town.ledger, first, TOAST, way, actor="supervisor", now=1000.0)
    assert {(one.message, one.state) for one in snapshot.build(town, ()).outgoing} == {(first, D.SEEN), (second, D.QUEUED)}
    town.now = lambda: 1000.0 + snapshot.OUTGOING_FOR + 1
    assert [one.message for one in snapshot.build(town, ()).outgoing] == [second]
