from __future__ import annotations

from pathlib import Path

import pytest
from towns import MakeRepository, git

from gastown_tui.core.errors import GastownError, UsageError
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.states import Dial
from gastown_tui.ledger import agents, beads, rigs
from gastown_tui.services import beads as bead_service
from gastown_tui.services import boot, control, shutdown, start
from gastown_tui.services.context import TownContext


@pytest.mark.parametrize(
    ("directory", "name"),
    [
        ("Mi nes 🎉", "mi-nes"),
        ("2048", "rig-2048"),
        ("crew", "crew-rig"),
        ("日本", "rig"),
        ("a" * 60, "a" * 28),
        ("x.y_z", "x-y-z"),
    ],
)
def test_a_directory_gives_a_rigs_name(directory: str, name: str) -> None:
    assert start.rig_name(directory) == name


def test_looking_changes_nothing(make_repository: MakeRepository, home: Path) -> None:
    place = make_repository("mines", {"Makefile": "test:\n\ttrue\n", "deep/er/x": ""})
    before = sorted(home.rglob("*"))
    found = start.look(place / "deep" / "er", {"HOME": str(home), "PATH": ""})
    assert found.project is not None
    assert (found.project.root, found.project.gates, found.town, found.has_town) == (
        place,
        {"test": "make test"},
        home / "gt",
        False,
    )
    assert found.project.reasons == {"test": "target test of Makefile"}
    assert sorted(home.rglob("*")) == before


def test_a_repository_without_commits_is_refused_before_anything_is_made(make_repository: MakeRepository, home: Path) -> None:
    with pytest.raises(UsageError, match="no commits"):
        start.look(make_repository("empty", commit=False))
    assert not (home / "gt").exists()


def down(root: Path) -> None:
    ctx = TownContext(TownLayout(root))
    left = shutdown.stop_town(ctx)
    ctx.close()
    assert left.is_nothing, left


def test_a_first_visit_makes_a_town_with_the_repository_at_ask_and_starts_it(make_repository: MakeRepository, home: Path) -> None:
    place = make_repository("mines", {".beads/issues.jsonl": '{"id":"mi-1","title":"Old one"}\n'})
    made = start.begin(start.look(place), home / "gt", "builtin")
    try:
        assert made.rig is not None
        assert (made.rig.name, made.rig.dial, made.imported) == ("mines", Dial.ASK, 1)
        ctx = TownContext(TownLayout(made.town))
        assert agents.get(ctx.ledger, "mayor").wanted == "running"
        assert control.wanted(ctx) == "up"
        assert boot.supervisor_state(ctx.layout, ctx.now()).state == "up"
        assert [bead.id for bead in beads.every(ctx.ledger)] == ["mi-1"]
        again = start.begin(start.look(place), made.town, "builtin")
        assert again.rig == made.rig
        assert len(rigs.every(ctx.ledger)) == 1
        ctx.close()
    finally:
        down(made.town)


def test_a_project_may_keep_its_own_beads(make_repository: MakeRepository, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boot, "ensure_supervisor", lambda ctx: True)
    place = make_repository("mines", {".beads/issues.jsonl": '{"id":"mi-1","title":"Old one"}\n'})
    made = start.begin(start.look(place), home / "gt", "builtin", with_beads=False)
    ctx = TownContext(TownLayout(made.town))
    assert bead_service.keeps_own(ctx, "mines")
    assert beads.every(ctx.ledger) == []
    ctx.close()


def test_a_town_that_was_made_for_a_rig_that_cannot_be_added_goes_again(make_repository: MakeRepository, home: Path) -> None:
    place = make_repository("mines", {".beads/issues.jsonl": "not json\n"})
    with pytest.raises(GastownError):
        start.begin(start.look(place), home / "gt", "builtin")
    assert not (home / "gt").exists()
    assert git(place, "status", "--porcelain") == ""
