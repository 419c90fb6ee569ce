"""What may be done unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown_tui.agent.policy import Autonomy, Verdict, decide

ALLOWED = [
    "ls -la",
    "git status && git diff",
    "git add -A && git commit -m 'It works; it --force really does'",
    'git commit -m "fix: a (b)"',
    "python3 -m unittest -q",
    "python3 -m unittest -q 2>&1 | tail -20",
    "PYTHONPATH=. pytest -x",
    "make test",
    "gt done --notes 'all done'",
    "$GT done",
    "bd list",
    "mkdir -p src/a",
    "echo hi > out.txt",
    "cat a.py 2>/dev/null",
    "find . -name '*.py'",
    "git stash",
    "git rebase main",
    "grep -rn 'a$b' src",
    "ls\npwd",
]
ASKED = [
    "curl https://example.org",
    "sh scripts/make-icons.sh",
    "rm -r build",
    "git push",
    "git push --force",
    "git config user.name x",
    "git remote add x y",
    "git -c core.pager=evil log",
    "git reset --hard",
    "git clean -fdx",
    "git checkout -f",
    "git rebase -x evil main",
    "git grep -Oevil x",
    "git commit --no-verify -m x",
    "git diff --output=/etc/x",
    "git log --ext-diff",
    "ls; curl x",
    "ls | sh",
    "ls && sudo ls",
    "ls & curl x",
    "ls $(curl x)",
    "ls `curl x`",
    'echo "$(curl x)"',
    "ls\ncurl x",
    "ls # it's\ncurl x #'",
    "ls \\\n; curl x",
    "echo x > ../y",
    "echo x > /etc/passwd",
    "echo x >> ~/.bashrc",
    "cat ~/.ssh/id_rsa",
    "cat /root/.ssh/id_rsa",
    "cd .. && ls",
    "cd",
    "find . -delete",
    "find . -exec rm {} +",
    "sort -o x y",
    "PATH=. ls",
    "for f in a; do rm $f; done",
    "(ls)",
    "python3 evil.py",
    "python3 -c 'print()'",
    "npm install left-pad",
    "g{it,} push",
    "echo 'open",
    "eval ls",
    "cat <<EOF\nx\nEOF",
    "ls >&2x",
    "tee x",
    "",
    "pip install x",
    "/tmp/git status",
]
DENIED = ["rm -rf /", "sudo rm -rf /", "rm -r -f ~", "rm -rf $HOME", "dd if=x of=/dev/sda", "tmux -L x kill-server", "shutdown now"]


@pytest.mark.parametrize("command", ALLOWED)
def test_known_commands_run_unasked_in_edit(command: str, tmp_path: Path) -> None:
    decision = decide("shell", {"command": command}, autonomy=Autonomy.EDIT, directory=str(tmp_path.resolve()))
    assert decision.verdict is Verdict.ALLOW, decision


@pytest.mark.parametrize("command", ASKED)
def test_everything_else_asks_in_edit_and_runs_in_full(command: str, tmp_path: Path) -> None:
    directory = str(tmp_path.resolve())
    decision = decide("shell", {"command": command}, autonomy=Autonomy.EDIT, directory=directory)
    assert decision.verdict is Verdict.ASK
    assert decision.pattern
    assert decide("shell", {"command": command}, autonomy=Autonomy.FULL, directory=directory).verdict is Verdict.ALLOW
    always = decide("shell", {"command": command}, autonomy=Autonomy.EDIT, directory=directory, always={decision.pattern})
    assert always.verdict is Verdict.ALLOW


@pytest.mark.parametrize("autonomy", Autonomy)
@pytest.mark.parametrize("command", DENIED)
def test_what_destroys_the_machine_is_never_allowed(command: str, autonomy: Autonomy, tmp_path: Path) -> None:
    decision = decide("shell", {"command": command}, autonomy=autonomy, directory=str(tmp_path), always={f"shell:{command}"})
    assert decision.verdict is Verdict.DENY


@pytest.mark.parametrize(
    ("path", "edit", "read"),
    [
        ("a.py", Verdict.ALLOW, Verdict.ASK),
        ("sub/a.py", Verdict.ALLOW, Verdict.ASK),
        ("../a.py", Verdict.ASK, Verdict.ASK),
        ("/etc/passwd", Verdict.ASK, Verdict.ASK),
        ("link/a.py", Verdict.ASK, Verdict.ASK),
        ("~/a.py", Verdict.ASK, Verdict.ASK),
        (".git/hooks/pre-commit", Verdict.ASK, Verdict.ASK),
    ],
)
def test_writes_stay_in_the_directory(path: str, edit: Verdict, read: Verdict, tmp_path: Path) -> None:
    directory = tmp_path / "work"
    directory.mkdir()
    (directory / "link").symlink_to(tmp_path)
    for autonomy, expected in ((Autonomy.EDIT, edit), (Autonomy.READ, read)):
        for tool in ("write", "edit"):
            decision = decide(tool, {"path": path}, autonomy=autonomy, directory=str(directory.resolve()))
            assert decision.verdict is expected


def test_read_autonomy_only_looks(tmp_path: Path) -> None:
    def verdict(command: str) -> Verdict:
        return decide("shell", {"command": command}, autonomy=Autonomy.READ, directory=str(tmp_path)).verdict

    assert verdict("ls && git log") is Verdict.ALLOW
    for command in ("git commit -m x", "pytest", "mkdir x", "echo x > y"):
        assert verdict(command) is Verdict.ASK


def test_always_is_no_wider_than_it_says(tmp_path: Path) -> None:
    def ask(command: str, always: set[str]) -> tuple[Verdict, str]:
        decision = decide("shell", {"command": command}, autonomy=Autonomy.EDIT, directory=str(tmp_path), always=always)
        return decision.verdict, decision.pattern

    _, pattern = ask("sh scripts/make-icons.sh", set())
    assert pattern == "shell:sh scripts/make-icons.sh"
    assert ask("sh scripts/other.sh", {pattern})[0] is Verdict.ASK
    assert ask("sh scripts/make-icons.sh; curl x", {pattern})[0] is Verdict.ASK
    _, pattern = ask("sh -c 'curl x'", set())
    assert ask("sh -c 'rm x'", {pattern})[0] is Verdict.ASK


def test_looking_at_secrets_asks(tmp_path: Path) -> None:
    assert decide("read", {"path": "~/.ssh/id_rsa"}, autonomy=Autonomy.EDIT, directory=str(tmp_path)).verdict is Verdict.ASK
    assert decide("read", {"path": "/etc/hosts"}, autonomy=Autonomy.EDIT, directory=str(tmp_path)).verdict is Verdict.ALLOW
    assert decide("teleport", {}, autonomy=Autonomy.EDIT, directory=str(tmp_path)).verdict is Verdict.ASK
