"""A review as rows: the diff with its line numbers, remarks below the lines that they are about, the list of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gastown_tui.core.review import DiffLine, LineKind, anchored, parse
from gastown_tui.core.rows import Merge, ReviewComment
from gastown_tui.core.states import ReviewState
from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Spans, clean, wrap
from gastown_tui.tui.viewmodels.common import BLANK, age, short, title

MOST_LINES = 20_000
"""More than a person reads; the rest is said to be missing."""
_NUMBERS = 10
"""Cells of both line numbers."""
_STATES = {ReviewState.DRAFT: "draft", ReviewState.SENT: "sent", ReviewState.RESOLVED: "resolved"}


@dataclass(frozen=True, slots=True)
class Review:
    """What one review screen shows: a patch and the remarks on it."""

    lines: tuple[DiffLine, ...] = ()
    comments: tuple[ReviewComment, ...] = ()

    @classmethod
    def of(cls, patch: str, comments: Sequence[ReviewComment]) -> Review:
        return cls(parse(patch), tuple(comments))

    @property
    def drafts(self) -> int:
        return sum(comment.state is ReviewState.DRAFT for comment in self.comments)

    @property
    def open(self) -> int:
        """Remarks that were sent and are not resolved."""
        return sum(comment.state is ReviewState.SENT for comment in self.comments)


def diff_rows(review: Review, width: int, now: float) -> list[Row]:
    """One row a line. Keys: `f:INDEX` a file, `l:INDEX` a line, `c:ID` a remark."""
    if not review.lines:
        return [Row((("no difference", "soft"),))]
    under = anchored(review.comments, review.lines)
    rows: list[Row] = []
    for index, line in enumerate(review.lines[:MOST_LINES]):
        if line.kind is LineKind.FILE and rows:
            rows.append(BLANK)
        rows.append(_line(index, line, review.lines))
        for comment in under.get(index, ()):
            rows += _remark(comment, line, width, now)
    if len(review.lines) > MOST_LINES:
        rows.append(Row(((f"{len(review.lines) - MOST_LINES} more lines are not shown", "stalled"),)))
    return rows


def _line(index: int, line: DiffLine, lines: Sequence[DiffLine]) -> Row:
    words = clean(line.text.expandtabs(4))
    match line.kind:
        case LineKind.FILE:
            return Row(((words, "b ink"),), counted(file_counts(lines)[line.path]), key=f"f:{index}", ground="raised")
        case LineKind.ADDED:
            return Row((("     ", ""), (f"{line.new:>4} ", "faint"), ("+" + words, "ink")), key=f"l:{index}", ground="add")
        case LineKind.REMOVED:
            return Row(((f"{line.old:>4} ", "faint"), ("     ", ""), ("-" + words, "soft")), key=f"l:{index}", ground="del")
        case LineKind.SAME:
            return Row(((f"{line.old:>4} {line.new:>4} ", "faint"), (" " + words, "ink")), key=f"l:{index}")
    return Row(((words, "faint"),), key=f"l:{index}")


def _remark(comment: ReviewComment, line: DiffLine, width: int, now: float) -> list[Row]:
    state = _STATES[comment.state]
    when = state if comment.state is ReviewState.DRAFT else f"{state} {age(now - comment.created_at)}"
    gone = "" if line.can_be_remarked else f"  on {clean(comment.path)}:{comment.line}, which is gone"
    tone = "faint" if comment.state is ReviewState.RESOLVED else "ink"
    key, indent = f"c:{comment.id}", _NUMBERS
    head = Row(((f"▌ {_who(comment)}", "b soft"), (gone, "soft")), ((when, "soft"),), key=key, ground="raised", indent=indent)
    parts = [part for said in comment.body.splitlines() for part in wrap(clean(said), max(width - indent - 4, 20))]
    return [head, *(Row((("▌ ", "soft"), (part, tone)), key=key, ground="raised", indent=indent) for part in parts)]


def _who(comment: ReviewComment) -> str:
    return "you" if comment.author == "overseer" else short(comment.author)


def file_counts(lines: Sequence[DiffLine]) -> Mapping[str, tuple[int, int]]:
    """Path → (added, removed), in the diff's order."""
    found: dict[str, tuple[int, int]] = {}
    for line in lines:
        added, removed = found.get(line.path, (0, 0))
        found[line.path] = (added + (line.kind is LineKind.ADDED), removed + (line.kind is LineKind.REMOVED))
    return found


def counted(pair: tuple[int, int]) -> Spans:
    """`+31 −6`."""
    return ((f"+{pair[0]}", "working"), (f" −{pair[1]}", "broken"))


def side_rows(review: Review, merge: Merge | None, width: int) -> list[Row]:
    """The column beside a wide diff: whose work, its files, its remarks. Keys as in the diff."""
    rows: list[Row] = []
    if merge is not None:
        rows += [
            Row(((clean(merge.bead), "b ink"),), ((f"round {merge.attempt}", "faint"),)),
            Row(((f"{short(merge.agent)} · {merge.state.value.replace('_', ' ')}", "soft"),)),
            *(Row(((part, "soft"),)) for part in wrap(clean(merge.detail), width)[:2] if part),
            BLANK,
        ]
    files = file_counts(review.lines)
    heads = {line.path: index for index, line in enumerate(review.lines) if line.kind is LineKind.FILE}
    rows.append(title("FILES", str(len(files))))
    for path, pair in files.items():
        remarks = sum(comment.path == path and comment.state is not ReviewState.RESOLVED for comment in review.comments)
        right = (((f"{remarks} ", "b ink"),) if remarks else ()) + counted(pair)
        rows.append(Row(((clean(path), "ink"),), right, key=f"f:{heads.get(path, 0)}"))
    rows += [BLANK, title("COMMENTS", f"{review.open} open, {review.drafts} draft")]
    for comment in review.comments:
        place = clean(comment.path).rsplit("/", 1)[-1]
        tone = "faint" if comment.state is ReviewState.RESOLVED else "ink"
        words = clean(comment.body.splitlines()[0])
        rows.append(Row(((f"{place}:{comment.line} ", "soft"), (words, tone)), key=f"c:{comment.id}"))
    if not review.comments:
        rows.append(Row(((f"{key_of('diff.comment')} on a line comments on it", "soft"),)))
    return rows


def diff_bar(merge: Merge | None, review: Review | None) -> Row:
    """What is shown and how big it is."""
    if merge is None:
        return Row((("this merge is no longer listed", "soft"),))
    left: Spans = ((clean(merge.bead), "b ink"), (f"  {short(merge.agent)} · {merge.state.value.replace('_', ' ')}", "soft"))
    if review is None:
        return Row(left)
    if review.comments:
        left = (*left, (f"  {review.open} open, {review.drafts} draft", "soft"))
    files = file_counts(review.lines)
    added, removed = (sum(pair[side] for pair in files.values()) for side in (0, 1))
    return Row(left, ((f"{len(files)} file{'' if len(files) == 1 else 's'}  ", "soft"), *counted((added, removed))))


def waiting_rows() -> list[Row]:
    """While git is asked."""
    return [Row((("asking git …", "soft"),))]
