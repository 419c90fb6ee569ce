"""Ages, clocks, bars and names, the same on every screen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from gastown_tui.core.evidence import Light
from gastown_tui.core.snapshot import Digest
from gastown_tui.core.usage import Spent
from gastown_tui.tui.commands import BY_ID, key_of
from gastown_tui.tui.paint import KEY, Row
from gastown_tui.tui.text import Spans, clean
from gastown_tui.tui.tokens import GLYPH

WORKER_WORDS = {
    "polecat": "polecat · worker",
    "crew": "crew · lasting worker",
    "mayor": "mayor · planner",
    "witness": "witness · watcher",
    "refinery": "refinery · merge queue",
    "deacon": "deacon · health",
    "dog": "dog · chores",
}
"""Gas Town's word and the plain one."""


ROUGH = 5.0
"""Seconds: the steps of ages that nobody decides by."""


def age(seconds: float) -> str:
    """`8s`, `4m`, `3h`, `2d`: the largest whole unit; nothing is younger than 0 s."""
    seconds = max(int(seconds), 0)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def rough_age(seconds: float) -> str:
    """The same in steps of five seconds: what is drawn anew each second costs a quiet console most of what it costs."""
    return age(seconds - seconds % ROUGH if seconds > ROUGH else seconds)


def clock(at: float) -> str:
    """Wall clock, HH:MM, in the overseer's own time zone."""
    return time.strftime("%H:%M", time.localtime(at))


def short(address: str) -> str:
    """An agent's name without its rig and role, `RIG/refinery` as `refinery`."""
    return clean(address.rsplit("/", 1)[-1])


def told_apart(addresses: Iterable[str]) -> dict[str, str]:
    """Each address's name, with its rig where another has the same name."""
    names = {address: short(address) for address in addresses}
    often = Counter(names.values())
    return {
        address: f"{clean(address.partition('/')[0])}/{name}" if often[name] > 1 and "/" in address else name
        for address, name in names.items()
    }


def mark(light: Light) -> tuple[str, str]:
    """The state's shape in its colour."""
    return GLYPH[light], light.value


def bar(done: int, total: int, width: int = 8) -> Spans:
    """`━━━━────  3/8`."""
    full = round(done / total * width) if total else 0
    if done and not full:
        full = 1
    return (("━" * full, "brand"), ("─" * (width - full), "line"), (f" {done}/{total}".rjust(6), "soft"))


def inside(path: str, root: str) -> str:
    """A path as seen from the town, whole when it lies elsewhere."""
    return clean(path.removeprefix(f"{root}/")) if root else clean(path)


def money(spent: Spent | None) -> str:
    """`$1.20`, `≥ $1.20` when some of it has no price, "" when nothing has one."""
    if spent is None or spent.cost is None or not spent.calls:
        return ""
    amount = "<$0.01" if 0 < spent.cost < 0.01 else f"${spent.cost:.2f}"
    return f"≥ {amount}" if spent.is_partial else amount


def spending(spent: Spent | None) -> str:
    """`1.2M tokens $3.40`; of tokens without a price only how many; "" for nothing."""
    if spent is None or not spent.tokens.total:
        return ""
    return f"{count(spent.tokens.total)} tokens {money(spent) or 'price unknown'}"


def fill(digest: Digest | None) -> str:
    """`61%`: how full the conversation is; "" when that is not known."""
    share = digest.fill if digest is not None else None
    return "" if share is None else f"{share:.0%}"


def count(number: int) -> str:
    """`950`, `12k`, `3.4M`."""
    if number < 1000:
        return str(number)
    return f"{number / 1000:.0f}k" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"


def title(words: str, right: str = "", *, indent: int = 0) -> Row:
    """A section's heading."""
    return Row(((words, "b soft"),), ((right, "faint"),) if right else (), indent=indent)


def keys(*pairs: tuple[str, str]) -> Spans:
    """`a allow  r refuse`: keys in bold ink, their words soft. A command's id stands for the key that it has now."""
    spans: list[tuple[str, str]] = []
    for key, word in pairs:
        spans += [(key_of(key) if key in BY_ID else key, f"b ink {KEY}"), (f" {word}", "soft"), ("  ", "")]
    return tuple(spans[:-1])


BLANK = Row()
