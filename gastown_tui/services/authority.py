"""Whether a call comes from a person: neither from a run, nor from a process below one. This stops mistakes, not malice."""

from __future__ import annotations

import os
from pathlib import Path

from gastown_tui.core.errors import NotAllowed
from gastown_tui.infra.processes import ancestors, environment_of
from gastown_tui.services.context import RUN_VARIABLE, TOWN_VARIABLE, TownContext


def require_person(ctx: TownContext, act: str) -> None:
    """Refuses a caller inside a run of this town: `act` is a person's to do.

    Raises:
        NotAllowed: the caller, or a parent of it, was started as a run.
    """
    ctx.require_overseer(act)
    for key in ancestors(os.getpid()):
        found = environment_of(key.pid)
        town = found.get(TOWN_VARIABLE, "")
        if found.get(RUN_VARIABLE) and town and Path(town).resolve() == ctx.layout.root:
            raise NotAllowed(f"only the overseer may {act}", hint="this shell belongs to an agent; ask with: $GT escalate")
