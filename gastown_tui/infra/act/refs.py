"""Acts on git: make a rig's repository, move refs, make worktrees, fetch, fast-forward.

Every act may be killed anywhere and asked for again: it looks at what is there first, and ends in the same state.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from gastown_tui.core.errors import Conflict, GitFailed, UsageError
from gastown_tui.infra.files import remove_tree
from gastown_tui.infra.git import NETWORK_TIMEOUT, WRITE_TIMEOUT, Git, check_ref
from gastown_tui.infra.git_view import admin_directory, view_of

ZERO = "0" * 40
_URL = re.compile(r"(?:(?:https?|ssh|git|file)://\S+|[\w.-]+@[\w.-]+:\S+)")
_SYMREF = re.compile(r"ref: refs/heads/(\S+)\tHEAD")


@dataclass(frozen=True, slots=True)
class NewRepository:
    """A rig's repository as it was made."""

    target: str
    """The branch that work lands on."""
    head: str
    warnings: tuple[str, ...]
    """What will not work with this repository, for a person."""


def resolve_origin(origin: str) -> str:
    """A URL as it is, or a path as an absolute one.

    Raises:
        UsageError: neither a URL that we take nor an existing directory.
    """
    if _URL.fullmatch(origin):
        return origin
    path = Path(origin).expanduser()
    if origin.startswith("-") or "::" in origin or not path.is_dir():
        raise UsageError(f"no repository at {origin!r}", hint="give a directory or a URL (https, ssh, git, user@host:path)")
    return str(path.resolve())


def create_bare(origin: str, repository: Path, *, target: str = "") -> NewRepository:
    """Makes the rig's own repository from a path or URL. All of it or nothing: it appears by a rename.

    Args:
        target: the branch that work lands on; "" takes the origin's own HEAD.

    Raises:
        UsageError: no repository there, no commits in it, no such branch.
        GitFailed: the origin does not answer.
    """
    origin = resolve_origin(origin)
    if repository.exists():
        return _describe(repository)
    draft = repository.with_name(f".new-{repository.name}")
    for leftover in (draft, view_of(draft), view_of(repository)):
        shutil.rmtree(leftover, ignore_errors=True)
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        heads, named = _ask_origin(origin, draft.parent)
        target = _choose_target(origin, heads, named, target)
        kind = ["--object-format=sha256"] if len(heads[target]) == 64 else []
        _bare_git(draft.parent, "init", "--quiet", "--bare", *kind, f"--initial-branch={target}", "--", str(draft))
        fetch_origin(draft, origin)
        move_ref(draft, f"refs/heads/{target}", Git(draft).require(f"refs/remotes/origin/{target}"), "")
        shutil.rmtree(view_of(draft), ignore_errors=True)
        draft.rename(repository)
    finally:
        for leftover in (draft, view_of(draft)):
            shutil.rmtree(leftover, ignore_errors=True)
    return _describe(repository)


def _bare_git(directory: Path, *arguments: str) -> str:
    """git where there is no repository yet."""
    git = Git.checkout(directory)
    return git.run(*arguments, timeout=NETWORK_TIMEOUT, is_network=True).text


def _ask_origin(origin: str, directory: Path) -> tuple[dict[str, str], str]:
    """The origin's branches with their heads, and the branch that its HEAD names ("" when detached)."""
    try:
        text = _bare_git(directory, "ls-remote", "--symref", "--", origin, "HEAD", "refs/heads/*")
    except GitFailed as error:
        raise UsageError(f"cannot read the repository {origin!r}", hint=error.line()) from error
    named = _SYMREF.search(text)
    heads = {}
    detached = ""
    for line in text.splitlines():
        commit, _, ref = line.partition("\t")
        if ref.startswith("refs/heads/"):
            heads[ref.removeprefix("refs/heads/")] = commit
        elif ref == "HEAD" and not commit.startswith("ref:"):
            detached = commit
    if named is None:
        named_by_head = [name for name, commit in heads.items() if commit == detached]
        return heads, next((name for name in ("main", "master", *named_by_head) if name in heads), "")
    return heads, named[1]


def _choose_target(origin: str, heads: dict[str, str], named: str, target: str) -> str:
    if not heads:
        raise UsageError(f"the repository {origin!r} has no commits", hint="make a first commit, then add it again")
    chosen = target or named or (next(iter(heads)) if len(heads) == 1 else "")
    if chosen not in heads:
        choice = ", ".join(sorted(heads)[:8])
        raise UsageError(f"no branch {chosen!r} in {origin!r}" if chosen else f"{origin!r} has no default branch", hint=choice)
    return chosen


def _describe(repository: Path) -> NewRepository:
    git = Git(repository)
    target = git.default_branch() or ""
    head = git.require(f"refs/heads/{target}")
    warnings = []
    if git.show(head, ".gitmodules") is not None:
        warnings.append("this repository has submodules; worktrees are made without them")
    if b"filter=lfs" in (git.show(head, ".gitattributes") or b""):
        warnings.append("this repository uses Git LFS; worktrees hold its pointers, not the files")
    return NewRepository(target, head, tuple(warnings))


def fetch_origin(repository: Path, origin: str) -> dict[str, str]:
    """Brings `refs/remotes/origin/*` up to date and returns them (branch → commit). Never touches our branches."""
    specs = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    arguments = ("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--", resolve_origin(origin), *specs)
    git = Git(repository)
    git.run(*arguments, timeout=NETWORK_TIMEOUT, is_network=True, is_write=True)
    return {ref.removeprefix("refs/remotes/origin/"): commit for ref, commit in git.refs("refs/remotes/origin/").items()}


def move_ref(repository: Path, ref: str, new: str, old: str, *, reason: str = "gastown") -> None:
    """Moves a ref from `old` ("": it must not exist) to `new`, or proves that it was already moved.

    Raises:
        Conflict: it is at neither.
    """
    git = Git(repository)
    current = git.rev_parse(check_ref(ref)) or ""
    if current == new:
        return
    if current == old:
        try:
            git.run(
                "update-ref", "--no-deref", "-m", reason, ref, new, old or ZERO[:1] * len(new), timeout=WRITE_TIMEOUT, is_write=True
            )
        except GitFailed:
            current = git.rev_parse(ref) or ""
            if current == old:
                raise
        else:
            return
    if current != new:
        raise Conflict(f"{ref} is at {current[:12] or 'nothing'}, not at {old[:12] or 'nothing'}")


def delete_ref(repository: Path, ref: str, expected: str) -> None:
    """Deletes a ref that is at `expected`; one that is gone already is fine.

    Raises:
        Conflict: it is elsewhere.
    """
    git = Git(repository)
    current = git.rev_parse(check_ref(ref))
    if current is None:
        return
    if current != expected:
        raise Conflict(f"{ref} is at {current[:12]}, not at {expected[:12]}")
    git.run("update-ref", "--no-deref", "-d", ref, expected, timeout=WRITE_TIMEOUT, is_write=True)


def delete_branch(repository: Path, branch: str, expected: str) -> None:
    """Deletes a branch that is at `expected`. Its commits must be proven elsewhere by the caller."""
    delete_ref(repository, f"refs/heads/{branch}", expected)


def add_worktree(repository: Path, path: Path, branch: str, start: str) -> str:
    """Makes a worktree on `branch`, or finds the one that was made before. Returns its head.

    Args:
        branch: made at `start` when it is new, taken as it is when it exists; "" for a detached worktree at `start`.
        start: a commit.

    Raises:
        Conflict: something else is at `path`, or the branch is out in another worktree.
    """
    git = Git(repository)
    admin = admin_directory(repository, path)
    if admin is not None and _is_unfinished(admin, path):
        forget_worktree(admin, path)
        admin = None
    if admin is not None:
        if not (path / ".git").exists():
            (path / ".git").write_text(f"gitdir: {admin.resolve()}\n")
        status = Git(path, repository).default_branch() or ""
        if status != branch:
            raise Conflict(f"the worktree {path} is on {status or 'no branch'}, not on {branch or 'no branch'}")
        return Git(path, repository).require("HEAD")
    if path.is_symlink() or (path.exists() and (not path.is_dir() or any(path.iterdir()))):
        raise Conflict(f"something else is at {path}", hint="move it away; nothing is overwritten")
    if branch:
        if any(fact.branch == branch for fact in git.worktrees()):
            raise Conflict(f"the branch {branch} is out in another worktree")
        if git.rev_parse(f"refs/heads/{branch}") is None:
            move_ref(repository, f"refs/heads/{branch}", git.require(start), "")
    admin = _register(repository, path, f"ref: refs/heads/{branch}" if branch else git.require(start))
    inside = Git(path, repository)
    inside.run("reset", "--quiet", "--hard", timeout=NETWORK_TIMEOUT, is_write=True)
    (admin / "locked").unlink(missing_ok=True)
    return inside.require("HEAD")


def _register(repository: Path, path: Path, head: str) -> Path:
    """Makes a worktree's two ends by hand (gitrepository-layout(5)).

    `git worktree add` is not used: the git that it starts to fill the worktree reads the repository's own configuration.
    """
    path.mkdir(parents=True, exist_ok=True)
    number = 0
    while True:
        admin = repository.resolve() / "worktrees" / (f"{path.name}-{number}" if number else path.name)
        try:
            admin.mkdir(parents=True)
            break
        except FileExistsError:
            if not (admin / "gitdir").exists():
                break  # a registration that was killed before it named its worktree
            number += 1
    (admin / "locked").write_text("initializing\n")
    (admin / "gitdir").write_text(f"{path.resolve() / '.git'}\n")
    (admin / "commondir").write_text("../..\n")
    (admin / "HEAD").write_text(head + "\n")
    (path / ".git").write_text(f"gitdir: {admin}\n")
    return admin


def _is_unfinished(admin: Path, path: Path) -> bool:
    """Whether the making of this worktree was killed, so that nobody worked in it yet, or its directory is gone."""
    try:
        is_locked = (admin / "locked").read_text().startswith("initializing")
    except OSError:
        is_locked = False
    return is_locked or not path.exists() or not any(path.iterdir())


def forget_worktree(admin: Path, path: Path) -> None:
    """Removes a worktree at once for everybody who looks, then in fact. What it held must be proven elsewhere."""
    trash = path.with_name(f".removing-{path.name}")
    remove_tree(trash)
    if path.exists():
        path.rename(trash)
    remove_tree(admin)
    remove_tree(trash)


def remove_disposable(repository: Path, path: Path) -> None:
    """Removes a worktree of the merge lane with all that is in it. Only for detached ones: nobody's work is there.

    Raises:
        Conflict: the worktree is on a branch.
    """
    admin = admin_directory(repository, path)
    if admin is not None:
        if (admin / "HEAD").is_file() and (admin / "HEAD").read_text().startswith("ref:"):
            raise Conflict(f"{path} is on a branch and may hold somebody's work")
        forget_worktree(admin, path)
    elif path.exists() and not (path / ".git").exists() and any(path.iterdir()):
        raise Conflict(f"{path} is not a worktree of {repository}")
    nameless = repository / "worktrees" / path.name
    if not (nameless / "gitdir").exists():
        remove_tree(nameless)  # a registration that was killed before it named its worktree
    for leftover in (path, path.with_name(f".removing-{path.name}")):
        remove_tree(leftover)


def fast_forward_checkout(checkout: Path, repository: Path, target: str) -> str:
    """Brings a person's own clean checkout to the rig's `target`, on their order. Returns the new head.

    Raises:
        Conflict: changes in it, another branch, or commits that the rig does not have.
    """
    git = Git.checkout(checkout)
    commit = Git(repository).require(f"refs/heads/{target}")
    fetched = ("fetch", "--quiet", "--no-tags", "--", str(repository), f"refs/heads/{target}")
    if git.text("rev-parse", "--is-bare-repository") == "true":
        git.run(*fetched, timeout=NETWORK_TIMEOUT, is_network=True, is_write=True)
        if not git.is_ancestor(target, commit):
            raise Conflict(f"{checkout} has commits on {target} that the rig does not have")
        git.run("update-ref", f"refs/heads/{target}", commit, git.require(target), is_write=True)
        return commit
    branch = git.default_branch()
    if branch != target:
        raise Conflict(f"{checkout} is on {branch or 'no branch'}, not on {target}", hint=f"git switch {target}")
    if git.text("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all"):
        raise Conflict(f"{checkout} has uncommitted changes", hint="commit or stash them first")
    git.run(*fetched, timeout=NETWORK_TIMEOUT, is_network=True, is_write=True)
    if not git.is_ancestor("HEAD", commit):
        raise Conflict(f"{checkout} has commits on {target} that the rig does not have", hint="they come in with the next landing")
    try:
        git.run("merge", "--quiet", "--ff-only", commit, timeout=WRITE_TIMEOUT, is_write=True)
    except GitFailed as error:
        raise Conflict(f"{checkout} cannot be fast-forwarded", hint=error.line()) from error
    return git.require("HEAD")
