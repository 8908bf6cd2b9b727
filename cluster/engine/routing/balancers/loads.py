"""Open requests per server, for the algorithms that look at them: leastconn and random."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.balancers.base import BalancerBase, Counts, Server

Due = tuple[float, int, int]
"""When an open request ends, the number by which it came, and its server."""


class Arrivals(NamedTuple):
    """Requests that come in one after another: the first `gap` seconds after `start`."""

    start: float
    gap: float
    n: int
    number: int
    """The number of the first one; of requests that end together the first to come ends first."""


class LoadedBalancer(BalancerBase):
    """A balancer that counts what each server has in service."""

    def __init__(self, servers: Sequence[Server]) -> None:
        super().__init__(servers)
        self._loads = [0] * len(servers)
        self._waiting = [0] * len(servers)

    @property
    def loads(self) -> Sequence[int]:
        """Open requests of each server."""
        return tuple(self._loads)

    def take(self, index: int, n: int = 1) -> None:
        self._loads[index] += n
        self._on_take(index)

    def set_waiting(self, index: int, n: int) -> None:
        self._waiting[index] = n

    def acquire(self, client: str | None = None, avoid: int | None = None) -> int | None:
        index = self.choose(client, avoid)
        if index is not None:
            self.take(index)
        return index

    @abstractmethod
    def acquire_many(self, n: int) -> NDArray[np.int64]:
        """The servers of `n` requests that arrive one after another and stay open, in order.

        Shape (n,), or (0,) when no server is usable.
        """

    def release(self, index: int) -> None:
        self._require_open(index, 1)
        self._loads[index] -= 1
        self._on_release([index])

    def release_many(self, indices: Sequence[int] | NDArray[np.int64]) -> None:
        """Ends requests in this order, as by `release` of each.

        With no pick in between only each server's last move counts, so the cost goes with the
        number of servers. Raises ValueError, and ends none, if a server has not that many open.
        """
        ended = np.asarray(indices, dtype=np.int64)
        per_server: Counts = np.bincount(ended, minlength=len(self._loads))
        for index in np.flatnonzero(per_server).tolist():
            self._require_open(index, int(per_server[index]))
        last = np.full(len(self._loads), -1, dtype=np.int64)
        last[ended] = np.arange(len(ended))
        moved: list[int] = np.argsort(last)[np.count_nonzero(last < 0) :].tolist()
        for index in moved:
            self._loads[index] -= int(per_server[index])
        self._on_release(moved)

    def follow(
        self, arrivals: Arrivals, stays: Sequence[float], hold: float, due: list[Due]
    ) -> list[int]:
        """The servers of requests that come and go, in the order of coming; [] if none is usable.

        Each stays open for its server's part of `stays` and for `hold`, in seconds. `due` is a heap
        of the open requests: they end in time, new ones are added. Subclasses do the same in one
        loop, as a call for every request that comes or goes costs more than the decision.
        """
        at, chosen = arrivals.start, list[int]()
        for number in range(arrivals.number, arrivals.number + arrivals.n):
            at += arrivals.gap
            self.end_due(due, at)
            index = self.acquire()
            if index is None:
                break
            chosen.append(index)
            heappush(due, (at + stays[index] + hold, number, index))
        return chosen

    def end_due(self, due: list[Due], now: float) -> None:
        """End the requests of the heap that are due by now."""
        while due and due[0][0] <= now:
            self.release(heappop(due)[2])

    def _require_open(self, index: int, count: int) -> None:
        if self._loads[index] < count:
            name, held = self._configured[index].name, self._loads[index]
            raise ValueError(f"index: Invalid value: {index}: {name} has {held} open requests")

    @abstractmethod
    def _on_take(self, index: int) -> None:
        """The server has more open requests now."""

    @abstractmethod
    def _on_release(self, moved: Sequence[int]) -> None:
        """These servers have fewer open requests now; each was changed last in this order."""
