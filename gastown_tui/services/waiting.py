"""Waiting until the supervisor has made a wish true, by polling the ledger: for verbs with --wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from gastown_tui.core.errors import Unavailable

STEP = 0.1
"""Seconds between two looks. One look costs some ten microseconds while nothing changes."""


def wait_for(is_true: Callable[[], bool], seconds: float, what: str) -> None:
    """Returns when `is_true`; asks every 0.1 s.

    Raises:
        Unavailable: not within `seconds`; the wish stays in the ledger.
    """
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            raise Unavailable(f"{what} did not happen within {seconds:g} s", hint="it is still wanted; see gt status")
        time.sleep(STEP)
