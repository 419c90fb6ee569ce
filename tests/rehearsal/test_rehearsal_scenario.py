"""Scenario files: what a writer gets wrong is told with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from gastown_tui.core.errors import ConfigError, NotFound
from gastown_tui.rehearsal import scenario


def script(step: str) -> str:
    return f"[[script]]\nmatch = 'x'\n[[script.step]]\n{step}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = ", "not valid TOML"),
        ("title = 'x'", "script: Field required"),
        ("[[script]]\nmatch='('\n[[script.step]]\nsay='x'", "script.0.match: Value error, not a regular expression"),
        ("[[script]]\nmatch=[]\n[[script.step]]\nsay='x'", "script.0.match"),
        ("[[script]]\nmatch='x'", "script.0.step"),
        (script("sya = 'x'"), "script.0.step.0.sya"),
        (script("pause = 1"), "a step needs words"),
        (script("shell = 'a'\nread = 'b'"), "a step has one act, not read and shell"),
        (script("say = 'x'\nwhen = '['"), "script.0.step.0.when"),
        (script("say = 'x'\npause = -1"), "script.0.step.0.pause"),
        (script("say = 'x'\nfault = 'flood'"), "script.0.step.0.fault"),
        (script("write = { path = 'a' }"), "give either text or from"),
        (script("write = { path = 'a', from = 'missing.py' }"), "script.0.step.0.write.from: no file 'missing.py'"),
        (script("write = { path = 'a', from = '../../etc/passwd' }"), "script.0.step.0.write.from"),
    ],
)
def test_errors_name_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        scenario.load(path)
    assert str(path) in caught.value.message
    assert words in caught.value.line()


def test_a_missing_file_or_name_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        scenario.find(str(tmp_path / "none.toml"))
    with pytest.raises(NotFound):
        scenario.find("no-such-scenario")


def test_the_examples_of_the_guide_are_valid(tmp_path: Path) -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "rehearsal.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in guide.split("```toml\n")[1:]]
    assert len(examples) == 2
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.toml"
        path.write_text(example, encoding="utf-8")
        scenario.load(path)
