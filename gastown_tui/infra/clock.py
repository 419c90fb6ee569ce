"""Two clocks: the wall, which people set, and the time since boot, which also runs while the machine sleeps."""

from __future__ import annotations

import time

_BOOT_CLOCK = next(
    (number for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC_RAW") if (number := getattr(time, name, None)) is not None),
    time.CLOCK_MONOTONIC,
)
"""CLOCK_MONOTONIC stands still during sleep on Linux; on macOS the RAW clock is the one that goes on."""


def now() -> float:
    """Unix seconds."""
    return time.time()


def boot_now() -> float:
    """Seconds since boot, sleep included. Only differences within one boot mean anything."""
    return time.clock_gettime(_BOOT_CLOCK)
