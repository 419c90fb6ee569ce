"""The one runner of git, and everything that is read through it.

A repository that agents work in has a configuration that agents write: fsmonitor, hooks, filters, ssh commands and
external diffs are all programs that git would start in our name. So a repository is never opened through its own
configuration but through a *view* beside it: a directory with a configuration of ours in which objects, refs and
worktrees are links to the real ones. What is not in that configuration cannot be executed, whatever it is called.

A person's own checkout (`Git.checkout`) is opened with their configuration, hooks and monitors off.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from gastown_tui.core.errors import Conflict, GitFailed, NotFound, Unavailable
from gastown_tui.infra.environment import clean_environment
from gastown_tui.infra.git_view import admin_directory, common_directory, ensure_view
from gastown_tui.infra.identity import read_process
from gastown_tui.infra.processes import Completed, processes_in, run
from gastown_tui.infra.programs import require_program

READ_TIMEOUT = 30.0
WRITE_TIMEOUT = 120.0
NETWORK_TIMEOUT = 600.0
LOCK_WAIT = 6.0
"""Seconds that a call waits for another git's lock."""

_OPTIONS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.editor=true",
    "core.quotePath=false",
    "diff.external=",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "log.showSignature=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "rebase.autoStash=false",
    "rerere.enabled=false",
)
_LOCKED = re.compile(
    r"[Uu]nable to create '(?P<lock>[^'\n]+\.lock)'|unable to create file (?P<draft>[^\n]+/packed-refs\.new): File exists"
)
"""What git says when a lock, or the draft of packed-refs, is there already."""
_TAIL = 4000


@dataclass(frozen=True, slots=True)
class WorktreeStatus:
    """What a worktree holds beyond its head. Counts; submodules are not looked into."""

    head: str
    """"" when there is no commit."""
    branch: str
    """"" when detached."""
    dirty: int
    """Changed tracked files, staged or not."""
    untracked: int
    """Not ignored ones."""
    conflicted: int
    stashes: int
    """Stash entries made on this branch."""

    @property
    def is_clean(self) -> bool:
        return not (self.dirty or self.untracked or self.conflicted or self.stashes)


@dataclass(frozen=True, slots=True)
class WorktreeFact:
    """A registered worktree."""

    path: Path
    head: str
    branch: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class CommitFact:
    """One commit. Texts are foreign."""

    id: str
    parents: tuple[str, ...]
    author: str
    author_email: str
    author_date: str
    """`<seconds> <zone>`, as git takes it back."""
    message: str

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class MergeTree:
    """A merge tried without a worktree: the tree, and the paths that conflict."""

    tree: str
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Git:
    """git in one directory: a bare repository, or a worktree that hangs on one.

    Args:
        directory: the repository or the worktree.
        repository: the repository that the worktree must belong to. Without it the worktree's own `.git` file is
            believed, which an agent may have changed.
    """

    directory: Path
    repository: Path | None = None
    is_owned: bool = False
    """A person's own checkout: their configuration is used."""
    more_environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def checkout(cls, directory: Path) -> Self:
        """A person's own checkout or repository."""
        return cls(directory, is_owned=True)

    def run(
        self,
        *arguments: str,
        timeout: float = READ_TIMEOUT,
        input: bytes | None = None,  # noqa: A002  the word that subprocess uses
        environment: Mapping[str, str] | None = None,
        codes: Sequence[int] = (0,),
        is_network: bool = False,
        is_write: bool = False,
    ) -> Completed:
        """Runs one git command.

        Args:
            codes: exit codes that are answers.
            is_network: talks to another repository, so the person's global configuration (credentials, ssh) counts.
            is_write: may take optional locks, and waits for those of others.

        Raises:
            GitFailed: any other exit code, or no end in time.
            Unavailable: git is missing, or the directory cannot be opened.
        """
        argv = [str(require_program("git")), *(part for option in _OPTIONS for part in ("-c", option)), *arguments]
        env = self._environment(is_network=is_network, is_write=is_write)
        env.update(self.more_environment)
        env.update(environment or {})
        end = time.monotonic() + LOCK_WAIT
        while True:
            done = run(argv, cwd=self.directory, env=env, timeout=timeout, input=input)
            if done.code in codes and not done.is_timed_out:
                return done
            lock = _LOCKED.search(done.tail)
            if done.is_timed_out or lock is None or time.monotonic() > end:
                tail = f"no end within {timeout:.0f} s" if done.is_timed_out else done.tail[-_TAIL:]
                raise GitFailed(arguments, tail)
            self._clear_dead_lock(Path(lock["lock"] or lock["draft"]))
            time.sleep(0.05)

    def text(self, *arguments: str, timeout: float = READ_TIMEOUT, codes: Sequence[int] = (0,)) -> str:
        """The output of a reading command, without its last line end."""
        return self.run(*arguments, timeout=timeout, codes=codes).text.removesuffix("\n")

    def _environment(self, *, is_network: bool, is_write: bool) -> dict[str, str]:
        env = clean_environment(
            os.environ,
            GIT_TERMINAL_PROMPT="0",
            GIT_CONFIG_NOSYSTEM="1",
            GIT_ATTR_NOSYSTEM="1",
            GIT_EDITOR="true",
            GIT_SEQUENCE_EDITOR="true",
            GIT_PAGER="cat",
            GIT_ASKPASS="true",
            SSH_ASKPASS="true",
            GIT_OPTIONAL_LOCKS="1" if is_write else "0",
            GIT_CEILING_DIRECTORIES=str(self.directory.parent),
            LC_ALL="C.UTF-8",
        )
        if is_network:
            # Without a terminal ssh would wait for a password or a host key that nobody can type.
            env["GIT_SSH_COMMAND"] = os.environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
        elif not self.is_owned:
            env["GIT_CONFIG_GLOBAL"] = os.devnull
        if not self.is_owned:
            env.update(self._place())
        return env

    def _place(self) -> dict[str, str]:
        """Where git finds everything, so that it never searches and never asks the repository's own configuration."""
        common = (self.repository or common_directory(self.directory)).absolute()
        view = ensure_view(common)
        if common == self.directory.absolute():
            return {"GIT_DIR": str(view)}
        admin = admin_directory(common, self.directory)
        if admin is None:
            raise NotFound(f"{self.directory} is not a worktree of {common}")
        return {"GIT_DIR": str(admin), "GIT_COMMON_DIR": str(view), "GIT_WORK_TREE": str(self.directory)}

    def _clear_dead_lock(self, lock: Path) -> None:
        """Removes the lock of a killed git: below this repository, and no git process works in its rig."""
        common = self.repository or common_directory(self.directory)
        root = common.parent
        # Of a file that is a link (packed-refs in the view) git locks what it leads to, but names the link.
        locked = lock.with_suffix("")
        real = Path(os.path.realpath(locked) + lock.suffix) if locked.is_symlink() else Path(os.path.realpath(lock))
        if self.is_owned or not real.is_relative_to(os.path.realpath(common)):
            return
        names = [_name(key.pid) for key in processes_in(root) if read_process(key.pid) is not None]
        if not any(name.startswith("git") for name in names):
            real.unlink(missing_ok=True)

    # Reads

    def rev_parse(self, name: str) -> str | None:
        """The commit that `name` means, or None when there is no such commit."""
        done = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", codes=(0, 1, 128))
        return done.text.strip() if done.code == 0 else None

    def require(self, name: str) -> str:
        """Like rev_parse, but raises NotFound."""
        found = self.rev_parse(name)
        if found is None:
            raise NotFound.of("commit", name)
        return found

    def has_commits(self) -> bool:
        """Whether any branch has a commit."""
        return bool(self.text("for-each-ref", "--count=1", "--format=%(objectname)"))

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `ancestor` is `descendant` or reachable from it; False for commits that are not here."""
        if self.rev_parse(ancestor) is None or self.rev_parse(descendant) is None:
            return False
        return self.run("merge-base", "--is-ancestor", ancestor, descendant, codes=(0, 1)).code == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor, or None when there is none."""
        done = self.run("merge-base", one, other, codes=(0, 1))
        return done.text.strip() if done.code == 0 else None

    def tree_of(self, commit: str) -> str:
        """The tree's id of a commit."""
        return self.text("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}")

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Full ref name → commit for all refs below `prefix`."""
        lines = self.text("for-each-ref", "--format=%(refname) %(objectname)", prefix).splitlines()
        return {name: commit for name, _, commit in (line.rpartition(" ") for line in lines)}

    def default_branch(self) -> str | None:
        """The branch that HEAD names, or None when it is detached."""
        done = self.run("symbolic-ref", "--quiet", "--short", "HEAD", codes=(0, 1, 128))
        return done.text.strip() if done.code == 0 else None

    def status(self) -> WorktreeStatus:
        """What this worktree holds. Never writes, not even the index."""
        head = branch = ""
        dirty = untracked = conflicted = 0
        arguments = ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--ignore-submodules=all")
        entries = iter(self.run(*arguments, timeout=WRITE_TIMEOUT).text.split("\0"))
        for entry in entries:
            match entry[:2]:
                case "# ":
                    _, key, *value = entry.split(" ", 2)
                    text = value[0] if value else ""
                    head = text if key == "branch.oid" and text != "(initial)" else head
                    branch = text if key == "branch.head" and text != "(detached)" else branch
                case "1 " | "2 ":
                    dirty += 1
                    if entry[0] == "2":
                        next(entries, None)  # the old name of a rename
                case "u ":
                    conflicted += 1
                case "? ":
                    untracked += 1
        return WorktreeStatus(head, branch, dirty, untracked, conflicted, len(self.stashes(branch)))

    def stashes(self, branch: str) -> tuple[str, ...]:
        """Commits of the stash entries that were made on `branch`; one stash serves all worktrees of a repository."""
        if not branch or self.rev_parse("refs/stash") is None:
            return ()
        lines = self.text("log", "--walk-reflogs", "--format=%H %gs", "refs/stash", "--").splitlines()
        mark = re.compile(rf"(?:WIP on|On) {re.escape(branch)}: ")
        return tuple(commit for commit, _, subject in (line.partition(" ") for line in lines) if mark.match(subject))

    def worktrees(self) -> tuple[WorktreeFact, ...]:
        """All registered worktrees, without the repository itself."""
        found = []
        for block in self.text("worktree", "list", "--porcelain").split("\n\n"):
            facts = dict(line.partition(" ")[::2] for line in block.splitlines())
            if "worktree" in facts and "bare" not in facts:
                branch = facts.get("branch", "").removeprefix("refs/heads/")
                path = Path(facts["worktree"])
                found.append(WorktreeFact(path, facts.get("HEAD", ""), branch, "locked" in facts))
        return tuple(found)

    def diff(self, old: str, new: str, *, limit: int = 1_000_000) -> str:
        """The patch from `old` to `new`, cut at `limit` characters. Foreign text."""
        options = ("--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/")
        return self.text("diff", *options, old, new, "--")[:limit]

    def log(self, revisions: str, *, limit: int = 1000) -> tuple[CommitFact, ...]:
        """Commits of a range such as `main..branch`, newest first."""
        form = "%H%x00%P%x00%an%x00%ae%x00%ad%x00%B%x00"
        arguments = ("log", f"--max-count={limit}", "--date=raw", f"--format={form}", "--end-of-options", revisions, "--")
        # Six fields each, counted: any of them but the first may be empty.
        parts = self.text(*arguments).split("\0")
        found = []
        for start in range(0, len(parts) - 6, 6):
            commit, parents, author, email, date, message = parts[start : start + 6]
            found.append(CommitFact(commit.strip(), tuple(parents.split()), author, email, date, message.rstrip("\n")))
        return tuple(found)

    def merge_tree(self, one: str, other: str) -> MergeTree:
        """Merges two commits without touching anything.

        Raises:
            Unavailable: git is older than 2.38.
        """
        try:
            done = self.run("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, other, codes=(0, 1))
        except GitFailed as error:
            if "usage:" in error.tail:
                raise Unavailable("this git cannot merge without a worktree", hint="install git 2.38 or newer") from error
            raise
        tree, *names = done.text.rstrip("\0").split("\0")
        return MergeTree(tree, tuple(dict.fromkeys(name for name in names if name)))

    def show(self, commit: str, path: str) -> bytes | None:
        """A file's content in a commit, or None when it is not there."""
        done = self.run("cat-file", "blob", f"{commit}:{path}", codes=(0, 128))
        return done.out if done.code == 0 else None


def _name(pid: int) -> str:
    import psutil

    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return ""


def check_ref(ref: str) -> str:
    """Returns a full ref name such as `refs/heads/main` when it is well formed, else raises Conflict."""
    is_bad = not ref.startswith("refs/") or re.search(r"\.\.|[\x00-\x20~^:?*\[\\\x7f]|@\{|//|/\.|\.lock(/|$)|[/.]$", ref)
    if is_bad:
        raise Conflict(f"not a ref: {ref!r}")
    return ref
