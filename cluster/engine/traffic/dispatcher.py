"""Who serves the next requests of a route: one HAProxy process's view of one backend, with its
balancer, its cookies and its open requests. A reload makes a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cluster.engine.routing.backends import Backend
from cluster.engine.routing.balancers import Counts, SourceBase, make_balancer
from cluster.engine.routing.balancers.loads import Arrivals, Due, LoadedBalancer
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
        # Looked at in every tick of every route, so they are found out once.
        self._source = self._balancer if isinstance(self._balancer, SourceBase) else None
        self._loaded = self._balancer if isinstance(self._balancer, LoadedBalancer) else None
        self._dead = _dead(answers)
        self._some_dead = bool(self._dead.any())
        self._latencies = [each.latency for each in answers]
        self._slowest = max(self._latencies, default=0.0)
        self._pins: dict[str, Indices] = {}
        self._open: list[Due] = []
        self._serial = 0
        self._owed = [0.0] * self._size
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
        self._some_dead = bool(self._dead.any())
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
        elif self._source is not None:
            counts = group.counts(n, self._source.servers_for(group.clients), self._size)
        else:
            counts = self._anonymous(n, begin, end, rate, group.spec.hold_milliseconds / 1000)
        if self._some_dead:
            # Only where nothing is checked, or a cookie insists: connecting fails, 503.
            counts = np.where(self._dead, 0, counts)
        return counts

    def expected(self, groups: Sequence[Population]) -> NDArray[np.float64] | None:
        """The exact law of the algorithm: shares by server, or None where load decides."""
        if self._source is not None:
            return self._expected_by_source(self._source, groups)
        if self.backend.algorithm == "leastconn":
            return None
        return self._balancer.expected_shares()

    def _expected_by_source(
        self, source: SourceBase, groups: Sequence[Population]
    ) -> NDArray[np.float64] | None:
        if not groups:
            return None  # who comes over real sockets is not known in advance
        shares = np.zeros(self._size)
        for group in groups if self._size else ():
            turns = np.ones(len(group.clients), dtype=np.int64)
            part = self._by_source(source, group, turns) / len(group.clients)
            shares += part * group.spec.requests_per_second
        law: NDArray[np.float64] = shares / max(float(shares.sum()), 1e-12)
        return law

    def _by_source(self, source: SourceBase, group: Population, turns: Indices) -> Counts:
        servers = source.servers_for(group.clients)
        # One place more, for the clients that find no server: index -1 is the last.
        counts = np.bincount(servers + 1, weights=turns, minlength=self._size + 1)
        return counts[1:].astype(np.int64)

    def _anonymous(self, n: int, begin: float, end: float, rate: float, hold: float) -> Counts:
        balancer = self._loaded
        if balancer is None:
            return self._balancer.counts(n)
        if (self._slowest + hold) * rate < 1:
            balancer.end_due(self._open, begin + (end - begin) / n)
            if not self._open:
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
        source = self._source
        if len(fresh):
            done = self._pin(group, fresh, start, pins, counts, count_between=source is None)
            loose -= done if source is None else 0
        if source is not None:
            counts += self._by_source(source, group, turns - sticky)
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
        longest = self._slowest + hold
        if longest > followed * gap / 2:
            gap = (end - begin) / followed
        arrivals = Arrivals(end - followed * gap, gap, followed, self._serial)
        servers = balancer.follow(arrivals, self._latencies, hold, self._open)
        self._serial += len(servers)
        if len(servers) not in (0, n):
            return self._scaled(servers, n)
        return np.bincount(servers, minlength=self._size).astype(np.int64)

    def _scaled(self, servers: Sequence[int], n: int) -> Counts:
        """Counts of all `n` requests from the servers of the followed ones; fractions are carried on."""
        # Plain lists: for a backend's few servers NumPy's calls cost more than the arithmetic.
        seen = [0] * self._size
        for index in servers:
            seen[index] += 1
        scale = n / len(servers)
        wanted = [each * scale + owed for each, owed in zip(seen, self._owed, strict=True)]
        counts = [max(int(each), 0) for each in wanted]
        missing = n - sum(counts)
        if missing > 0:
            over = [count - each for count, each in zip(counts, wanted, strict=True)]
            for index in sorted(range(self._size), key=over.__getitem__)[:missing]:
                counts[index] += 1
        elif missing < 0:
            counts[counts.index(max(counts))] += missing
        self._owed = [each - count for each, count in zip(wanted, counts, strict=True)]
        return np.array(counts, dtype=np.int64)


def _dead(answers: Sequence[Answering]) -> NDArray[np.bool_]:
    """The servers to which no connection comes about, shape (servers,)."""
    return np.array([not each.answers for each in answers], dtype=np.bool_)
