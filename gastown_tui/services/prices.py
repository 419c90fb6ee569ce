"""The prices that count in a town, and what rows of usage cost by them.

A module of its own because every picture of the town needs it, and the town's settings take long to load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gastown_tui.core.errors import GastownError
from gastown_tui.core.models import PRICES
from gastown_tui.core.rows import Usage
from gastown_tui.core.toml_text import parse_toml
from gastown_tui.core.usage import Price, Spent, Tokens, priced, total
from gastown_tui.infra.files import read_text
from gastown_tui.ledger.usage import UsageRow
from gastown_tui.services.context import TownContext

if TYPE_CHECKING:
    from gastown_tui.core.config import TownConfig


def prices_of(config: TownConfig) -> Mapping[str, Price]:
    """The prices that count: the town's own over those that ship."""
    return {**PRICES, **{model: price.price() for model, price in config.prices.items()}}


def prices(ctx: TownContext) -> Mapping[str, Price]:
    """Like `prices_of`, read again only when the file has changed; with settings that cannot be read those that ship."""
    try:
        found = ctx.layout.config.stat()
    except OSError:
        return PRICES
    return _prices_at(ctx.layout.config, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _prices_at(path: Path, _changed: int, _size: int) -> Mapping[str, Price]:
    try:
        text = read_text(path) or ""
        if "prices" not in parse_toml(text, str(path)):
            return PRICES
        # Loads pydantic, a third of the time until the console's first picture; most towns have no prices of their own.
        from gastown_tui.core.config import read_town

        return prices_of(read_town(text, str(path)))
    except GastownError:
        return PRICES


def spent_of(rows: Iterable[Usage | UsageRow], table: Mapping[str, Price]) -> Spent:
    """What these rows cost together."""
    return total(
        priced(row.model, Tokens(row.input, row.output, row.cache_read, row.cache_write, row.cache_hour), row.calls, table)
        for row in rows
    )
