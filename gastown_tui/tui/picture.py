"""Pictures of the town as it is on disk and in tmux."""

from __future__ import annotations

from gastown_tui.core.errors import TmuxUnavailable
from gastown_tui.core.snapshot import PaneFact, TownSnapshot
from gastown_tui.infra.tmux import TmuxDown, TmuxServer
from gastown_tui.services import snapshot
from gastown_tui.services.context import TownContext
from gastown_tui.services.screens import ScreenReader


class Pictures:
    """Takes one after the other, in one thread. A screen that was read once is not read again."""

    def __init__(self, ctx: TownContext) -> None:
        self._ctx = ctx
        self._tmux = TmuxServer(ctx.layout)
        self._reader = ScreenReader.of(ctx.layout)

    def take(self) -> TownSnapshot:
        """The present picture."""
        return snapshot.build(self._ctx, self._panes(), self._reader)

    def _panes(self) -> tuple[PaneFact, ...] | None:
        try:
            return self._tmux.snapshot()
        except TmuxDown:
            return ()
        except TmuxUnavailable:
            return None
