"""What follows a failed model call, and when a context is full."""

from __future__ import annotations

import pytest

from gastown_tui.agent.backoff import TRIES, Failure, FailureKind, GiveUp, Retry, plan, words_for
from gastown_tui.agent.context import needs_handoff, tokens_of
from gastown_tui.core.usage import Tokens

K = FailureKind


@pytest.mark.parametrize(
    ("failure", "tried", "expected"),
    [
        (Failure(K.NO_KEY, ""), 1, GiveUp()),
        (Failure(K.UNAUTHORIZED, "", 401), 1, GiveUp()),
        (Failure(K.TOO_LONG, "", 400), 1, GiveUp()),
        (Failure(K.REFUSED, "", 400), 1, GiveUp()),
        (Failure(K.RATE_LIMIT, "", 429), 1, Retry(1.0)),
        (Failure(K.RATE_LIMIT, "", 429, retry_after=7), 1, Retry(7)),
        (Failure(K.RATE_LIMIT, "", 429, retry_after=0), 1, Retry(0.1)),
        (Failure(K.RATE_LIMIT, "", 429, retry_after=7200), 1, GiveUp()),
        (Failure(K.OVERLOADED, "", 529), 3, Retry(4.0)),
        (Failure(K.SERVER, "", 500), 2, Retry(2.0)),
        (Failure(K.TIMEOUT, ""), 7, Retry(60.0)),
        (Failure(K.NETWORK, ""), TRIES, GiveUp()),
        (Failure(K.BROKEN_STREAM, ""), 1, Retry(1.0)),
    ],
)
def test_passing_failures_are_tried_again(failure: Failure, tried: int, expected: Retry | GiveUp) -> None:
    assert plan(failure, tried) == expected


def test_jitter_only_lengthens() -> None:
    assert plan(Failure(K.SERVER, ""), 1, jitter=1.0) == Retry(1.25)


@pytest.mark.parametrize("kind", K)
def test_each_failure_has_one_clear_line(kind: FailureKind) -> None:
    words = words_for(Failure(kind, "said\nthe server", 500))
    assert "\n" not in words
    assert len(words) > 10


def test_a_context_is_full_at_four_fifths() -> None:
    assert not needs_handoff(Tokens(input=100, cache_read=699), 1000)
    assert needs_handoff(Tokens(input=100, cache_read=600, output=100), 1000)
    assert tokens_of({"input_tokens": 3, "output_tokens": None}) == Tokens(input=3)
