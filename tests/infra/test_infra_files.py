"""Files, locks, clocks, programs and the environment that is passed on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gastown_tui.core.errors import Conflict, Unavailable
from gastown_tui.infra.clock import boot_now, now
from gastown_tui.infra.environment import clean_environment
from gastown_tui.infra.files import private_directory, read_json, write_atomic
from gastown_tui.infra.locks import Lock, holder
from gastown_tui.infra.programs import find_program, parse_version, require_program, version_text


def test_write_atomic_is_private_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, "one")
    write_atomic(path, b"two")
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert {each.name for each in tmp_path.iterdir()} == {"file", "home"}


def test_write_atomic_keeps_the_old_content_when_it_fails(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(Unavailable, match="cannot write"):
        write_atomic(tmp_path / "directory", "x")
    assert {each.name for each in tmp_path.iterdir()} == {"directory", "home"}
    with pytest.raises(Unavailable, match="cannot write"):
        write_atomic(tmp_path / "missing" / "file", "x")


def test_private_directory_closes_an_open_one_and_refuses_a_link(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    assert private_directory(path).stat().st_mode & 0o777 == 0o700
    path.chmod(0o755)
    assert private_directory(path).stat().st_mode & 0o777 == 0o700
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(Unavailable, match="somebody else"):
        private_directory(link)


def test_read_json_gives_objects_only(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    assert read_json(path) is None
    for text, value in (("[1]", None), ("{", None), ('{"a": 1}', {"a": 1})):
        path.write_text(text)
        assert read_json(path) == value


def test_lock_is_held_by_one_and_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert holder(path) is None
    code = (
        "from pathlib import Path; from gastown_tui.infra.locks import Lock;"
        f"Lock(Path({str(path)!r})).acquire(); print('held', flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        held = holder(path)
        assert held is not None
        assert (held.pid, held.is_held, held.is_alive()) == (process.pid, True, True)
        with pytest.raises(Conflict):
            Lock(path).acquire()
        process.kill()
        process.wait()
    stale = holder(path)
    assert stale is not None
    assert (stale.is_held, stale.is_alive()) == (False, False)
    with Lock(path):
        ours = holder(path)
        assert ours is not None
        assert (ours.pid, ours.is_held) == (os.getpid(), True)


def test_lock_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        Lock(tmp_path / "missing" / "lock").acquire()


def test_a_broken_record_does_not_hide_a_held_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with Lock(path):
        path.write_text("{")
        held = holder(path)
        assert held is not None
        assert held.is_held


def test_clean_environment_lets_through_only_what_is_listed() -> None:
    foreign = dict.fromkeys(("TMUX", "GT_RUN", "NODE_OPTIONS", "CLAUDECODE", "ANTHROPIC_API_KEY", "PYTHONPATH", "GIT_DIR"), "x")
    kept = {"HOME": "/h", "LC_ALL": "C", "PATH": "/bin"}
    assert clean_environment(foreign | kept, EXTRA="1") == {**kept, "EXTRA": "1"}
    assert clean_environment({}) == {"PATH": "/usr/local/bin:/usr/bin:/bin"}


def test_clocks_run_forward() -> None:
    assert now() > 1_700_000_000
    first = boot_now()
    assert boot_now() >= first > 0


def test_programs_are_found_with_their_version(tmp_path: Path) -> None:
    git = find_program("git")
    assert git is not None
    assert (parse_version(version_text(git)) or (0, 0, 0)) > (2, 0, 0)
    assert find_program("git", {"PATH": str(tmp_path)}) is None
    with pytest.raises(Unavailable, match="tmux is not installed"):
        require_program("tmux", {"PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "version"),
    [("tmux 3.3a", (3, 3, 0)), ("tmux next-3.6", (3, 6, 0)), ("2.39.5", (2, 39, 5)), ("no", None)],
)
def test_versions_are_read(text: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(text) == version
