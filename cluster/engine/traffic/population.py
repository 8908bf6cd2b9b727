"""The clients of one group of visitors: their addresses, who keeps cookies, and whose turn it is."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from math import floor

import numpy as np
from numpy.typing import NDArray

from cluster.objects.visitors import VisitorsSpec

Indices = NDArray[np.int64]
_CLOSE_ENOUGH = 1e-3
"""What floating-point time may lack of a whole request."""


@lru_cache(maxsize=256)
def addresses(network: str, clients: int) -> tuple[str, ...]:
    """The first `clients` host addresses of a network. Raises ValueError if it is none."""
    parsed = ipaddress.ip_network(network, strict=False)
    first = int(parsed.network_address) + (parsed.num_addresses > 2)
    make = ipaddress.IPv4Address if parsed.version == 4 else ipaddress.IPv6Address
    return tuple(str(make(first + index)) for index in range(clients))


@lru_cache(maxsize=256)
def cookie_keepers(clients: int, percent: int) -> NDArray[np.bool_]:
    """Which clients keep cookies, spread evenly over all; shape (clients,), read-only."""
    steps = np.arange(clients + 1, dtype=np.int64) * percent // 100
    keepers = np.diff(steps) > 0
    keepers.flags.writeable = False
    return keepers


class Population:
    """One group: its clients visit in turn, at even distances in time, without end."""

    def __init__(self, name: str, spec: VisitorsSpec, now: float) -> None:
        self.name = name
        self.spec = spec
        self.clients = addresses(self.spec.network, self.spec.clients)
        self.keepers = cookie_keepers(self.spec.clients, self.spec.cookie_percent)
        self.next_client = 0
        self._since = now
        self._arrived = 0
        self._carried = 0.0

    def change(self, spec: VisitorsSpec, now: float) -> None:
        """Take over another spec; what a request was short of stays owed at the new rate."""
        elapsed = (now - self._since) * self.spec.requests_per_second
        self._carried += elapsed - self._arrived
        self._since, self._arrived = now, 0
        if (spec.network, spec.clients) != (self.spec.network, self.spec.clients):
            self.clients = addresses(spec.network, spec.clients)
            self.next_client = 0
        self.keepers = cookie_keepers(spec.clients, spec.cookie_percent)
        self.spec = spec

    def arrivals(self, now: float) -> int:
        """Requests that have come in since the last call; over time exactly rate times time."""
        due = (now - self._since) * self.spec.requests_per_second + self._carried
        total = floor(due + _CLOSE_ENOUGH)
        fresh = max(total - self._arrived, 0)
        self._arrived += fresh
        return fresh

    def counts(self, n: int, servers: Indices, size: int) -> Indices:
        """Of the next `n` requests those to each of `size` servers, where each client has its own.

        `servers` are theirs, shape (clients,); all -1 where there is none.
        """
        rounds, start, end = self._pass(n)
        if servers[0] < 0:
            return np.zeros(size, dtype=np.int64)
        counts: Indices = np.bincount(servers[start:end], minlength=size)
        if end > len(servers):
            counts += np.bincount(servers[: end - len(servers)], minlength=size)
        if rounds:
            counts += rounds * np.bincount(servers, minlength=size)
        return counts

    def turns(self, n: int) -> Indices:
        """How many of the next `n` requests each client sends, shape (clients,)."""
        size = len(self.clients)
        rounds, start, end = self._pass(n)
        turns = np.empty(size, dtype=np.int64)
        turns.fill(rounds)
        turns[start:end] += 1
        if end > size:
            turns[: end - size] += 1
        return turns

    def _pass(self, n: int) -> tuple[int, int, int]:
        """Whole rounds of `n` requests, and the clients from first to last beyond them; the last may
        lie in the round after."""
        size = len(self.clients)
        rounds, rest = divmod(n, size)
        start = self.next_client
        self.next_client = (start + rest) % size
        return rounds, start, start + rest
