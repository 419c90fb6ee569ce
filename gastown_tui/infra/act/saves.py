"""Saving a worktree before it goes, and removing it only then.

A save is a commit under `refs/gastown/save/RUN` whose tree is the worktree as it stands (head, changed and untracked
files, not ignored ones) and whose parents are everything else that could be lost: the head, what was staged
differently, stash entries of the branch, and an older save of the same run. Neither index nor files are touched.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from gastown_tui.core.errors import GitFailed, UnprovenWork
from gastown_tui.infra.act.refs import forget_worktree, move_ref
from gastown_tui.infra.files import remove_tree
from gastown_tui.infra.git import WRITE_TIMEOUT, Git, WorktreeStatus
from gastown_tui.infra.git_view import admin_directory

_IDENTITY = {
    "GIT_AUTHOR_NAME": "gastown",
    "GIT_AUTHOR_EMAIL": "supervisor@gastown.invalid",
    "GIT_COMMITTER_NAME": "gastown",
    "GIT_COMMITTER_EMAIL": "supervisor@gastown.invalid",
}
_SCRATCH = "gastown-save-"
_GITLINK = "160000"


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save ref holds now."""

    commit: str
    tree: str
    status: WorktreeStatus


def save_work(repository: Path, worktree: Path, ref: str) -> Saved:
    """Saves everything in a worktree to `ref`. Asked again without a change in between, it changes nothing.

    Raises:
        UnprovenWork: a git repository inside the worktree, whose content a commit cannot hold.
        GitFailed: a file cannot be read …; then nothing is proven.
    """
    git = Git(worktree, repository)
    status = _status(git)
    _sweep(repository)
    # In the rig, so that what a kill leaves is found by the next save and goes with the town.
    with tempfile.TemporaryDirectory(prefix=f"{_SCRATCH}{os.getpid()}-", dir=repository) as place:
        index = Path(place) / "index"
        staged, tree = _trees(git, repository, worktree, index)
    parents = [status.head] if status.head else []
    known_trees = {tree} | ({git.tree_of(status.head)} if status.head else set())
    if staged and staged not in known_trees:
        parents.append(_commit(git, staged, parents[:1], "staged"))
    parents.extend(git.stashes(status.branch))
    old = git.rev_parse(ref) or ""
    if old and _holds(git, old, tree, parents):
        return Saved(old, tree, status)
    if old and old not in parents:
        parents.append(old)
    is_only_head = parents == [status.head] and tree in known_trees and git.tree_of(status.head) == tree
    commit = status.head if is_only_head else _commit(git, tree, parents, f"save of {worktree.name}")
    move_ref(repository, ref, commit, old, reason="save")
    return Saved(commit, tree, status)


def _sweep(repository: Path) -> None:
    """Removes the copied indexes that killed processes left."""
    for left in repository.glob(f"{_SCRATCH}*"):
        pid = left.name.removeprefix(_SCRATCH).partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _status(git: Git) -> WorktreeStatus:
    try:
        return git.status()
    except GitFailed:
        # A killed git left a broken index. What the files are worth is seen without it.
        return WorktreeStatus(git.rev_parse("HEAD") or "", git.default_branch() or "", 0, 0, 0, 0)


def _trees(git: Git, repository: Path, worktree: Path, index: Path) -> tuple[str, str]:
    """The tree that is staged ("" while there are conflicts) and the tree of the files, by a copy of the index."""
    environment = {"GIT_INDEX_FILE": str(index)}
    admin = admin_directory(repository, worktree)
    staged = ""
    if admin is not None and (admin / "index").is_file():
        shutil.copyfile(admin / "index", index)
        try:
            staged = git.run("write-tree", environment=environment, is_write=True).text.strip()
        except GitFailed:
            staged = ""
    try:
        return staged, _tree_of_files(git, worktree, environment)
    except GitFailed:
        # An index that a killed git left broken: the files themselves are all there is to go by.
        index.unlink(missing_ok=True)
        if git.rev_parse("HEAD"):
            git.run("read-tree", "HEAD", environment=environment, is_write=True)
        return staged, _tree_of_files(git, worktree, environment)


def _tree_of_files(git: Git, worktree: Path, environment: dict[str, str]) -> str:
    _unhide(git, worktree, environment)
    listed = git.run(
        "ls-files", "--others", "--exclude-standard", "--directory", "-z", environment=environment, timeout=WRITE_TIMEOUT
    )
    nested = [name for name in listed.text.split("\0") if name.endswith("/") and (worktree / name / ".git").exists()]
    _refuse_nested(worktree, nested)
    git.run("add", "--all", "--", ".", environment=environment, timeout=WRITE_TIMEOUT, is_write=True)
    entries = git.run("ls-files", "--stage", "-z", environment=environment).text.split("\0")
    links = [entry.partition("\t")[2] for entry in entries if entry.startswith(_GITLINK)]
    _refuse_nested(worktree, [name for name in links if (worktree / name / ".git").exists()])
    return git.run("write-tree", environment=environment, is_write=True).text.strip()


def _refuse_nested(worktree: Path, nested: Sequence[str]) -> None:
    if nested:
        hint = "its content cannot be saved here; move it away"
        raise UnprovenWork(f"{worktree} holds another git repository in {nested[0]!r}", hint=hint)


def _unhide(git: Git, worktree: Path, environment: dict[str, str]) -> None:
    """Takes back `assume-unchanged` and `skip-worktree`, with which changed files would not be seen."""
    entries = git.run("ls-files", "-v", "-z", environment=environment).text.split("\0")
    hidden = [entry[2:] for entry in entries if entry and (entry[0].islower() or entry[0] == "S")]
    present = [name for name in hidden if os.path.lexists(worktree / name)]
    if present:
        names = "\0".join(present).encode() + b"\0"
        for flag in ("--no-assume-unchanged", "--no-skip-worktree"):
            git.run("update-index", flag, "-z", "--stdin", environment=environment, input=names, is_write=True)


def _commit(git: Git, tree: str, parents: Sequence[str], message: str) -> str:
    arguments = [part for parent in dict.fromkeys(parents) for part in ("-p", parent)]
    return git.run("commit-tree", tree, *arguments, input=message.encode(), environment=_IDENTITY, is_write=True).text.strip()


def _holds(git: Git, commit: str, tree: str, parents: Sequence[str]) -> bool:
    """Whether a save already has this tree and all these parents' content reachable."""
    if git.tree_of(commit) != tree:
        return False
    return all(git.is_ancestor(parent, commit) or _has_equal_parent(git, commit, parent) for parent in parents)


def _has_equal_parent(git: Git, commit: str, wanted: str) -> bool:
    """The `staged` commits are made anew each time and differ in their date only."""
    own = git.log(commit, limit=1)[0].parents
    return any(git.tree_of(parent) == git.tree_of(wanted) for parent in own)


def remove_worktree(repository: Path, worktree: Path, ref: str) -> Saved | None:
    """Saves a worktree to `ref` and then removes it. Returns what was saved, None when it was gone before.

    The directory goes by one rename, so a kill never leaves half a worktree that could be saved over the whole one.

    Raises:
        UnprovenWork, GitFailed: it could not be saved, and stays.
    """
    admin = admin_directory(repository, worktree)
    if admin is None or not worktree.exists():
        if admin is not None:
            remove_tree(admin)
        remove_tree(worktree.with_name(f".removing-{worktree.name}"))
        if worktree.exists() and any(worktree.iterdir()):
            raise UnprovenWork(f"{worktree} is not a worktree of {repository}", hint="look at it and remove it yourself")
        return None
    saved = save_work(repository, worktree, ref)
    forget_worktree(admin, worktree)
    return saved
