"""Copying to the clipboard of the person's own terminal (OSC 52), also over ssh and from inside another tmux."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gastown_tui.core.errors import GastownError
from gastown_tui.core.snapshot import AgentView
from gastown_tui.tui.panes.lines import parse_once
from gastown_tui.tui.text import clean, clean_lines, cut
from gastown_tui.tui.viewmodels.common import short
from gastown_tui.tui.viewmodels.scrollback import without_blank_end
from gastown_tui.tui.widgets.modals import ChoiceModal

if TYPE_CHECKING:
    from gastown_tui.tui.doing import DoingApp

ALL_LINES = -1_000_000
"""As a capture's top: more lines than tmux keeps, so all of them."""
MOST = 1_000_000
"""Characters: terminals drop longer ones silently, so the end of a text is what is kept."""
_PREVIEW = 46


def copy(console: DoingApp, text: str, what: str) -> None:
    """Puts `text` on the clipboard and says so. Control characters never travel along."""
    kept = "\n".join(clean_lines(text))[-MOST:]
    console.copy_to_clipboard(kept)
    lines = kept.count("\n") + 1
    console.hint(f"copied {what}: {f'{lines} lines' if lines > 1 else cut(kept, 60)}")
    argv = outer_tmux(os.environ)
    if argv:
        console.run_worker(_tell(argv, kept), exit_on_error=False, group="clipboard")


def outer_tmux(environment: Mapping[str, str]) -> list[str]:
    """How to give the text to the tmux around this console, [] when there is none.

    A tmux with its usual settings ignores the clipboard sequence of a program inside it; `-w` hands the text on.
    """
    socket = environment.get("TMUX", "").split(",")[0]
    program = shutil.which("tmux", path=environment.get("PATH")) if socket else None
    return [program, "-S", socket, "load-buffer", "-w", "-"] if program else []


async def _tell(argv: list[str], text: str) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return  # the clipboard sequence went out all the same
    await process.communicate(text.encode())


def offer(console: DoingApp, agent: AgentView, visible: str = "") -> None:
    """Asks what of an agent is to be copied.

    Args:
        visible: what is on the screen where the person stands, "" to take what the pane shows now.
    """

    def choose(words: tuple[str, str]) -> None:
        answer, command = words
        texts = {
            "answer": ("its last answer", answer),
            "command": ("its last command", command),
            "path": ("the path of its worktree", agent.worktree),
            "branch": ("its branch", agent.branch),
            "bead": ("the bead's id", agent.bead),
            "attach": ("the command that attaches", f"gt attach {agent.address}" if agent.pane else ""),
        }
        options = [("screen", "what is on the screen"), ("all", "all that its terminal has kept")] if agent.pane else []
        options += [(key, f"{name} · {cut(clean(text), _PREVIEW)}") for key, (name, text) in texts.items() if text]

        def take(chosen: tuple[str, str] | None) -> None:
            if chosen is None:
                return
            key = chosen[0]
            if key in texts:
                copy(console, texts[key][1], texts[key][0])
            elif key == "screen" and visible:
                copy(console, visible, "what is on the screen")
            else:
                console.run_worker(_copy_pane(console, agent, is_all=key == "all"), exit_on_error=False, group="clipboard")

        if not options:
            console.hint(f"{short(agent.address)} has nothing to copy")
            return
        console.push_screen(ChoiceModal(f"Copy from {agent.address}", "", options, verb="copy"), take)

    console.fetch(choose, console.acts.last_words, agent.address)


async def _copy_pane(console: DoingApp, agent: AgentView, *, is_all: bool) -> None:
    client = console.hub.client
    if client is None:
        console.hint("the terminals cannot be read just now")
        return
    try:
        capture = await client.capture(agent.pane, *((ALL_LINES,) if is_all else ()))
    except GastownError as error:
        console.warn(error)
        return
    lines = without_blank_end(await asyncio.to_thread(parse_once, capture.rows))
    copy(console, "\n".join(line.plain for line in lines), "its terminal" if is_all else "what is on the screen")
