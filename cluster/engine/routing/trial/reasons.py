"""Why a request got the server that it got, in a few words: cookie, hash, turn, or load."""

from __future__ import annotations

from math import gcd

from cluster.engine.routing.backends import Backend
from cluster.engine.routing.hashing import address_hash
from cluster.engine.routing.proxy import ProxyBackend, Stream


class Reasons:
    """Explains the choices of one backend, in the order in which they are made."""

    def __init__(self, backend: Backend, proxy: ProxyBackend) -> None:
        self._backend = backend
        self._proxy = proxy
        self._turns = 0
        weights = [server.weight for server in backend.servers]
        self._unit = gcd(*weights) or 1
        self._weighted = len(set(weights)) > 1

    def of(self, stream: Stream) -> str:
        """Why the stream has just been given its server, whose slot it already holds."""
        assert stream.server is not None
        if stream.direct:
            return "cookie names this pod"
        usable = [server for server in self._proxy.servers if server.usable]
        if len(usable) == 1:
            return "the only pod that takes new requests"
        algorithm = self._backend.algorithm
        if algorithm == "source":
            return self._hash(stream.client or "")
        if algorithm == "roundrobin":
            return self._turn(stream.server)
        in_flight = self._proxy.servers[stream.server].served - 1
        weight = self._backend.servers[stream.server].weight
        by_weight = f" for a weight of {weight}" if self._weighted else ""
        if algorithm == "leastconn":
            return f"least connections: {in_flight} in flight{by_weight}"
        return f"random: the less busy of two draws, {in_flight} in flight{by_weight}"

    def _hash(self, client: str) -> str:
        """Map-based: the address as a number, modulo the places in the map of servers (lb_map.c)."""
        if self._backend.choice.hash_type is not None:
            return f"hash ring: the server nearest to the hash of {client}"
        places = sum(server.weight // self._unit for server in self._proxy.servers if server.usable)
        return f"hash of {client} mod {places} is {address_hash(client) % places}"

    def _turn(self, index: int) -> str:
        self._turns += 1
        text = f"roundrobin: turn {self._turns} of the rotation"
        if not self._weighted:
            return text
        total = sum(server.weight for server in self._proxy.servers if server.usable)
        return f"{text}, weight {self._backend.servers[index].weight} of {total}"
