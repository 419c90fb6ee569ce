"""`scripts/setup.sh` on systems that lack something: it asks, or prints the exact command, and installs nothing by itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "setup.sh"
BASICS = ("sh", "sed", "cat", "cksum", "id", "mkdir", "mv", "dirname", "basename", "touch", "chmod", "echo", "printf", "pwd")
UV = """#!/bin/sh
echo "uv $*" >> "$LOG"
mkdir -p .venv/bin
for name in python gt gastown; do printf '#!/bin/sh\\nexit 0\\n' > .venv/bin/$name; chmod +x .venv/bin/$name; done
echo 'echo "$*" >> "$LOG.python"' >> .venv/bin/python
sed -i /exit/d .venv/bin/python
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree with the script, and a PATH that holds next to nothing."""
    root = tmp_path / "a source tree"
    (root / "scripts").mkdir(parents=True)
    shutil.copy(SCRIPT, root / "scripts" / "setup.sh")
    (root / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "bin").mkdir()
    for name in BASICS:
        found = shutil.which(name)
        if found:
            (tmp_path / "bin" / name).symlink_to(found)
    return root


@pytest.fixture
def has(tmp_path: Path) -> Callable[[str, str], None]:
    """Puts a program on the PATH."""

    def put(name: str, text: str) -> None:
        path = tmp_path / "bin" / name
        path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    return put


def setup(tree: Path, **environment: str) -> tuple[int, str]:
    given = {"PATH": str(tree.parent / "bin"), "HOME": str(tree.parent), "LOG": str(tree.parent / "log"), **environment}
    done = subprocess.run(
        ["/bin/sh", "scripts/setup.sh"], cwd=tree, env=given, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def log(tree: Path) -> list[str]:
    path = tree.parent / "log"
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", "apt-get update && apt-get install -y tmux git python3-venv"),
        ("dnf", "dnf install -y tmux git python3"),
        ("pacman", "pacman -S --needed --noconfirm tmux git python"),
        ("apk", "apk add tmux git python3"),
        ("brew", "brew install tmux git python@3.13"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_installs_it(
    tree: Path, has: Callable[[str, str], None], manager: str, command: str
) -> None:
    has(manager, 'echo "$0 $*" >> "$LOG"')
    code, said = setup(tree)
    assert code == 2
    assert f"Run:  {command}\n" in said
    assert log(tree) == []
    assert not (tree / ".venv").exists()


def test_an_unknown_system_is_told_what_it_needs(tree: Path) -> None:
    code, said = setup(tree)
    assert code == 2
    assert "tmux 3.2" in said
    assert "package manager" in said


def test_an_old_tmux_counts_as_missing_and_a_python_without_venv_too(tree: Path, has: Callable[[str, str], None]) -> None:
    has("apt-get", "exit 0")
    has("git", "exit 0")
    has("tmux", "echo 'tmux 3.1c'")
    has("python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    code, said = setup(tree)
    assert code == 2
    assert "Run:  apt-get update && apt-get install -y tmux python3-venv\n" in said


@pytest.mark.parametrize("version", ["tmux 3.2", "tmux 3.2a", "tmux 3.10", "tmux 4.0", "tmux next-3.5"])
def test_a_new_tmux_is_good_enough(tree: Path, has: Callable[[str, str], None], version: str) -> None:
    has("git", "exit 0")
    has("uv", UV)
    has("tmux", f"echo '{version}'")
    assert setup(tree)[0] == 0


def test_a_yes_installs_and_a_finished_setup_is_not_repeated(tree: Path, has: Callable[[str, str], None]) -> None:
    has("uv", UV)
    has("git", "exit 0")
    tmux = tree.parent / "bin" / "tmux"
    has("apt-get", f'echo "apt-get $*" >> "$LOG"; printf "#!/bin/sh\\necho tmux 3.3a\\n" > "{tmux}"; chmod +x "{tmux}"')
    assert setup(tree, YES="1")[0] == 0
    first = log(tree)
    assert first[:2] == ["apt-get update", "apt-get install -y tmux"]
    assert any("pip install" in line and "--editable . --group dev" in line for line in first)
    assert setup(tree) == (0, "")
    assert log(tree) == first
    (tree / "pyproject.toml").write_text("[project]\nname = 'changed'\n")
    assert setup(tree)[0] == 0
    assert len(log(tree)) > len(first)


def test_each_setup_compiles_what_has_changed(tree: Path, has: Callable[[str, str], None]) -> None:
    has("uv", UV)
    has("git", "exit 0")
    has("tmux", "echo 'tmux 3.3a'")
    assert setup(tree)[0] == 0
    assert setup(tree) == (0, "")
    assert (tree.parent / "log.python").read_text().splitlines().count("-m compileall -q gastown_tui") == 2


def test_an_installation_that_did_not_help_is_said(tree: Path, has: Callable[[str, str], None]) -> None:
    has("apt-get", "exit 0")
    has("uv", UV)
    code, said = setup(tree, YES="1")
    assert code == 2
    assert "Still missing after that: tmux git" in said
