from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown_tui.core.gates import READ_FILES, detect

CASES: list[tuple[dict[str, str], dict[str, list[str]]]] = [
    ({}, {}),
    ({"README": ""}, {}),
    ({"Makefile": "X := 1\nlint:\n\ttrue\ntest: a\n\ttrue\n"}, {"lint": ["make", "lint"], "test": ["make", "test"]}),
    ({"Makefile": "check:\n\ttrue\n"}, {"test": ["make", "check"]}),
    (
        {"pyproject.toml": "[tool.pytest.ini_options]\n[tool.ruff]\n"},
        {"lint": ["python3", "-m", "ruff", "check"], "test": ["python3", "-m", "pytest", "-q"]},
    ),
    ({"tests/__init__.py": "", "tests/test_a.py": ""}, {"test": ["python3", "-m", "unittest", "discover", "-q"]}),
    ({"tests/test_a.py": ""}, {"test": ["python3", "-m", "unittest", "discover", "-q", "-s", "tests"]}),
    (
        {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
        {"setup": ["npm", "install", "--no-save"]},
    ),
    (
        {"package.json": '{"scripts": {"test": "vitest"}}', "pnpm-lock.yaml": ""},
        {"setup": ["pnpm", "install", "--frozen-lockfile"], "test": ["pnpm", "run", "test"]},
    ),
    ({"package.json": "not json"}, {"setup": ["npm", "install", "--no-save"]}),
    ({"Cargo.toml": ""}, {"test": ["cargo", "test", "--quiet"]}),
    ({"go.mod": ""}, {"lint": ["go", "vet", "./..."], "test": ["go", "test", "./..."]}),
    ({"x.csproj": ""}, {"test": ["dotnet", "test"]}),
]


@pytest.mark.parametrize(("tree", "expected"), CASES)
def test_gates_are_guessed_with_a_reason_each(tree: dict[str, str], expected: dict[str, list[str]]) -> None:
    proposal = detect(list(tree), {name: text for name, text in tree.items() if name in READ_FILES})
    assert dict(proposal.gates.commands()) == expected
    assert set(proposal.reasons) == set(expected)


def test_a_makefile_knows_best() -> None:
    proposal = detect(["Makefile", "go.mod"], {"Makefile": "test:\n"})
    assert proposal.gates.test == ["make", "test"]
    assert proposal.gates.lint == ["go", "vet", "./..."]


@given(st.dictionaries(st.sampled_from(READ_FILES), st.text(max_size=200)))
def test_any_content_is_survived(contents: dict[str, str]) -> None:
    detect(list(contents), contents)
