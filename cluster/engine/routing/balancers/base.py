"""What every balancing algorithm of the router has in common: the interface by which simulation
and sockets ask for servers, and the servers' state as HAProxy's `set server` changes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.hashing import WEIGHT_SCALE
from cluster.engine.routing.weights import MAX_WEIGHT

Counts = NDArray[np.int64]
"""Requests per server, shape (servers,)."""

IsFull = Callable[[int], bool]
"""Whether a server, by its index, can be given no request now: its connections are limited."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server line: its name, its weight 0 to 256, and its id (its place in the list from 1).

    `up` says whether it takes part from the start: active and backup servers of one backend are
    balanced apart, each with the others left out.
    """

    name: str
    weight: int
    id: int
    up: bool = True


class Balancer(Protocol):
    """One backend's balancing algorithm with its state.

    Servers are known by their index in the list that the balancer was made from. None instead of
    an index means that no server is usable: the client gets 503.
    """

    @property
    def algorithm(self) -> str: ...

    @property
    def servers(self) -> Sequence[Server]:
        """The servers with their present weights."""

    def pick(self, client: str | None = None, avoid: int | None = None) -> int | None:
        """The server of one request that is over before the next one comes.

        `client` is the client's address, needed by source; `avoid` is a server that has just
        failed and is taken only if there is no other.
        """

    def counts(self, n: int, clients: Sequence[str] | None = None) -> Counts:
        """Requests for each server out of the next `n`, each over before the next one comes.

        The state advances as by `n` calls of `pick`. Source needs the address of each request in
        `clients`. With no usable server all counts are 0.
        """

    def choose(
        self,
        client: str | None = None,
        avoid: int | None = None,
        is_full: IsFull | None = None,
    ) -> int | None:
        """The server of one request that `take` is told of next, if it gets there at all.

        Servers that are full are passed over. None also means that all usable ones are, or, with
        random, the one that was drawn.
        """

    def take(self, index: int, n: int = 1) -> None:
        """The server has `n` requests more, open until `release`; whoever chose it."""

    def set_waiting(self, index: int, n: int) -> None:
        """So many requests wait for this server alone; noticed when its open requests change."""

    def acquire(self, client: str | None = None, avoid: int | None = None) -> int | None:
        """The server of one request that stays open until `release`: `choose` and `take`."""

    def release(self, index: int) -> None:
        """End of a request that `acquire` gave to this server.

        Raises ValueError where requests are counted and the server has none open.
        """

    def set_weight(self, index: int, weight: int) -> None:
        """`set server … weight`: takes effect at the next pick. Raises ValueError if illegal."""

    def set_usable(self, index: int, usable: bool) -> None:
        """Takes a server out of balancing (down, maint, drain) or puts it back."""

    def set_warmth(self, index: int, sixteenths: int) -> None:
        """How much of its weight, 1 to 16 sixteenths, a server has that is starting slowly."""

    def expected_shares(self) -> NDArray[np.float64]:
        """Long-run share of each server, shape (servers,), as requests come one after another."""


STATIC_WEIGHT_REFUSED: Final = (
    "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'."
)


class BalancerBase(ABC):
    """Weights and usability of the servers; a subclass is told of what changes for balancing."""

    algorithm: str

    def __init__(self, servers: Sequence[Server]) -> None:
        for server in servers:
            _check_weight(server.weight)
        self._configured = tuple(servers)
        self._weights = [server.weight for server in servers]
        self._up = [server.up for server in servers]
        self._warmth = [WEIGHT_SCALE] * len(servers)

    @property
    def servers(self) -> Sequence[Server]:
        return [
            Server(server.name, weight, server.id)
            for server, weight in zip(self._configured, self._weights, strict=True)
        ]

    def is_usable(self, index: int) -> bool:
        """Whether the server takes part in balancing: up, and with a weight above 0."""
        return self._up[index] and self._weights[index] > 0

    def set_weight(self, index: int, weight: int) -> None:
        _check_weight(weight)
        before, was_usable = self._weights[index], self.is_usable(index)
        if weight == before:
            return  # HAProxy: a command that changes nothing does nothing, not even reorder
        self._weights[index] = weight
        self._notify(index, was_usable, reweighed=True)

    def set_usable(self, index: int, usable: bool) -> None:
        was_usable = self.is_usable(index)
        self._up[index] = usable
        self._notify(index, was_usable, reweighed=False)

    def set_warmth(self, index: int, sixteenths: int) -> None:
        if not 1 <= sixteenths <= WEIGHT_SCALE:
            raise ValueError(f"sixteenths: Invalid value: {sixteenths}: must be from 1 to 16")
        if sixteenths != self._warmth[index]:
            self._warmth[index] = sixteenths
            if self.is_usable(index):
                self._on_reweigh(index)

    def _effective(self, index: int) -> int:
        """HAProxy's effective weight of the server: 16 for each unit of weight when warm."""
        return self._weights[index] * self._warmth[index]

    def _notify(self, index: int, was_usable: bool, *, reweighed: bool) -> None:
        usable = self.is_usable(index)
        if was_usable and not usable:
            self._on_leave(index)
        elif usable and not was_usable:
            self._on_join(index)
        elif usable and reweighed:
            self._on_reweigh(index)

    @abstractmethod
    def _on_leave(self, index: int) -> None:
        """The server has become unusable."""

    @abstractmethod
    def _on_join(self, index: int) -> None:
        """The server has become usable, with its present weight."""

    @abstractmethod
    def _on_reweigh(self, index: int) -> None:
        """The server has a new weight and stays usable."""

    @abstractmethod
    def choose(
        self,
        client: str | None = None,
        avoid: int | None = None,
        is_full: IsFull | None = None,
    ) -> int | None: ...

    def pick(self, client: str | None = None, avoid: int | None = None) -> int | None:
        return self.choose(client, avoid)

    def acquire(self, client: str | None = None, avoid: int | None = None) -> int | None:
        return self.choose(client, avoid)

    def take(self, index: int, n: int = 1) -> None:  # noqa: B027 (as for `release`)
        """Nothing to do: the algorithm does not look at open requests."""

    def set_waiting(self, index: int, n: int) -> None:  # noqa: B027 (as for `release`)
        """Nothing to do: the algorithm does not look at queues."""

    def release(self, index: int) -> None:  # noqa: B027 (rightly empty where load does not count)
        """Nothing to do: the algorithm does not look at open requests."""

    def _zeros(self) -> Counts:
        return np.zeros(len(self._weights), dtype=np.int64)

    def _usable_weights(self) -> NDArray[np.int64]:
        return np.array(self._weights, dtype=np.int64) * np.array(self._up, dtype=np.int64)

    def expected_shares(self) -> NDArray[np.float64]:
        weights = self._usable_weights()
        shares: NDArray[np.float64] = weights / max(int(weights.sum()), 1)
        return shares


def _check_weight(weight: int) -> None:
    if not 0 <= weight <= MAX_WEIGHT:
        raise ValueError(f"weight: Invalid value: {weight}: must be an integer from 0 to 256")


def runtime_weight(value: str, configured: int) -> int:
    """The weight that `set server … weight VALUE` means: `0` to `256`, or `P%` of the configured.

    Raises ValueError as HAProxy refuses it.
    """
    number = value.removesuffix("%")
    if not (number.isascii() and number.isdigit()):
        raise ValueError(f'weight: Invalid value: "{value}": must be a number or a percentage')
    weight = int(number)
    if value.endswith("%"):
        return min(configured * weight // 100, MAX_WEIGHT)
    _check_weight(weight)
    return weight
