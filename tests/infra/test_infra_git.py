"""git through the one runner: what it reads, and that no configuration of an agent is ever executed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gastown_tui.core.errors import Conflict, GitFailed, NotFound, UnprovenWork, UsageError
from gastown_tui.infra.act.rebase import add_trailers, rebase_in
from gastown_tui.infra.act.refs import (
    add_worktree,
    create_bare,
    delete_branch,
    fast_forward_checkout,
    fetch_origin,
    move_ref,
    remove_disposable,
)
from gastown_tui.infra.act.saves import remove_worktree, save_work
from gastown_tui.infra.git import Git
from gastown_tui.infra.git_view import admin_directory

SAVE = "refs/gastown/save/r1"
WHO = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.invalid",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.invalid",
}


def git(directory: Path, *arguments: str) -> str:
    """git as an agent or a person runs it, with everything that is configured."""
    done = subprocess.run(
        ["git", *arguments], cwd=directory, env={**os.environ, **WHO}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(directory: Path, name: str, text: str, message: str = "change") -> str:
    (directory / name).write_text(text)
    git(directory, "add", "--", name)
    git(directory, "commit", "-qm", message)
    return git(directory, "rev-parse", "HEAD")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    path = tmp_path / "my répo 🐝"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    commit(path, "a.txt", "one\ntwo\nthree\n", "first")
    return path


@pytest.fixture
def bare(tmp_path: Path, origin: Path) -> Path:
    path = tmp_path / "town ⛏" / "rig" / "repo.git"
    create_bare(str(origin), path)
    return path


@pytest.fixture
def tree(bare: Path) -> Path:
    path = bare.parent / "polecats" / "nux"
    add_worktree(bare, path, "polecat/nux/gt-1", "main")
    return path


def test_a_new_repository_has_the_origins_target(bare: Path, origin: Path) -> None:
    made = create_bare(str(origin), bare)
    assert (made.target, made.head, made.warnings) == ("main", git(origin, "rev-parse", "HEAD"), ())
    assert Git(bare).refs("refs/heads/") == {"refs/heads/main": made.head}
    assert git(bare, "rev-parse", "--is-bare-repository") == "true"
    assert not [each for each in bare.parent.iterdir() if each.name.startswith(".new-")]


def test_a_repository_without_commits_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    with pytest.raises(UsageError, match="no commits"):
        create_bare(str(empty), tmp_path / "rig" / "repo.git")
    assert list((tmp_path / "rig").iterdir()) == []


@pytest.mark.parametrize("origin", ["/nonexistent", "-x", "ext::sh -c touch% /tmp/x", "--upload-pack=touch"])
def test_what_is_no_repository_is_refused(origin: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        create_bare(origin, tmp_path / "rig" / "repo.git")


def test_a_directory_without_git_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(UsageError, match="cannot read the repository"):
        create_bare(str(tmp_path / "plain"), tmp_path / "rig" / "repo.git")


def test_a_detached_origin_gives_its_main_branch(origin: Path, tmp_path: Path) -> None:
    git(origin, "branch", "other")
    git(origin, "checkout", "-q", "--detach")
    assert create_bare(str(origin), tmp_path / "rig" / "repo.git").target == "main"
    assert create_bare(str(origin), tmp_path / "rig2" / "repo.git", target="other").target == "other"
    with pytest.raises(UsageError, match="no branch 'nope'"):
        create_bare(str(origin), tmp_path / "rig3" / "repo.git", target="nope")


def test_submodules_and_lfs_are_told(origin: Path, tmp_path: Path) -> None:
    commit(origin, ".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = ./x\n')
    commit(origin, ".gitattributes", "*.bin filter=lfs\n")
    assert len(create_bare(str(origin), tmp_path / "rig" / "repo.git").warnings) == 2


def test_a_sha256_repository_works(tmp_path: Path) -> None:
    origin = tmp_path / "long"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main", "--object-format=sha256")
    commit(origin, "a", "1")
    bare = tmp_path / "rig" / "repo.git"
    head = create_bare(str(origin), bare).head
    assert len(head) == 64
    assert add_worktree(bare, tmp_path / "rig" / "w", "b", "main") == head


def test_a_leftover_of_a_killed_creation_is_no_obstacle(origin: Path, tmp_path: Path) -> None:
    draft = tmp_path / "rig" / ".new-repo.git"
    draft.mkdir(parents=True)
    (draft / "HEAD").write_text("garbage")
    assert create_bare(str(origin), tmp_path / "rig" / "repo.git").target == "main"
    assert not draft.exists()


def test_fetch_brings_the_origin_and_leaves_our_branches(bare: Path, origin: Path) -> None:
    before = Git(bare).require("main")
    new = commit(origin, "b.txt", "b")
    assert fetch_origin(bare, str(origin)) == {"main": new}
    assert Git(bare).require("refs/heads/main") == before
    assert Git(bare).is_ancestor(before, new)
    assert not Git(bare).is_ancestor(new, before)


def test_worktrees_are_made_once(bare: Path, tree: Path) -> None:
    head = Git(bare).require("main")
    assert add_worktree(bare, tree, "polecat/nux/gt-1", "main") == head
    assert git(tree, "rev-parse", "--abbrev-ref", "HEAD") == "polecat/nux/gt-1"
    facts = Git(bare).worktrees()
    assert [(fact.path, fact.head, fact.branch) for fact in facts] == [(tree, head, "polecat/nux/gt-1")]
    with pytest.raises(Conflict, match="is on polecat"):
        add_worktree(bare, tree, "other", "main")
    with pytest.raises(Conflict, match="out in another"):
        add_worktree(bare, tree.with_name("slit"), "polecat/nux/gt-1", "main")


def test_a_half_made_worktree_is_made_again(bare: Path, tree: Path) -> None:
    admin = admin_directory(bare, tree)
    assert admin is not None
    (admin / "locked").write_text("initializing")
    (tree / "a.txt").unlink()
    add_worktree(bare, tree, "polecat/nux/gt-1", "main")
    assert (tree / "a.txt").exists()
    assert Git(tree, bare).status().is_clean


def test_a_worktree_never_overwrites_what_is_there(bare: Path) -> None:
    path = bare.parent / "polecats" / "ace"
    path.mkdir(parents=True)
    (path / "mine").write_text("x")
    with pytest.raises(Conflict, match="something else"):
        add_worktree(bare, path, "b", "main")
    assert (path / "mine").read_text() == "x"


def test_status_counts_and_does_not_write(bare: Path, tree: Path) -> None:
    index = admin_directory(bare, tree)
    assert index is not None
    (tree / "a.txt").write_text("changed")
    (tree / "new ⚙.txt").write_text("n")
    before = (index / "index").read_bytes()
    status = Git(tree, bare).status()
    assert (status.branch, status.dirty, status.untracked, status.conflicted, status.stashes) == ("polecat/nux/gt-1", 1, 1, 0, 0)
    assert not status.is_clean
    assert (index / "index").read_bytes() == before
    git(tree, "stash", "-q")
    assert Git(tree, bare).status().stashes == 1
    assert Git(tree).status() == Git(tree, bare).status()


def test_reads_tell_what_happened(bare: Path, tree: Path) -> None:
    old = Git(bare).require("main")
    new = commit(tree, "a.txt", "one\nTWO\nthree\nfour\n", "subject\n\nbody\n\nKey: value")
    reader = Git(bare)
    facts = reader.log(f"{old}..{new}")
    assert [(fact.id, fact.parents, fact.author, fact.subject) for fact in facts] == [(new, (old,), "Ada", "subject")]
    assert facts[0].message == "subject\n\nbody\n\nKey: value"
    assert "+TWO" in reader.diff(old, new)
    assert reader.show(new, "a.txt") == b"one\nTWO\nthree\nfour\n"
    assert reader.show(new, "nope") is None
    assert reader.merge_tree(old, new).tree == reader.tree_of(new)
    assert reader.rev_parse("nope") is None
    assert reader.rev_parse("--help") is None
    assert reader.default_branch() == "main"
    assert reader.has_commits()
    with pytest.raises(NotFound):
        reader.require("nope")


def test_a_log_has_every_commit_whatever_is_empty_in_it(bare: Path, tree: Path) -> None:
    git(tree, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
    git(tree, "-c", "user.name=x", "commit", "-q", "--allow-empty", "--author", "Nobody <>", "-m", "last")
    facts = Git(bare).log("polecat/nux/gt-1")
    assert [(fact.subject, fact.author_email, len(fact.parents)) for fact in facts] == [
        ("last", "", 1),
        ("", "ada@example.invalid", 1),
        ("first", "ada@example.invalid", 0),
    ]


def test_a_merge_without_worktree_names_the_conflicts(bare: Path, tree: Path) -> None:
    ours = commit(tree, "a.txt", "ours\n")
    git(tree, "checkout", "-q", "-b", "x", "main")
    theirs = commit(tree, "a.txt", "theirs\n")
    assert Git(bare).merge_tree(ours, theirs).conflicts == ("a.txt",)


def test_refs_move_by_compare_and_swap(bare: Path, tree: Path) -> None:
    old = Git(bare).require("main")
    new = commit(tree, "b", "b")
    newer = commit(tree, "b", "c")
    with pytest.raises(Conflict):
        move_ref(bare, "refs/heads/main", newer, new)
    move_ref(bare, "refs/heads/main", new, old)
    move_ref(bare, "refs/heads/main", new, old)
    assert git(bare, "rev-parse", "main") == new
    with pytest.raises(Conflict):
        move_ref(bare, "refs/heads/main", newer, "")
    move_ref(bare, "refs/heads/fresh", new, "")
    with pytest.raises(Conflict):
        delete_branch(bare, "fresh", old)
    delete_branch(bare, "fresh", new)
    delete_branch(bare, "fresh", new)
    with pytest.raises(Conflict, match="not a ref"):
        move_ref(bare, "refs/heads/../x", new, "")


def test_refs_that_agents_pack_are_still_the_same_refs(bare: Path, tree: Path) -> None:
    git(tree, "pack-refs", "--all")
    git(tree, "gc", "-q")
    old = Git(bare).require("main")
    new = commit(tree, "b", "b")
    move_ref(bare, "refs/heads/main", new, old)
    delete_ref = Git(bare).refs("refs/heads/")
    assert delete_ref["refs/heads/main"] == new == git(bare, "rev-parse", "main")


def test_the_lock_of_a_killed_git_is_cleared(bare: Path, tree: Path) -> None:
    old = Git(bare).require("main")
    new = commit(tree, "b", "b")
    (bare / "refs" / "heads" / "main.lock").touch()
    move_ref(bare, "refs/heads/main", new, old)
    assert Git(bare).require("main") == new


@pytest.mark.parametrize("leftover", ["packed-refs.lock", "packed-refs.new"])
def test_what_a_killed_packing_of_refs_has_left_is_cleared(bare: Path, leftover: str) -> None:
    git = Git(bare)
    head = git.require("main")
    move_ref(bare, "refs/heads/gone", head, "")
    git.run("pack-refs", "--all", is_write=True)
    (bare / leftover).touch()
    delete_branch(bare, "gone", head)
    assert git.rev_parse("refs/heads/gone") is None
    assert not (bare / leftover).exists()


HOSTILE = [
    ("core.fsmonitor", "{}"),
    ("core.hooksPath", "{hooks}"),
    ("core.sshCommand", "{}"),
    ("core.pager", "{}"),
    ("core.editor", "{}"),
    ("core.askPass", "{}"),
    ("core.alternateRefsCommand", "{}"),
    ("core.gitProxy", "{}"),
    ("core.worktree", "/"),
    ("core.attributesFile", "{attributes}"),
    ("diff.external", "{}"),
    ("diff.evil.command", "{}"),
    ("diff.evil.textconv", "{}"),
    ("filter.evil.clean", "{}"),
    ("filter.evil.smudge", "{}"),
    ("filter.evil.process", "{}"),
    ("filter.evil.required", "true"),
    ("merge.evil.driver", "{}"),
    ("credential.helper", "!{}"),
    ("alias.status", "!{}"),
    ("gpg.program", "{}"),
    ("commit.gpgSign", "true"),
    ("log.showSignature", "true"),
    ("sequence.editor", "{}"),
    ("trailer.evil.command", "{}"),
    ("rebase.autoStash", "true"),
    ("protocol.ext.allow", "always"),
    ("uploadpack.packObjectsHook", "{}"),
    ("remote.origin.url", "ext::{}"),
    ("remote.origin.uploadpack", "{}"),
    ("url.ext::{} .insteadOf", "/"),
    ("include.path", "{include}"),
    ("interactive.diffFilter", "{}"),
    ("diff.ignoreSubmodules", "none"),
    ("extensions.worktreeConfig", "true"),
]


def infest(tmp_path: Path, bare: Path, tree: Path) -> Path:
    """Writes every hostile setting that we know; returns the file that appears when one of them is executed."""
    trace = tmp_path / "executed"
    program = tmp_path / "evil"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{trace}"\nexit 1\n')
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in (
        "post-checkout",
        "pre-commit",
        "pre-rebase",
        "post-rewrite",
        "reference-transaction",
        "post-index-change",
        "post-merge",
    ):
        (hooks / name).symlink_to(program)
        (bare / "hooks").mkdir(exist_ok=True)
        (bare / "hooks" / name).unlink(missing_ok=True)
        (bare / "hooks" / name).symlink_to(program)
    (tmp_path / "attributes").write_text("* filter=evil diff=evil merge=evil\n")
    (tmp_path / "include").write_text(f"[core]\n\tfsmonitor = {program}\n")
    (bare / "info").mkdir(exist_ok=True)
    (bare / "info" / "attributes").write_text("* filter=evil diff=evil merge=evil\n")
    (tree / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    config = bare / "config"
    for key, value in HOSTILE:
        places = {"hooks": hooks, "attributes": tmp_path / "attributes", "include": tmp_path / "include"}
        full = value.format(program, **places)
        subprocess.run(["git", "config", "--file", str(config), key.format(program), full], check=True)
    home = Path(os.environ["HOME"]) / ".gitconfig"
    home.write_text(f'[filter "evil"]\n\tclean = {program}\n\tsmudge = {program}\n[alias]\n\tstatus = !{program}\n')
    admin = admin_directory(bare, tree)
    assert admin is not None
    (admin / "config.worktree").write_text(f"[core]\n\tfsmonitor = {program}\n")
    return trace


def test_no_configuration_of_an_agent_is_executed(tmp_path: Path, bare: Path, tree: Path, origin: Path) -> None:
    old = Git(bare).require("main")
    new = commit(tree, "a.txt", "agent\n")
    trace = infest(tmp_path, bare, tree)
    with (bare / "config").open("a") as stream:
        # git dies on this when it reads the file at all, also where nothing in it would be executed.
        stream.write("[core]\n\tcommentChar = broken value\n")
    (tree / "a.txt").write_text("dirty\n")
    (tree / "untracked.txt").write_text("u\n")

    assert Git(tree, bare).status().dirty == 1
    assert "+agent" in Git(bare).diff(old, new)
    Git(bare).log(new)
    Git(bare).merge_tree(old, new)
    Git(bare).worktrees()
    target = commit(origin, "z", "z")
    assert fetch_origin(bare, str(origin))["main"] == target
    saved = save_work(bare, tree, SAVE)
    assert Git(bare).show(saved.commit, "untracked.txt") == b"u\n"
    attempt = bare.parent / "refinery" / "1-1"
    add_worktree(bare, attempt, "", new)
    assert rebase_in(attempt, bare, onto=target, upstream=old, head=new, trailers={"Gastown-Bead": "gt-1"}).head
    remove_disposable(bare, attempt)
    remove_worktree(bare, tree, SAVE)
    move_ref(bare, "refs/heads/main", target, old)
    assert not trace.exists(), trace.read_text()


def test_the_hostile_settings_do_work_without_the_runner(tmp_path: Path, bare: Path, tree: Path) -> None:
    trace = infest(tmp_path, bare, tree)
    for key in ("core.worktree", "extensions.worktreeConfig"):
        git(tmp_path, "config", "--file", str(bare / "config"), "--unset", key)
    subprocess.run(["git", "status"], cwd=tree, capture_output=True, check=False)
    assert trace.exists()


def test_a_worktree_whose_link_was_deleted_is_not_emptied(bare: Path, tree: Path) -> None:
    (tree / "work.txt").write_text("work")
    (tree / ".git").unlink()
    add_worktree(bare, tree, "polecat/nux/gt-1", "main")
    assert (tree / "work.txt").read_text() == "work"
    assert Git(tree).status().untracked == 1


@pytest.mark.parametrize("step", ["admin", "gitdir", "link"])
def test_a_registration_killed_at_any_step_is_finished(bare: Path, step: str) -> None:
    path = bare.parent / "polecats" / "ace"
    admin = bare.resolve() / "worktrees" / "ace"
    admin.mkdir(parents=True)
    path.mkdir(parents=True)
    (admin / "locked").write_text("initializing\n")
    if step != "admin":
        (admin / "gitdir").write_text(f"{path}/.git\n")
    if step == "link":
        (admin / "commondir").write_text("../..\n")
        (admin / "HEAD").write_text("ref: refs/heads/main\n")
        (path / ".git").write_text(f"gitdir: {admin}\n")
    add_worktree(bare, path, "b", "main")
    assert Git(path, bare).status().is_clean
    assert len(Git(bare).worktrees()) == 1
    assert not (admin / "locked").exists()


def test_a_worktree_cannot_point_us_to_another_repository(bare: Path, tree: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    evil.mkdir()
    git(evil, "init", "-q", "-b", "main")
    (tree / ".git").write_text(f"gitdir: {evil}/.git\n")
    assert Git(tree, bare).status().branch == "polecat/nux/gt-1"


def test_a_save_holds_all_that_could_be_lost(bare: Path, tree: Path) -> None:
    head = commit(tree, "b.txt", "committed")
    (tree / "a.txt").write_text("stashed")
    git(tree, "stash", "-q")
    (tree / "a.txt").write_text("staged")
    git(tree, "add", "a.txt")
    (tree / "a.txt").write_text("dirty")
    (tree / "new.txt").write_text("untracked")
    (tree / ".gitignore").write_text("*.log\n")
    (tree / "x.log").write_text("ignored")
    git(tree, "update-index", "--assume-unchanged", "b.txt")
    (tree / "b.txt").write_text("hidden change")
    admin = admin_directory(bare, tree)
    assert admin is not None
    before = ((admin / "index").read_bytes(), git(tree, "status", "--porcelain"))
    saved = save_work(bare, tree, SAVE)
    assert ((admin / "index").read_bytes(), git(tree, "status", "--porcelain")) == before
    reader = Git(bare)
    assert [reader.show(saved.commit, name) for name in ("a.txt", "b.txt", "new.txt", "x.log")] == [
        b"dirty",
        b"hidden change",
        b"untracked",
        None,
    ]
    contents = {reader.show(parent, "a.txt") for parent in reader.log(saved.commit, limit=1)[0].parents}
    assert {b"staged", b"stashed"} <= contents
    assert reader.is_ancestor(head, saved.commit)
    assert save_work(bare, tree, SAVE).commit == saved.commit


def test_a_later_save_keeps_the_earlier_one(bare: Path, tree: Path) -> None:
    (tree / "a.txt").write_text("one")
    first = save_work(bare, tree, SAVE)
    (tree / "a.txt").write_text("two")
    second = save_work(bare, tree, SAVE)
    assert Git(bare).is_ancestor(first.commit, second.commit)
    assert Git(bare).show(second.commit, "a.txt") == b"two"


def test_a_save_clears_away_what_a_killed_one_left(bare: Path, tree: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, other = bare / f"gastown-save-{ended.pid}-x", bare / f"gastown-save-{os.getppid()}-x"
    for place in (left, other):
        place.mkdir()
        (place / "index").write_text("")
    save_work(bare, tree, SAVE)
    assert [path for path in bare.iterdir() if path.name.startswith("gastown-save-")] == [other]


def test_a_clean_worktree_is_saved_as_its_head(bare: Path, tree: Path) -> None:
    assert save_work(bare, tree, SAVE).commit == Git(bare).require("main")


def test_a_broken_index_does_not_hide_the_files(bare: Path, tree: Path) -> None:
    admin = admin_directory(bare, tree)
    assert admin is not None
    (tree / "a.txt").write_text("dirty")
    (admin / "index").write_bytes(b"broken")
    (admin / "index.lock").touch()
    with pytest.raises(GitFailed):
        Git(tree, bare).status()
    assert Git(bare).show(save_work(bare, tree, SAVE).commit, "a.txt") == b"dirty"


def test_a_repository_inside_the_worktree_is_not_called_saved(bare: Path, tree: Path) -> None:
    for name in ("empty", "full"):
        (tree / name).mkdir()
        git(tree / name, "init", "-q")
        if name == "full":
            commit(tree / name, "x", "x")
        with pytest.raises(UnprovenWork, match=name):
            remove_worktree(bare, tree, SAVE)
        git(tree, "clean", "-qffdx")
    assert tree.exists()


def test_removal_saves_first_and_can_be_asked_again(bare: Path, tree: Path) -> None:
    (tree / "a.txt").write_text("dirty")
    saved = remove_worktree(bare, tree, SAVE)
    assert saved is not None
    assert not tree.exists()
    assert Git(bare).worktrees() == ()
    assert Git(bare).show(SAVE, "a.txt") == b"dirty"
    assert remove_worktree(bare, tree, SAVE) is None
    assert Git(bare).show(SAVE, "a.txt") == b"dirty"


def test_a_read_only_directory_is_no_obstacle_to_removal(bare: Path, tree: Path) -> None:
    (tree / "cache").mkdir()
    (tree / "cache" / "x").write_text("x")
    (tree / "cache").chmod(0o555)
    remove_worktree(bare, tree, SAVE)
    assert [each.name for each in tree.parent.iterdir()] == []
    assert Git(bare).show(SAVE, "cache/x") == b"x"


def test_removal_that_was_killed_is_finished(bare: Path, tree: Path) -> None:
    save_work(bare, tree, SAVE)
    trash = tree.with_name(".removing-nux")
    tree.rename(trash)
    assert remove_worktree(bare, tree, SAVE) is None
    assert not trash.exists()
    assert Git(bare).worktrees() == ()


def test_disposable_means_detached(bare: Path, tree: Path) -> None:
    with pytest.raises(Conflict, match="somebody's work"):
        remove_disposable(bare, tree)
    attempt = bare.parent / "refinery" / "1-1"
    add_worktree(bare, attempt, "", "main")
    remove_disposable(bare, attempt)
    (bare / "worktrees" / "1-1").mkdir()
    attempt.mkdir()
    remove_disposable(bare, attempt)
    assert not attempt.exists()
    assert not (bare / "worktrees" / "1-1").exists()


Attempt = Callable[[str], Path]


@pytest.fixture
def attempt(bare: Path) -> Attempt:
    def make(head: str) -> Path:
        path = bare.parent / "refinery" / "1-1"
        add_worktree(bare, path, "", head)
        return path

    return make


def test_a_replay_keeps_authors_and_adds_trailers(bare: Path, tree: Path, attempt: Attempt) -> None:
    base = Git(bare).require("main")
    commit(tree, "b", "1", "one\n\nGastown-Bead: forged")
    head = commit(tree, "b", "2", "two")
    git(tree, "checkout", "-q", "-b", "elsewhere", base)
    target = commit(tree, "c", "c")
    trailers = {"Gastown-Bead": "gt-1", "Gastown-Run": "r1"}
    done = rebase_in(attempt(head), bare, onto=target, upstream=base, head=head, trailers=trailers)
    facts = Git(bare).log(f"{target}..{done.head}")
    assert [fact.message for fact in facts] == [
        "two\n\nGastown-Bead: gt-1\nGastown-Run: r1",
        "one\n\nGastown-Bead: gt-1\nGastown-Run: r1",
    ]
    assert {fact.author for fact in facts} == {"Ada"}
    assert done.commits == tuple(fact.id for fact in reversed(facts))
    assert git(bare, "log", "-1", "--format=%cn", done.head) == "gastown refinery"
    remove_disposable(bare, bare.parent / "refinery" / "1-1")
    again = rebase_in(attempt(head), bare, onto=target, upstream=base, head=head, trailers=trailers)
    assert again.head == done.head


def test_a_replay_names_the_files_in_conflict(bare: Path, tree: Path, attempt: Attempt) -> None:
    base = Git(bare).require("main")
    head = commit(tree, "a.txt", "ours\n")
    git(tree, "checkout", "-q", "-b", "elsewhere", base)
    target = commit(tree, "a.txt", "theirs\n")
    path = attempt(head)
    done = rebase_in(path, bare, onto=target, upstream=base, head=head, trailers={})
    assert (done.head, done.conflicts) == ("", ("a.txt",))
    with pytest.raises(Conflict, match="not a fresh"):
        rebase_in(path, bare, onto=target, upstream=base, head=head, trailers={})
    remove_disposable(bare, path)


def test_a_replay_of_what_landed_is_empty(bare: Path, tree: Path, attempt: Attempt) -> None:
    base = Git(bare).require("main")
    head = commit(tree, "b", "1")
    done = rebase_in(attempt(head), bare, onto=head, upstream=base, head=head, trailers={})
    assert (done.head, done.commits) == (head, ())


def test_trailers_join_a_block_that_is_there() -> None:
    assert add_trailers("s\n\nb\n\nSigned-off-by: A\n", {"Gastown-Run": "r"}) == "s\n\nb\n\nSigned-off-by: A\nGastown-Run: r\n"
    assert add_trailers("fix: it", {"Gastown-Run": "r"}) == "fix: it\n\nGastown-Run: r\n"
    with pytest.raises(ValueError, match="not trailers"):
        add_trailers("s", {"A": "x\nB: y"})


def test_a_persons_checkout_is_fast_forwarded_only_when_clean(bare: Path, tree: Path, origin: Path) -> None:
    old = Git(bare).require("main")
    new = commit(tree, "b.txt", "b")
    move_ref(bare, "refs/heads/main", new, old)
    (origin / "a.txt").write_text("mine")
    with pytest.raises(Conflict, match="uncommitted"):
        fast_forward_checkout(origin, bare, "main")
    git(origin, "checkout", "-q", "--", "a.txt")
    (origin / "b.txt").write_text("in the way")
    with pytest.raises(Conflict, match="cannot be fast-forwarded"):
        fast_forward_checkout(origin, bare, "main")
    assert (origin / "b.txt").read_text() == "in the way"
    (origin / "b.txt").unlink()
    assert fast_forward_checkout(origin, bare, "main") == new
    assert fast_forward_checkout(origin, bare, "main") == new
    git(origin, "checkout", "-q", "-b", "side")
    with pytest.raises(Conflict, match="not on main"):
        fast_forward_checkout(origin, bare, "main")
    git(origin, "checkout", "-q", "main")
    commit(origin, "c", "c")
    with pytest.raises(Conflict, match="does not have"):
        fast_forward_checkout(origin, bare, "main")


def test_a_missing_directory_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Git(tmp_path / "nowhere").status()


WORK = """
import sys
from pathlib import Path
from gastown_tui.infra.act.rebase import rebase_in
from gastown_tui.infra.act.refs import add_worktree, create_bare, move_ref, remove_disposable
from gastown_tui.infra.act.saves import remove_worktree
from gastown_tui.infra.git import Git
origin, bare = sys.argv[1], Path(sys.argv[2])
print("ready", flush=True)
create_bare(origin, bare)
main = Git(bare).require("refs/remotes/origin/main")
tree, attempt = bare.parent / "polecats" / "nux", bare.parent / "refinery" / "1-1"
if Git(bare).rev_parse("refs/gastown/save/r1") is None or tree.exists():
    add_worktree(bare, tree, "polecat/nux/gt-1", main)
    (tree / "work.txt").write_text("work")
    remove_worktree(bare, tree, "refs/gastown/save/r1")
remove_worktree(bare, tree, "refs/gastown/save/r1")
remove_disposable(bare, attempt)
head = Git(bare).require("refs/gastown/save/r1")
add_worktree(bare, attempt, "", head)
done = rebase_in(attempt, bare, onto=main, upstream=main, head=head, trailers={"Gastown-Bead": "gt-1"})
now = Git(bare).require("refs/heads/main")
move_ref(bare, "refs/heads/main", done.head, now if now == main else done.head)
remove_disposable(bare, attempt)
print("done", flush=True)
"""


@pytest.mark.parametrize("milliseconds", [5, 40, 90, 150, 220, 300, 400])
def test_a_killed_act_is_finished_by_asking_again(origin: Path, tmp_path: Path, milliseconds: int) -> None:
    import sys
    import time

    bare = tmp_path / "rig" / "repo.git"
    argv = [sys.executable, "-c", WORK, str(origin), str(bare)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"ready\n"
        end = time.monotonic() + milliseconds / 1000
        while time.monotonic() < end and victim.poll() is None:
            os.sched_yield()
        victim.kill()
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Git(bare).show("refs/heads/main", "work.txt") == b"work"
    assert len(Git(bare).log("refs/heads/main")) == 2
    assert Git(bare).worktrees() == ()
    assert list((bare / "worktrees").iterdir()) == []
    assert {each.name for each in bare.parent.iterdir()} <= {"repo.git", "repo.view", "polecats", "refinery"}
    assert [each for name in ("polecats", "refinery") for each in (bare.parent / name).iterdir()] == []
    git(bare, "fsck", "--strict")
