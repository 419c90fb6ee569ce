"""The same words to several agents: chosen by name, role, rig or state; one message each, all in one thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gastown_tui.core.errors import GastownError, NotAllowed, NotFound, UsageError
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.ids import MAYOR, OVERSEER
from gastown_tui.core.snapshot import AgentView, TownSnapshot
from gastown_tui.services import panes, snapshot
from gastown_tui.services.context import TownContext
from gastown_tui.services.messages import send


@dataclass(frozen=True, slots=True)
class Selection:
    """Who is meant: everybody whom no field excludes. Several values of a field are alternatives."""

    addresses: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    rigs: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    """Lights (`needs`, `working` …) or finer states (`permission`, `idle` …)."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of the words to one agent."""

    receiver: str
    message: str
    """The message's id, "" when it was not sent."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A thread with one message for each receiver."""

    thread: str
    sendings: tuple[Sending, ...]


def choose(ctx: TownContext, selection: Selection) -> list[str]:
    """The addresses of all agents that are meant, by their present states. Agents that do not run are meant only by name.

    Raises:
        NotFound: an address is no agent's.
    """
    picture = snapshot.build(ctx, panes.listing(ctx))
    known = {agent.address for agent in picture.agents}
    for address in selection.addresses:
        if address not in known:
            raise NotFound.of("agent", address, hint="see gt agents")
    return [address for address in meant(picture, selection) if address != ctx.actor]


def meant(picture: TownSnapshot, selection: Selection) -> list[str]:
    """The addresses of the agents in a picture that a selection lets through. Pure."""
    return [agent.address for agent in picture.agents if _is_meant(agent, selection)]


def _is_meant(agent: AgentView, selection: Selection) -> bool:
    is_running = agent.verdict.state is not AgentState.STOPPED
    return (
        (agent.address in selection.addresses if selection.addresses else is_running)
        and (not selection.roles or agent.role in selection.roles)
        and (not selection.rigs or agent.rig in selection.rigs)
        and (not selection.states or bool({agent.verdict.light.value, agent.verdict.state.value} & set(selection.states)))
    )


def send_to(ctx: TownContext, receivers: Sequence[str], text: str, *, subject: str = "", kind: str = "nudge") -> Broadcast:
    """Queues the words for each receiver, as a message of its own; a receiver that cannot have it does not stop the others.

    Raises:
        UsageError: nobody is meant, or there are no words.
        NotAllowed: the caller is an agent other than the mayor.
    """
    if ctx.actor not in (OVERSEER, MAYOR):
        raise NotAllowed("only the overseer and the mayor speak to many at once", hint="write to one: $GT nudge ADDRESS TEXT")
    if not receivers:
        raise UsageError("nobody is meant", hint="gt agents shows who is there")
    if not text.strip():
        raise UsageError("a message needs a text")
    thread = ""
    sendings = []
    for receiver in dict.fromkeys(receivers):
        try:
            message = send(ctx, [receiver], text, subject=subject, kind=kind, thread=thread)
        except GastownError as error:
            sendings.append(Sending(receiver, "", error.line()))
            continue
        thread = thread or message
        sendings.append(Sending(receiver, message))
    return Broadcast(thread, tuple(sendings))
