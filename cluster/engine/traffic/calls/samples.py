"""Counts of calls over time: cumulative, in arrays that the engine's thread fills and any thread reads."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cluster.engine.traffic.calls.outcome import CLASSES

KEPT: Final = 600
"""Samples that are kept: ten minutes at one a second."""

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


class Extent(NamedTuple):
    """The samples that there were when somebody looked; they never change.

    `times` (cluster seconds) has the shape (n,), `counts` (n, classes) and `seconds` (n,) are sums since
    the beginning; the first row is what had been counted before.
    """

    times: Floats
    counts: Counts
    seconds: Floats

    def since(self, moment: float) -> tuple[Counts, float]:
        """What was counted after a moment, by class, and the calls' seconds in all."""
        at = int(np.searchsorted(self.times, moment, side="right"))
        at = min(max(at - 1, 0), len(self.times) - 1)
        return self.counts[-1] - self.counts[at], float(self.seconds[-1] - self.seconds[at])


class Samples:
    """A ring of samples: full arrays are replaced, never overwritten, so readers need no lock."""

    def __init__(self, now: float) -> None:
        self._times: Floats = np.empty(2 * KEPT)
        self._counts: Counts = np.zeros((2 * KEPT, len(CLASSES)), dtype=np.int64)
        self._seconds: Floats = np.zeros(2 * KEPT)
        self._times[0] = now
        self._length = 1
        self.extent = self._look()

    def append(self, now: float, counts: Counts, seconds: float) -> None:
        """Add what was counted since the last sample, by class, and how long the calls took in all."""
        if self._length == len(self._times):
            self._renew()
        at = self._length
        self._times[at] = now
        self._counts[at] = self._counts[at - 1] + counts
        self._seconds[at] = self._seconds[at - 1] + seconds
        self._length = at + 1
        self.extent = self._look()

    def _renew(self) -> None:
        times, counts, seconds = (self._times, self._counts, self._seconds)
        self._times = np.concatenate((times[-KEPT:], np.empty(KEPT)))
        self._counts = np.concatenate((counts[-KEPT:], np.zeros_like(counts[:KEPT])))
        self._seconds = np.concatenate((seconds[-KEPT:], np.zeros(KEPT)))
        self._length = KEPT

    def _look(self) -> Extent:
        n = self._length
        return Extent(self._times[:n], self._counts[:n], self._seconds[:n])
