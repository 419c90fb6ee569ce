"""A unified diff as rows with line numbers."""

from __future__ import annotations

import re

from gastown_tui.core.rows import Merge
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import clean
from gastown_tui.tui.viewmodels.common import short

MOST_LINES = 20_000
"""More than a person reads; the rest is said to be missing."""
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")
_FILE = re.compile(r"diff --git a/(.*) b/(.*)")


def diff_rows(text: str) -> list[Row]:
    """One row for each line; every line can be selected, files by keys that begin with `f:`."""
    rows: list[Row] = []
    old = new = 0
    is_header = False
    lines = text.splitlines()
    for index, line in enumerate(lines[:MOST_LINES]):
        words = clean(line.expandtabs(4))
        if found := _FILE.fullmatch(line):
            rows += [Row(), Row(((clean(found.group(2)), "b ink"),), key=f"f:{index}", ground="raised")]
            is_header = True
        elif found := _HUNK.match(line):
            old, new, is_header = int(found.group(1)), int(found.group(2)), False
            rows.append(Row(((words, "faint"),), key=f"l:{index}"))
        elif is_header or not rows:
            if not line.startswith(("index ", "--- ", "+++ ")):
                rows.append(Row(((words, "faint"),), key=f"l:{index}"))
        elif line.startswith("+"):
            rows.append(Row((("     ", ""), (f"{new:>4} ", "faint"), (words, "ink")), key=f"l:{index}", ground="add"))
            new += 1
        elif line.startswith("-"):
            rows.append(Row(((f"{old:>4} ", "faint"), ("     ", ""), (words, "soft")), key=f"l:{index}", ground="del"))
            old += 1
        else:
            rows.append(Row(((f"{old:>4} {new:>4} ", "faint"), (words, "ink")), key=f"l:{index}"))
            old, new = old + 1, new + 1
    if len(lines) > MOST_LINES:
        rows.append(Row(((f"{len(lines) - MOST_LINES} more lines are not shown", "stalled"),)))
    return rows[1:] if rows else [Row((("no difference", "soft"),))]


def counts(text: str) -> tuple[int, int, int]:
    """(files, added, removed) of a unified diff."""
    files = added = removed = 0
    for line in text.splitlines():
        files += line.startswith("diff --git ")
        added += line.startswith("+") and not line.startswith("+++ ")
        removed += line.startswith("-") and not line.startswith("--- ")
    return files, added, removed


def diff_bar(merge: Merge | None, text: str | None) -> Row:
    """What is shown and how big it is."""
    if merge is None:
        return Row((("this merge is no longer listed", "soft"),))
    left = ((clean(merge.bead), "b ink"), (f"  {short(merge.agent)} · {merge.state.value.replace('_', ' ')}", "soft"))
    if text is None:
        return Row(left)
    files, added, removed = counts(text)
    return Row(left, ((f"{files} files  ", "soft"), (f"+{added}", "working"), (f" −{removed}", "broken")))


def waiting_rows() -> list[Row]:
    """While git is asked."""
    return [Row((("asking git …", "soft"),))]
