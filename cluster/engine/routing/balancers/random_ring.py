"""HAProxy's `balance random(N)` (`get_server_rnd`): N random places on the ring of consistent
hashing, and of their servers the one with the fewest open requests for its weight."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.balancers.base import Counts, IsFull, Server
from cluster.engine.routing.balancers.loads import Arrivals, Due, LoadedBalancer
from cluster.engine.routing.hashing import U32, UInt32Array, usable_ring

DEFAULT_DRAWS: Final = 2
"""`random` means `random(2)`."""


class Draws(Protocol):
    """A source of uniform 32-bit numbers."""

    def draw(self) -> int: ...

    def draw_many(self, n: int) -> UInt32Array: ...

    def draw_next(self, n: int) -> UInt32Array:
        """The numbers that `n` calls of `draw` would give."""


class XorShift32:
    """The generator of HAProxy 2.4 to 2.9 (`statistical_prng`), started from a fixed number."""

    START: Final = 2463534242

    def __init__(self, thread: int = 0) -> None:
        self._state = (self.START + 64 * thread) & U32

    def draw(self) -> int:
        x = self._state
        x ^= (x << 13) & U32
        x ^= x >> 17
        x ^= (x << 5) & U32
        self._state = x
        return x

    def draw_many(self, n: int) -> UInt32Array:
        return np.fromiter((self.draw() for _ in range(n)), dtype=np.uint32, count=n)

    draw_next = draw_many


class GeneratorDraws:
    """A NumPy generator as a source: the law counts, not the sequence."""

    BLOCK: Final = 256
    """Single numbers are drawn in blocks: a call for each would cost more than all the rest."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._block: UInt32Array = np.empty(0, dtype=np.uint32)
        # A view gives plain integers: faster than the array for a single number.
        self._numbers = self._block.data
        self._at = 0

    def draw(self) -> int:
        if self._at == len(self._block):
            self._renew()
        self._at += 1
        return self._numbers[self._at - 1]

    def draw_many(self, n: int) -> UInt32Array:
        return self.rng.integers(U32 + 1, size=n, dtype=np.uint32)

    def draw_next(self, n: int) -> UInt32Array:
        stop = self._at + n
        if stop <= len(self._block):
            part = self._block[self._at : stop]
            self._at = stop
            return part
        parts = [self._block[self._at :]]
        missing = n - len(parts[0])
        while missing > 0:
            self._renew()
            parts.append(self._block[:missing])
            self._at = len(parts[-1])
            missing -= self._at
        return np.concatenate(parts)

    def _renew(self) -> None:
        self._block = self.draw_many(self.BLOCK)[::-1]
        self._numbers = self._block.data
        self._at = 0


class RandomRing(LoadedBalancer):
    """Random places on the ring; at equal load the last one drawn wins."""

    def __init__(
        self, servers: Sequence[Server], *, draws: int, rng: np.random.Generator | XorShift32
    ) -> None:
        super().__init__(servers)
        self.algorithm = "random" if draws == DEFAULT_DRAWS else f"random({draws})"
        self._draws = draws
        self._rng: Draws = rng if isinstance(rng, XorShift32) else GeneratorDraws(rng)
        self._generator = None if isinstance(rng, XorShift32) else rng
        self._rebuild()

    def _rebuild(self) -> None:
        ids = [server.id for server in self._configured]
        self._ring = usable_ring(ids, self._weights, self._up)

    def _on_leave(self, index: int) -> None:
        self._rebuild()

    def _on_join(self, index: int) -> None:
        self._rebuild()

    def _on_reweigh(self, index: int) -> None:
        self._rebuild()

    def _is_busier(self, new: int, old: int) -> bool:
        loads, weights = self._loads, self._weights
        return loads[new] * weights[old] > loads[old] * weights[new]

    def choose(
        self,
        client: str | None = None,
        avoid: int | None = None,
        is_full: IsFull | None = None,
    ) -> int | None:
        if self._ring is None:
            return None
        best = self._ring.winner(self._rng.draw(), avoid)
        for _ in range(self._draws - 1):
            other = self._ring.winner(self._rng.draw(), avoid)
            if not self._is_busier(other, best):
                best = other
        # No other one is tried: the request waits in the backend's queue.
        return None if is_full is not None and is_full(best) else best

    def acquire_many(self, n: int) -> NDArray[np.int64]:
        if self._ring is None:
            return np.zeros(0, dtype=np.int64)
        drawn = self._ring.winners(self._rng.draw_many(n * self._draws))
        chosen: list[int] = []
        for candidates in drawn.reshape(n, self._draws).tolist():
            best = candidates[0]
            for other in candidates[1:]:
                if not self._is_busier(other, best):
                    best = other
            self._loads[best] += 1
            chosen.append(best)
        return np.array(chosen, dtype=np.int64)

    def follow(
        self, arrivals: Arrivals, stays: Sequence[float], hold: float, due: list[Due]
    ) -> list[int]:
        if self._ring is None or self._draws != DEFAULT_DRAWS:
            return super().follow(arrivals, stays, hold, due)
        drawn = self._ring.winners(self._rng.draw_next(arrivals.n * DEFAULT_DRAWS))
        loads, weights = self._loads, self._weights
        at, gap, number = arrivals.start, arrivals.gap, arrivals.number
        chosen: list[int] = []
        for best, other in drawn.reshape(arrivals.n, DEFAULT_DRAWS).tolist():
            at += gap
            while due and due[0][0] <= at:
                loads[heappop(due)[2]] -= 1
            if loads[other] * weights[best] <= loads[best] * weights[other]:
                best = other
            loads[best] += 1
            chosen.append(best)
            heappush(due, (at + stays[best] + hold, number, best))
            number += 1
        return chosen

    def _on_take(self, index: int) -> None:
        """The loads are read at each choice: nothing to keep in order."""

    def _on_release(self, moved: Sequence[int]) -> None:
        """The loads are read at each choice: nothing to keep in order."""

    def counts(self, n: int, clients: Sequence[str] | None = None) -> Counts:
        """Requests that do not overlap leave the loads as they are, so their law stays the same.

        From a generator one draw of that law; from HAProxy's own sequence number by number.
        """
        if self._ring is None or not n:
            return self._zeros()
        if self._generator is not None:
            return self._generator.multinomial(n, self.expected_shares())
        drawn = self._ring.winners(self._rng.draw_many(n * self._draws)).reshape(n, self._draws)
        kept = self._kept()
        best = drawn[:, 0]
        for other in drawn[:, 1:].T:
            best = np.where(kept[other, best], other, best)
        return np.bincount(best, minlength=len(self._weights))

    def _kept(self) -> NDArray[np.bool_]:
        """Whether a new draw (row) is kept against the best so far (column) at present loads."""
        loads, weights = np.array(self._loads), np.array(self._weights)
        kept: NDArray[np.bool_] = np.outer(loads, weights) <= np.outer(weights, loads)
        return kept

    def expected_shares(self) -> NDArray[np.float64]:
        """Share of each server at the present loads: its arcs of the ring where all are idle."""
        if self._ring is None:
            return np.zeros(len(self._weights))
        single = self._ring.shares
        law = single.copy()
        if any(self._loads):
            kept = self._kept()
            for _ in range(self._draws - 1):
                law = single * (kept @ law) + law * (single @ ~kept)
        shares: NDArray[np.float64] = law / law.sum()
        return shares
