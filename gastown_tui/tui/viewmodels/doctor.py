"""The doctor's findings: what is wrong first, then what is in order; beside them why it matters and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gastown_tui.tui.commands import key_of
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import Span, clean, wrap
from gastown_tui.tui.viewmodels.common import BLANK, age, keys, title

if TYPE_CHECKING:
    from gastown_tui.services.doctor import Check

_SHAPE: dict[str, Span] = {"bad": ("×", "broken"), "warn": ("!", "stalled"), "ok": ("✓", "working")}
_WORDS = {"bad": "BROKEN", "warn": "WARNINGS", "ok": "IN ORDER"}


def key_for(check: Check) -> str:
    """What a finding is called in the list; two looks at the same thing give the same key."""
    return f"d:{check.name}:{check.fix or check.detail if check.name == 'incident' else ''}"


def summary(checks: Sequence[Check] | None) -> str:
    """`1 broken · 2 warnings · 14 in order`."""
    if checks is None:
        return "looking …"
    count = {state: sum(check.state == state for check in checks) for state in _SHAPE}
    return f"{count['bad']} broken · {count['warn']} {'warning' if count['warn'] == 1 else 'warnings'} · {count['ok']} in order"


def doctor_rows(checks: Sequence[Check] | None, now: float, looked_at: float, *, is_looking: bool, with_ok: bool) -> list[Row]:
    """The list. `checks` is None before the first look has ended."""
    from gastown_tui.services.remedies import label

    right = "looking …" if is_looking else f"looked {age(now - looked_at)} ago"
    rows = [Row((("DOCTOR  ", "b soft"), (summary(checks), "ink")), ((right, "faint"),))]
    if checks is None:
        return [*rows, BLANK, Row((("looking at the ledger, the disk, tmux, git, the supervisor and every agent CLI", "soft"),))]
    for state, words in _WORDS.items():
        here = [check for check in checks if check.state == state]
        if not here:
            continue
        if state == "ok" and not with_ok:
            hidden = f"{len(here)} in order · {key_of('doctor.all')} shows them"
            rows += [BLANK, Row((_SHAPE["ok"], (f" {hidden}", "soft")))]
            continue
        rows += [BLANK, title(words, str(len(here)))]
        for check in here:
            can = ((f"{key_of('doctor.fix')} {label(check.fix)}", "soft"),) if check.fix else ()
            tone = "soft" if state == "ok" else "ink"
            rows.append(
                Row((_SHAPE[state], (f" {clean(check.name)}  ", "b ink"), (clean(check.detail), tone)), can, key=key_for(check))
            )
    if all(check.state == "ok" for check in checks):
        rows.insert(1, Row((("nothing is wrong", "b working"),)))
    return rows


def finding_rows(check: Check | None, width: int) -> list[Row]:
    """One finding in full."""
    from gastown_tui.services.remedies import label, why

    if check is None:
        return [Row((("nothing selected", "faint"),))]
    glyph, tone = _SHAPE[check.state]
    rows = [Row(((f"{glyph} ", tone), (clean(check.name), "b ink"))), BLANK]
    rows += [Row(((part, "ink"),)) for part in wrap(clean(check.detail), width)]
    if reason := why(check.name):
        rows += [BLANK, title("WHY IT MATTERS"), *(Row(((part, "soft"),)) for part in wrap(reason, width))]
    if check.hint:
        rows += [BLANK, title("WHAT TO DO"), *(Row(((part, "ink"),)) for part in wrap(clean(check.hint), width))]
    offered = [(key_of("doctor.fix"), label(check.fix))] if check.fix else []
    return [*rows, BLANK, Row(keys(*offered, (key_of("doctor.again"), "look again")))]
