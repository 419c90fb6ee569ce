"""Beads as JSONL, both ways without loss. Pure.

Every record that is read is kept whole beside the bead (`extra["beads"]`). Writing starts from that record and changes
only what the ledger has changed since, so that keys, dialects and odd values that we do not know come out as they came in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gastown_tui.core.errors import UsageError
from gastown_tui.core.ids import check_bead_id
from gastown_tui.core.rows import Bead, Comment, Dependency
from gastown_tui.core.states import BeadOutcome, BeadState
from gastown_tui.core.times import parse_stamp, stamp

KEPT = "beads"
"""Key of `Bead.extra` under which the record as it was read is kept."""
TITLE_LIMIT = 500
_STATES = {
    "open": BeadState.OPEN,
    "in_progress": BeadState.OPEN,
    "hooked": BeadState.OPEN,
    "closed": BeadState.CLOSED,
    "tombstone": BeadState.CLOSED,
}
"""Nobody of this town works on a foreign bead, so it is open; what is not listed is put aside."""
_WORDS = {
    BeadState.OPEN: "open",
    BeadState.HOOKED: "hooked",
    BeadState.IN_PROGRESS: "in_progress",
    BeadState.SUBMITTED: "in_progress",
    BeadState.CLOSED: "closed",
    BeadState.DEFERRED: "deferred",
    BeadState.NEEDS_HELP: "blocked",
}
_GO_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_UNSAFE = re.compile("[<>&\u2028\u2029\ud800-\udfff]")

Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record as the ledger takes it."""

    bead: Bead
    labels: tuple[str, ...]
    deps: tuple[Dependency, ...]
    comments: tuple[Comment, ...]
    updated: float
    """The record's own clock, for telling newer from older; 0 when it has none."""
    warnings: tuple[str, ...]


def parse_lines(text: str) -> tuple[list[tuple[int, Record]], list[str]]:
    """(line number, record) of every bead, and the other lines (headers, memories) as they are.

    Raises:
        UsageError: a line is no JSON object.
    """
    records: list[tuple[int, Record]] = []
    others: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"line {number} is no JSON: {error}", hint="one object per line") from error
        if not isinstance(value, dict):
            raise UsageError(f"line {number} is no JSON object", hint="one object per line")
        if value.get("_type", "issue") != "issue" or ("id" not in value and "title" not in value):
            others.append(line.strip())
        else:
            records.append((number, value))
    return records, others


def read_record(record: Record, number: int, rig: str, now: float) -> Incoming:
    """A record as the ledger takes it.

    Raises:
        UsageError: no usable id, or no title; the message names the line.
    """
    bead_id, title = record.get("id"), record.get("title")
    if not isinstance(bead_id, str) or not isinstance(title, str) or not title.strip():
        raise UsageError(f"line {number} has no id or no title")
    try:
        check_bead_id(bead_id)
    except UsageError as error:
        raise UsageError(f"line {number}: {error.message}", hint=error.hint) from error
    warnings: list[str] = []
    bead = _bead(record, bead_id, rig, now, warnings)
    kept = json.dumps({KEPT: record}, ensure_ascii=True)
    return Incoming(
        bead=replace(bead, extra=kept),
        labels=tuple(dict.fromkeys(_clean(label) for label in _strings(record.get("labels")) if label.strip())),
        deps=tuple(_deps(record, bead_id, now)),
        comments=tuple(_comments(record, bead_id, now)),
        updated=_time(record, "updated_at") or _time(record, "created_at") or 0.0,
        warnings=tuple(f"{bead_id}: {text}" for text in warnings),
    )


def _bead(record: Record, bead_id: str, rig: str, now: float, warnings: list[str]) -> Bead:
    status = record.get("status", "open")
    state = _STATES.get(status if isinstance(status, str) else "open", BeadState.DEFERRED)
    created = _time(record, "created_at") or now
    updated = _time(record, "updated_at") or created
    closed = (_time(record, "closed_at") or max(created, updated) + 1) if state is BeadState.CLOSED else None
    priority = record.get("priority")
    if not isinstance(priority, int) or isinstance(priority, bool) or not 0 <= priority <= 4:
        warnings.append(f"priority {priority!r} counts as 2")
        priority = 2
    title = _text(record, "title")
    if len(title) > TITLE_LIMIT:
        warnings.append(f"the title is cut to {TITLE_LIMIT} characters here")
    return Bead(
        id=bead_id,
        rig=rig,
        title=title[:TITLE_LIMIT],
        description=_text(record, "description"),
        acceptance=_text(record, "acceptance_criteria"),
        kind=_text(record, "issue_type") or "task",
        priority=priority,
        state=state,
        outcome=_outcome(record, status) if state is BeadState.CLOSED else None,
        close_reason=_text(record, "close_reason") if state is BeadState.CLOSED else "",
        assignee="",
        slung_to="",
        slung_at=None,
        dial=None,
        created_by=_text(record, "created_by") or "import",
        created_at=created,
        updated_at=updated,
        started_at=_time(record, "started_at"),
        closed_at=closed,
        defer_until=_time(record, "defer_until"),
        attempts=0,
        extra="{}",
    )


def _outcome(record: Record, status: object) -> BeadOutcome:
    if status == "tombstone":
        return BeadOutcome.DROPPED
    own = record.get("metadata")
    ours = own.get("gastown") if isinstance(own, dict) else None
    word = ours.get("outcome") if isinstance(ours, dict) else None
    return BeadOutcome(word) if word in {outcome.value for outcome in BeadOutcome} else BeadOutcome.ACCEPTED


def _deps(record: Record, bead_id: str, now: float) -> list[Dependency]:
    found: dict[tuple[str, str], Dependency] = {}
    for edge in _objects(record.get("dependencies")):
        target, kind = edge.get("depends_on_id"), edge.get("type", "blocks")
        if _is_ours(bead_id, target, kind):
            at = parse_stamp(str(edge.get("created_at", ""))) or now
            metadata = edge.get("metadata", "{}")
            words = metadata if isinstance(metadata, str) else json.dumps(metadata)
            found[str(target), str(kind)] = Dependency(
                bead_id, str(target), str(kind), str(edge.get("created_by") or "import"), at, _clean(words)
            )
    return list(found.values())


def _is_ours(bead_id: str, target: object, kind: object) -> bool:
    """Whether the ledger can hold that edge; others stay in the kept record."""
    return isinstance(target, str) and isinstance(kind, str) and bool(target) and 0 < len(kind) <= 50 and target != bead_id


def _comments(record: Record, bead_id: str, now: float) -> list[Comment]:
    found = []
    for one in _objects(record.get("comments")):
        text = one.get("text")
        if isinstance(text, str) and text.strip():
            at = parse_stamp(str(one.get("created_at", ""))) or now
            found.append(Comment(0, bead_id, _clean(str(one.get("author") or "import")), _clean(text), at))
    return found


# Writing


def write_record(bead: Bead, labels: Sequence[str], deps: Sequence[Dependency], comments: Sequence[Comment]) -> Record:
    """The record of a bead: what was read, with what has changed since; a fresh one for beads of our own."""
    kept = json.loads(bead.extra).get(KEPT)
    if not isinstance(kept, dict):
        return _fresh(bead, labels, deps, comments)
    before = read_record(kept, 0, bead.rig, 0.0)
    record: Record = dict(kept)
    _write_changes(record, before.bead, bead)
    if set(before.labels) != set(labels):
        record["labels"] = sorted(labels)
    if {(dep.target, dep.kind) for dep in before.deps} != {(dep.target, dep.kind) for dep in deps}:
        record["dependencies"] = _edges(bead.id, kept, deps)
    if len(comments) > len(before.comments):
        record["comments"] = [*_objects(kept.get("comments")), *map(_comment, comments[len(before.comments) :])]
    return record


_PLAIN = (
    ("title", "title"),
    ("description", "description"),
    ("acceptance_criteria", "acceptance"),
    ("issue_type", "kind"),
    ("priority", "priority"),
    ("close_reason", "close_reason"),
    ("created_by", "created_by"),
)
_TIMES = ("created_at", "updated_at", "started_at", "closed_at", "defer_until")


def _write_changes(record: Record, before: Bead, now: Bead) -> None:
    for key, field in _PLAIN:
        if getattr(before, field) != getattr(now, field):
            _put(record, key, getattr(now, field))
    for key in _TIMES:
        old, new = getattr(before, key), getattr(now, key)
        # What had no readable time was given one when it was read; that one is not written.
        was_given = _time(record, key) is None and (key in ("created_at", "updated_at") or before.state is now.state)
        if old != new and not (was_given and old is not None):
            _put(record, key, "" if new is None else stamp(new))
    if before.state is not now.state or (before.outcome is not now.outcome):
        record["status"] = _WORDS[now.state]
        _put_outcome(record, now)
    if now.assignee:
        record["assignee"] = now.assignee


def _fresh(bead: Bead, labels: Sequence[str], deps: Sequence[Dependency], comments: Sequence[Comment]) -> Record:
    record: Record = {"_type": "issue", "id": bead.id, "title": bead.title}
    for key, value in (("description", bead.description), ("acceptance_criteria", bead.acceptance)):
        _put(record, key, value)
    record |= {"status": _WORDS[bead.state], "priority": bead.priority, "issue_type": bead.kind}
    _put(record, "assignee", bead.assignee)
    record["created_at"] = stamp(bead.created_at)
    _put(record, "created_by", bead.created_by)
    record["updated_at"] = stamp(bead.updated_at)
    for key in ("started_at", "closed_at"):
        moment = getattr(bead, key)
        _put(record, key, "" if moment is None else stamp(moment))
    _put(record, "close_reason", bead.close_reason)
    _put(record, "defer_until", "" if bead.defer_until is None else stamp(bead.defer_until))
    _put_outcome(record, bead)
    _put(record, "labels", sorted(labels))
    _put(record, "dependencies", _edges(bead.id, {}, deps))
    _put(record, "comments", [_comment(comment) for comment in comments])
    record["dependency_count"] = sum(1 for dep in deps if dep.kind == "blocks")
    record["comment_count"] = len(comments)
    return record


def _put(record: Record, key: str, value: object) -> None:
    """Sets a key; an empty value is left out, as beads does."""
    if value in ("", [], None):
        record.pop(key, None)
    else:
        record[key] = value


def _put_outcome(record: Record, bead: Bead) -> None:
    """How a bead ended, under the one key of `metadata` that is ours: it is all that beads carries through."""
    metadata = record.get("metadata")
    words = dict(metadata) if isinstance(metadata, dict) else {}
    if bead.outcome is not None:
        record["metadata"] = {**words, "gastown": {"outcome": bead.outcome.value}}
    elif words.pop("gastown", None) is not None:
        _put(record, "metadata", words or "")


def _edges(bead_id: str, kept: Mapping[str, object], deps: Sequence[Dependency]) -> list[Record]:
    held = {(dep.target, dep.kind): dep for dep in deps}
    edges: list[Record] = []
    for edge in _objects(kept.get("dependencies")):
        target, kind = edge.get("depends_on_id"), edge.get("type", "blocks")
        if not _is_ours(bead_id, target, kind) or held.pop((str(target), str(kind)), None) is not None:
            edges.append(edge)
    for dep in held.values():
        edge = {"issue_id": dep.bead, "depends_on_id": dep.target, "type": dep.kind, "created_at": stamp(dep.created_at)}
        edges.append({**edge, "created_by": dep.created_by, "metadata": dep.metadata})
    return edges


def _comment(comment: Comment) -> Record:
    return {
        "id": f"gastown-{comment.id}",
        "issue_id": comment.bead,
        "author": comment.author,
        "text": comment.text,
        "created_at": stamp(comment.created_at),
    }


def to_line(record: Record) -> str:
    """One JSONL line in Go's style, without its end."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: _GO_ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", text)


# Reading single values


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Text that SQLite takes: no NUL, no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode().replace("\0", "␀")


def _time(record: Record, key: str) -> float | None:
    value = record.get(key)
    return parse_stamp(value) if isinstance(value, str) else None


def _strings(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _objects(value: object) -> list[Record]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
