"""Full attach: the person's terminal is the agent's session until they detach (F12, Ctrl+Q, or the prefix and d)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from gastown_tui.core.errors import TmuxUnavailable

if TYPE_CHECKING:
    from gastown_tui.tui.doing import DoingApp


async def attach(console: DoingApp, argv: Sequence[str]) -> None:
    """Runs tmux in the foreground and comes back when it ends.

    The batch keeps Textual from painting meanwhile: its writer stands still, and a full queue would block the loop.

    Raises:
        TmuxUnavailable: tmux ended with an error, or this terminal cannot be handed over.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
    console.hub.is_paused = True
    await console.line.close()
    try:
        with console.batch_update(), console.suspend():
            process = await asyncio.create_subprocess_exec(*argv, env=environment)
            code = await process.wait()
    except SuspendNotSupported as error:
        raise TmuxUnavailable("this terminal cannot be handed over", hint="attach by hand with: gt attach") from error
    except OSError as error:
        raise TmuxUnavailable(f"tmux does not start: {error}") from error
    finally:
        console.line.open()
        console.hub.is_paused = False
        console.hub.mark_all()
    if code:
        raise TmuxUnavailable(f"tmux ended with status {code}", hint="the session may just have ended")
