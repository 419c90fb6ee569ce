"""A diff cut into lines that can be remarked on, and remarks that find their line again in the next round. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gastown_tui.core.rows import ReviewComment


class LineKind(StrEnum):
    """What a line of a unified diff is."""

    FILE = "file"
    NOTE = "note"
    """A word of git about the file: renamed, mode, binary."""
    HUNK = "hunk"
    ADDED = "added"
    REMOVED = "removed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a unified diff. Text is foreign and without the first column's sign."""

    kind: LineKind
    path: str
    text: str
    old: int | None = None
    new: int | None = None

    @property
    def can_be_remarked(self) -> bool:
        return self.kind in (LineKind.ADDED, LineKind.REMOVED, LineKind.SAME)

    @property
    def side(self) -> str:
        """Whose line number it is called by."""
        return "old" if self.kind is LineKind.REMOVED else "new"

    @property
    def number(self) -> int:
        return (self.old if self.kind is LineKind.REMOVED else self.new) or 0


_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_GIT = "diff --git "


def parse(patch: str) -> tuple[DiffLine, ...]:
    """The lines of a patch as `git diff` writes it. Lengths in hunk heads say where a hunk ends, so no content is taken
    for a head."""
    found: list[DiffLine] = []
    path = ""
    old = new = old_left = new_left = 0
    for line in patch.split("\n"):
        if old_left > 0 or new_left > 0 or line.startswith("\\"):
            sign, text = line[:1], line[1:]
            if sign == "+":
                found.append(DiffLine(LineKind.ADDED, path, text, None, new))
                new, new_left = new + 1, new_left - 1
            elif sign == "-":
                found.append(DiffLine(LineKind.REMOVED, path, text, old, None))
                old, old_left = old + 1, old_left - 1
            elif sign == "\\":
                found.append(DiffLine(LineKind.NOTE, path, text.strip()))
            else:
                found.append(DiffLine(LineKind.SAME, path, text, old, new))
                old, new, old_left, new_left = old + 1, new + 1, old_left - 1, new_left - 1
        elif hunk := _HUNK.match(line):
            old, new = int(hunk.group(1)), int(hunk.group(3))
            old_left, new_left = int(hunk.group(2) or 1), int(hunk.group(4) or 1)
            found.append(DiffLine(LineKind.HUNK, path, line))
        elif line.startswith(_GIT):
            path = _path(line.removeprefix(_GIT))
            found.append(DiffLine(LineKind.FILE, path, path))
        elif line and not line.startswith(("index ", "--- ", "+++ ")):
            found.append(DiffLine(LineKind.NOTE, path, line))
    return tuple(found)


def _path(names: str) -> str:
    """The new name out of `a/OLD b/NEW`; without a rename both are equal, whatever blanks they hold."""
    half = len(names) // 2
    old, new = names[:half], names[half + 1 :]
    if old.lstrip('"')[2:] != new.lstrip('"')[2:]:
        new = "b/" + names.rsplit(" b/", 1)[-1] if " b/" in names else names
    return new.strip('"').removeprefix("b/")


def find(lines: Sequence[DiffLine], path: str, number: int, side: str = "new") -> DiffLine | None:
    """The line that a person names by its file and number."""
    for line in lines:
        if line.path == path and line.can_be_remarked and number == (line.old if side == "old" else line.new):
            return line
    return None


def anchor(comment: ReviewComment, lines: Sequence[DiffLine]) -> int | None:
    """Index of the line that a remark is about in this diff: the nearest with the same words, None when it is gone."""
    same = [
        (abs(line.number - comment.line), index)
        for index, line in enumerate(lines)
        if line.can_be_remarked and line.path == comment.path and line.text == comment.quoted
    ]
    return min(same)[1] if same else None


def anchored(comments: Sequence[ReviewComment], lines: Sequence[DiffLine]) -> Mapping[int, tuple[ReviewComment, ...]]:
    """Line index → its remarks. Those whose line is gone stand at their file's head, or at the beginning."""
    heads = {line.path: index for index, line in reversed(tuple(enumerate(lines))) if line.kind is LineKind.FILE}
    found: dict[int, list[ReviewComment]] = {}
    for comment in comments:
        index = anchor(comment, lines)
        found.setdefault(heads.get(comment.path, 0) if index is None else index, []).append(comment)
    return {index: tuple(there) for index, there in found.items()}


def letter(bead: str, comments: Sequence[ReviewComment], words: str = "") -> str:
    """What the agent is told: a person's words, then each remark under the line that it is about."""
    parts = [words.strip()] if words.strip() else []
    for comment in comments:
        where = f"{comment.path}:{comment.line}" + (" (removed line)" if comment.side == "old" else "")
        parts.append(f"{where}\n  > {comment.quoted.strip()}\n{comment.body}")
    if comments:
        parts.append(f"All {len(comments)} comment(s) again: $GT review show {bead}" if len(comments) > 1 else "")
    return "\n\n".join(part for part in parts if part)
