"""`gt costs`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, say, table
from gastown_tui.cli.session import json_option, open_town
from gastown_tui.core.models import DATED
from gastown_tui.core.usage import Spent
from gastown_tui.services import usage


@click.command(epilog="Example: gt costs --by convoy --days 7")
@click.option("--by", type=click.Choice(usage.WAYS), default="bead", help="What to add up by (default: bead).")
@click.option("-d", "--days", default=0, metavar="N", help="Only the last N days, today included (UTC); 0 for all (default: 0).")
@click.option("--today", is_flag=True, help="The same as --days 1.")
@json_option
def costs(by: str, days: int, today: bool, as_json: bool) -> None:
    """Tokens and money that agents have used, the dearest first.

    Tokens are counted from the agents' own transcripts, every answer once. Money is reckoned from the price table that ships
    and `[prices."MODEL"]` in town.toml; what has no price is unknown and makes the sum a lower bound (≥).
    """
    found = usage.costs(open_town(), by, days=1 if today else days)
    data = {
        "by": by,
        "days": 1 if today else days,
        "lines": [{"key": line.key, "title": line.title, **spent_json(line.spent)} for line in found.lines],
        "total": spent_json(found.total),
        "unpriced_models": list(found.unpriced),
        "skipped_records": found.skipped,
        "prices_dated": DATED,
    }
    rows = [_row(line.key or "—", line.title, line.spent) for line in found.lines]
    head = [by, "cost", "in", "out", "cache read", "written", "answers", ""]
    lines = table([head, *rows, _row("all", "", found.total)]) if rows else []
    emit(data, lines, as_json=as_json)
    if as_json:
        return
    if not rows:
        say("nothing has been used yet")
    if found.unpriced:
        say(f'no price is known for {", ".join(found.unpriced)}; say it in town.toml: [prices."MODEL"]')
    if found.skipped:
        say(f"{found.skipped} records of transcripts could not be read")


def spent_json(spent: Spent) -> dict[str, object]:
    """Numbers of one line; `cost` is null when nothing of it has a price, a lower bound when `cost_is_partial`."""
    used = spent.tokens
    return {
        "cost": None if spent.cost is None else round(spent.cost, 6),
        "cost_is_partial": spent.is_partial,
        "input": used.input,
        "output": used.output,
        "cache_read": used.cache_read,
        "cache_write": used.cache_write,
        "cache_hour": used.cache_hour,
        "answers": spent.calls,
    }


def _row(key: str, title: str, spent: Spent) -> list[str]:
    used = spent.tokens
    cost = "unknown" if spent.cost is None else f"{'≥ ' if spent.is_partial else ''}${spent.cost:.2f}"
    numbers = (used.input, used.output, used.cache_read, used.cache_write, spent.calls)
    return [key, cost, *(f"{number:,}" for number in numbers), title]
