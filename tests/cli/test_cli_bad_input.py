"""Bad input gives one clear line and an exit code, never a traceback and nothing half done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from towns import MakeRepository, git

from gastown_tui.cli import diagnostics
from gastown_tui.cli.main import gt as command
from gastown_tui.core.rows import Rig
from gastown_tui.core.states import Dial
from gastown_tui.ledger import beads, rigs
from gastown_tui.services.context import TownContext

SOURCE = str(Path(__file__).resolve().parents[2])
HOSTILE = "[red]x[/] [@click=app.quit]y \x1b]0;pwned\x07\x1b[2J $(touch /tmp/gt-pwned) `id` %s {0} \u202eevil"


def gt(town: Path | None, *words: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "gastown_tui.cli", *(["--town", str(town)] if town else []), *words]
    env = {**os.environ, "PYTHONPATH": SOURCE, **environment}
    return subprocess.run(argv, check=False, cwd=cwd, env=env, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.fixture
def root(town: TownContext) -> Path:
    rigs.add(town.ledger, Rig("mines", "ms", "", "main", Dial.ASK, 4, "active", 1.0), actor="overseer")
    return town.layout.root


CASES = [
    (["show", "ms-none"], 3, 'no bead called "ms-none"'),
    (["show", "../../etc/passwd"], 2, "not a bead id"),
    (["show"], 2, "Missing argument"),
    (["list", "--rig", "nope"], 3, 'no rig called "nope"'),
    (["create", "x", "--rig", "nope"], 3, 'no rig called "nope"'),
    (["create", ""], 2, "needs a title"),
    (["create", "x" * 600], 2, "500 at most"),
    (["create", "x", "-p", "9"], 2, "not between 0 and 4"),
    (["create", "x", "--deps", "ms-none"], 3, "ms-none"),
    (["create", "x", "--parent", "ms-none"], 3, "ms-none"),
    (["nudge", "mines/polecats/nobody", "x"], 3, "no agent called"),
    (["peek", "nobody"], 3, "no agent called"),
    (["why", "nobody"], 3, "no bead or agent"),
    (["agents", "start", "mines/polecats/x"], 3, "no agent called"),
    (["agents", "start", "a b"], 2, "not an agent address"),
    (["rig", "add", "x", "/none/such"], 2, "no repository at"),
    (["rig", "add", "X Y", "."], 2, "cannot be the name of a rig"),
    (["rig", "pull", "nope"], 3, "no rig called"),
    (["rig", "dial", "mines", "full"], 2, "Invalid value"),
    (["convoy", "show", "cv-none"], 3, "no convoy called"),
    (["convoy", "create", "x"], 2, "a convoy needs beads"),
    (["convoy", "create", "--from", "/none.toml"], 2, "cannot read /none.toml"),
    (["mq", "show", "99"], 3, "no merge called"),
    (["mail", "read", "m0"], 3, "no message called"),
    (["answer", "q0", "allow"], 3, "no request called"),
    (["ack", "7"], 3, "no incident called"),
    (["crew", "add", "nope", "ada"], 3, "no rig called"),
    (["crew", "add", "mines", "../x"], 2, "cannot be the name"),
    (["import", "/none.jsonl"], 2, "cannot read"),
    (["frobnicate"], 2, "no verb called"),
    (["hook"], 2, "whose hook?"),
    (["done"], 4, "called by an agent"),
    (["console"], 2, "needs a terminal"),
    (["attach", "mayor"], 2, "needs a terminal"),
    (["start"], 2, "nobody to ask"),
    (["demo"], 2, "needs a terminal"),
]


@pytest.mark.parametrize(("words", "code", "said"), CASES, ids=[" ".join(words)[:40] for words, _, _ in CASES])
def test_bad_words_give_one_line_and_change_nothing(
    root: Path, town: TownContext, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    before = town.ledger.execute("SELECT count(*) FROM events").fetchone()
    assert diagnostics.run(command, "gt", ["--town", str(root), *words]) == code
    out, err = capsys.readouterr()
    assert said in err
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("gt: ")
    assert town.ledger.execute("SELECT count(*) FROM events").fetchone() == before


def test_a_removal_that_nobody_confirms_removes_nothing(root: Path, town: TownContext) -> None:
    done = gt(root, "rig", "remove", "mines")
    assert (done.returncode, done.stdout) == (130, "")
    assert rigs.find(town.ledger, "mines") is not None


def test_a_hostile_title_is_only_text(root: Path, town: TownContext) -> None:
    done = gt(root, "create", HOSTILE, "-d", HOSTILE)
    assert done.returncode == 0
    (bead,) = beads.every(town.ledger)
    assert bead.title == HOSTILE
    outputs = [
        gt(root, *words).stdout
        for words in (["list"], ["show", bead.id], ["feed"], ["trail", bead.id], ["show", bead.id, "--json"])
    ]
    outputs.append(gt(root, "prime", "--agent", "mayor").stdout)
    for output in (done.stdout, *outputs):
        assert not set(output) & {"\x1b", "\x07", "\u202e", "\x9b"}
    assert "[red]x[/]" in outputs[0]
    assert not Path("/tmp/gt-pwned").exists()


def test_no_town_is_said_plainly(tmp_path: Path) -> None:
    done = gt(None, "ready", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "no town at" in done.stderr
    assert "gt init" in done.stderr
    assert gt(tmp_path / "none", "ready").returncode == 3


def test_two_towns_do_not_meet(town: TownContext, root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert gt(None, "init", str(other)).returncode == 0
    assert gt(root, "create", "mine").returncode == 0
    assert gt(other, "list").stdout == ""
    assert gt(other, "list", GT_TOWN=str(root), GT_AGENT="mines/polecats/toast", GT_RUN="x").stdout == ""
    inside = gt(None, "list", cwd=other, GT_TOWN=str(root))
    assert "mine" in inside.stdout, "the variable of a run counts before the directory"


def test_broken_settings_name_file_line_and_key(root: Path, make_repository: MakeRepository) -> None:
    place = make_repository()
    (root / "mill").mkdir()
    (root / "mill" / "rig.toml").write_text("[gates]\ntests = 'x'\n")
    done = gt(root, "rig", "add", "mill", str(place))
    assert 'line 2: unknown key "gates.tests"' in done.stderr
    (root / "town.toml").write_text("max_polecats = many\n")
    done = gt(root, "doctor")
    assert done.returncode == 1
    assert "town.toml, line 1: not valid TOML" in done.stdout


def test_a_ledger_that_is_no_database_is_said_plainly(root: Path, town: TownContext) -> None:
    town.close()
    for path in root.glob(".gastown/ledger.db-*"):
        path.unlink()
    (root / ".gastown" / "ledger.db").write_bytes(b"not a database at all" * 100)
    done = gt(root, "ready")
    assert done.returncode == 5
    assert "not a database" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_full_disk_is_said_plainly_and_nothing_is_half_done(root: Path, town: TownContext) -> None:
    text = "y" * 100_000
    # Files may not grow: what a full disk does to SQLite, without filling one.
    limited = f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); sys.argv = ['gt', '--town', {str(root)!r}, 'create', 'x', '-d', {text!r}]; from gastown_tui.cli.main import main; main()"
    env = {**os.environ, "PYTHONPATH": SOURCE}
    done = subprocess.run([sys.executable, "-c", limited], check=False, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (5, "")
    assert "the ledger cannot be used" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert beads.every(town.ledger) == []
    assert gt(root, "create", "after").returncode == 0


def test_a_working_directory_that_is_gone(root: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os, subprocess, sys; os.rmdir({str(gone)!r}); sys.exit(subprocess.call([sys.executable, '-P', '-m', 'gastown_tui.cli', 'ready']))"
    env = {**os.environ, "PYTHONPATH": SOURCE}
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=gone, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "working directory is gone" in done.stderr


def test_a_closed_pipe_ends_quietly(root: Path) -> None:
    for number in range(3):
        gt(root, "create", f"bead {number}")
    command = f"{sys.executable} -m gastown_tui.cli --town {root} list --json | true"
    done = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""


def test_an_ascii_terminal_gets_escapes_instead_of_a_traceback(root: Path) -> None:
    gt(root, "create", "Bömb 漢字 🎉")
    done = gt(root, "list", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\u6f22" in done.stdout


def test_a_repository_with_an_emoji_and_a_quote_in_its_path_works(root: Path, make_repository: MakeRepository) -> None:
    place = make_repository("it's a 🎉 $(x)")
    assert gt(root, "rig", "add", "party", str(place)).returncode == 0
    assert gt(None, "create", "Dance", cwd=place, GT_TOWN=str(root)).returncode == 0
    assert git(place, "status", "--porcelain") == ""


def test_a_shell_below_a_run_is_no_person_even_without_its_variables(root: Path) -> None:
    inner = f"unset GT_RUN GT_AGENT GT_TOWN; {sys.executable} -m gastown_tui.cli --town {root} rig dial mines auto"
    env = {**os.environ, "PYTHONPATH": SOURCE, "GT_TOWN": str(root), "GT_RUN": "run00001", "GT_AGENT": "mines/polecats/toast"}
    # The second command keeps the shell from becoming the first one.
    done = subprocess.run(["sh", "-c", f"{inner}; exit $?"], check=False, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 4
    assert "belongs to an agent" in done.stderr
