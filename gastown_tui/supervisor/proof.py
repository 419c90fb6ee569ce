"""Where a typed message is looked for: the hooks' log, the CLI's own transcript, the composer."""

from __future__ import annotations

from gastown_tui.core.courier import mark_of
from gastown_tui.core.rows import Run
from gastown_tui.core.screen import without_ghosts
from gastown_tui.drivers.registry import DRIVERS
from gastown_tui.infra.act import sessions
from gastown_tui.ledger import telemetry
from gastown_tui.services.context import TownContext
from gastown_tui.services.transcripts import transcript_of

SEEN_EVENT = "UserPromptSubmit"
TAIL_BYTES = 4_000_000
"""How far back in a transcript a message is looked for; it is among the newest lines."""


def is_in_log(ctx: TownContext, run: Run, message: str) -> bool:
    """Whether a hook of the run has told of a prompt with this message."""
    return telemetry.has_event(ctx.telemetry, run.id, SEEN_EVENT, mark_of(message))


def is_in_transcript(ctx: TownContext, run: Run, *marks: str) -> bool:
    """Whether one line of the run's conversation holds all of `marks`. False when it cannot be read."""
    try:
        path = transcript_of(ctx, run)
        with open(path, "rb") as stream:
            stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
            return any(all(mark.encode() in line for mark in marks) for line in stream)
    except OSError:
        return False


def look(ctx: TownContext, run: Run) -> tuple[str, str | None]:
    """(the run's screen, what its composer holds: None when no composer can be seen).

    Raises:
        NotFound: the pane is gone.
        TmuxUnavailable: unknown.
    """
    driver = DRIVERS.get(run.driver)
    # A CLI that reads line by line leaves the wrapping of what is typed to the terminal.
    is_plain = driver is not None and not driver.facts.takes_lines
    screen = without_ghosts(sessions.capture(ctx.layout, run.pane, escapes=True, joined=is_plain))
    return screen, driver.composer(screen) if driver is not None else None  # None: an older version knew it
