"""Taking a whole town away, with a real supervisor and a real tmux server."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from towns import MakeRepository, git

from gastown_tui.core.errors import Conflict, UnprovenWork
from gastown_tui.infra.act import refs
from gastown_tui.infra.git import Git
from gastown_tui.infra.tmux import ServerState, TmuxServer
from gastown_tui.services import boot, control, removal, rigs, shutdown
from gastown_tui.services.context import TownContext
from gastown_tui.services.town import create_town

pytestmark = pytest.mark.tmux


@pytest.fixture
def living(home: Path) -> Iterator[TownContext]:
    """A town that is up, in a directory with a short path."""
    with tempfile.TemporaryDirectory(prefix="gtr-") as name:
        ctx = create_town(Path(name) / "town")
        control.up(ctx)
        TmuxServer(ctx.layout).ensure()
        yield ctx
        if ctx.layout.ledger.exists():
            shutdown.stop_town(ctx)
        ctx.close()


def test_a_town_goes_with_its_processes_and_leaves_the_checkout(living: TownContext, make_repository: MakeRepository) -> None:
    place = make_repository()
    rigs.add(living, "mines", str(place))
    key = TmuxServer(living.layout).process()
    assert key is not None
    gone = removal.remove_town(living)
    assert gone.remains == ()
    assert not living.layout.root.exists()
    assert TmuxServer(living.layout).state() is ServerState.DOWN
    assert git(place, "status", "--porcelain") == ""


def test_unproven_work_stops_the_removal_before_anything_is_stopped(living: TownContext, make_repository: MakeRepository) -> None:
    place = make_repository()
    rigs.add(living, "mines", str(place))
    repository = living.layout.rig("mines").repository
    git(place, "commit", "-q", "--allow-empty", "-m", "elsewhere")
    head = refs.fetch_origin(repository, str(place))["main"]
    refs.move_ref(repository, "refs/heads/polecat/toast/ms-1", head, "")
    git(place, "reset", "-q", "--hard", "HEAD~")
    with pytest.raises(UnprovenWork, match="polecat/toast/ms-1"):
        removal.remove_town(living)
    assert boot.supervisor_state(living.layout, living.now()).state == "up"
    assert Git(repository).require("refs/heads/polecat/toast/ms-1") == head
    gone = removal.remove_town(living, bundle=True)
    assert [Path(path).parent.name for path in gone.bundles] == ["bundles"]
    assert gone.remains == (str(living.layout.root / "bundles"),)
    assert Path(gone.bundles[0]).is_file()


def test_files_of_a_person_remain_and_are_named(living: TownContext) -> None:
    thesis = living.layout.root / "thesis.txt"
    thesis.write_text("mine")
    gone = removal.remove_town(living)
    assert gone.remains == (str(thesis),)
    assert thesis.read_text() == "mine"


def test_the_tmux_server_is_not_ended_under_a_living_session(living: TownContext) -> None:
    server = TmuxServer(living.layout)
    server.command("new-session", "-d", "-s", "gt-x", "sleep 600", ";", "set-option", "-t", "=gt-x:", "@gt_run", "run1")
    with pytest.raises(Conflict, match="still has a session"):
        shutdown.stop_tmux(living)
    assert server.state() is ServerState.UP
    server.command("kill-session", "-t", "=gt-x")
