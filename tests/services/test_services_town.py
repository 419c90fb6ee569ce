from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from gastown_tui.core.errors import ConfigError, Conflict, GastownError, NotFound
from gastown_tui.core.layout import TownLayout
from gastown_tui.drivers.gemini import distrust
from gastown_tui.ledger import agents, incidents, settings
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import boot, doctor, shutdown
from gastown_tui.services.config import town_config
from gastown_tui.services.context import TownContext, find_town
from gastown_tui.services.town import create_town


def test_a_town_is_private_and_complete(town: TownContext) -> None:
    layout = town.layout
    for path in (layout.root, layout.private, layout.bin, layout.logs):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for path in (layout.ledger, layout.config, layout.telemetry):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert agents.get(town.ledger, "mayor").wanted == "stopped"
    assert settings.get(town.ledger, settings.WANTED) == "up"


def test_making_it_again_changes_nothing(town: TownContext) -> None:
    town.layout.config.write_text('name = "mine"\n')
    before = {path: path.stat().st_mtime_ns for path in town.layout.bin.iterdir()}
    again = create_town(town.layout.root, name="other")
    assert town.layout.config.read_text() == 'name = "mine"\n'
    assert {path: path.stat().st_mtime_ns for path in town.layout.bin.iterdir()} == before
    assert settings.get(again.ledger, settings.TOWN_NAME) == "town"
    again.close()


def test_a_half_made_town_is_completed(tmp_path: Path) -> None:
    layout = TownLayout(tmp_path / "half")
    layout.bin.mkdir(parents=True)
    layout.ledger.touch()
    ctx = create_town(layout.root)
    assert agents.every(ctx.ledger)
    ctx.close()


def test_the_wrappers_work_from_a_directory_with_hostile_modules(town: TownContext, tmp_path: Path) -> None:
    place = tmp_path / "hostile"
    place.mkdir()
    for name in ("click", "gastown_tui", "sqlite3", "json"):
        (place / f"{name}.py").write_text("raise SystemExit('imported from the working directory')\n")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "GT_TOWN": str(town.layout.root),
        "PYTHONPATH": str(place),
    }
    for command in ("gt", "bd"):
        done = subprocess.run(
            [town.layout.bin / command, "ready"],
            check=False,
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("name", ["file", "full", "inside"])
def test_a_place_that_holds_something_else_is_refused_and_left_alone(name: str, tmp_path: Path, town: TownContext) -> None:
    place = tmp_path / "elsewhere"
    if name == "file":
        place.write_text("mine")
    elif name == "full":
        place.mkdir()
        (place / "thesis.txt").write_text("mine")
    else:
        place = town.layout.root / "sub"
    before = sorted(path for path in tmp_path.rglob("*"))
    with pytest.raises(Conflict):
        create_town(place)
    assert sorted(path for path in tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_place_is_refused_with_nothing_made(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(GastownError):
            create_town(tmp_path / "new")
    finally:
        tmp_path.chmod(0o700)
    assert not (tmp_path / "new").exists()


def test_a_town_of_another_host_is_refused(town: TownContext) -> None:
    town.ledger.execute("UPDATE settings SET value = 'elsewhere' WHERE key = ?", (settings.HOST,))
    with pytest.raises(Conflict, match="belongs to the host elsewhere"):
        create_town(town.layout.root)


def test_the_town_is_found_by_name_by_place_and_at_home(town: TownContext, tmp_path: Path, home: Path) -> None:
    inside = town.layout.root / "a" / "b"
    inside.mkdir(parents=True)
    assert find_town(inside, {}) == town.layout.root
    assert find_town(tmp_path, {"GT_TOWN": str(town.layout.root)}) == town.layout.root
    with pytest.raises(NotFound):
        find_town(tmp_path, {"HOME": str(home)})
    create_town(home / "gt").close()
    assert find_town(tmp_path, {"HOME": str(home)}) == home / "gt"


def test_the_doctor_finds_commands_that_do_not_run_and_starting_puts_them_right(town: TownContext) -> None:
    def state(name: str) -> str:
        return next(check.state for check in doctor.examine(town) if check.name == name)

    assert state("commands") == "ok"
    (town.layout.bin / "gt").write_text("#!/none/python\n")
    assert state("commands") == "bad"
    boot.ensure_supervisor(town)
    try:
        assert state("commands") == "ok"
    finally:
        shutdown.stop_town(town)


def test_the_doctor_names_what_is_wrong(town: TownContext) -> None:
    town.layout.logs.chmod(0o755)
    (town.layout.spool / "x.bad").write_text("{}")
    incidents.raise_one(town.ledger, "stalled", "mayor", "no sign", actor="s", now=1.0)
    found = {check.name: check for check in doctor.examine(town)}
    assert found["permissions"].state == "warn"
    assert found["spool"].detail.startswith("1 reports")
    assert found["incident"].hint == "gt ack 1"
    assert found["supervisor"].state == "bad"
    assert found["ledger"].state == "ok"


def test_the_doctor_names_the_directory_for_which_gemini_skips_our_hooks(
    town: TownContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gemini"
    program.write_text("#!/bin/sh\necho 0.61.0\n")

    def found() -> list[doctor.Check]:
        return [check for check in doctor.examine(town) if check.name == "gemini hooks"]

    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert found() == []  # a CLI that is not there
    program.chmod(0o755)
    town.layout.root.chmod(0o770)
    (check,) = found()
    assert check.state == "warn"
    assert "others may write to it" in check.detail
    named = Path(check.hint.removeprefix("chmod go-w ").partition(",")[0])
    assert named in town.layout.private.resolve().parents
    with transaction(town.ledger) as conn:
        settings.put(conn, settings.REHEARSAL, "http://localhost:1")
    assert found() == []


@pytest.mark.parametrize(
    ("owner", "mode", "said"),
    [
        (0, 0o40755, ""),
        (0, 0o41777, "others may write to it"),
        (0, 0o40775, "others may write to it"),
        (1000, 0o40700, "it does not belong to root"),
    ],
)
def test_a_directory_that_gemini_does_not_trust(owner: int, mode: int, said: str) -> None:
    assert distrust(owner, mode) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "t"\n[agents.codex]\ncommand = "z"\n', "line 2: agents.codex: this CLI is known already"),
        (
            '[agents.zed]\ncommand = "z"\n[agents.zed.screen]\nlike = "zod"\n',
            'line 4: agents.zed.screen.like: there are no rules for "zod"',
        ),
    ],
)
def test_what_only_the_known_clis_tell_is_said_with_its_place_too(town: TownContext, text: str, said: str) -> None:
    town.layout.config.write_text(text)
    with pytest.raises(ConfigError) as caught:
        town_config(town)
    assert caught.value.message.startswith(f"{town.layout.config}, {said}")
