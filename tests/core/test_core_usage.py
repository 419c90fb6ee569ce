"""What answers cost, and that what has no price is unknown and never 0."""

from __future__ import annotations

import pytest

from gastown_tui.core.models import PRICES, window_of
from gastown_tui.core.transcript import Call
from gastown_tui.core.usage import Counter, Price, Spent, Tokens, priced, total

MADE_UP = {"made-up": Price(1, 10, 0.1, 2)}


def test_each_kind_of_token_has_its_price() -> None:
    spent = priced("made-up", Tokens(1_000_000, 200_000, 3_000_000, 500_000), 4, MADE_UP)
    assert spent.cost == pytest.approx(1 + 2 + 0.3 + 1)
    assert not spent.is_partial


@pytest.mark.parametrize(("price", "dollars"), [(Price(1, 10, 0.1, 1.25), 1.25 + 2), (Price(1, 10, 0.1, 1.25, 3), 1.25 + 3)])
def test_what_is_kept_for_an_hour_has_its_own_price(price: Price, dollars: float) -> None:
    """Without one it is twice the fresh input."""
    spent = priced("m", Tokens(cache_write=2_000_000, cache_hour=1_000_000), 1, {"m": price})
    assert spent.cost == pytest.approx(dollars)


def test_a_counter_of_an_older_version_goes_on_without_counting_twice() -> None:
    counter = Counter.read('{"floor": 1.0, "newest": 2.0, "recent": {"a": [1, 2, 3, 4]}}')
    assert counter.take(Call("a", "m", 2.0, 1, 2, 3, 4)) is None
    assert counter.take(Call("b", "m", 3.0, 1, 2, 3, 9, cache_hour=5)) == (Tokens(1, 2, 3, 9, 5), 1)
    assert Counter.read(counter.write()).take(Call("b", "m", 3.0, 1, 2, 3, 9, cache_hour=5)) is None


@pytest.mark.parametrize(
    ("name", "is_known"),
    [
        ("claude-opus-5-5", True),
        ("claude-sonnet-4-5-20250929", True),
        ("anthropic/claude-sonnet-4-5@20250929", True),
        ("claude-opus-4-8[1m]", True),
        ("gpt-5.1-codex-2026-01-02", True),
        ("gemini-2.5-pro", True),
        ("claude-opus-9", False),
        ("scripted", False),
        ("", False),
    ],
)
def test_a_model_is_found_by_its_name_without_provider_and_date(name: str, is_known: bool) -> None:
    assert (priced(name, Tokens(1), 1, PRICES).cost is not None) is is_known


def test_the_unknown_is_none_and_a_sum_with_it_a_lower_bound() -> None:
    unknown, known = priced("other", Tokens(10), 2, MADE_UP), priced("made-up", Tokens(1_000_000), 1, MADE_UP)
    assert unknown.cost is None
    both = total([unknown, known])
    assert both.cost == 1.0
    assert both.is_partial
    assert both.calls == 3
    assert Spent().cost == 0.0, "nothing was spent, and that is known"


def test_a_model_named_in_the_town_counts_before_the_shipped_one() -> None:
    assert priced("claude-opus-5-5", Tokens(1_000_000), 1, {**PRICES, "claude-opus-5-5": Price(1, 1, 1, 1)}).cost == 1.0


@pytest.mark.parametrize(
    ("name", "window"),
    [("claude-opus-5-5", 1_000_000), ("claude-sonnet-4-6", 200_000), ("claude-sonnet-4-6[1m]", 1_000_000), ("x", 0)],
)
def test_how_much_a_model_holds(name: str, window: int) -> None:
    assert window_of(name) == window
