"""The view of a repository: our configuration, its objects and refs. See `git` for the reason.

The view lies beside the repository (`repo.git` → `repo.view`), outside of what an agent's git writes to. It holds
nothing of its own but a configuration and a HEAD, so it can be thrown away and is made again when it is missing.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from gastown_tui.core.errors import NotFound, Unavailable

_LINKS = ("objects", "refs", "packed-refs", "logs", "worktrees", "shallow")
_NEEDED = frozenset({"objects", "refs", "logs", "worktrees"})
"""Directories that git makes late, and that must be shared from the first commit on."""
_CONFIG = "[core]\n\trepositoryformatversion = {version}\n\tbare = true\n\tlogAllRefUpdates = true\n{extension}"


def view_of(repository: Path) -> Path:
    """Where the view of a repository lies."""
    return repository.with_name(repository.name.removesuffix(".git") + ".view")


def common_directory(directory: Path) -> Path:
    """The repository that `directory` is, or that it says it is a worktree of.

    Raises:
        NotFound: it is neither.
    """
    if (directory / "objects").is_dir() and (directory / "HEAD").is_file():
        return directory
    link = directory / ".git"
    try:
        words = link.read_text().strip()
    except OSError as error:
        raise NotFound(f"{directory} is not a worktree of a rig") from error
    admin = Path(words.removeprefix("gitdir: "))
    if not words.startswith("gitdir: ") or admin.parent.name != "worktrees":
        raise NotFound(f"{directory} is not a worktree of a rig")
    return admin.parent.parent


def admin_directory(repository: Path, worktree: Path) -> Path | None:
    """The directory inside `repository` that keeps a worktree's head and index, or None when none is registered."""
    link = os.path.join(os.path.realpath(worktree.parent), worktree.name, ".git")  # noqa: PTH118  compared as text
    try:
        candidates = sorted((repository / "worktrees").iterdir())
    except OSError:
        return None
    for candidate in candidates:
        try:
            told = Path((candidate / "gitdir").read_text().rstrip("\n"))
        except OSError:
            continue
        if os.path.join(os.path.realpath(told.parent.parent), told.parent.name, ".git") == link:  # noqa: PTH118
            return candidate
    return None


def ensure_view(repository: Path) -> Path:
    """Makes or completes the view of a repository and returns it.

    Raises:
        NotFound: there is no such repository.
        Unavailable: the view cannot be written.
    """
    if not (repository / "objects").is_dir():
        raise NotFound(f"{repository} is not a git repository")
    view = view_of(repository)
    try:
        if not (view / "HEAD").is_file():
            _make(repository, view)
        for name in _LINKS:
            if name in _NEEDED:
                (repository / name).mkdir(exist_ok=True)
            if name != "shallow" or (repository / name).exists():
                _link(view / name, repository / name)
    except OSError as error:
        raise Unavailable(f"cannot make {view}: {error.strerror}") from error
    return view


def _make(repository: Path, view: Path) -> None:
    """Builds the view beside its place and moves it there at once: two callers and a kill leave a whole one."""
    draft = view.with_name(f".{view.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    is_sha256 = "objectformat = sha256" in (repository / "config").read_text(errors="replace").lower()
    extension = "[extensions]\n\tobjectFormat = sha256\n" if is_sha256 else ""
    (draft / "config").write_text(_CONFIG.format(version=1 if is_sha256 else 0, extension=extension))
    for name in _LINKS:
        if name in _NEEDED:
            (repository / name).mkdir(exist_ok=True)
        if name != "shallow":
            (draft / name).symlink_to(repository / name)
    shutil.copyfile(repository / "HEAD", draft / "HEAD")
    try:
        draft.rename(view)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not (view / "HEAD").is_file():
            raise


def _link(place: Path, target: Path) -> None:
    if place.is_symlink():
        if place.readlink() == target:
            return
        place.unlink()  # the town was moved
    try:
        place.symlink_to(target)
    except FileExistsError:
        pass  # another caller was quicker
