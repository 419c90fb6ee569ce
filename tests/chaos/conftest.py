from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_town
from towns import home

from gastown_tui.services import rehearsal, shutdown
from gastown_tui.services.context import TownContext

__all__ = ["home"]


@pytest.fixture
def small(home: Path) -> Iterator[TownContext]:
    """A small town in a directory with a short path (a tmux socket's is limited); ended whatever happens."""
    with tempfile.TemporaryDirectory(prefix="gtx-") as name:
        ctx = small_town.make(Path(name).resolve() / "t")
        try:
            yield ctx
        finally:
            try:
                shutdown.stop_town(ctx)
            finally:
                # Also after a stop that failed: the directory goes, and nothing may live on in it.
                rehearsal.stop_server(ctx.layout)
                ctx.close()
