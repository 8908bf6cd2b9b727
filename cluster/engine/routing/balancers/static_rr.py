"""HAProxy's `balance static-rr` (lb_map.c): the weighted map of the servers, walked round."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.balancers.base import (
    STATIC_WEIGHT_REFUSED,
    BalancerBase,
    Counts,
    IsFull,
    Server,
)
from cluster.engine.routing.hashing import weighted_map


class MapBalancer(BalancerBase):
    """What the algorithms of lb_map.c share: the map, and weights that are all or nothing."""

    def __init__(self, servers: Sequence[Server]) -> None:
        super().__init__(servers)
        self._unit = gcd(*self._weights) or 1
        self._map = self._build_map()

    def set_warmth(self, index: int, sixteenths: int) -> None:
        """Nothing to do: static algorithms give a server its whole weight at once."""

    def set_weight(self, index: int, weight: int) -> None:
        if weight not in (0, self._configured[index].weight):
            raise ValueError(f"weight: Invalid value: {weight}: {STATIC_WEIGHT_REFUSED}")
        super().set_weight(index, weight)

    def _build_map(self) -> NDArray[np.int64]:
        return weighted_map(tuple((self._usable_weights() // self._unit).tolist()))

    def _rebuild(self) -> None:
        self._map = self._build_map()

    def _on_leave(self, index: int) -> None:
        self._rebuild()

    def _on_join(self, index: int) -> None:
        self._rebuild()

    def _on_reweigh(self, index: int) -> None:
        self._rebuild()


class StaticRoundRobin(MapBalancer):
    """Rotation over the map; the place in it outlives a rebuild."""

    algorithm = "static-rr"

    def __init__(self, servers: Sequence[Server]) -> None:
        super().__init__(servers)
        self._place = 0

    def choose(
        self,
        client: str | None = None,
        avoid: int | None = None,
        is_full: IsFull | None = None,
    ) -> int | None:
        total = len(self._map)
        if not total:
            return None
        start = self._place = self._place if self._place < total else 0
        avoided: int | None = None
        for offset in range(total):
            place = (start + offset) % total
            index = int(self._map[place])
            if is_full is not None and is_full(index):
                continue
            if index != avoid:
                break
            avoided = place
        else:
            if avoided is None:
                return None
            place = avoided
        # Not wrapped here: at the end of the map it goes on into a map that has grown meanwhile.
        self._place = place + 1
        return int(self._map[place])

    def counts(self, n: int, clients: Sequence[str] | None = None) -> Counts:
        total = len(self._map)
        if not total or not n:
            return self._zeros()
        start = self._place if self._place < total else 0
        self._place = (start + n - 1) % total + 1
        rounds, rest = divmod(n, total)
        head = np.append(self._map[start : start + rest], self._map[: max(start + rest - total, 0)])
        size = len(self._weights)
        counts: Counts = np.bincount(head, minlength=size)
        return counts + rounds * np.bincount(self._map, minlength=size)
