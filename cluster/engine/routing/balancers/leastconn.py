"""HAProxy's `balance leastconn` (lb_fwlc.c): the server with the fewest open requests for its
weight, the one that came to that number first where several are equal."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush, heapreplace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.balancers.base import Counts, IsFull, Server
from cluster.engine.routing.balancers.deadlines import Entry
from cluster.engine.routing.balancers.loads import LoadedBalancer

LOAD_SCALE: Final = 4096


class LeastConn(LoadedBalancer):
    """A queue ordered by load, first come first served among equals.

    An idle server counts as 0 whatever its weight, so requests that do not overlap simply rotate.
    """

    algorithm = "leastconn"

    def __init__(self, servers: Sequence[Server]) -> None:
        super().__init__(servers)
        self._serial = 0
        self._serials = [0] * len(servers)
        self._keys = [0] * len(servers)
        self._queue: list[Entry] = []
        for index in range(len(servers)):
            if self.is_usable(index):
                self._insert(index)

    # The queue: entries of servers that have moved on are skipped when they come up.

    def _key(self, index: int) -> int:
        load = self._loads[index] + self._waiting[index]
        if not load:
            return 0
        return (load + 1) * LOAD_SCALE // self._effective(index)

    def _entry(self, index: int) -> Entry:
        self._serial += 1
        self._serials[index] = self._serial
        key = self._keys[index] = self._key(index)
        return (key, self._serial, index)

    def _insert(self, index: int) -> None:
        heappush(self._queue, self._entry(index))

    def _has_moved(self, index: int) -> bool:
        return self.is_usable(index) and self._key(index) != self._keys[index]

    def _first(self) -> Entry | None:
        queue, serials = self._queue, self._serials
        while queue and serials[queue[0][2]] != queue[0][1]:
            heappop(queue)
        return queue[0] if queue else None

    def choose(
        self,
        client: str | None = None,
        avoid: int | None = None,
        is_full: IsFull | None = None,
    ) -> int | None:
        """The choice moves nothing: taking the connection does."""
        first = self._first()
        if first is None or (is_full is None and first[2] != avoid):
            return None if first is None else first[2]
        passed: list[Entry] = []
        found: int | None = None
        avoided: int | None = None
        while (entry := self._first()) is not None:
            if is_full is None or not is_full(entry[2]):
                if entry[2] != avoid:
                    found = entry[2]
                    break
                avoided = entry[2]
            passed.append(heappop(self._queue))
        for entry in passed:
            heappush(self._queue, entry)
        return avoided if found is None else found

    # Requests

    def _on_take(self, index: int) -> None:
        if not self._has_moved(index):
            return
        if self._queue and self._queue[0][2] == index:
            heapreplace(self._queue, self._entry(index))
        else:
            self._insert(index)
            self._tidy()

    def _on_release(self, moved: Sequence[int]) -> None:
        for index in moved:
            if self._has_moved(index):
                self._insert(index)
        self._tidy()

    def _tidy(self) -> None:
        """Drops entries that were left behind once they outnumber the others many times."""
        if len(self._queue) > 16 + 8 * len(self._loads):
            self._queue = [entry for entry in self._queue if self._serials[entry[2]] == entry[1]]
            heapify(self._queue)

    def acquire_many(self, n: int) -> NDArray[np.int64]:
        if self._first() is None:
            return np.zeros(0, dtype=np.int64)
        queue, serials, keys = self._queue, self._serials, self._keys
        loads, waiting = self._loads, self._waiting
        effective = [self._effective(index) for index in range(len(loads))]
        serial = self._serial
        chosen: list[int] = []
        while len(chosen) < n:
            _, stamp, index = queue[0]
            if serials[index] != stamp:
                heappop(queue)
                continue
            loads[index] += 1
            serial += 1
            serials[index] = serial
            load = loads[index] + waiting[index]
            key = keys[index] = (load + 1) * LOAD_SCALE // effective[index]
            heapreplace(queue, (key, serial, index))
            chosen.append(index)
        self._serial = serial
        return np.array(chosen, dtype=np.int64)

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
        first = self._first()
        if first is None or not n:
            return counts
        live = [entry for entry in self._queue if self._serials[entry[2]] == entry[1]]
        rota = [index for key, _, index in sorted(live) if key == first[0]]
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
        self._serials[index] = 0

    def _on_join(self, index: int) -> None:
        self._insert(index)

    def _on_reweigh(self, index: int) -> None:
        self._insert(index)
