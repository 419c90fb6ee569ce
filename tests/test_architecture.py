"""The rules that hold the rooms together, checked on the source itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gastown_tui.services.boot import set_wanted
from gastown_tui.services.town import create_town

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "gastown_tui"
MODULE_LIMIT, FUNCTION_LIMIT, APP_LIMIT = 400, 60, 300
HEAVY = ("textual", "rich", "anthropic", "libtmux", "pydantic", "prompt_toolkit", "watchfiles", "asyncio")
HOT_VERBS = (["hook"], ["prime"], ["ready"], ["show", "ms-1"], ["mail", "check"], ["done"])
# Put together at run time, so that this file does not trip over itself.
FOREIGN_PLACES = [
    "/" + "work/",
    "/" + "tmp/w/",
    "/" + "opt/wheels",
    "pypi" + ".org",
    "registry." + "npmjs",
    "jfrog" + ".io",
]


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "scenarios" not in path.parts)


def test_files() -> list[Path]:
    return sorted((ROOT / "tests").rglob("*.py"))


test_files.__test__ = False  # type: ignore[attr-defined]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked_text() -> Iterator[tuple[str, str]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    for entry in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / entry
        try:
            yield entry, path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def attribute(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def test_the_contracts_between_the_rooms_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_outgrows_its_limit() -> None:
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {module: lines for module, lines in sizes.items() if lines >= MODULE_LIMIT} == {}
    assert sizes.get("gastown_tui/tui/app.py", 0) < APP_LIMIT


def test_no_function_outgrows_its_limit() -> None:
    long = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LIMIT:
                    long.append(f"{name(path)}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_no_shell_runs_a_string() -> None:
    found = []
    for path in [*modules(), *test_files()]:
        for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            is_shell = any(
                keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
                for keyword in call.keywords
            )
            if is_shell or (isinstance(call.func, ast.Attribute) and ast.unparse(call.func) in ("os.system", "os.popen")):
                found.append(f"{name(path)}:{call.lineno}")
    assert found == []


def test_toasts_show_foreign_text_as_text() -> None:
    found = []
    for path in modules():
        for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            if attribute(call) != "notify" or not isinstance(call.func, ast.Attribute):
                continue
            markup = next((keyword.value for keyword in call.keywords if keyword.arg == "markup"), None)
            if not (isinstance(markup, ast.Constant) and markup.value is False):
                found.append(f"{name(path)}:{call.lineno}")
    assert found == []


def test_no_test_sleeps() -> None:
    found = []
    # A workload of the benchmarks keeps a beat; nothing is asserted about it.
    for path in [path for path in test_files() if "bench" not in path.parts]:
        for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            found += [f"{name(path)}:{call.lineno}"] if ast.unparse(call.func) in ("time.sleep", "sleep") else []
    assert found == []


def test_nothing_names_the_machine_that_it_was_made_on() -> None:
    found = [f"{entry}: {place}" for entry, text in tracked_text() for place in FOREIGN_PLACES if place in text]
    assert found == []


def test_nothing_is_left_to_do_later() -> None:
    word = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    found = [entry for entry, text in tracked_text() if entry.startswith("gastown_tui/") and word.search(text)]
    assert found == []


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town that is wanted down, so that no verb starts its supervisor."""
    root = tmp_path_factory.mktemp("town").resolve() / "gt"
    ctx = create_town(root, name="gt")
    set_wanted(ctx, "down")
    ctx.close()
    return root


@pytest.mark.parametrize("verb", HOT_VERBS, ids=" ".join)
def test_a_hot_verb_imports_nothing_heavy(verb: list[str], town: Path, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.argv = ['gt', *{verb!r}]\n"
        "from gastown_tui.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"sys.stdout.write('\\n' + ' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    )
    inside = {"GT_TOWN": str(town), "GT_AGENT": "mayor", "GT_RUN": "run00001"}
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **inside}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n"), done.stdout
    assert "no town" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_import_of_a_verb_is_what_is_seen(tmp_path: Path) -> None:
    """The check above would see a heavy import, were there one."""
    code = "import sys, rich; sys.stdout.write(' '.join(name for name in ('rich', 'textual') if name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "rich"
