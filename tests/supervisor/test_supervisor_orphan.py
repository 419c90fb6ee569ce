"""A supervisor whose town was deleted, or replaced by another at the same path, ends."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from towns import home

from gastown_tui.core.errors import Conflict
from gastown_tui.infra.identity import is_alive
from gastown_tui.infra.locks import Lock, holder
from gastown_tui.services import boot
from gastown_tui.services.town import create_town

__all__ = ["home"]


@pytest.mark.timeout(90)
@pytest.mark.parametrize("is_made_anew", [False, True])
def test_it_ends_with_its_town(home: Path, tmp_path: Path, is_made_anew: bool) -> None:
    root = tmp_path / "t"
    with_town = create_town(root)
    boot.set_wanted(with_town, "up")
    boot.ensure_supervisor(with_town, wait=False)
    assert boot.wait_until(lambda: boot.supervisor_state(with_town.layout, time.time()).state == "up", 30)
    found = holder(with_town.layout.supervisor_lock)
    assert found is not None
    gone = root.rename(tmp_path / "gone")  # at once: its supervisor still writes files into it
    with_town.close()
    if is_made_anew:
        create_town(root).close()
    assert boot.wait_until(lambda: is_alive(found.pid, found.started) is False, 30)
    shutil.rmtree(gone)


def test_a_lock_knows_whether_its_file_is_in_place(tmp_path: Path) -> None:
    lock, other = Lock(tmp_path / "a.lock"), Lock(tmp_path / "a.lock")
    assert not lock.is_in_place(), "not held"
    lock.acquire()
    assert lock.is_in_place()
    with pytest.raises(Conflict):
        other.acquire()
    lock.path.unlink()
    assert not lock.is_in_place(), "deleted"
    other.acquire()
    assert other.is_in_place()
    assert not lock.is_in_place(), "replaced"
    lock.release()
    other.release()
