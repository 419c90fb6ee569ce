"""The town that a console opens on, before the services behind it are loaded.

They are loaded by the threads that need them, while the first picture is already on the terminal.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from gastown_tui.core.snapshot import AgentView
from gastown_tui.ledger import events
from gastown_tui.services.context import open_context
from gastown_tui.tui.doing import Town
from gastown_tui.tui.first import FirstPicture
from gastown_tui.tui.modes import load_all
from gastown_tui.tui.panes.hub import PaneClient, PaneHub
from gastown_tui.tui.widgets.immediate import complete_stdout


def town_born(root: Path) -> float:
    """When the town was made, by its first event; also the first proof that its ledger can be read.

    Raises:
        LedgerUnavailable: it cannot.
    """
    ctx = open_context(root)
    try:
        first = events.after(ctx.ledger, 0, 1)
    finally:
        ctx.close()
    return first[0].at if first else 0.0


def _loaded() -> None:
    load_all()
    # What was loaded stays; a collection that looked through it would be felt as a key that echoes late.
    gc.freeze()
    gc.enable()


def town_at(root: Path, first: FirstPicture | None = None) -> Town:
    """The console's view of the town at `root`; opens nothing yet."""

    @cache
    def real() -> Town:
        complete_stdout()
        from gastown_tui.tui.real_town import town_at

        return town_at(root)

    async def open_panes(hub: PaneHub) -> PaneClient:
        found = real().open_panes
        assert found is not None
        return await found(hub)

    def attach_argv(agent: AgentView) -> Sequence[str]:
        found = real().attach_argv
        assert found is not None
        return found(agent)

    return Town(
        name=root.name,
        open_source=lambda: real().open_source(),
        open_acts=lambda: real().open_acts(),
        open_panes=open_panes,
        attach_argv=attach_argv,
        loaded=_loaded,
        first=first.read if first is not None else None,
    )
