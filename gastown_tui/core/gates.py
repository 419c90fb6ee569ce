"""Which gates a repository seems to have, guessed from its file names and a few small files. A guess is always shown."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from gastown_tui.core.config import GATE_NAMES, Gates

READ_FILES = ("Makefile", "makefile", "GNUmakefile", "justfile", "pyproject.toml", "package.json", "composer.json", "tox.ini")
"""Files of the root whose content detection wants; nothing else is read."""
_NO_TEST = "no test specified"
"""npm's own placeholder script."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Detected gates; `reasons` says for each gate what it was taken from."""

    gates: Gates
    reasons: Mapping[str, str] = field(default_factory=dict)


def detect(names: Collection[str], contents: Mapping[str, str]) -> Proposal:
    """Guesses the gates.

    Args:
        names: paths of the tree's files, relative, with `/`.
        contents: texts of those `READ_FILES` that exist.
    """
    tree = frozenset(names)
    commands: dict[str, list[str]] = {}
    reasons: dict[str, str] = {}
    for find in _FINDERS:
        for gate, argv, reason in find(tree, contents):
            # A repository's own Makefile knows best, so the first finder that names a gate wins.
            if gate not in commands:
                commands[gate] = argv
                reasons[gate] = reason
    ordered = {gate: reasons[gate] for gate in GATE_NAMES if gate in reasons}
    return Proposal(Gates.model_validate(commands), ordered)


Found = list[tuple[str, list[str], str]]


def _makefile(tree: frozenset[str], contents: Mapping[str, str]) -> Found:
    for name, program in (("Makefile", "make"), ("makefile", "make"), ("GNUmakefile", "make"), ("justfile", "just")):
        if name in tree:
            targets = set(re.findall(r"^([A-Za-z][\w-]*)\b[^:=\n]*:(?!=)", contents.get(name, ""), re.MULTILINE))
            found: Found = [
                (gate, [program, gate], f"target {gate} of {name}") for gate in ("setup", "lint", "test") if gate in targets
            ]
            if "test" not in targets and "check" in targets:
                found.append(("test", [program, "check"], f"target check of {name}"))
            return found
    return []


def _python(tree: frozenset[str], contents: Mapping[str, str]) -> Found:
    project = _toml(contents.get("pyproject.toml", ""))
    text = contents.get("pyproject.toml", "") + contents.get("tox.ini", "")
    uses_uv = "uv.lock" in tree
    prefix = ["uv", "run"] if uses_uv else ["python3", "-m"]
    found: Found = []
    if uses_uv:
        found.append(("setup", ["uv", "sync", "--locked"], "uv.lock"))
    tools = project.get("tool")
    has_ruff = bool(tree & {"ruff.toml", ".ruff.toml"}) or (isinstance(tools, dict) and "ruff" in tools)
    if has_ruff:
        found.append(("lint", [*prefix, "ruff", "check"], "the ruff settings"))
    tests = sorted(name for name in tree if re.search(r"(^|/)test_[^/]*\.py$|_test\.py$", name))
    has_pytest = "pytest" in text or bool(tree & {"pytest.ini", "conftest.py", "tests/conftest.py"})
    if has_pytest:
        found.append(("test", [*prefix, "pytest", "-q"], "the pytest settings"))
    elif tests:
        folder = tests[0].rpartition("/")[0]
        # Discovery starts at the root and does not walk into a folder without __init__.py.
        where = ["-s", folder] if folder and f"{folder}/__init__.py" not in tree else []
        found.append(("test", ["python3", "-m", "unittest", "discover", "-q", *where], tests[0]))
    return found


def _node(tree: frozenset[str], contents: Mapping[str, str]) -> Found:
    if "package.json" not in tree:
        return []
    scripts = _json(contents.get("package.json", "")).get("scripts")
    if "pnpm-lock.yaml" in tree:
        program, setup = "pnpm", ["pnpm", "install", "--frozen-lockfile"]
    elif "yarn.lock" in tree:
        program, setup = "yarn", ["yarn", "install", "--frozen-lockfile"]
    elif tree & {"bun.lock", "bun.lockb"}:
        program, setup = "bun", ["bun", "install", "--frozen-lockfile"]
    else:
        program, setup = "npm", ["npm", "ci"] if "package-lock.json" in tree else ["npm", "install", "--no-save"]
    found: Found = [("setup", setup, "package.json")]
    for gate in ("lint", "test", "build"):
        script = scripts.get(gate) if isinstance(scripts, dict) else None
        if isinstance(script, str) and _NO_TEST not in script:
            found.append((gate, [program, "run", gate], f"script {gate} of package.json"))
    return found


def _others(tree: frozenset[str], contents: Mapping[str, str]) -> Found:
    tables: list[tuple[str, list[tuple[str, list[str]]]]] = [
        ("Cargo.toml", [("test", ["cargo", "test", "--quiet"])]),
        ("go.mod", [("lint", ["go", "vet", "./..."]), ("test", ["go", "test", "./..."])]),
        ("mix.exs", [("setup", ["mix", "deps.get"]), ("test", ["mix", "test"])]),
        ("deno.json", [("lint", ["deno", "lint"]), ("test", ["deno", "test"])]),
        ("Package.swift", [("test", ["swift", "test"])]),
        ("gradlew", [("test", ["./gradlew", "test"])]),
        ("mvnw", [("test", ["./mvnw", "-q", "test"])]),
        ("pom.xml", [("test", ["mvn", "-q", "test"])]),
        ("Rakefile", [("test", ["bundle", "exec", "rake", "test"] if "Gemfile" in tree else ["rake", "test"])]),
        ("rebar.config", [("test", ["rebar3", "eunit"])]),
        ("dune-project", [("test", ["dune", "test"])]),
        ("build.zig", [("test", ["zig", "build", "test"])]),
    ]
    found: Found = [(gate, argv, name) for name, gates in tables if name in tree for gate, argv in gates]
    if any(re.fullmatch(r"[^/]+\.(sln|slnx|csproj|fsproj)", name) for name in tree):
        found.append(("test", ["dotnet", "test"], "the .NET project"))
    scripts = _json(contents.get("composer.json", "")).get("scripts")
    if isinstance(scripts, dict) and "test" in scripts:
        found.append(("test", ["composer", "run-script", "test"], "script test of composer.json"))
    return found


_FINDERS: tuple[Callable[[frozenset[str], Mapping[str, str]], Found], ...] = (_makefile, _python, _node, _others)


def _json(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except ValueError:  # foreign text: a broken file proposes nothing
        return {}
    return value if isinstance(value, dict) else {}


def _toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
