"""Who serves the next requests of a route: one HAProxy process's view of one backend, with its
balancer, its cookies and its open requests. A reload makes a new one."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.backends import Backend
from cluster.engine.routing.balancers import Counts, SourceBase, make_balancer
from cluster.engine.routing.balancers.loads import LoadedBalancer
from cluster.engine.traffic.applications import Answering
from cluster.engine.traffic.population import Indices, Population

FOLLOWED_IN_ALL: Final = 2400
"""Requests that are followed one by one in each tick of all routes together, where open requests
matter. Each route has its part; of more requests, those followed stand for all."""
_FEWEST, _MOST = 16, 256
NO_SERVER: Final = -1


def followed_by_each(routes: int) -> int:
    """How many requests of each route are followed, where so many routes are visited."""
    return min(max(FOLLOWED_IN_ALL // max(routes, 1), _FEWEST), _MOST)


class Dispatcher:
    """Decides for whole ticks: in closed form where the algorithm allows, else one by one."""

    def __init__(
        self, backend: Backend, answers: Sequence[Answering], rng: np.random.Generator
    ) -> None:
        self.backend = backend
        self.followed = _FEWEST
        servers = backend.servers
        self._size = len(servers)
        self._balancer = make_balancer(
            backend.algorithm,
            [server.weight for server in servers],
            hash_type=backend.choice.hash_type,
            rng=rng,
            names=[server.name for server in servers],
        )
        self._dead = _dead(answers)
        self._latencies = [each.latency for each in answers]
        self._pins: dict[str, Indices] = {}
        self._open: list[tuple[float, int, int]] = []
        self._serial = 0
        self._owed = np.zeros(self._size)
        if backend.checks_health:
            # A fresh HAProxy takes a server out at its first failed check, within seconds.
            for index in np.flatnonzero(self._dead).tolist():
                self._balancer.set_usable(index, False)

    # --- cookies across a reload -----------------------------------------------------------------

    def inherit(self, old: Dispatcher) -> None:
        """Clients keep their cookies: those whose server is still there stay with it."""
        self.followed = old.followed
        if not self.backend.cookies or self.backend.cookie_name != old.backend.cookie_name:
            return
        index_of = {server.name: index for index, server in enumerate(self.backend.servers)}
        moved = np.array(
            [index_of.get(server.name, NO_SERVER) for server in old.backend.servers] + [NO_SERVER],
            dtype=np.int64,
        )
        self._pins = {name: moved[pins] for name, pins in old._pins.items()}

    def reach(self, answers: Sequence[Answering]) -> None:
        """Machines have gone or come back: checks take their servers out or in again.

        A cookie of a server that is down is no good: its client is balanced anew.
        """
        before, self._dead = self._dead, _dead(answers)
        if not self.backend.checks_health:
            return
        for index in np.flatnonzero(before != self._dead).tolist():
            self._balancer.set_usable(index, not self._dead[index])
        down = np.append(self._dead, False)
        self._pins = {
            name: np.where(down[pins], NO_SERVER, pins) for name, pins in self._pins.items()
        }

    def forget(self, group: str) -> None:
        """A group of clients is gone, and its cookies with it."""
        self._pins.pop(group, None)

    # --- decisions ---------------------------------------------------------------------------------

    def serve(self, group: Population, n: int, begin: float, end: float, rate: float) -> Counts:
        """The servers of a group's next `n` requests, which come in evenly from `begin` to `end`.

        `rate` is what all groups of the route send together, in requests/s. Returns the requests that
        each server answers, shape (servers,); those missing from `n` found no server.
        """
        if not self._size:
            group.turns(n)
            return np.zeros(0, dtype=np.int64)
        if self.backend.cookies and group.spec.cookie_percent:
            counts = self._with_cookies(group, n, begin, end, rate)
        elif isinstance(self._balancer, SourceBase):
            counts = self._by_source(group, group.turns(n))
        else:
            counts = self._anonymous(n, begin, end, rate, group.spec.hold_milliseconds / 1000)
        if self._dead.any():
            # Only where nothing is checked, or a cookie insists: connecting fails, 503.
            counts = np.where(self._dead, 0, counts)
        return counts

    def expected(self, groups: Sequence[Population]) -> NDArray[np.float64] | None:
        """The exact law of the algorithm: shares by server, or None where load decides."""
        if isinstance(self._balancer, SourceBase):
            return self._expected_by_source(groups)
        if self.backend.algorithm == "leastconn":
            return None
        return self._balancer.expected_shares()

    def _expected_by_source(self, groups: Sequence[Population]) -> NDArray[np.float64] | None:
        if not groups:
            return None  # who comes over real sockets is not known in advance
        shares = np.zeros(self._size)
        for group in groups if self._size else ():
            turns = np.ones(len(group.clients), dtype=np.int64)
            part = self._by_source(group, turns) / len(group.clients)
            shares += part * group.spec.requests_per_second
        law: NDArray[np.float64] = shares / max(float(shares.sum()), 1e-12)
        return law

    def _by_source(self, group: Population, turns: Indices) -> Counts:
        assert isinstance(self._balancer, SourceBase)
        servers = self._balancer.servers_for(group.clients)
        # One place more, for the clients that find no server: index -1 is the last.
        counts = np.bincount(servers + 1, weights=turns, minlength=self._size + 1)
        return counts[1:].astype(np.int64)

    def _anonymous(self, n: int, begin: float, end: float, rate: float, hold: float) -> Counts:
        balancer = self._balancer
        if not isinstance(balancer, LoadedBalancer):
            return balancer.counts(n)
        self._end_open(balancer, begin + (end - begin) / n)
        if (max(self._latencies) + hold) * rate < 1 and not self._open:
            return balancer.counts(n)  # each is over before the next one comes
        return self._followed(balancer, n, begin, end, hold)

    # --- cookies -------------------------------------------------------------------------------------

    def _with_cookies(
        self, group: Population, n: int, begin: float, end: float, rate: float
    ) -> Counts:
        start = group.next_client
        turns = group.turns(n)
        pins = self._pins.get(group.name)
        if pins is None or len(pins) != len(turns):
            pins = self._pins[group.name] = np.full(len(turns), NO_SERVER, dtype=np.int64)
        sticky = np.where(group.keepers, turns, 0)
        counts = np.zeros(self._size, dtype=np.int64)
        loose = n - int(sticky.sum())
        fresh = np.flatnonzero((sticky > 0) & (pins == NO_SERVER))
        by_source = isinstance(self._balancer, SourceBase)
        if len(fresh):
            done = self._pin(group, fresh, start, pins, counts, count_between=not by_source)
            loose -= done if not by_source else 0
        if by_source:
            counts += self._by_source(group, turns - sticky)
        elif loose:
            hold = group.spec.hold_milliseconds / 1000
            counts += self._anonymous(loose, begin, end, rate, hold)
        counts += np.bincount(pins + 1, weights=sticky, minlength=self._size + 1)[1:].astype(
            np.int64
        )
        return counts

    def _pin(
        self,
        group: Population,
        fresh: Indices,
        start: int,
        pins: Indices,
        counts: Counts,
        *,
        count_between: bool,
    ) -> int:
        """First requests of clients that keep cookies, each in its place among those that do not.

        Returns how many cookie-less requests were decided on the way.
        """
        size = len(pins)
        without = np.concatenate(([0], np.cumsum(~group.keepers)))
        done = 0
        for client in fresh[np.argsort((fresh - start) % size)].tolist():
            if count_between:
                before = int(without[client] - without[start])
                before += int(without[-1]) if client < start else 0
                counts += self._balancer.counts(before - done)
                done = before
            index = self._balancer.pick(group.clients[client])
            if index is not None and not self._dead[index]:
                pins[client] = index
        return done

    # --- open requests -----------------------------------------------------------------------------

    def _followed(
        self, balancer: LoadedBalancer, n: int, begin: float, end: float, hold: float
    ) -> Counts:
        """Requests that stay open for a while, one by one in the order of coming and going.

        Of more requests than can be followed, the last are followed at their true distances; if
        requests stay open longer than those take, they are spread over the whole time instead.
        """
        followed = min(n, self.followed)
        gap = (end - begin) / n
        longest = max(self._latencies) + hold
        if longest > followed * gap / 2:
            gap = (end - begin) / followed
        at = end - followed * gap
        seen = np.zeros(self._size, dtype=np.int64)
        latencies, waiting = self._latencies, self._open
        for _ in range(followed):
            at += gap
            self._end_open(balancer, at)
            index = balancer.acquire()
            if index is None:
                return seen
            seen[index] += 1
            self._serial += 1
            heappush(waiting, (at + latencies[index] + hold, self._serial, index))
        return seen if followed == n else self._scaled(seen, n)

    def _end_open(self, balancer: LoadedBalancer, now: float) -> None:
        """End the requests that are due by now."""
        waiting = self._open
        while waiting and waiting[0][0] <= now:
            balancer.release(heappop(waiting)[2])

    def _scaled(self, seen: Counts, n: int) -> Counts:
        """Counts of all `n` requests from those of the followed ones; fractions are carried on."""
        wanted = seen * (n / seen.sum()) + self._owed
        counts: Counts = np.maximum(np.floor(wanted), 0).astype(np.int64)
        missing = n - int(counts.sum())
        if missing > 0:
            counts[np.argsort(counts - wanted, kind="stable")[:missing]] += 1
        elif missing < 0:
            counts[np.argmax(counts)] += missing
        self._owed = wanted - counts
        return counts


def _dead(answers: Sequence[Answering]) -> NDArray[np.bool_]:
    """The servers to which no connection comes about, shape (servers,)."""
    return np.array([not each.answers for each in answers], dtype=np.bool_)
