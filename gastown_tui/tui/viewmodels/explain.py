"""Why an agent's light is what it is, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gastown_tui.core.evidence import SOURCE_WORDS, Claim
from gastown_tui.tui.paint import Row
from gastown_tui.tui.text import clean, cut, wrap
from gastown_tui.tui.viewmodels.common import BLANK, age, mark, title

if TYPE_CHECKING:
    from gastown_tui.services.explain import Explanation

STATE_WORDS = {
    "starting": "it is still starting",
    "working": "it works",
    "permission": "it asks for permission",
    "question": "it asks a question",
    "plan": "it shows a plan and waits",
    "trust": "it asks whether to trust the folder",
    "login": "it wants a login",
    "limit": "its provider limits it",
    "retrying": "it tries again after an error",
    "error": "it stopped with an error",
    "idle": "it rests",
    "dead": "it has ended",
    "unknown": "nobody could say",
}
"""What a person says that a screen really shows."""


def explain_rows(found: Explanation, now: float, width: int) -> list[Row]:
    """The verdict, then every claim with its source, rule and age, and why it does not decide."""
    verdict = found.verdict
    rows = [
        Row(
            (
                mark(verdict.light),
                (f" {verdict.state.value}", f"b {verdict.light.value}"),
                (f"  {cut(clean(verdict.detail), max(width - 20, 10))}", "ink"),
            )
        ),
        Row(
            (("says ", "soft"), (SOURCE_WORDS[verdict.source], "ink")),
            ((f"{age(now - verdict.at)} ago", "soft"),) if verdict.at else (),
        ),
        Row((("so since ", "soft"), (age(now - verdict.since) if verdict.since else "unknown", "ink"))),
    ]
    if not found.panes_known:
        rows.append(Row((("tmux does not answer, so its terminal says nothing", "stalled"),)))
    if found.title:
        rows.append(Row((("its terminal's title ", "soft"), (cut(clean(found.title), max(width - 24, 10)), "ink"))))
    rows += [BLANK, title("WEIGHED", "the most trusted first")]
    for claim in found.claims:
        rows += _claim_rows(claim, now, width)
    if not found.claims:
        rows.append(Row((("nothing: there is no evidence yet", "soft"),)))
    return rows


def _claim_rows(claim: Claim, now: float, width: int) -> list[Row]:
    one = claim.evidence
    tone = "soft" if claim.lost else "ink"
    words = (
        ("  " if claim.lost else "→ ", "b focus"),
        (f"{one.state.value:<11}", tone if claim.lost else f"b {tone}"),
        (f"{one.source.name.lower():<11}", tone),
        (clean(one.rule), tone),
    )
    rows = [Row(words, ((f"{age(now - one.at)} ago", "soft"),))]
    if one.detail and claim.lost:
        rows.append(Row((("    ", ""), (cut(clean(one.detail), max(width - 6, 10)), "soft"))))
    rows += [Row((("    ", ""), (part, "faint"))) for part in wrap(claim.lost, max(width - 6, 10))] if claim.lost else []
    return rows
