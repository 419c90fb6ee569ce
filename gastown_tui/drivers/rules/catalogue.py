"""The rule sets by the name of their CLI."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping

from gastown_tui.core.errors import NotFound
from gastown_tui.core.evidence import Evidence
from gastown_tui.drivers.rules import claude, codex, others
from gastown_tui.drivers.screens import RuleSet, Screen, classify

SHIPPED: Mapping[str, RuleSet] = {found.driver: found for found in (claude.RULE_SET, codex.RULE_SET, *others.OTHERS)}
RULE_SETS: ChainMap[str, RuleSet] = ChainMap({}, dict(SHIPPED))
"""With those of the town's own CLIs (registry.adopt)."""


def classify_screen(driver: str, text: str, now: float) -> Evidence | None:
    """What a captured screen of this CLI says by itself, or None when no rule matches.

    Raises:
        NotFound: there are no rules for it.
    """
    if driver not in RULE_SETS:
        raise NotFound.of("screen rules for", driver, hint=f"there are some for: {', '.join(RULE_SETS)}")
    rules = RULE_SETS[driver]
    return classify(Screen.of(text, "", rules.shape), rules.rules, now)
