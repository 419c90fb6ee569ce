"""The supervisor is killed between each pair of steps; the town converges, every bead lands once, nothing is left."""

from __future__ import annotations

import pytest
import small_town
from audit import audit, audit_end

from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.crash import POINTS, VARIABLE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(point: str, small: TownContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, point)
    small_town.start(small)
    watcher = small_town.converge(small)
    assert (small.layout.private / f"crashed-{point}").exists(), "the point was never reached"
    assert watcher.faults == []
    assert audit(small) == []
    assert audit_end(small) == []
