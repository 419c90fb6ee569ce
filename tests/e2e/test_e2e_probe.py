"""Trying an agent CLI: one that works, and one that does not come up."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from real_clis import look, program_of

from gastown_tui.ledger import settings
from gastown_tui.services import doctor, drivers, probe
from gastown_tui.services.context import TownContext

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.xdist_group("e2e")]


def test_a_cli_that_works_is_proven_through_to_the_merge(town: TownContext, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.delenv("GT_BOOT")
    # A directory of this test's own, short because sockets go into it: other tests probe at the same time.
    place = Path(tempfile.mkdtemp(prefix="gtq-"))
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    before = sorted(path.name for path in home.iterdir())
    done = probe.probe(town, "builtin")
    assert dict(zip(probe.COLUMNS, done.answers(), strict=True)) == dict.fromkeys(probe.COLUMNS, "yes")
    assert done.detail == ""
    assert done.is_good
    assert probe.last(town, "builtin") == done
    assert [one.tried for one in drivers.listing(town, ["builtin"])] == [f"probed yes {done.version}"]
    assert any("probed well" in check.detail for check in doctor.examine(town) if check.name == "agent builtin")
    assert sorted(path.name for path in home.iterdir()) == before
    assert list(place.glob("gtp-*/t")) == []
    shutil.rmtree(place)


WITHOUT = {"pi": {"answered": "none"}}
"""CLIs that have nothing of a kind; all else must be so. Gemini CLI 0.61.0 is left out: it asks a server that fails again
for minutes while its screen says only that it thinks, longer than a probe waits."""


@pytest.mark.agents
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [name for name in probe.REHEARSABLE if name not in ("builtin", "gemini")])
def test_each_installed_cli_does_all_that_a_town_needs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program_of(name)
    monkeypatch.delenv("GT_BOOT", raising=False)
    done = probe.try_one(name, look(name))
    expected = {column: "yes" for column, _ in probe.COLUMNS} | WITHOUT.get(name, {})
    assert (dict(zip(expected, done.answers(), strict=True)), done.detail) == (expected, "")


def test_a_cli_that_does_not_come_up_is_said_to_fail(town: TownContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GT_BOOT")
    program = tmp_path / "bin" / "codex"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo codex-cli 0.169.0; exit; }\necho broken; exit 3\n')
    program.chmod(0o755)
    with town.layout.config.open("a") as file:
        file.write(f'[drivers.codex]\ncommand = "{program}"\n')
    done = probe.probe(town, "codex")
    assert (done.version, done.merged, done.is_good) == ("0.169.0", "no", False)
    assert done.detail


def test_each_cli_has_a_row_of_the_table_whatever_happens_to_it(tmp_path: Path) -> None:
    """`make test-agents` prints it."""
    for name, words in (("pi", "exit 0"), ("codex", "echo codex-cli 0.1.0"), ("gemini", "echo boom; exit 3")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{words}\n")
        (tmp_path / name).chmod(0o755)
    root = Path(__file__).resolve().parents[2]
    # Away from the checkout, beside which a real CLI may be installed.
    script = tmp_path / "elsewhere" / "scripts" / "agents_table.py"
    script.parent.mkdir(parents=True)
    shutil.copy(root / "scripts" / "agents_table.py", script)
    ran = subprocess.run(
        [sys.executable, str(script), "amp", "pi", "codex", "gemini"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(root), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    rows = ran.stdout.splitlines()
    assert rows[0].split()[:3] == ["CLI", "version", "ready"]
    assert [row.split()[0] for row in rows[1:]] == ["amp", "pi", "codex", "gemini"]
    assert "absent" in rows[1]
    assert "too old: version 0.124.0 or newer is needed" in rows[3]
    assert "unknown: asked for its version it ended with status 3: boom" in rows[4]
    assert "yes" not in ran.stdout


def test_what_is_not_there_is_not_tried(town: TownContext) -> None:
    with town.layout.config.open("a") as file:
        file.write('[drivers.amp]\ncommand = "/nowhere/amp"\n')
    done = probe.probe(town, "amp")
    assert (done.state, done.ready, done.is_good) == ("absent", "unknown", False)
    settings.put(town.ledger, "probe.amp", "{broken")
    assert probe.last(town, "amp") is None
