"""HAProxy's `balance leastconn` (lb_fwlc.c): the server with the fewest open requests for its
weight, the one that came to that number first where several are equal."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush, heapreplace
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.balancers.base import Counts, IsFull, Server
from cluster.engine.routing.balancers.filling import LOAD_SCALE, fill
from cluster.engine.routing.balancers.loads import Arrivals, Due, LoadedBalancer

# A rank in the queue is one number, as numbers compare faster than tuples: the key, above the serial
# of the insertion, above the server's index.
_INDEX_BITS: Final = 20
_INDEX: Final = (1 << _INDEX_BITS) - 1
_KEY_SHIFT: Final = 64 + _INDEX_BITS


class LeastConn(LoadedBalancer):
    """A queue ordered by load, first come first served among equals.

    An idle server counts as 0 whatever its weight, so requests that do not overlap simply rotate.
    """

    algorithm = "leastconn"

    def __init__(self, servers: Sequence[Server]) -> None:
        super().__init__(servers)
        self._serial = 0
        self._ranks = [0] * len(servers)
        # Effective weights, 0 for servers that are not usable.
        self._divisors = [0] * len(servers)
        self._queue: list[int] = []
        for index in range(len(servers)):
            if self.is_usable(index):
                self._on_join(index)

    # The queue: ranks of servers that have moved on are skipped when they come up.

    def _key(self, index: int) -> int:
        load = self._loads[index] + self._waiting[index]
        if not load:
            return 0
        return (load + 1) * LOAD_SCALE // self._divisors[index]

    def _rank(self, index: int) -> int:
        self._serial += 1
        rank = (self._key(index) << _KEY_SHIFT) + (self._serial << _INDEX_BITS) + index
        self._ranks[index] = rank
        return rank

    def _insert(self, index: int) -> None:
        heappush(self._queue, self._rank(index))

    def _has_moved(self, index: int) -> bool:
        return self._divisors[index] > 0 and self._key(index) != self._ranks[index] >> _KEY_SHIFT

    def _first(self) -> int | None:
        """The server that is next."""
        queue, ranks = self._queue, self._ranks
        while queue:
            index = queue[0] & _INDEX
            if ranks[index] == queue[0]:
                return index
            heappop(queue)
        return None

    def choose(
        self,
        client: str | None = None,
        avoid: int | None = None,
        is_full: IsFull | None = None,
    ) -> int | None:
        """The choice moves nothing: taking the connection does."""
        first = self._first()
        if first is None or (is_full is None and first != avoid):
            return first
        passed: list[int] = []
        found: int | None = None
        avoided: int | None = None
        while (index := self._first()) is not None:
            if is_full is None or not is_full(index):
                if index != avoid:
                    found = index
                    break
                avoided = index
            passed.append(heappop(self._queue))
        for rank in passed:
            heappush(self._queue, rank)
        return avoided if found is None else found

    # Requests

    def _on_take(self, index: int) -> None:
        if not self._has_moved(index):
            return
        if self._queue and self._queue[0] & _INDEX == index:
            heapreplace(self._queue, self._rank(index))
        else:
            self._insert(index)
            self._tidy()

    def _on_release(self, moved: Sequence[int]) -> None:
        for index in moved:
            if self._has_moved(index):
                self._insert(index)
        self._tidy()

    def _tidy(self) -> None:
        """Drops ranks that were left behind once they outnumber the others many times."""
        if len(self._queue) > 16 + 8 * len(self._loads):
            self._queue = self._live()
            heapify(self._queue)

    def _live(self) -> list[int]:
        return [rank for rank in self._ranks if rank]

    def acquire_many(self, n: int) -> NDArray[np.int64]:
        live = sorted(self._live())
        if not live or not n:
            return np.zeros(0, dtype=np.int64)
        queue = np.array([rank & _INDEX for rank in live])
        places = fill(
            np.array([rank >> _KEY_SHIFT for rank in live]),
            np.array([self._loads[index] + self._waiting[index] for index in queue]),
            np.array([self._divisors[index] for index in queue]),
            n,
        )
        if places is None:
            everlasting = Arrivals(0.0, 0.0, n, 0)
            return np.array(self.follow(everlasting, [inf] * len(self._loads), 0.0, []))
        chosen: NDArray[np.int64] = queue[places]
        last = np.full(len(self._loads), -1)
        last[chosen] = np.arange(n)
        for index, count in enumerate(np.bincount(chosen).tolist()):
            self._loads[index] += count
        for index in np.argsort(last)[np.count_nonzero(last < 0) :].tolist():
            self._insert(index)
        self._tidy()
        return chosen

    def follow(
        self, arrivals: Arrivals, stays: Sequence[float], hold: float, due: list[Due]
    ) -> list[int]:
        if self._first() is None:
            return super().follow(arrivals, stays, hold, due)
        queue, ranks, loads, waiting = self._queue, self._ranks, self._loads, self._waiting
        divisors = self._divisors
        serial = self._serial << _INDEX_BITS
        at, gap = arrivals.start, arrivals.gap
        chosen: list[int] = []
        for number in range(arrivals.number, arrivals.number + arrivals.n):
            at += gap
            while due and due[0][0] <= at:
                index = heappop(due)[2]
                loads[index] -= 1
                if divisors[index]:
                    load = loads[index] + waiting[index]
                    key = (load + 1) * LOAD_SCALE // divisors[index] if load else 0
                    if key != ranks[index] >> _KEY_SHIFT:
                        serial += 1 << _INDEX_BITS
                        ranks[index] = rank = (key << _KEY_SHIFT) + serial + index
                        heappush(queue, rank)
            while ranks[index := queue[0] & _INDEX] != queue[0]:
                heappop(queue)
            loads[index] += 1
            key = (loads[index] + waiting[index] + 1) * LOAD_SCALE // divisors[index]
            if key != ranks[index] >> _KEY_SHIFT:
                serial += 1 << _INDEX_BITS
                ranks[index] = rank = (key << _KEY_SHIFT) + serial + index
                heapreplace(queue, rank)
            chosen.append(index)
            heappush(due, (at + stays[index] + hold, number, index))
        self._serial = serial >> _INDEX_BITS
        self._tidy()
        return chosen

    def pick(self, client: str | None = None, avoid: int | None = None) -> int | None:
        index = self.acquire(client, avoid)
        if index is not None:
            self.release(index)
        return index

    def counts(self, n: int, clients: Sequence[str] | None = None) -> Counts:
        """Requests that do not overlap go round the least loaded servers, in their order.

        Each takes its server to the end of those with the same load.
        """
        counts = self._zeros()
        live = sorted(self._live())
        if not live or not n:
            return counts
        least = live[0] >> _KEY_SHIFT
        rota = [rank & _INDEX for rank in live if rank >> _KEY_SHIFT == least]
        rounds, rest = divmod(n, len(rota))
        counts[rota] = rounds
        counts[rota[:rest]] += 1
        moved = (rota[rest:] if rounds else []) + rota[:rest]
        for index in moved:
            self._insert(index)
        self._tidy()
        return counts

    def expected_shares(self) -> NDArray[np.float64]:
        """Of requests that do not overlap: equal shares of the usable servers."""
        usable = (self._usable_weights() > 0).astype(np.float64)
        shares: NDArray[np.float64] = usable / max(usable.sum(), 1.0)
        return shares

    # Run-time changes

    def _on_leave(self, index: int) -> None:
        self._ranks[index] = self._divisors[index] = 0

    def _on_join(self, index: int) -> None:
        self._on_reweigh(index)

    def _on_reweigh(self, index: int) -> None:
        self._divisors[index] = self._effective(index)
        self._insert(index)
