"""The disk is full, a settings file is broken while agents work: a clear word, nothing half done, and it goes on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_town
from audit import audit, audit_end

from gastown_tui.core.states import RunState
from gastown_tui.ledger import incidents, runs
from gastown_tui.services import boot, shutdown
from gastown_tui.services.context import TownContext

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture
def disk(home: Path, tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own; mounting needs root."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=False)


def fill(disk: Path) -> Path:
    """Takes all the room that is left."""
    ballast = disk / "ballast"
    with open(ballast, "wb", buffering=0) as stream:
        try:
            while stream.write(b"\0" * 65536):
                pass
        except OSError:
            pass
    return ballast


def test_a_disk_that_is_full_for_a_while_loses_nothing(disk: Path) -> None:
    ctx = small_town.make(disk / "t", pace=0.3)
    try:
        small_town.start(ctx)
        assert boot.wait_until(lambda: any(run.state is RunState.WORKING for run in runs.active(ctx.ledger)), 40)
        ballast = fill(disk)
        log = ctx.layout.logs / "supervisor.log"
        boot.wait_until(lambda: "failed" in log.read_text(errors="replace"), 6)
        ballast.unlink()
        watcher = small_town.converge(ctx, limit=120, is_patient=True)
        assert watcher.faults == []
        assert audit(ctx) == []
        assert audit_end(ctx) == []
    finally:
        shutdown.stop_town(ctx)
        ctx.close()


def test_a_broken_town_file_is_a_card_and_stops_only_what_is_new(small: TownContext) -> None:
    whole = small.layout.config.read_text()
    small.layout.config.write_text("max_polecats = many\n")
    small_town.start(small)
    assert boot.wait_until(lambda: bool(incidents.open_ones(small.ledger)), 30)
    (card,) = incidents.open_ones(small.ledger)
    assert (card.kind, card.subject) == ("config", "town.toml")
    assert "town.toml" in card.detail
    assert runs.active(small.ledger) == []
    small.layout.config.write_text(whole)
    small_town.converge(small)
    assert [card.kind for card in incidents.open_ones(small.ledger)] == []
    assert audit(small) == []


def test_a_broken_rig_file_is_told_and_mended(small: TownContext) -> None:
    rig = small.layout.rig(small_town.RIG).config
    whole = rig.read_text()
    rig.write_text("[gates]\ntset = 'true'\n")
    small_town.start(small)
    assert boot.wait_until(lambda: bool(incidents.open_ones(small.ledger)), 30)
    (card,) = incidents.open_ones(small.ledger)
    assert (card.kind, card.subject) == ("config", f"{small_town.RIG}/rig.toml")
    assert "rig.toml" in card.detail
    assert "tset" in card.detail
    assert runs.active(small.ledger) == [], "nothing starts that could not be judged"
    rig.write_text(whole)
    small_town.converge(small, limit=150)
    assert incidents.open_ones(small.ledger) == [], "a card goes when its cause is gone"
    assert audit(small) == []
