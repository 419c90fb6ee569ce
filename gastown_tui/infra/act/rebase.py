"""Replaying a branch onto the target in a disposable worktree, with the trailers that every landed commit carries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import Conflict, GitFailed
from gastown_tui.infra.git import NETWORK_TIMEOUT, WRITE_TIMEOUT, CommitFact, Git

COMMITTER = {"GIT_COMMITTER_NAME": "gastown refinery", "GIT_COMMITTER_EMAIL": "refinery@gastown.invalid"}
_TRAILER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Rebased:
    """What a replay gave: a head, or the files in conflict."""

    head: str
    """"" when there are conflicts."""
    commits: tuple[str, ...]
    """The new commits, oldest first; empty when the target has all of it already."""
    conflicts: tuple[str, ...]
    detail: str = ""
    """git's last words about the conflict. Foreign text."""


def rebase_in(worktree: Path, repository: Path, *, onto: str, upstream: str, head: str, trailers: Mapping[str, str]) -> Rebased:
    """Replays `upstream..head` onto `onto`. Authors stay; each new commit gets the trailers.

    Args:
        worktree: a fresh detached one (`add_worktree(repository, path, "", head)`), thrown away afterwards.
        upstream: where the branch left the target; its commits are not replayed.

    Raises:
        Conflict: the worktree is not fresh: a rebase of a killed attempt is in it.
        GitFailed: anything but a conflict.
    """
    git = Git(worktree, repository)
    if git.default_branch() is not None or not git.status().is_clean:
        raise Conflict(f"{worktree} is not a fresh disposable worktree", hint="remove it and make it again")
    git.run("checkout", "--quiet", "--detach", head, timeout=WRITE_TIMEOUT, is_write=True)
    arguments = (
        "rebase",
        "--quiet",
        "--no-autostash",
        "--no-fork-point",
        "--no-gpg-sign",
        "--empty=drop",
        "--merge",
        "--onto",
        onto,
    )
    try:
        git.run(*arguments, upstream, timeout=NETWORK_TIMEOUT, environment=COMMITTER, is_write=True)
    except GitFailed as error:
        names = git.run("diff", "--name-only", "--diff-filter=U", "-z", "--no-ext-diff", "--ignore-submodules=all").text.split("\0")
        conflicts = tuple(dict.fromkeys(name for name in names if name))
        if not conflicts:
            raise
        return Rebased("", (), conflicts, error.tail)
    replayed = git.log(f"{onto}..HEAD")[::-1]
    commits: list[str] = []
    parent = git.require(onto)
    for commit in replayed:
        parent = _with_trailers(git, commit, parent, trailers)
        commits.append(parent)
    git.run("checkout", "--quiet", "--detach", parent, timeout=WRITE_TIMEOUT, is_write=True)
    return Rebased(parent, tuple(commits), ())


def _with_trailers(git: Git, commit: CommitFact, parent: str, trailers: Mapping[str, str]) -> str:
    environment = {
        **COMMITTER,
        "GIT_AUTHOR_NAME": commit.author or "unknown",
        "GIT_AUTHOR_EMAIL": commit.author_email,
        "GIT_AUTHOR_DATE": commit.author_date,
        # Equal input gives equal commits, so an attempt that is made again finds its own.
        "GIT_COMMITTER_DATE": commit.author_date,
    }
    message = add_trailers(commit.message, trailers).encode()
    arguments = ("commit-tree", git.tree_of(commit.id), "-p", parent)
    return git.run(*arguments, input=message, environment=environment, is_write=True).text.strip()


def add_trailers(message: str, trailers: Mapping[str, str]) -> str:
    """A commit message with `Key: value` lines at its end. Lines with one of our keys that were there before go.

    An agent that writes a trailer itself could otherwise claim another bead's landing.
    """
    if any(not _TRAILER.fullmatch(key) or not value.isprintable() for key, value in trailers.items()):
        raise ValueError(f"not trailers: {dict(trailers)!r}")
    keys = tuple(f"{key.lower()}:" for key in trailers)
    lines = [line for line in message.rstrip().splitlines() if not line.lower().lstrip().startswith(keys)]
    while lines and not lines[-1].strip():
        lines.pop()
    block = [f"{key}: {value}" for key, value in trailers.items()]
    is_joined = len(lines) > 1 and re.match(r"[A-Za-z-]+: ", lines[-1]) is not None
    return "\n".join([*(lines or ["(no message)"]), *([] if is_joined else [""]), *block]) + "\n"
