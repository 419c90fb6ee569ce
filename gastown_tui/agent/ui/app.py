"""The interactive agent: takes words from the composer and messages from the town, one turn at a time."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from gastown_tui.agent import session, transcript
from gastown_tui.agent.backoff import words_for
from gastown_tui.agent.loop import Agent
from gastown_tui.agent.model import ModelFailed
from gastown_tui.agent.settings import Settings
from gastown_tui.agent.surface import Level
from gastown_tui.agent.town import Incoming, Town, open_town
from gastown_tui.agent.ui import keys
from gastown_tui.agent.ui.screen import Screen
from gastown_tui.core.errors import ExitCode
from gastown_tui.core.evidence import AgentState

PULL = 0.25
"""Seconds between two looks for messages while the agent rests."""


def run(settings: Settings) -> int:
    """Runs until the person quits or the terminal goes; returns an exit code."""
    return asyncio.run(_run(settings))


async def _run(settings: Settings) -> int:
    town = open_town(settings.environment)
    screen = Screen(model=settings.model.model, autonomy=settings.autonomy.value, address=town.address, history=_history(settings))
    agent = session.build(settings, screen, town)
    await town.report(AgentState.STARTING)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, screen.quit)
    shown = asyncio.create_task(screen.run())
    warming = asyncio.create_task(agent.model.warm_up())
    try:
        await _converse(settings, agent, screen, town, shown)
    finally:
        screen.quit()
        warming.cancel()
        await asyncio.gather(shown, warming, return_exceptions=True)
        await agent.model.close()
        agent.transcript.close()
        town.close()
    with suppress(OSError):  # the terminal is ours again, or gone
        print(f"Go on with: gastown agent --resume {agent.transcript.session}", flush=True)  # noqa: T201
    return ExitCode.OK


async def _converse(settings: Settings, agent: Agent, screen: Screen, town: Town, shown: asyncio.Task[None]) -> None:
    _welcome(agent, screen)
    if settings.prompt:
        await _turn(agent, screen, shown, settings.prompt)
    else:
        screen.set_state(AgentState.IDLE)
        await town.report(AgentState.IDLE)
    while not shown.done():
        if screen.submitted:
            text = screen.submitted.popleft()
            if not await _command(agent, screen, text, shown):
                await _turn(agent, screen, shown, text)
            continue
        incoming = await town.take()
        if incoming:
            await _turn_for(incoming, agent, screen, shown)
            continue
        screen.has_input.clear()
        waiting = asyncio.create_task(screen.has_input.wait())
        await asyncio.wait({waiting, shown}, timeout=PULL if town.address else None, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()


async def _turn_for(incoming: list[Incoming], agent: Agent, screen: Screen, shown: asyncio.Task[None]) -> None:
    text = "\n\n".join(item.fenced() for item in incoming)
    senders = ", ".join(dict.fromkeys(item.sender for item in incoming))
    await _turn(agent, screen, shown, text, senders, ",".join(item.id for item in incoming))


async def _turn(agent: Agent, screen: Screen, shown: asyncio.Task[None], text: str, sender: str = "", source: str = "") -> None:
    await _interruptible(screen, shown, asyncio.create_task(_run_turn(agent, text, sender, source)))


async def _run_turn(agent: Agent, text: str, sender: str, source: str) -> None:
    await agent.turn(text, sender, source)


async def _interruptible(screen: Screen, shown: asyncio.Task[None], work: asyncio.Task[None]) -> None:
    """Waits for a turn; Escape ends it, and so does the end of the screen."""

    def interrupt() -> None:
        work.cancel()

    screen.on_interrupt = interrupt
    await asyncio.wait({work, shown}, return_when=asyncio.FIRST_COMPLETED)
    screen.on_interrupt = lambda: None
    if not work.done():
        work.cancel()
    result = (await asyncio.gather(work, return_exceptions=True))[0]
    if isinstance(result, Exception):
        raise result


async def _command(agent: Agent, screen: Screen, text: str, shown: asyncio.Task[None]) -> bool:
    """Runs a slash command; False when `text` is none."""
    match text:
        case "/help":
            screen.notice(keys.HELP)
        case "/clear":
            agent.clear()
            screen.notice("The conversation is forgotten; the transcript keeps it.")
        case "/quit" | "/exit":
            screen.quit()
            await asyncio.wait({shown})
        case "/handoff":
            await _interruptible(screen, shown, asyncio.create_task(_hand_off(agent, screen)))
        case _:
            return False
    return True


async def _hand_off(agent: Agent, screen: Screen) -> None:
    if not agent.messages:
        screen.notice("There is nothing to hand off yet.")
        return
    screen.set_state(AgentState.WORKING)
    try:
        await agent.hand_off()
    except ModelFailed as failed:
        screen.notice(words_for(failed.failure), Level.ERROR)
    finally:
        screen.end_text()
        screen.set_state(AgentState.IDLE)


def _welcome(agent: Agent, screen: Screen) -> None:
    if not agent.messages:
        return
    last = next((m for m in reversed(agent.messages) if m["role"] == "assistant"), None)
    screen.notice(f"Going on with conversation {agent.transcript.session}, {len(agent.messages)} messages.")
    blocks = last["content"] if last else []
    for block in blocks if isinstance(blocks, list) else []:
        if block.get("type") == "text":
            screen.show_text(str(block["text"]))
            screen.end_text()


def _history(settings: Settings) -> History:
    """Kept on disk for people; agents of a town must not mix theirs."""
    if settings.environment.get("GT_TOWN"):
        return InMemoryHistory()
    path: Path = transcript.state_directory(settings.environment) / "history"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))
