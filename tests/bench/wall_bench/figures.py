"""What was measured, as figures: CPU of process trees, staleness per write, percentiles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

import psutil

MS = 1_000_000


def percentile(values: Iterable[float], part: float) -> float | None:
    """The value below which `part` of them lie; None without any."""
    found = sorted(values)
    return found[min(int(len(found) * part), len(found) - 1)] if found else None


def cpu_of(*processes: psutil.Process) -> float:
    """Seconds of CPU that these took so far, with the children that they waited for."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def viewers_of(process: psutil.Process) -> list[psutil.Process]:
    """A console and its tmux clients. A supervisor that it started is none of its cost."""
    return [process, *(child for child in process.children(recursive=True) if child.name().startswith("tmux"))]


def staleness(
    writes: Mapping[int, Sequence[tuple[int, int]]], seen: Sequence[tuple[int, int, int]], begin: int, end: int
) -> dict[int, list[float]]:
    """Visible pane → for each of its writes the milliseconds until it or a newer one had left the app.

    A write that was never followed by a picture counts with the time to the end of the measurement.

    Args:
        writes: pane → (count, nanoseconds).
        seen: (pane, count, nanoseconds) in order of time.
        begin: only writes from here.
        end: to here count; the measurement goes on for a while after it.
    """
    newest: dict[int, tuple[list[int], list[int]]] = {}
    last = max((at for _, _, at in seen), default=end)
    for pane, count, at in seen:
        counts, times = newest.setdefault(pane, ([], []))
        if not counts or count > counts[-1]:
            counts.append(count)
            times.append(at)
    found: dict[int, list[float]] = {}
    for pane, (counts, times) in newest.items():
        for count, at in writes.get(pane, ()):
            if begin <= at <= end:
                index = bisect_left(counts, count)
                shown = times[index] if index < len(times) else max(last, end)
                found.setdefault(pane, []).append((shown - at) / MS)
    return found


def frames(seen: Sequence[tuple[int, int, int]], seconds: float) -> dict[int, float]:
    """Visible pane → different pictures a second."""
    different: dict[int, set[int]] = {}
    for pane, count, _ in seen:
        different.setdefault(pane, set()).add(count)
    return {pane: len(counts) / seconds for pane, counts in different.items()}
