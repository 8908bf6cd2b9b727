"""HAProxy's `balance source`: the client's address decides, by the weighted map (lb_map.c, the
default on HTTP routes) or by the ring (lb_chash.c, `hash-type consistent`, passthrough routes)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.balancers.base import BalancerBase, Counts, IsFull, Server
from cluster.engine.routing.balancers.static_rr import MapBalancer
from cluster.engine.routing.hashing import (
    UInt32Array,
    address_hash,
    address_hashes,
    full_hash,
    full_hashes,
    usable_ring,
)

KEPT_POPULATIONS: Final = 8
"""Client populations whose servers are remembered until the configuration changes."""

NO_SERVER: Final = -1


class SourceBase(BalancerBase):
    """Every client has its server, which depends on nothing but the usable servers."""

    algorithm = "source"

    def __init__(self, servers: Sequence[Server], *, avalanche: bool) -> None:
        super().__init__(servers)
        self._avalanche = avalanche
        self._known: dict[tuple[str, ...], NDArray[np.int64]] = {}

    def servers_for(self, clients: Sequence[str]) -> NDArray[np.int64]:
        """The server of each client's requests, shape (clients,); -1 where no server is usable.

        Raises ValueError naming an address that is not one. The answer is read-only and kept
        while servers and weights stay as they are.
        """
        population = tuple(clients)
        servers = self._known.get(population)
        if servers is None:
            hashes = address_hashes(population)
            servers = self._map_hashes(full_hashes(hashes) if self._avalanche else hashes)
            servers.flags.writeable = False
            if len(self._known) >= KEPT_POPULATIONS:
                del self._known[next(iter(self._known))]
            self._known[population] = servers
        return servers

    def choose(
        self,
        client: str | None = None,
        avoid: int | None = None,
        is_full: IsFull | None = None,
    ) -> int | None:
        # A client has its server, full or not: it waits in that server's queue.
        if client is None:
            raise ValueError("client: Required value: balance source needs the client's address")
        number = address_hash(client)
        return self._map_hash(full_hash(number) if self._avalanche else number, avoid)

    def counts(self, n: int, clients: Sequence[str] | None = None) -> Counts:
        if clients is None or len(clients) != n:
            raise ValueError(f"clients: Required value: the addresses of all {n} requests")
        servers = self.servers_for(clients)
        return np.bincount(servers[servers != NO_SERVER], minlength=len(self._weights))

    @abstractmethod
    def _map_hash(self, number: int, avoid: int | None) -> int | None: ...

    @abstractmethod
    def _map_hashes(self, numbers: UInt32Array) -> NDArray[np.int64]: ...


class MapSource(SourceBase, MapBalancer):
    """`hash-type map-based`: a change of the usable servers moves most clients."""

    def __init__(self, servers: Sequence[Server], *, avalanche: bool = False) -> None:
        super().__init__(servers, avalanche=avalanche)

    def _rebuild(self) -> None:
        super()._rebuild()
        self._known.clear()

    def _map_hash(self, number: int, avoid: int | None) -> int | None:
        # The map knows no server to avoid: the client gets the same dead one again.
        total = len(self._map)
        return int(self._map[number % total]) if total else None

    def _map_hashes(self, numbers: UInt32Array) -> NDArray[np.int64]:
        if not len(self._map):
            return np.full(len(numbers), NO_SERVER, dtype=np.int64)
        servers: NDArray[np.int64] = self._map[numbers % np.uint32(len(self._map))]
        return servers


class RingSource(SourceBase):
    """`hash-type consistent`: a server that goes takes only its own clients with it."""

    def __init__(self, servers: Sequence[Server], *, avalanche: bool = True) -> None:
        super().__init__(servers, avalanche=avalanche)
        self._rebuild()

    def _rebuild(self) -> None:
        ids = [server.id for server in self._configured]
        self._ring = usable_ring(ids, self._weights, self._up)
        self._known.clear()

    def _on_leave(self, index: int) -> None:
        self._rebuild()

    def _on_join(self, index: int) -> None:
        self._rebuild()

    def _on_reweigh(self, index: int) -> None:
        self._rebuild()

    def _map_hash(self, number: int, avoid: int | None) -> int | None:
        return None if self._ring is None else self._ring.winner(number, avoid)

    def _map_hashes(self, numbers: UInt32Array) -> NDArray[np.int64]:
        if self._ring is None:
            return np.full(len(numbers), NO_SERVER, dtype=np.int64)
        return self._ring.winners(numbers)

    def expected_shares(self) -> NDArray[np.float64]:
        """Shares of clients whose addresses are spread evenly: the arcs of the ring."""
        return np.zeros(len(self._weights)) if self._ring is None else self._ring.shares.copy()
