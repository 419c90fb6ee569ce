"""What runs have used and what that cost, added up by whatever a person asks for."""

from __future__ import annotations

from dataclasses import dataclass

from gastown_tui.core.errors import UsageError
from gastown_tui.core.usage import Spent, find_price
from gastown_tui.ledger import convoys, usage
from gastown_tui.ledger.usage import UsageRow, day_of
from gastown_tui.services.config import town_config
from gastown_tui.services.context import TownContext
from gastown_tui.services.prices import prices_of, spent_of

WAYS = ("bead", "agent", "role", "rig", "convoy", "model", "day", "run")
"""By what spending can be added up."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one bead, agent … has spent. Strings are foreign text."""

    key: str
    """"" for what belongs to none: the mayor works on no bead."""
    title: str
    spent: Spent


@dataclass(frozen=True, slots=True)
class Costs:
    """An account."""

    lines: tuple[Line, ...]
    """The dearest first."""
    total: Spent
    """Each answer once, also when beads are in several convoys."""
    unpriced: tuple[str, ...]
    """Models without a price."""
    skipped: int
    """Records of transcripts that could not be read."""


def costs(ctx: TownContext, by: str = "bead", *, days: int = 0) -> Costs:
    """The account of the last `days` days, today included (UTC); 0 for all of them.

    Raises:
        UsageError: it cannot be added up by that.
        ConfigError: town.toml is wrong.
    """
    if by not in WAYS:
        raise UsageError(f"costs cannot be added up by {by}", hint=f"by one of: {', '.join(WAYS)}")
    table = prices_of(town_config(ctx))
    since = day_of(ctx.now() - (days - 1) * 86_400) if days > 0 else ""
    rows = usage.rows(ctx.ledger, since=since)
    groups: dict[str, list[UsageRow]] = {}
    member_of = _convoys(ctx) if by == "convoy" else {}
    for row in rows:
        for key in member_of.get(row.bead, ("",)) if by == "convoy" else (_key(row, by),):
            groups.setdefault(key, []).append(row)
    titles = _titles(ctx, by)
    lines = [Line(key, titles.get(key, ""), spent_of(found, table)) for key, found in groups.items()]
    lines.sort(key=lambda line: line.key)
    if by != "day":
        lines.sort(key=lambda line: (-line.spent.known, -line.spent.tokens.total))
    unpriced = sorted({row.model for row in rows if find_price(row.model, table) is None})
    return Costs(tuple(lines), spent_of(rows, table), tuple(unpriced), usage.skipped(ctx.ledger))


def _key(row: UsageRow, by: str) -> str:
    if by == "role":
        parts = row.agent.split("/")
        return {"polecats": "polecat", "crew": "crew"}.get(parts[1] if len(parts) > 2 else "", parts[-1])
    return str(getattr(row, by))


def _convoys(ctx: TownContext) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for convoy in convoys.every(ctx.ledger):
        for bead in convoys.members(ctx.ledger, convoy.id):
            found[bead] = (*found.get(bead, ()), convoy.id)
    return found


def _titles(ctx: TownContext, by: str) -> dict[str, str]:
    if by == "bead":
        return dict(ctx.ledger.execute("SELECT id, title FROM beads WHERE id IN (SELECT bead FROM runs)"))
    if by == "convoy":
        return {convoy.id: convoy.title for convoy in convoys.every(ctx.ledger)}
    if by == "run":
        return dict(ctx.ledger.execute("SELECT id, agent FROM runs"))
    return {}
