"""Tokens and money: what a model answer cost, and that it is counted once. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gastown_tui.core.transcript import Call

_REMEMBERED = 64
"""Answers of a file that may be told again: a message's records stand close together."""
_DATED = re.compile(r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d|latest)$")
_MILLION = 1_000_000
_KINDS = 5
"""Numbers that are kept of an answer; an older version kept four."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens of each kind."""

    input: float
    output: float
    cache_read: float
    cache_write: float
    cache_hour: float | None = None
    """For what is written into a cache that is kept for an hour; None: twice the fresh input, as Anthropic's price list has it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A sum of tokens by kind."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_hour: int = 0
    """Of `cache_write`, what is kept for an hour."""

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_read + self.cache_write

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            self.cache_hour + other.cache_hour,
        )


@dataclass(frozen=True, slots=True)
class Spent:
    """What something cost as far as that is known. Unknown is never 0: it is counted beside the sum."""

    tokens: Tokens = Tokens()
    calls: int = 0
    known: float = 0.0
    """US dollars of the calls whose model has a price."""
    unpriced: int = 0
    """Calls whose model has none."""

    @property
    def cost(self) -> float | None:
        """US dollars; None when no call has a price. A lower bound while `is_partial`."""
        return None if self.unpriced and self.unpriced == self.calls else self.known

    @property
    def is_partial(self) -> bool:
        """Whether more was spent than `cost` says."""
        return 0 < self.unpriced < self.calls

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.tokens + other.tokens, self.calls + other.calls, self.known + other.known, self.unpriced + other.unpriced)


NOTHING_SPENT = Spent()


def priced(model: str, tokens: Tokens, calls: int, prices: Mapping[str, Price]) -> Spent:
    """The cost of `calls` answers of one model."""
    price = find_price(model, prices)
    if price is None:
        return Spent(tokens, calls, 0.0, calls)
    dollars = (
        tokens.input * price.input
        + tokens.output * price.output
        + tokens.cache_read * price.cache_read
        + (tokens.cache_write - tokens.cache_hour) * price.cache_write
        + tokens.cache_hour * (2 * price.input if price.cache_hour is None else price.cache_hour)
    ) / _MILLION
    return Spent(tokens, calls, dollars, 0)


def find_price(model: str, prices: Mapping[str, Price]) -> Price | None:
    """The price of a model: by its whole name, else without a provider before it and a date behind it."""
    return next((prices[name] for name in names_of(model) if name in prices), None)


def names_of(model: str) -> tuple[str, ...]:
    """The names under which a model may be listed, the most exact first."""
    bare = model.rsplit("/", 1)[-1]
    undated = _DATED.sub("", bare.partition("[")[0])
    return tuple(dict.fromkeys((model, bare, undated)))


def total(spent: Iterable[Spent]) -> Spent:
    """The sum."""
    whole = Spent()
    for one in spent:
        whole += one
    return whole


@dataclass
class Counter:
    """Counts the answers of one file once each, also when the file is read again or begins with what was counted before."""

    floor: float
    """Answers from before this time are not ours: an earlier run's, or counted before the file began anew."""
    newest: float = 0.0
    recent: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """The newest answers with what was counted of each."""

    def take(self, call: Call) -> tuple[Tokens, int] | None:
        """(tokens, answers) of `call` that are new, or None. The same answer may come again with larger numbers."""
        known = self.recent.get(call.id)
        if known is None and call.at and call.at < self.floor:
            return None
        if known is None and call.at and call.at == self.floor and self.newest:
            return None  # what was counted last before the file began anew
        numbers = (call.input, call.output, call.cache_read, call.cache_write, call.cache_hour)
        before = known or (0,) * len(numbers)
        most = tuple(max(pair) for pair in zip(numbers, before, strict=True))
        rest = [new - old for new, old in zip(most, before, strict=True)]
        self.newest = max(self.newest, call.at)
        self.recent.pop(call.id, None)
        self.recent[call.id] = most
        while len(self.recent) > _REMEMBERED:
            del self.recent[next(iter(self.recent))]
        if known is not None and not any(rest):
            return None
        return Tokens(*rest), int(known is None)

    def begin_again(self) -> None:
        """The file was cut or replaced: what comes again was counted."""
        self.floor = max(self.floor, self.newest)

    def write(self) -> str:
        """As JSON."""
        return json.dumps({"floor": self.floor, "newest": self.newest, "recent": self.recent}, ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Counter:
        """From `write`."""
        found = json.loads(text)
        recent = {str(name): tuple(int(n) for n in (*numbers, 0)[:_KINDS]) for name, numbers in found["recent"].items()}
        return cls(float(found["floor"]), float(found["newest"]), recent)
