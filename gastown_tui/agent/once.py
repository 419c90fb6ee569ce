"""The agent without a screen: one prompt in, the answer on stdout, everything else on stderr."""

from __future__ import annotations

import asyncio
import sys

from gastown_tui.agent import session
from gastown_tui.agent.loop import TurnEnd
from gastown_tui.agent.settings import Settings
from gastown_tui.agent.surface import DENY, Answer, Level, Question
from gastown_tui.agent.text import clean, one_line
from gastown_tui.agent.town import Town, open_town
from gastown_tui.core.errors import ExitCode
from gastown_tui.core.evidence import AgentState


class PrintSurface:
    """Prints, and has nobody to ask: in a town the overseer may answer, else a question is a no."""

    def __init__(self, has_overseer: bool) -> None:
        self._has_overseer = has_overseer
        self._is_open = False

    def show_user(self, text: str, sender: str) -> None:
        return

    def show_text(self, delta: str) -> None:
        sys.stdout.write(clean(delta))
        sys.stdout.flush()
        self._is_open = True

    def end_text(self) -> None:
        if self._is_open:
            sys.stdout.write("\n")
            sys.stdout.flush()
        self._is_open = False

    def show_call(self, tool: str, summary: str) -> None:
        sys.stderr.write(f"• {tool} {one_line(summary)}\n")

    def show_result(self, tool: str, text: str, is_error: bool) -> None:
        return

    def notice(self, text: str, level: Level = Level.INFO) -> None:
        sys.stderr.write(f"{one_line(text, 400)}\n")

    def set_state(self, state: AgentState, detail: str = "") -> None:
        return

    def set_fill(self, share: float) -> None:
        return

    async def ask(self, question: Question) -> Answer:
        if self._has_overseer:
            await asyncio.get_running_loop().create_future()
        return Answer(DENY, "nobody is there to ask; --autonomy full would allow it")


def run(settings: Settings) -> int:
    """Answers the prompt; returns an exit code."""
    return asyncio.run(_run(settings, open_town(settings.environment)))


async def _run(settings: Settings, town: Town) -> int:
    agent = session.build(settings, PrintSurface(bool(town.address)), town)
    try:
        end = await agent.turn(settings.prompt)
    finally:
        await agent.model.close()
        agent.transcript.close()
        town.close()
    if end is TurnEnd.INTERRUPTED:
        return ExitCode.INTERRUPTED
    if end is TurnEnd.FAILED:
        return ExitCode.UNAVAILABLE
    return ExitCode.OK
