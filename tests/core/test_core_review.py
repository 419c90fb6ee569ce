"""Diffs cut into lines, and remarks that find their line again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gastown_tui.core.review import DiffLine, LineKind, anchor, anchored, find, letter, parse
from gastown_tui.core.rows import ReviewComment
from gastown_tui.core.states import ReviewState

PATCH = """\
diff --git a/x y b/x y
index 1..2 100644
--- a/x y
+++ b/x y
@@ -3,2 +3,3 @@ def f
 same
-old
+--- a/not a head
+diff --git a/no b/no
@@ -9 +10 @@
-a
+b
\\ No newline at end of file
diff --git a/old name b/new name
similarity index 90%
rename from old name
rename to new name
"""


def remark(path: str, line: int, quoted: str, number: int = 1) -> ReviewComment:
    return ReviewComment(number, "ms-1", 1, path, line, "new", quoted, "why?", "overseer", ReviewState.DRAFT, 0.0)


def test_a_patch_is_cut_by_its_own_lengths() -> None:
    assert [(line.kind.value, line.path, line.text, line.old, line.new) for line in parse(PATCH)] == [
        ("file", "x y", "x y", None, None),
        ("hunk", "x y", "@@ -3,2 +3,3 @@ def f", None, None),
        ("same", "x y", "same", 3, 3),
        ("removed", "x y", "old", 4, None),
        ("added", "x y", "--- a/not a head", None, 4),
        ("added", "x y", "diff --git a/no b/no", None, 5),
        ("hunk", "x y", "@@ -9 +10 @@", None, None),
        ("removed", "x y", "a", 9, None),
        ("added", "x y", "b", None, 10),
        ("note", "x y", "No newline at end of file", None, None),
        ("file", "new name", "new name", None, None),
        ("note", "new name", "similarity index 90%", None, None),
        ("note", "new name", "rename from old name", None, None),
        ("note", "new name", "rename to new name", None, None),
    ]


def test_a_line_is_found_by_its_file_and_number() -> None:
    lines = parse(PATCH)
    assert find(lines, "x y", 10) == DiffLine(LineKind.ADDED, "x y", "b", None, 10)
    assert find(lines, "x y", 9, "old") == DiffLine(LineKind.REMOVED, "x y", "a", 9, None)
    assert find(lines, "x y", 77) is None
    assert find(lines, "other", 10) is None


def test_a_remark_follows_the_nearest_line_with_its_words() -> None:
    lines = [DiffLine(LineKind.FILE, "f", "f"), *(DiffLine(LineKind.SAME, "f", "pass", n, n) for n in (3, 20, 40))]
    assert anchor(remark("f", 24, "pass"), lines) == 2
    assert anchor(remark("f", 24, "other"), lines) is None
    assert anchor(remark("g", 24, "pass"), lines) is None
    gone, there = remark("f", 1, "gone", 1), remark("f", 40, "pass", 2)
    assert anchored([gone, there], lines) == {0: (gone,), 3: (there,)}


def test_the_letter_quotes_each_line() -> None:
    text = letter("ms-1", [remark("f.py", 3, "  x = 1", 1), remark("g.py", 4, "y", 2)], "Nearly.")
    assert text == ("Nearly.\n\nf.py:3\n  > x = 1\nwhy?\n\ng.py:4\n  > y\nwhy?\n\nAll 2 comment(s) again: $GT review show ms-1")


@pytest.mark.parametrize("seed", range(3))
def test_git_and_we_agree_about_numbers(tmp_path: Path, seed: int) -> None:
    """Every line of a real diff stands in the file under the number that we give it."""
    before = [f"line {number}" for number in range(60)]
    after = [line for number, line in enumerate(before) if number % (7 + seed) != 3]
    after[10 + seed : 10 + seed] = ["+++ b/evil", "@@ -1,9 +1,9 @@", "diff --git a/q b/q"]
    for name, lines in (("a", before), ("b", after)):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    run = subprocess.run(
        ["git", "diff", "--no-index", "--no-color", "a", "b"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    found = [line for line in parse(run.stdout) if line.can_be_remarked]
    assert len(found) > 20
    for line in found:
        assert line.old is None or before[line.old - 1] == line.text
        assert line.new is None or after[line.new - 1] == line.text


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    assert all(line.number >= 0 for line in parse(text))
