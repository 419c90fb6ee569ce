"""Taking in what a rig's origin has new. What landed in the rig is never rewritten."""

from __future__ import annotations

from pathlib import Path

from gastown_tui.core.errors import Conflict
from gastown_tui.infra.act.rebase import COMMITTER
from gastown_tui.infra.act.refs import fetch_origin, move_ref
from gastown_tui.infra.git import Git


def take_in(repository: Path, origin: str, target: str) -> bool:
    """Fetches the origin and brings its `target` into ours; returns whether ours moved.

    Ours is fast-forwarded when it has nothing of its own, else the two are joined by a merge commit.

    Raises:
        GitFailed, UsageError: the origin does not answer.
        Conflict: the two change the same lines; a person must join them.
    """
    heads = fetch_origin(repository, origin)
    theirs = heads.get(target, "")
    git = Git(repository)
    ref = f"refs/heads/{target}"
    ours = git.require(ref)
    if not theirs or git.is_ancestor(theirs, ours):
        return False
    if git.is_ancestor(ours, theirs):
        move_ref(repository, ref, theirs, ours, reason="origin moved")
        return True
    joined = git.merge_tree(ours, theirs)
    if joined.conflicts:
        names = ", ".join(joined.conflicts[:5])
        raise Conflict(f"origin and the rig both changed {names}", hint=f"merge them in your checkout, then push to its {target}")
    date = git.log(theirs, limit=1)[0].author_date
    environment = {
        **COMMITTER,
        "GIT_AUTHOR_NAME": COMMITTER["GIT_COMMITTER_NAME"],
        "GIT_AUTHOR_EMAIL": COMMITTER["GIT_COMMITTER_EMAIL"],
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": date,
    }
    message = f"Merge origin's {target}\n".encode()
    arguments = ("commit-tree", joined.tree, "-p", ours, "-p", theirs)
    commit = git.run(*arguments, input=message, environment=environment, is_write=True).text.strip()
    move_ref(repository, ref, commit, ours, reason="origin moved")
    return True
