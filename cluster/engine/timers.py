"""The event heap: everything timed in the cluster waits here, ordered by time and then by arrival."""

from __future__ import annotations

import heapq
from typing import NamedTuple

from cluster.objects.meta import Key


class Timer(NamedTuple):
    """At `at` (cluster seconds), `key` is due in the queue of that name."""

    at: float
    serial: int
    queue: str
    key: Key


class Timers:
    """A heap of timers. The serial makes equal times deterministic (SimPy's rule)."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._heap)

    def schedule(self, at: float, queue: str, key: Key) -> None:
        """Make a key due at a time."""
        self._serial += 1
        heapq.heappush(self._heap, Timer(at, self._serial, queue, key))

    def next_at(self) -> float | None:
        """When the earliest timer is due, or None."""
        return self._heap[0].at if self._heap else None

    def pop_due(self, now: float) -> Timer | None:
        """The earliest timer if it is due by now."""
        if self._heap and self._heap[0].at <= now:
            return heapq.heappop(self._heap)
        return None
