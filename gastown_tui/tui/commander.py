"""Does what a slash command says, and leaves a receipt in the conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gastown_tui.core.errors import GastownError
from gastown_tui.tui import slash
from gastown_tui.tui.slash import NUDGE_WORDS, SlashCall

if TYPE_CHECKING:
    from gastown_tui.tui.doing import DoingApp


async def run(console: DoingApp, text: str) -> None:
    """Runs one line; every outcome is a receipt. What was said to an agent has one in the ledger, which follows it."""
    console.remark("you", text)
    try:
        call = slash.parse(text)
        lines = slash.answer(call, console.snapshot, console.clock())
        if lines is not None:
            console.remark("note", "\n".join(lines))
        else:
            await _do(console, call)
    except GastownError as error:
        console.receipt(error.message, is_good=False, note=error.hint)


async def _do(console: DoingApp, call: SlashCall) -> None:
    acts, words = console.acts, call.words
    match call.name:
        case "sling":
            target = await console.call(acts.sling, words[0], words[1] if len(words) > 1 else "")
            console.receipt(f"slung {words[0]} → {target}", note="starts when it is ready and there is a slot")
        case "convoy":
            convoy = await console.call(acts.convoy, words[0], words[1:])
            console.receipt(f"built convoy {convoy}", note=f"{len(words) - 1} beads")
        case "nudge":
            agent = slash.find_agent(console.snapshot, words[0])
            await console.call(acts.nudge, agent.address, call.rest or NUDGE_WORDS)
        case "say":
            agent = slash.find_agent(console.snapshot, words[0])
            await console.call(acts.say, agent.address, call.rest)
        case "interrupt":
            agent = slash.find_agent(console.snapshot, words[0])
            await console.call(acts.interrupt, agent.address, call.rest)
        case "broadcast":
            receivers, said = slash.addressed(console.snapshot, call, console.wall.marks)
            for failed in await console.call(acts.broadcast, receivers, said):
                console.receipt(f"not sent to {failed}", is_good=False)
            if set(receivers) == set(console.wall.marks):
                console.wall = replace(console.wall, marks=())
                console.refill()
        case "focus":
            console.focus_agent(slash.find_agent(console.snapshot, words[0]).address)
        case "estop" | "down":
            console.action_control(call.name)
        case "pause" | "resume" | "up":
            console.receipt(await console.call(acts.control, call.name))
        case "quit":
            console.leave()
