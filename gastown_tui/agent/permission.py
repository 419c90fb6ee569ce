"""Asks for permission in the pane and in the town at once; the first answer wins and settles the other side."""

from __future__ import annotations

import asyncio

from gastown_tui.agent.surface import ALLOW, ALWAYS, DENY, Answer, Question, Surface
from gastown_tui.agent.town import Town
from gastown_tui.core.evidence import AgentState
from gastown_tui.core.requests import subject_json

POLL = 0.25
"""Seconds between two looks at the request's row, only while the question is open."""


async def ask(surface: Surface, town: Town, question: Question, *, directory: str, mark: str) -> Answer:
    """One answer to one question.

    Args:
        mark: makes this question itself: asking twice for the same call is one request.
    """
    await town.report(AgentState.PERMISSION, question.title)
    subject = subject_json(question.tool, question.arguments)
    request = await town.publish(question.title, question.detail, directory, question.options(), mark, subject)
    pane = asyncio.create_task(surface.ask(question))
    far = asyncio.create_task(_wait_for_town(town, request))
    try:
        await asyncio.wait({pane, far}, return_when=asyncio.FIRST_COMPLETED)
        if pane.done():
            answer = pane.result()
            if request and not await town.settle(request, answer.key):
                # The overseer's claim came first by a moment: there is one winner, and it is theirs.
                return await town_answer(town, request) or answer
            return answer
        return far.result()
    finally:
        for task in (pane, far):
            task.cancel()
        await asyncio.gather(pane, far, return_exceptions=True)
        current = asyncio.current_task()
        if request and current is not None and current.cancelling():
            # Interrupted while it was open: nobody can answer it any more.
            await asyncio.shield(town.settle(request, DENY))


async def _wait_for_town(town: Town, request: str) -> Answer:
    if not request:
        # Nobody to ask there: only the pane can answer.
        await asyncio.get_running_loop().create_future()
    while True:
        answer = await town_answer(town, request)
        if answer is not None:
            return answer
        await asyncio.sleep(POLL)


async def town_answer(town: Town, request: str) -> Answer | None:
    """The overseer's answer; a request that ended without one counts as denied."""
    found = await town.answer_of(request)
    if found is None:
        return None
    key = found.key if found.key in (ALLOW, ALWAYS, DENY) else DENY
    return Answer(key, found.text, found.by or "the town")
