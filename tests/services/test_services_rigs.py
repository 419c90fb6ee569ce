from __future__ import annotations

import json
from pathlib import Path

import pytest
from towns import MakeRepository, git

from gastown_tui.core.errors import Conflict, NotAllowed, UnprovenWork, UsageError
from gastown_tui.core.states import Dial, MergeState, RunState
from gastown_tui.infra.act import refs
from gastown_tui.infra.git import Git
from gastown_tui.infra.identity import boot_id, start_time
from gastown_tui.ledger import agents, beads, intents, merges, rigs, runs
from gastown_tui.services import config, removal
from gastown_tui.services import rigs as service
from gastown_tui.services.context import TownContext
from gastown_tui.supervisor.scheduler import new_run


def test_a_rig_starts_at_ask_with_the_origins_branch(town: TownContext, make_repository: MakeRepository) -> None:
    place = make_repository("mi nes 🎉")
    git(place, "switch", "-qc", "trunk")
    added = service.add(town, "mines", str(place))
    assert (added.rig.dial, added.rig.target, added.rig.origin) == (Dial.ASK, "trunk", str(place))
    assert Git(town.layout.rig("mines").repository).require("refs/heads/trunk") == git(place, "rev-parse", "HEAD")
    assert not intents.open_ones(town.ledger)


def nothing_was_made(town: TownContext, name: str) -> bool:
    return rigs.find(town.ledger, name) is None and not town.layout.rig(name).root.exists() and not intents.open_ones(town.ledger)


@pytest.mark.parametrize("name", ["Mines", "a/b", "..", "crew", "x" * 40, "-x", ""])
def test_a_bad_name_is_refused(town: TownContext, make_repository: MakeRepository, name: str) -> None:
    with pytest.raises(UsageError):
        service.add(town, name, str(make_repository()))
    assert rigs.every(town.ledger) == []


def test_a_repository_without_commits_or_that_is_none_leaves_nothing(
    town: TownContext, make_repository: MakeRepository, tmp_path: Path
) -> None:
    empty = make_repository("empty", commit=False)
    (tmp_path / "none").mkdir()
    for origin in (str(empty), str(tmp_path / "none"), str(tmp_path / "missing"), "--upload-pack=x", "ext::sh -c x"):
        with pytest.raises(UsageError):
            service.add(town, "mines", origin)
        assert nothing_was_made(town, "mines")


def test_a_url_with_a_password_is_not_kept(town: TownContext) -> None:
    with pytest.raises(UsageError, match="password"):
        service.add(town, "mines", "https://ada:hunter2@example.org/mines.git")
    assert "hunter2" not in "".join(town.ledger.iterdump())


def test_a_detached_head_and_submodules_are_taken_with_a_warning(town: TownContext, make_repository: MakeRepository) -> None:
    place = make_repository("sub", {".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ../x\n'})
    git(place, "switch", "-q", "--detach")
    added = service.add(town, "mines", str(place))
    assert added.rig.target == "main"
    assert "submodules" in added.warnings[0]


def test_names_and_prefixes_are_taken_once(town: TownContext, make_repository: MakeRepository) -> None:
    place = str(make_repository())
    service.add(town, "mines", place, prefix="ms")
    with pytest.raises(Conflict, match="already"):
        service.add(town, "mines", place)
    with pytest.raises(Conflict, match="prefix"):
        service.add(town, "other", place, prefix="ms")
    assert nothing_was_made(town, "other")
    assert service.add(town, "mill", place).rig.prefix == "mi"
    assert service.add(town, "mice", place).rig.prefix not in ("ms", "mi")


def test_something_else_at_the_rigs_place_is_left_alone(town: TownContext, make_repository: MakeRepository) -> None:
    mine = town.layout.root / "mines"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    with pytest.raises(Conflict):
        service.add(town, "mines", str(make_repository()))
    assert (mine / "thesis.txt").read_text() == "mine"


def test_an_add_that_was_killed_is_done_anew(town: TownContext, make_repository: MakeRepository) -> None:
    place = make_repository()
    layout = town.layout.rig("mines")
    dead = {"name": "mines", "origin": str(place), "pid": 2**22 + 1, "started": 1.0, "boot": boot_id()}
    intents.begin(town.ledger, service.ADD, "rig:mines", dead, now=1.0)
    refs.create_bare(str(place), layout.repository)
    service.add(town, "mines", str(place))
    assert [rig.name for rig in service.every(town)] == ["mines"]
    assert not intents.open_ones(town.ledger)


def test_an_add_that_is_under_way_is_not_disturbed(town: TownContext, make_repository: MakeRepository) -> None:
    import os

    living = {"name": "mines", "origin": "x", "pid": os.getpid(), "started": start_time(os.getpid()), "boot": boot_id()}
    intents.begin(town.ledger, service.ADD, "rig:mines", living, now=1.0)
    with pytest.raises(Conflict, match="being added already"):
        service.add(town, "mines", str(make_repository()))


def test_gates_come_from_the_town_then_the_target_tree_then_a_guess(town: TownContext, make_repository: MakeRepository) -> None:
    place = make_repository(files={"Makefile": "test:\n\ttrue\n"})
    service.add(town, "mines", str(place))
    repository = town.layout.rig("mines").repository
    assert config.rig_settings(town, "mines").source == "detected"
    (place / "rig.toml").write_text('autonomy = "full"\nenvironment = ["SECRET"]\n[gates]\ntest = "tree"\n')
    git(place, "add", "-A")
    git(place, "commit", "-qm", "two")
    head = refs.fetch_origin(repository, str(place))["main"]
    refs.move_ref(repository, "refs/heads/polecat/x", head, "")
    assert config.rig_settings(town, "mines").source == "detected", "a branch has no say"
    refs.move_ref(repository, "refs/heads/main", head, Git(repository).require("refs/heads/main"))
    found = config.rig_settings(town, "mines")
    assert (found.source, found.config.gates.test) == ("tree", ["tree"])
    assert (found.config.autonomy, found.config.environment) == ("", []), "a repository names gates and nothing else"
    town.layout.rig("mines").config.write_text('[gates]\ntest = "town"\n')
    found = config.rig_settings(town, "mines")
    assert (found.source, found.config.gates.test) == ("town", ["town"])


def test_only_the_overseer_adds_turns_and_removes(town: TownContext, make_repository: MakeRepository) -> None:
    service.add(town, "mines", str(make_repository()))
    agent = TownContext(town.layout, "mines/polecats/toast", "run1")
    with pytest.raises(NotAllowed):
        service.set_dial(agent, "mines", Dial.AUTO)
    with pytest.raises(NotAllowed):
        removal.remove_rig(agent, "mines")
    with pytest.raises(NotAllowed):
        service.add(agent, "other", "/x")
    agent.close()
    assert service.get(town, "mines").dial is Dial.ASK


def test_pull_fast_forwards_a_clean_checkout_only(town: TownContext, make_repository: MakeRepository) -> None:
    place = make_repository()
    service.add(town, "mines", str(place))
    repository = town.layout.rig("mines").repository
    land(repository)
    assert service.whereabouts(town, "mines").ahead == 1
    (place / "README").write_text("changed")
    with pytest.raises(Conflict, match="uncommitted"):
        service.pull(town, "mines")
    git(place, "checkout", "-q", ".")
    assert service.pull(town, "mines") == git(place, "rev-parse", "HEAD")


def land(repository: Path, branch: str = "main") -> str:
    """A commit on a branch of the rig that the origin does not have."""
    inside = Git(repository)
    parent = inside.require("refs/heads/main")
    identity = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = inside.run("commit-tree", inside.tree_of(parent), "-p", parent, "-m", "landed", environment=identity, is_write=True)
    head = done.text.strip()
    refs.move_ref(repository, f"refs/heads/{branch}", head, inside.rev_parse(f"refs/heads/{branch}") or "")
    return head


def test_a_rig_with_work_that_is_nowhere_else_stays_until_it_is_bundled(
    town: TownContext, make_repository: MakeRepository, tmp_path: Path
) -> None:
    place = make_repository()
    service.add(town, "mines", str(place))
    repository = town.layout.rig("mines").repository
    head = land(repository, "polecat/toast/ms-1")
    with pytest.raises(UnprovenWork, match="polecat/toast/ms-1"):
        removal.remove_rig(town, "mines")
    assert Git(repository).require("refs/heads/polecat/toast/ms-1") == head
    gone = removal.remove_rig(town, "mines", bundle=True)
    assert not town.layout.rig("mines").root.exists()
    assert rigs.find(town.ledger, "mines") is None
    check = tmp_path / "check"
    git(tmp_path, "clone", "-q", str(place), str(check))
    git(check, "fetch", "-q", gone.bundles[0], "refs/heads/polecat/toast/ms-1")
    assert git(check, "rev-parse", "FETCH_HEAD") == head


def test_a_branch_that_landed_by_rebase_is_proven_once_the_origin_has_it(
    town: TownContext, make_repository: MakeRepository
) -> None:
    place = make_repository()
    service.add(town, "mines", str(place))
    repository = town.layout.rig("mines").repository
    submitted = land(repository, "polecat/toast/ms-1")
    landed = land(repository)
    run_id = merged(town, submitted, landed)
    refs.move_ref(repository, f"refs/gastown/save/{run_id}", submitted, "")
    with pytest.raises(UnprovenWork, match="refs/heads/main"):
        removal.remove_rig(town, "mines")
    service.pull(town, "mines")
    assert removal.unproven_work(town, "mines") == []
    assert removal.remove_rig(town, "mines").bundles == ()


def merged(town: TownContext, submitted: str, landed: str) -> str:
    from dataclasses import replace

    address = "mines/polecats/toast"
    agents.ensure(town.ledger, address, "builtin", actor="x", now=1.0)
    bead = beads.create(town.ledger, beads.NewBead("mines", "ms", "one"), actor="x", now=1.0)
    run = replace(new_run(address, bead.id, "builtin", 1, 1, 1.0), branch="polecat/toast/ms-1")
    runs.create(town.ledger, run, actor="x")
    runs.move(town.ledger, run.id, RunState.CANCELLED, actor="x", now=1.0)
    merge = merges.submit(town.ledger, run, "mines", submitted, actor="x", now=1.0)
    for state in (MergeState.REBASING, MergeState.GATING, MergeState.LANDING, MergeState.MERGED):
        merges.move(town.ledger, merge.id, state, actor="x", now=1.0, facts={"rebased_head": landed})
    return run.id


def test_a_rig_at_work_is_not_removed(town: TownContext, make_repository: MakeRepository) -> None:
    service.add(town, "mines", str(make_repository()))
    agents.ensure(town.ledger, "mines/crew/ada", "builtin", actor="x", now=1.0)
    runs.create(town.ledger, new_run("mines/crew/ada", "", "builtin", 1, 1, 1.0), actor="x")
    with pytest.raises(Conflict, match="mines/crew/ada is at work"):
        removal.remove_rig(town, "mines", bundle=True)


def test_a_dirty_crew_worktree_is_kept_in_the_bundle(town: TownContext, make_repository: MakeRepository, tmp_path: Path) -> None:
    place = make_repository()
    service.add(town, "mines", str(place))
    layout = town.layout.rig("mines")
    refs.add_worktree(layout.repository, layout.crew("ada"), "crew/ada", Git(layout.repository).require("refs/heads/main"))
    (layout.crew("ada") / "notes.txt").write_text("precious")
    with pytest.raises(UnprovenWork, match="1 unknown files"):
        removal.remove_rig(town, "mines")
    assert (layout.crew("ada") / "notes.txt").read_text() == "precious"
    gone = removal.remove_rig(town, "mines", bundle=True)
    listed = git(tmp_path, "bundle", "list-heads", gone.bundles[0])
    ref = next(line.split()[1] for line in listed.splitlines() if "save" in line)
    check = tmp_path / "check"
    git(tmp_path, "clone", "-q", str(place), str(check))
    git(check, "fetch", "-q", gone.bundles[0], ref)
    assert git(check, "show", "FETCH_HEAD:notes.txt") == "precious"


def test_the_journal_names_who_adds(town: TownContext, make_repository: MakeRepository) -> None:
    service.add(town, "mines", str(make_repository()))
    row = town.ledger.execute("SELECT intended, state FROM intents WHERE key = 'rig:mines'").fetchone()
    assert json.loads(row[0])["name"] == "mines"
    assert row[1] == "done"
